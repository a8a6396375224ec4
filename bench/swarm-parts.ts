/**
 * What is done to both, a part each: every part leaves the cluster as it found it, and returns its figures in seconds unless the
 * name says otherwise. What runs is counted in the kernel.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Traffic } from '../chaos-tests/scenarios/traffic.ts'
import { MACHINES, type Contestant, type Work } from './contestant.ts'
import { docker } from './docker.ts'
import { median } from './figures.ts'
import { SLEEP_IMAGE, WEB_IMAGES, type Machines } from './machines.ts'

export type PartName = 'join' | 'deploy' | 'scale' | 'rollout' | 'failover' | 'isolated' | 'memory'
type Figures = Readonly<Record<string, number>>

const REPLICAS = 12
const MANY = 60
const COMMAND = ['sleep', '3600']
/** The issue's: a Service is probed so often. */
const REQUESTS_PER_SECOND = 50
/** From a cut on the others have taken note of it, and orders are those of somebody who is alone. */
const ALONE_MS = 15_000
/** What has not come by then does not come. */
const GIVEN_UP_MS = 30_000

const sleepers = (replicas: number, name = 'sleepers'): Work => ({
  name,
  replicas,
  image: SLEEP_IMAGE,
  command: COMMAND,
  // Deaf to SIGTERM, as every first process that does not ask for it.
  graceSeconds: 1,
})

export const PARTS: Readonly<Record<PartName, (contestant: Contestant) => Promise<Figures>>> = {
  join: async ({ joins }) => ({ join: median(joins) }),
  deploy,
  scale,
  rollout,
  failover,
  isolated,
  memory: async (contestant) => ({ memory_mb: contestant.machines.residentMb(contestant.agentPids()) }),
}

async function deploy(contestant: Contestant): Promise<Figures> {
  const floor = await plainRuns(contestant.machines, REPLICAS)
  const few = await deployed(contestant, REPLICAS)
  await gone(contestant, 'sleepers')
  const floorOfMany = await plainRuns(contestant.machines, MANY)
  const many = await deployed(contestant, MANY)
  await gone(contestant, 'sleepers')
  return {
    deploy_12: few,
    deploy_12_ratio: few / floor,
    deploy_60: many,
    deploy_60_ratio: many / floorOfMany,
    plain_12: floor,
    plain_60: floorOfMany,
  }
}

/** Seconds from the order until so many run. */
async function deployed(contestant: Contestant, replicas: number): Promise<number> {
  return timed(async () => {
    await contestant.deploy(sleepers(replicas))
    await count(contestant, replicas)
  })
}

async function gone(contestant: Contestant, name: string): Promise<void> {
  await contestant.remove(name)
  await count(contestant, 0)
}

const count = ({ machines }: Contestant, wanted: number, on?: readonly number[]): Promise<number> =>
  machines.until(`${wanted} containers to run`, (running) => running.length === wanted, on)

/** The same containers by hand, all at once, each machine its share. */
async function plainRuns(machines: Machines, replicas: number): Promise<number> {
  const hosts = machines.engines.map(({ socket }) => `unix://${socket}`)
  const seconds = await timed(async () => {
    const runs = Array.from({ length: replicas }, (_, at) => {
      const words = [
        '-H',
        hosts[at % hosts.length]!,
        'run',
        '-d',
        '--stop-timeout',
        '1',
        '--label',
        'bench=plain',
        SLEEP_IMAGE,
        ...COMMAND,
      ]
      return once(spawn('docker', words, { stdio: 'ignore' }), 'exit')
    })
    await Promise.all(runs)
    await machines.until('all by hand to run', (running) => running.length === replicas)
  })
  await Promise.all(hosts.map((host) => removePlain(host)))
  await machines.until('none to run', (running) => running.length === 0)
  return seconds
}

async function removePlain(host: string): Promise<void> {
  const ids = (await docker(host, ['ps', '-aq', '--filter', 'label=bench=plain'])).split('\n')
  await docker(host, ['rm', '-f', ...ids.filter((id) => id !== '')])
}

async function scale(contestant: Contestant): Promise<Figures> {
  await deployed(contestant, REPLICAS)
  const up = await timed(async () => {
    await contestant.scale('sleepers', 2 * REPLICAS)
    await count(contestant, 2 * REPLICAS)
  })
  const down = await timed(async () => {
    await contestant.scale('sleepers', REPLICAS)
    await count(contestant, REPLICAS)
  })
  await gone(contestant, 'sleepers')
  return { scale_12_to_24: up, scale_24_to_12: down }
}

/** Of nginx. Where there can be a Service it is asked all the while, by a client on one of the machines. */
async function rollout(contestant: Contestant): Promise<Figures> {
  const { machines } = contestant
  await contestant.deploy({ name: 'web', replicas: REPLICAS, image: WEB_IMAGES[0], graceSeconds: 30 })
  await count(contestant, REPLICAS)
  const targets = await contestant.openDoors('web')
  const from = machines.places[0]!
  const traffic = targets && new Traffic({ targets, perSecond: REQUESTS_PER_SECOND, from })
  if (targets !== undefined) await traffic?.flows(targets, 10, Date.now())
  const before = new Set(machines.running())
  const beganMs = Date.now()
  const seconds = await timed(async () => {
    await contestant.update('web', WEB_IMAGES[1])
    const isNew = (running: readonly string[]): boolean =>
      running.length === REPLICAS && running.every((id) => !before.has(id))
    await machines.until('all to be new', isNew)
  })
  const outcomes = (await traffic?.stop())?.filter(({ atMs }) => atMs >= beganMs) ?? []
  await gone(contestant, 'web')
  const failed = outcomes.filter(({ failure }) => failure !== undefined)
  for (const { target, failure } of failed.slice(0, 5)) process.stderr.write(`  failed at ${target}: ${failure}\n`)
  if (traffic === undefined) return { rollout_12: seconds }
  return { rollout_12: seconds, rollout_requests: outcomes.length, rollout_failed: failed.length }
}

/** The silent death of a machine that does not lead, and of the one that does; where none does, of any two. */
async function failover(contestant: Contestant): Promise<Figures> {
  const leader = (await contestant.leader()) ?? 0
  const ofWorker = await cutOne(contestant, leader === 0 ? 1 : 0)
  const ofLeader = await cutOne(contestant, (await contestant.leader()) ?? leader)
  return { failover_worker: ofWorker, failover_leader: ofLeader }
}

async function cutOne(contestant: Contestant, index: number): Promise<number> {
  await deployed(contestant, REPLICAS)
  const seconds = await timed(async () => {
    await contestant.cut(index)
    await count(contestant, REPLICAS, contestant.machines.others(index))
  })
  await contestant.bringBack(index)
  await contestant.remove('sleepers')
  await count(contestant, 0)
  return seconds
}

/** A machine whose cable is pulled: what an order there comes to, and a container that dies there. */
async function isolated(contestant: Contestant): Promise<Figures> {
  const { machines } = contestant
  const alone = MACHINES - 1
  await deployed(contestant, REPLICAS)
  machines.unplug(alone)
  await delay(ALONE_MS)
  const own = machines.running([alone])
  machines.killOne(alone)
  await machines.until('it to be dead', (running) => running.length < own.length, [alone])
  const back = await within(() => count(contestant, own.length, [alone]))
  let accepted = false
  const order = await timed(async () => {
    accepted = await contestant.deploy(sleepers(1, 'lonely'), alone).then(
      () => true,
      () => false,
    )
  })
  const runs = accepted ? await within(() => count(contestant, own.length + 1, [alone])) : GIVEN_UP_MS / 1_000
  await contestant.bringBack(alone)
  if (accepted) await contestant.remove('lonely')
  await contestant.remove('sleepers')
  await count(contestant, 0)
  return {
    isolated_container_back: back,
    isolated_order_answered_ms: order * 1_000,
    isolated_order_accepted: accepted ? 1 : 0,
    isolated_order_runs: runs,
  }
}

/** Seconds, and no more than are waited for. */
async function within(holds: () => Promise<number>): Promise<number> {
  const startMs = performance.now()
  const pending = holds().catch(() => {})
  await Promise.race([pending, delay(GIVEN_UP_MS)])
  return (performance.now() - startMs) / 1_000
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1_000
}
