import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { read } from '../cluster.ts'
import { requestOf } from '../workloads/deeds.ts'
import { ask } from './engine.ts'
import { libraryFile } from './machine-clock.ts'
import { stretched } from './patience.ts'
import { RealCluster } from './real-cluster.ts'
import { containersIn } from './remains.ts'

const [AMBER, BASIL] = ['amber', 'basil']
const BEHIND_MS = -5_000
const SET_MS = 30_000
/** What measuring an offset may be wrong by, on a busy machine. */
const NEAR_MS = 2_000
const SHARE = 0.1
const REPLICAS = 4
const SOON_MS = 30_000
const soon = (): { timeout: number } => ({ timeout: stretched(SOON_MS) })

let cluster: RealCluster
beforeAll(async () => {
  cluster = await RealCluster.boot(2, { runtime: 'docker', clocks: [{}, { offsetMs: BEHIND_MS }] })
  const { method, path, asking } = requestOf({ verb: 'create', name: 'web', replicas: REPLICAS })
  await cluster.request(AMBER, method, path, asking)
  await cluster.waitUntil('the pods to run', SOON_MS, async () => (await cluster.runs()).length === REPLICAS)
}, 240_000)
afterAll(async () => {
  await cluster?.stop()
}, 120_000)

/** What the other's clock is ahead by, as one of them has measured it, by its own. */
async function offsetMs(seenBy: string): Promise<number> {
  interface Peers {
    readonly peers: readonly { readonly isSelf: boolean; readonly clockOffsetMs?: number }[]
  }
  const { peers } = await read<Peers>(cluster, seenBy, '/shoal/v1/peers')
  return peers.find(({ isSelf }) => !isSelf)?.clockOffsetMs ?? Number.NaN
}

const isNear = (ms: number, wantedMs: number): boolean => Math.abs(ms - wantedMs) < NEAR_MS

test('[LAB20] a machine has a wall clock of its own, wrong from the beginning and set while it runs, and timers that do not notice', async () => {
  await expect.poll(async () => isNear(await offsetMs(BASIL), -BEHIND_MS), soon()).toBe(true)
  await expect.poll(async () => isNear(await offsetMs(AMBER), BEHIND_MS), soon()).toBe(true)
  // What was measured is kept by the monotonic clock: it is another at once where that one has not been set as well.
  cluster.more.jumpClock(BASIL, SET_MS)
  expect(await offsetMs(BASIL)).toSatisfy((ms: number) => isNear(ms, -BEHIND_MS - SET_MS))
  await expect.poll(async () => isNear(await offsetMs(AMBER), BEHIND_MS + SET_MS), soon()).toBe(true)
  cluster.more.jumpClock(BASIL, -SET_MS)
  expect(await offsetMs(BASIL)).toSatisfy((ms: number) => isNear(ms, -BEHIND_MS))
})

test('[LAB24] without libfaketime it says what it needs', () => {
  const empty = mkdtempSync(join(tmpdir(), 'shoal-none-'))
  onTestFinished(() => rmSync(empty, { recursive: true }))
  expect(() => libraryFile(empty)).toThrow('needs libfaketime: apt-get install faketime')
})

/** Of a core, that a process has had in a second while somebody asked it all the time. */
async function taken(machine: string, pid: number): Promise<number> {
  const [fromMs, from] = [performance.now(), ticksOf(pid)]
  while (performance.now() - fromMs < 1_000) {
    const asked = Array.from({ length: 20 }, () => cluster.request(machine, 'GET', '/openapi/v2').catch(() => {}))
    await Promise.race([Promise.all(asked), new Promise((resolve) => setTimeout(resolve, 1_000))])
  }
  return ((ticksOf(pid) - from) * 10) / (performance.now() - fromMs)
}

/** Hundredths of a second on a processor. */
function ticksOf(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

test('[LAB21] an agent that starves gets its share and no more, and all it wants afterwards', async () => {
  const pid = cluster.agentOf(BASIL)
  await expect.poll(() => taken(BASIL, pid), soon()).toBeGreaterThan(2 * SHARE)
  cluster.more.starve('hunger', BASIL, SHARE)
  expect([cluster.isStarved(BASIL), cluster.reaches(AMBER, BASIL)]).toEqual([true, false])
  // A period's share more than in the mean, where it begins and ends in one.
  await expect.poll(() => taken(BASIL, pid), soon()).toBeLessThan(1.3 * SHARE)
  cluster.more.mend('hunger')
  expect([cluster.isStarved(BASIL), cluster.reaches(AMBER, BASIL)]).toEqual([false, true])
  await expect.poll(() => taken(BASIL, pid), soon()).toBeGreaterThan(2 * SHARE)
})

/** What answers on the machine: its agent, its engine, its first pod. */
async function answering(machine: string, podAddress: string): Promise<readonly string[]> {
  const { socket } = cluster.engineOf(machine)
  const silence = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('silence')), 1_000).unref())
  const agent = cluster.request(machine, 'GET', '/livez', { timeoutMs: 1_000 })
  const engine = Promise.race([ask(socket, 'GET', '/_ping'), silence])
  const answers = await Promise.allSettled([agent, engine])
  const words = [`--net=/run/netns/${cluster.engineOf(machine).group}`, 'busybox', 'wget', '-q', '-O', '/dev/null']
  const { status } = spawnSync('nsenter', [...words, `http://${podAddress}:8080/`], {
    timeout: 1_000,
    killSignal: 'SIGKILL',
  })
  const names = ['agent', 'engine'].filter((_, at) => answers[at]?.status === 'fulfilled')
  return status === 0 ? [...names, 'pod'] : names
}

async function podAddressOn(machine: string): Promise<string | undefined> {
  interface Pods {
    readonly items: readonly { spec: { nodeName: string }; status: { podIP?: string } }[]
  }
  const { items } = await read<Pods>(cluster, machine, '/api/v1/pods')
  return items.find(({ spec, status }) => spec.nodeName === machine && status.podIP !== undefined)?.status.podIP
}

test('[LAB22] a machine stands still whole, agent, engine and containers, and goes on as it was', async () => {
  const starts = async (): Promise<string[]> => (await cluster.runs()).map(({ start }) => start)
  const before = await starts()
  await expect.poll(() => podAddressOn(BASIL), soon()).toBeDefined()
  const address = (await podAddressOn(BASIL)) ?? ''
  const all = ['agent', 'engine', 'pod']
  await expect.poll(() => answering(BASIL, address), soon()).toEqual(all)
  await cluster.pause(BASIL)
  cluster.more.freeze('move', BASIL)
  expect(await answering(BASIL, address)).toEqual([])
  // Others may run what it is silent of.
  expect(await starts()).toEqual(expect.arrayContaining(before))
  cluster.more.mend('move')
  await cluster.resume(BASIL)
  await expect.poll(() => answering(BASIL, address), soon()).toEqual(all)
  expect(await starts()).toEqual(expect.arrayContaining(before))
})

test('[LAB22, LAB3] a machine that stands still can lose its power', async () => {
  await cluster.pause(BASIL)
  cluster.more.freeze('move', BASIL)
  await cluster.cutPower(BASIL)
  await expect.poll(() => containersIn(cluster.engineOf(BASIL).group), soon()).toEqual([])
  cluster.more.mend('move')
  await cluster.restart(BASIL)
  await expect.poll(async () => (await cluster.runs()).length, soon()).toBe(REPLICAS)
})

test('[LAB23] of an agent that is killed no fake clock is left', async () => {
  const pid = cluster.agentOf(BASIL)
  expect(sharedOf(pid)).toHaveLength(2)
  await cluster.killAgent(BASIL)
  expect(sharedOf(pid)).toEqual([])
  await cluster.restart(BASIL)
})

const sharedOf = (pid: number): string[] =>
  readdirSync('/dev/shm')
    .filter((name) => name.startsWith('faketime_') || name.startsWith('sem.faketime_'))
    .filter((name) => name.endsWith(`_${pid}`))

test('[LAB23, LAB5] what a lab that was killed has starved and stilled is gone: agents, their groups, their clocks', async () => {
  const here = JSON.stringify(import.meta.dirname).slice(1, -1)
  const program = `
    import { RealCluster } from '${here}/real-cluster.ts'
    const cluster = await RealCluster.boot(1, { runtime: 'docker' })
    cluster.more.starve('hunger', 'amber', 0.1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    cluster.more.freeze('move', 'amber')
    console.log(JSON.stringify({ pid: cluster.agentOf('amber'), group: cluster.engineOf('amber').group }))
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { pid, group } = JSON.parse(line) as { pid: number; group: string }
  const left = (): string[] => [
    ...(existsSync(`/proc/${pid}`) ? [`process ${pid}`] : []),
    ...['', 'cpu', 'freezer', 'pids']
      .map((tree) => `/sys/fs/cgroup/${tree}/${group}-agent`)
      .filter((path) => existsSync(path)),
    ...readdirSync('/run/netns').filter((name) => name === group),
    ...sharedOf(pid),
  ]
  expect(left()).toHaveLength(5)
  // Nobody who started it sees it end.
  child.kill('SIGSTOP')
  process.kill(pid, 'SIGKILL')
  child.kill('SIGKILL')
  await expect.poll(left, soon()).toEqual([])
})
