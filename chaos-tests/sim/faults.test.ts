import { expect, test } from 'vitest'
import type { OneWay } from '../cluster.ts'
import { requestOf, type DeploymentDeed, type ServiceDeed } from '../workloads/deeds.ts'
import { SERVED } from '../workloads/traffic.ts'
import { Pipe } from './pipe.ts'
import { SimCluster } from './sim-cluster.ts'
import { SimTime } from './sim-time.ts'

async function order(cluster: SimCluster, machine: string, deed: DeploymentDeed | ServiceDeed): Promise<number> {
  const { method, path, asking } = requestOf(deed)
  return (await cluster.request(machine, method, path, asking)).status
}

/** How long a write through that machine takes until the other one holds the same. */
async function spreads(cluster: SimCluster, from: string, to: string, name: string): Promise<number> {
  await order(cluster, from, { verb: 'create', name, replicas: 0 })
  return await cluster.waitUntil(`${to} to hold ${name}`, 60_000, async () => {
    const { heads } = await cluster.holding(to)
    return Object.keys(heads).some((key) => key.endsWith(`/${name}`))
  })
}

async function names(cluster: SimCluster, machine: string, path: string): Promise<readonly string[]> {
  const { body } = await cluster.request(machine, 'GET', path)
  return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name).toSorted()
}

test('[SIM15] a narrow line lets through so much and no more, in order, and all that waits once it is wide again', async () => {
  const time = new SimTime()
  const pipe = new Pipe(time, 1_000)
  const passed: [what: number, atMs: number][] = []
  for (const what of [0, 1, 2, 3]) pipe.put(500, () => void passed.push([what, time.nowMs]))
  await time.runUntil(1_200)
  expect(passed).toEqual([
    [0, 500],
    [1, 1_000],
  ])
  pipe.open()
  pipe.put(500, () => void passed.push([4, time.nowMs]))
  await time.runUntil(5_000)
  expect(passed.slice(2)).toEqual([
    [2, 1_200],
    [3, 1_200],
    [4, 1_200],
  ])
})

test('[SIM15] lines are late one way, narrow or reset for as long as a fault says so', async () => {
  await new SimCluster({ seed: 3, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string]
    const there: OneWay[] = [{ from: amber, to: basil }]
    expect(await spreads(cluster, amber, basil, 'at-once')).toBeLessThan(50)

    cluster.more.lag('far', there, { delayMs: 700, jitterMs: 0 })
    expect([cluster.reaches(amber, basil), cluster.reaches(basil, amber)]).toEqual([false, true])
    await cluster.runFor(3_000)
    expect(await spreads(cluster, amber, basil, 'late')).toBeGreaterThan(250)
    cluster.more.mend('far')

    cluster.more.narrow('thin', [basil], 2_000)
    expect(cluster.reaches(amber, basil)).toBe(false)
    expect(await spreads(cluster, amber, basil, 'thin')).toBeGreaterThan(100)
    cluster.more.mend('thin')
    expect(cluster.reaches(amber, basil)).toBe(true)

    await cluster.runFor(5_000)
    const before = cluster.frames()
    cluster.more.reset(there)
    await cluster.cutWays('door', there)
    expect([cluster.isCut(amber, basil), cluster.isCut(basil, amber)]).toEqual([true, false])
    await cluster.runFor(300)
    await cluster.mendNetwork('door')
    // Nothing was said on links that are gone; both dial anew.
    expect(cluster.frames() - before).toBeLessThan(4)
    await cluster.runFor(3_000)
    expect(await spreads(cluster, amber, basil, 'again')).toBeLessThan(50)
  })
})

test('[SIM18] where bits flip requests to a service fail, nodes do not: all is well when it is over', async () => {
  await new SimCluster({ seed: 9, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber] = cluster.machines as [string]
    await order(cluster, amber, { verb: 'create', name: SERVED.name, replicas: 1 })
    await order(cluster, amber, { verb: 'add-service', name: SERVED.name, port: 80, nodePort: SERVED.nodePort })
    await cluster.waitUntil('it to run', 20_000, async () => (await cluster.runs()).length === 1)
    const [run] = await cluster.runs()
    const [door = '', other = ''] = cluster.machines.filter((machine) => machine !== run?.machine)
    const visit = (): Promise<string> => cluster.visit(door, SERVED.nodePort, 2_000).catch(String)
    await cluster.waitUntil('it to answer', 20_000, async () => !(await visit()).startsWith('Error'))
    const plain = await visit()

    cluster.more.noise('worn', [door], 0.3)
    expect([cluster.reaches(door, other), cluster.reaches(other, door), cluster.isCut(door, other)]).toEqual([
      false,
      false,
      false,
    ])
    expect(cluster.reaches(other, run!.machine)).toBe(true)
    await cluster.waitUntil('one to fail', 60_000, async () => (await visit()) !== plain)
    cluster.more.mend('worn')
    expect(cluster.reaches(door, other)).toBe(true)
    await cluster.runFor(5_000)
    expect(await visit()).toBe(plain)
    expect(await spreads(cluster, door, other, 'again')).toBeLessThan(50)
    expect(cluster.troubles()).toEqual([])
  })
})

test('[NEM3] a machine with a new disk joins as another member, and its old identity is used by nobody', async () => {
  await new SimCluster({ seed: 4, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string, string]
    expect(await order(cluster, basil, { verb: 'create', name: 'web', replicas: 6 })).toBe(201)
    await cluster.waitUntil('all to run', 30_000, async () => (await cluster.runs()).length === 6)
    await cluster.cutPower(basil)
    cluster.more.wipe(basil)
    await cluster.restart(basil)
    expect(cluster.nodeOf(basil)).toBe('basil-2')
    expect([...cluster.damagedDisks]).toEqual([basil])
    await cluster.waitUntil('all to hold the same', 10_000, async () => {
      const holdings = await Promise.all(cluster.machines.map((machine) => cluster.holding(machine)))
      return holdings.every(({ root }) => root === holdings[0]?.root)
    })
    expect(await names(cluster, basil, '/apis/apps/v1/deployments')).toEqual(['web'])
    expect(await names(cluster, amber, '/api/v1/nodes')).toEqual(['amber', 'basil', 'basil-2', 'cedar'])
    await cluster.waitUntil('all six to run, each once', 40_000, async () => {
      const runs = await cluster.runs()
      return runs.length === 6 && new Set(runs.map(({ uid }) => uid)).size === 6
    })
    // While nobody lets it in, it waits for somebody who does.
    await cluster.cutPower(basil)
    cluster.more.wipe(basil)
    await cluster.split('wall', [[amber, 'cedar'], [basil]])
    const back = cluster.restart(basil)
    await cluster.runFor(8_000)
    expect(cluster.stateOf(basil)).not.toBe('up')
    await cluster.mendNetwork('wall')
    await back
    expect(cluster.nodeOf(basil)).toBe('basil-3')
  })
})

test('[SIM9] a backup that is put back is what was on the platter then, under the same identity', async () => {
  await new SimCluster({ seed: 5, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string]
    await order(cluster, basil, { verb: 'create', name: 'before', replicas: 0 })
    cluster.more.saveDisk('f', basil)
    await order(cluster, basil, { verb: 'create', name: 'after', replicas: 0 })
    await cluster.cutPower(basil)
    await cluster.split('wall', [[amber], [basil]])
    cluster.more.restoreDisk('f', basil)
    await cluster.restart(basil)
    expect(await names(cluster, basil, '/apis/apps/v1/deployments')).toEqual(['before'])
    await cluster.mendNetwork('wall')
    await cluster.waitUntil('basil to hear again what it had said', 10_000, async () => {
      return (await names(cluster, basil, '/apis/apps/v1/deployments')).length === 2
    })
    expect(await names(cluster, amber, '/api/v1/nodes')).toEqual([amber, basil])
  })
})

test('[SIM16] containers end as their command says, hang in the kernel as a fault says, and each start is told of', async () => {
  await new SimCluster({ seed: 6, machines: 1 }).run(async (cluster) => {
    await cluster.boot()
    const [amber] = cluster.machines as [string]
    const fails = { afterMs: 300, how: 'oom' } as const
    await order(cluster, amber, { verb: 'create', name: 'failing', replicas: 1, fails })
    await cluster.runFor(8_000)
    expect(cluster.more.starts()).toHaveLength(2)
    const { body } = await cluster.request(amber, 'GET', '/api/v1/pods')
    const [pod] = (body as { items: { status: { containerStatuses: { lastState: unknown }[] } }[] }).items
    expect(JSON.stringify(pod?.status.containerStatuses)).toContain('OOMKilled')

    await order(cluster, amber, { verb: 'create', name: 'web', replicas: 1 })
    await cluster.waitUntil('it to run', 10_000, async () => (await cluster.runs()).length === 1)
    cluster.more.engine('f', amber, { clings: true })
    await order(cluster, amber, { verb: 'delete', name: 'web' })
    await cluster.runFor(10_000)
    expect(await cluster.runs()).toHaveLength(1)
    cluster.more.mend('f')
    await cluster.waitUntil('it to end', 20_000, async () => (await cluster.runs()).length === 0)
  })
})
