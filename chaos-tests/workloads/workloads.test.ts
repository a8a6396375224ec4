import { expect, test } from 'vitest'
import { FakeCluster } from '../checkers/fake-cluster.ts'
import { churn } from './churn.ts'
import { deploymentDeeds, imageOf, IMAGES, MARK } from './deeds.ts'
import { departing } from './departing.ts'
import type { Answer, Asking } from '../cluster.ts'
import { Downs } from '../fault.ts'
import { History, type Operation } from '../history.ts'
import { drawPlan, TAKES_PART } from '../plan.ts'
import { Stream } from '../sim/random.ts'
import type { AnyWorkload } from '../workload.ts'
import { WORKLOADS, workloadOf } from './index.ts'
import { members } from './members.ts'
import { retrying } from './retrying.ts'
import { updating } from './rolling.ts'
import { SERVED, traffic } from './traffic.ts'

const MACHINES = ['amber', 'basil', 'cedar']
const LASTS_MS = 240_000
const drawn = (one: AnyWorkload, seed = 1) =>
  one.draw({ chance: new Stream(seed, one.name), machines: MACHINES, lastsMs: LASTS_MS })

test('[WRK1] what users will do is drawn before the run, as data, in the order of its times', () => {
  for (const one of WORKLOADS) {
    const operations = drawn(one, 3)
    expect(operations.length, one.name).toBeGreaterThan(0)
    expect(JSON.parse(JSON.stringify(operations)), one.name).toEqual(operations)
    expect(operations, one.name).toEqual(drawn(one, 3))
    const times = operations.map(({ atMs }) => atMs)
    expect(times, one.name).toEqual(times.toSorted((a, b) => a - b))
    expect(
      times.every((atMs) => atMs >= 0 && atMs < LASTS_MS + 1_000),
      one.name,
    ).toBe(true)
  }
})

test('[WRK2] some workloads take part in a run and some do not, and who leaves for good is not of its core', () => {
  const plans = Array.from({ length: 100 }, (_, seed) =>
    drawPlan(seed, { machines: 3, safetyMs: 60_000, namesOf: () => MACHINES }),
  )
  for (const { name, share = TAKES_PART } of WORKLOADS) {
    const count = plans.filter(({ workloads }) => workloads.includes(name)).length
    expect(count, name).toBeGreaterThan(share * 50)
    expect(count, name).toBeLessThan(share * 200)
  }
  for (const { operations, workloads, core, lastAlone } of plans) {
    expect(operations.every(({ workload }) => workloads.includes(workload))).toBe(true)
    expect(core.length).toBeGreaterThan(0)
    if (lastAlone !== null) expect(core).toContain(lastAlone)
    const left = operations.flatMap(({ what }) => ('machine' in (what as object) ? [what as { machine: string }] : []))
    for (const { machine } of left) expect(core.map((index) => MACHINES[index])).not.toContain(machine)
  }
})

/** A cluster whose answers to writes a test gives, in turn. */
class Answering extends FakeCluster {
  readonly asked: string[] = []
  readonly #answers: (Answer | 'silence' | 'refused')[]

  constructor(answers: (Answer | 'silence' | 'refused')[]) {
    super(...MACHINES)
    this.#answers = answers
  }

  override async request(machine: string, method: string, path: string, asking: Asking = {}): Promise<Answer> {
    this.asked.push(`${machine} ${method} ${path}`)
    const answer = this.#answers.shift() ?? 'silence'
    if (answer === 'refused') throw Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' })
    if (answer !== 'silence') return answer
    await this.runFor(asking.timeoutMs ?? 30_000)
    throw new Error('no answer')
  }
}

const answer = (status: number, body: unknown = {}): Answer => ({ status, headers: { 'shoal-durable': '2/2' }, body })

async function carriedOut(one: AnyWorkload, what: unknown, cluster: FakeCluster): Promise<History> {
  const history = new History()
  const operation: Operation = { id: 'op', workload: one.name, atMs: 0, via: MACHINES, what }
  await workloadOf(operation).carryOut({ cluster, history, downs: new Downs(), operation, what })
  return history
}

const CREATE = { verb: 'create', name: 'firm0', replicas: 2, mark: 'firm0-1' }
const LIST = '/apis/apps/v1/namespaces/default/deployments'

test('[WRK3] a client that retries asks the next node until it is answered, and keeps every try', async () => {
  const cluster = new Answering(['refused', 'silence', 'silence', answer(201)])
  const history = await carriedOut(retrying, CREATE, cluster)
  expect(cluster.asked).toEqual([
    `amber POST ${LIST}`,
    `basil POST ${LIST}`,
    `basil POST ${LIST}`,
    `cedar POST ${LIST}`,
  ])
  expect(history.done.map(({ outcome }) => outcome.is)).toEqual(['unknown', 'unknown', 'acked'])
  const patience = new Answering([])
  expect((await carriedOut(retrying, CREATE, patience)).done.map(({ outcome }) => outcome.is)).toEqual(
    Array.from({ length: 4 }, () => 'unknown'),
  )
})

test('[WRK3] a create that meets an object is done where that is its own, by the mark it left', async () => {
  const found = (mark: string): Answer =>
    answer(200, { metadata: { uid: 'u', annotations: { [MARK]: mark } }, spec: { replicas: 2 } })
  const own = await carriedOut(retrying, CREATE, new Answering(['silence', answer(409), found('firm0-1')]))
  expect(own.done.map(({ outcome }) => outcome.is)).toEqual(['unknown', 'refused', 'acked'])
  // How many disks have it was said to nobody.
  expect(deploymentDeeds(own).at(-1)?.done.outcome).toMatchObject({ is: 'acked', answer: { headers: {} } })

  const foreign = await carriedOut(retrying, CREATE, new Answering(['silence', answer(409), found('another')]))
  expect(foreign.done.map(({ outcome }) => outcome.is)).toEqual(['unknown', 'refused'])
  const first = await carriedOut(retrying, CREATE, new Answering([answer(409)]))
  expect(first.done.map(({ outcome }) => outcome.is)).toEqual(['refused'])
})

test('[WRK4] requests to a service are kept with their door, their time and what failed', async () => {
  const cluster = new FakeCluster(...MACHINES)
  const asked: unknown[] = []
  cluster.visit = async (machine, port) => {
    asked.push([machine, port])
    await cluster.runFor(20)
    if (machine === 'basil') throw new Error('reset')
    return 'web'
  }
  const well = await carriedOut(traffic, { verb: 'visit', door: 'amber' }, cluster)
  expect(well.visits).toEqual([{ workload: SERVED.name, door: 'amber', startMs: 0, endMs: 20 }])
  const bad = await carriedOut(traffic, { verb: 'visit', door: 'basil' }, cluster)
  expect(bad.visits).toMatchObject([{ door: 'basil', startMs: 20, failure: 'Error: reset' }])
  expect(asked).toEqual([
    ['amber', SERVED.nodePort],
    ['basil', SERVED.nodePort],
  ])
})

test('[WRK5] machines join through one that is up, and leave for good', async () => {
  const cluster = new FakeCluster(...MACHINES)
  expect((await carriedOut(members, { verb: 'join' }, cluster)).joins).toMatchObject([{ machine: 'new3' }])
  cluster.addMachine = () => Promise.reject(new Error('the door is shut'))
  expect((await carriedOut(members, { verb: 'join' }, cluster)).joins).toEqual([])

  const downs = new Downs()
  const what = { verb: 'leave', machine: 'basil' }
  const operation: Operation = { id: 'op', workload: 'members', atMs: 0, via: [], what }
  downs.hold('basil', 'crash-1')
  await members.carryOut({ cluster, history: new History(), downs, operation, what })
  expect(cluster.stateOf('basil')).toBe('off')
  expect(downs.release('basil', 'crash-1')).toBe(false)
})

test('[WRK5] nobody leaves amid the welcome of a machine that it let in', async () => {
  const cluster = new FakeCluster(...MACHINES)
  const history = new History()
  const operation: Operation = { id: 'join', workload: 'members', atMs: 0, via: ['basil'], what: { verb: 'join' } }
  history.begun.push(operation)
  const carried = { cluster, history, downs: new Downs() }
  await members.carryOut({ ...carried, operation, what: operation.what })
  history.ended.push(operation)
  for (const [machine, leastMs] of [
    ['cedar', 0],
    ['basil', 5_000],
  ] as const) {
    const what = { verb: 'leave', machine }
    await members.carryOut({ ...carried, operation: { ...operation, id: machine, what }, what })
    expect(cluster.nowMs(), machine).toBeGreaterThanOrEqual(leastMs)
    expect(cluster.nowMs(), machine).toBeLessThan(leastMs + 500)
    expect(cluster.stateOf(machine)).toBe('off')
  }
})

test('[WRK6] any machine may be deleted by name at any time, also one that answers, and what is said to it is kept', async () => {
  const named = drawn(departing).map(({ what }) => (what as { node: string }).node)
  expect(new Set(named)).toEqual(new Set(MACHINES))
  const cluster = new Answering([answer(409, { message: 'its agent answers' })])
  const history = await carriedOut(departing, { node: 'basil' }, cluster)
  expect(cluster.asked).toEqual(['amber DELETE /api/v1/nodes/basil'])
  expect(history.done.map(({ outcome }) => outcome.is)).toEqual(['refused'])
})

test('[WRK7] small objects go by the machine that they came by, so that they do not pile up on the others', () => {
  const doors = new Map<string, readonly string[]>()
  let gone = 0
  for (const { what, via } of drawn(churn)) {
    const { verb, name } = what as { verb: string; name: string }
    expect(via).toHaveLength(1)
    if (verb === 'add-service') doors.set(name, via!)
    else gone += 1
    expect(via, name).toEqual(doors.get(name))
  }
  expect(new Set([...doors.values()].flat())).toEqual(new Set(MACHINES))
  expect(gone).toBeGreaterThan(doors.size / 2)
})

test('[WRK8] after hours, too, an update asks for an image that there is', () => {
  const lastsMs = 3 * 3_600_000
  const images = Array.from({ length: IMAGES }, (_, index) => imageOf(index + 1))
  const deeds = updating.draw({ chance: new Stream(1, 'updating'), machines: MACHINES, lastsMs })
  const versions = deeds.flatMap(({ what }) => (what as { version?: number }).version ?? [])
  expect(Math.max(...versions)).toBeGreaterThan(IMAGES)
  for (const version of versions) expect(images).toContain(imageOf(version))
  expect(new Set(images).size).toBe(IMAGES)
})
