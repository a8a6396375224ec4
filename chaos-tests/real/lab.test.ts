import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { requestOf } from '../workloads/deeds.ts'
import { ask, type TestEngine } from './engine.ts'
import { Lab, type LabMachine } from './lab.ts'
import { stretched } from './patience.ts'
import { RealCluster } from './real-cluster.ts'
import { containersIn } from './remains.ts'
import { processesNaming } from './runs.ts'

const NODE_PORT = 30_090
const [AMBER, BASIL] = ['amber', 'basil']
const REPLICAS = 4
const SOON_MS = 30_000
const soon = (): { timeout: number } => ({ timeout: stretched(SOON_MS) })

let cluster: RealCluster
beforeAll(async () => {
  cluster = await RealCluster.boot(2, { runtime: 'docker' })
  for (const { method, path, asking } of [
    requestOf({ verb: 'create', name: 'web', replicas: REPLICAS }),
    requestOf({ verb: 'add-service', name: 'web', port: 80, nodePort: NODE_PORT }),
  ]) {
    await cluster.request(AMBER, method, path, asking)
  }
  await cluster.waitUntil('the pods to run', SOON_MS, async () => (await cluster.runs()).length === REPLICAS)
}, 240_000)
afterAll(async () => {
  await cluster?.stop()
}, 120_000)

const starts = async (): Promise<string[]> => (await cluster.runs()).map(({ start }) => start).toSorted()
const machinesThatRun = async (): Promise<string[]> =>
  [...new Set((await cluster.runs()).map(({ machine }) => machine))].toSorted()

/** Containers that the engine itself lists as running; rejects where it does not answer at once. */
async function listed(engine: TestEngine): Promise<string[]> {
  const silence = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('silence')), 1_000).unref())
  const { body } = await Promise.race([ask(engine.socket, 'GET', '/containers/json'), silence])
  return (JSON.parse(body) as { Id: string }[]).map(({ Id }) => Id)
}

test('[LAB1] pods run on the engines of several machines, and are reached through the node of each', async () => {
  expect(await machinesThatRun()).toEqual([AMBER, BASIL])
  for (const machine of [AMBER, BASIL])
    await expect.poll(() => cluster.visit(machine, NODE_PORT, 5_000).catch(String), soon()).toBe('ok\n')
})

test('[LAB2, LAB4] an engine that is killed or stands still keeps its containers, and what runs is told all the while', async () => {
  const before = await starts()
  const engine = cluster.engineOf(BASIL)
  const own = (await cluster.runs()).flatMap(({ machine, start }) => (machine === BASIL ? [start] : [])).toSorted()
  expect(own).not.toEqual([])
  await expect.poll(async () => (await listed(engine)).toSorted(), soon()).toEqual(own)

  cluster.more.engine('down', BASIL, { isDown: true })
  await expect.poll(() => listed(engine).then(() => 'answers', String), soon()).toMatch(/ECONNREFUSED|ENOENT/)
  expect(await starts()).toEqual(before)
  cluster.more.mend('down')
  await expect.poll(() => listed(engine).catch(() => undefined), soon()).toEqual(expect.arrayContaining(own))

  cluster.more.engine('still', BASIL, { hangs: true })
  await expect.poll(() => listed(engine).then(() => 'answers', String), soon()).toContain('silence')
  expect(await starts()).toEqual(before)
  cluster.more.mend('still')
  await expect.poll(() => listed(engine).catch(() => undefined), soon()).toEqual(expect.arrayContaining(own))
  expect(await starts()).toEqual(before)
})

test('[LAB30] an agent that is told to end does so at once, and leaves its containers', async () => {
  const before = await starts()
  await cluster.stopAgent(BASIL)
  expect([cluster.stateOf(BASIL), await starts()]).toEqual(['stopped', before])
  expect(await cluster.vitalsOf(BASIL)).toBeUndefined()
  await cluster.restart(BASIL)
  expect([cluster.stateOf(BASIL), await starts(), cluster.troubles()]).toEqual(['up', before, []])

  // It is told so while it stands still, and hears it when it goes on.
  await cluster.pause(BASIL)
  await cluster.stopAgent(BASIL)
  await cluster.restart(BASIL)
  expect(await starts()).toEqual(before)
})

test('[LAB3] a machine dies whole and at once, and boots with nothing left in memory', async () => {
  const engine = cluster.engineOf(BASIL)
  await cluster.cutPower(BASIL)
  expect(await machinesThatRun()).toEqual([AMBER])
  await expect(listed(engine)).rejects.toThrow(/ECONNREFUSED|ENOENT/)
  expect(containersIn(engine.group)).toEqual([])
  await cluster.restart(BASIL)
  await expect.poll(() => listed(engine).catch(() => undefined), soon()).toBeDefined()
  await expect.poll(async () => (await cluster.runs()).length, soon()).toBe(REPLICAS)
})

test('[LAB10, CLI133] the agent of a machine whose disk is full ends and says so, and is back when there is room', async () => {
  const ended = async (): Promise<string[]> => {
    const { method, path, asking } = requestOf({ verb: 'note', name: 'web', text: String(cluster.nowMs()) })
    await cluster.request(BASIL, method, path, asking).catch(() => {})
    return cluster.troubles().flatMap(({ machine, says }) => (machine === BASIL ? [says] : []))
  }
  cluster.more.disk('full', BASIL, { isFull: true })
  expect(cluster.isSound(BASIL)).toBe(false)
  await expect.poll(ended, soon()).toContainEqual(expect.stringMatching(/^the disk failed/))
  cluster.more.mend('full')
  expect(cluster.isSound(BASIL)).toBe(true)
  await expect
    .poll(() => cluster.request(BASIL, 'GET', '/livez').then(({ status }) => status, String), soon())
    .toBe(200)
  expect((await cluster.runs()).length).toBe(REPLICAS)
})

test('[LAB11] a machine that lost its disk joins anew, as another member', async () => {
  await cluster.cutPower(BASIL)
  cluster.more.wipe(BASIL)
  await cluster.restart(BASIL)
  expect([cluster.nodeOf(BASIL), [...cluster.damagedDisks]]).toEqual([`${BASIL}-2`, [BASIL]])
  const kindOfIt = async (): Promise<unknown> => {
    const { body } = await cluster.request(AMBER, 'GET', `/api/v1/nodes/${BASIL}-2`)
    return (body as { kind: string }).kind
  }
  await expect.poll(kindOfIt, soon()).toBe('Node')
  await expect.poll(async () => (await cluster.runs()).length, soon()).toBe(REPLICAS)
})

test('[LAB32] who joins one half of a split cluster is in that half, and seen by the other when they are one again', async () => {
  const nodesOn = async (machine: string): Promise<string[]> => {
    const { body } = await cluster.request(machine, 'GET', '/api/v1/nodes')
    return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name)
  }
  await cluster.split('halves', [[AMBER, 'cedar'], [BASIL]])
  expect(await cluster.addMachine(AMBER)).toBe('cedar')
  await expect.poll(() => nodesOn(AMBER), soon()).toContain('cedar')
  expect(await nodesOn(BASIL)).not.toContain('cedar')
  await cluster.mendNetwork('halves')
  await expect.poll(() => nodesOn(BASIL), soon()).toContain('cedar')
})

test('[LAB12] connections that are reset end at both ends', async () => {
  const lab = new Lab()
  onTestFinished(() => lab.stop())
  const [here, there] = [lab.add(), lab.add()]
  const inside = ({ namespace }: LabMachine, ...words: string[]): ChildProcess =>
    spawn('nsenter', [`--net=/run/netns/${namespace}`, 'busybox', 'nc', ...words], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
  const server = inside(there, '-l', '-p', '5000')
  const heard = once(server.stdout!, 'data')
  let client: ChildProcess
  await expect
    .poll(async () => {
      client = inside(here, there.address, '5000')
      client.stdin!.on('error', () => {}).write('hello')
      return Promise.race([heard.then(String), once(client, 'exit').then(() => 'nobody listens yet')])
    }, soon())
    .toBe('hello')
  const ends = [server, client!].map((process) => once(process, 'exit'))
  lab.reset([
    { from: here, to: there },
    { from: there, to: here },
  ])
  await Promise.all(ends)
})

test('[LAB8] what only a simulator can do is refused', () => {
  expect(() => cluster.more.forge()).toThrow('cannot forge records')
  expect(() => cluster.more.disk('slow', BASIL, { slowMs: 5 })).toThrow('cannot have a disk that fails to sync')
  expect(() => cluster.more.weather('rain', { bytesPerSecond: 1_000 })).toThrow('cannot have all its lines narrow')
  expect(() => cluster.more.starts()).toThrow('nobody counts')
})

/** Of so many kilobytes, ten a second, those that came back. */
function echoed({ from, to, count }: { from: LabMachine; to: LabMachine; count: number }): number {
  const words = ['busybox', 'ping', '-c', String(count), '-i', '0.1', '-W', '2', '-s', '1000', to.address]
  const { stdout } = spawnSync('nsenter', [`--net=/run/netns/${from.namespace}`, ...words], { encoding: 'utf8' })
  return Number(/(\d+) packets received/.exec(stdout)?.[1])
}

test('[LAB7] a lossy switch loses a share, a narrow line carries so much and no more', () => {
  const lab = new Lab()
  onTestFinished(() => lab.stop())
  const [from, to] = [lab.add(), lab.add()]
  const answered = (): number => echoed({ from, to, count: 30 })
  expect(answered()).toBe(30)
  lab.cut([], 0.5)
  const left = answered()
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThan(25)
  lab.cut([])
  // 10 kB a second through a line of four, less what passes in one go.
  lab.narrow(from, 4_000)
  expect(answered()).toBeLessThan(29)
  lab.narrow(from, undefined)
  expect(answered()).toBe(30)
})

test('[LAB5] what is left of a lab whose process was killed is removed: processes, namespaces, mounts, groups, files', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-orphan-'))
  const here = JSON.stringify(import.meta.dirname).slice(1, -1)
  const program = `
    import { Lab } from '${here}/lab.ts'
    import { LabEngines } from '${here}/lab-engines.ts'
    import { ask } from '${here}/engine.ts'
    const lab = new Lab()
    lab.keeps(${JSON.stringify(directory)})
    const machine = lab.add()
    const { socket, group } = await new LabEngines(${JSON.stringify(directory)}).start(machine)
    const body = JSON.stringify({ Image: 'registry.example/app:1', Cmd: ['sleep', '1000'] })
    const { Id } = JSON.parse((await ask(socket, 'POST', '/containers/create', body)).body)
    await ask(socket, 'POST', '/containers/' + Id + '/start')
    console.log(group)
    setInterval(() => {}, 1000)
  `
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [group] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  expect(containersIn(group)).toHaveLength(1)
  expect(traces(group, directory)).not.toEqual([])
  child.kill('SIGKILL')
  await expect.poll(() => traces(group, directory), soon()).toEqual([])
})

/** Everything on this machine that names this group or directory. */
function traces(group: string, directory: string): string[] {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : []
  const groups = readdirSync('/sys/fs/cgroup').flatMap((controller) =>
    [controller, join(controller, group)].filter(
      (path) => path.endsWith(group) && existsSync(`/sys/fs/cgroup/${path}`),
    ),
  )
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return [
    ...namespaces.filter((name) => name === group),
    ...groups,
    ...mounts.filter((line) => line.includes(directory)),
    ...processesNaming(directory).map(String),
    ...(existsSync(directory) ? [directory] : []),
  ]
}

test('[LAB6] without root it says what it needs', () => {
  const program = `
    const { Lab } = await import(${JSON.stringify(join(import.meta.dirname, 'lab.ts'))})
    process.getuid = () => 1000
    try { new Lab() } catch (error) { console.log(error.message) }
  `
  const words = ['--import', 'tsx', '--input-type=module', '-e', program]
  expect(execFileSync(process.execPath, words, { encoding: 'utf8' })).toMatch(/needs root: run as root/)
})
