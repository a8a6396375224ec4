import { expect, test } from 'vitest'
import { SERVED } from '../workloads/traffic.ts'
import { requestOf, type DeploymentDeed, type ServiceDeed } from '../workloads/deeds.ts'
import { SimCluster } from './sim-cluster.ts'

async function order(cluster: SimCluster, deed: DeploymentDeed | ServiceDeed): Promise<void> {
  const { method, path, asking } = requestOf(deed)
  const { status } = await cluster.request(cluster.machines[0]!, method, path, asking)
  expect(status).toBe(201)
}

test('[SIM12] machines join while it runs; one whose door is out of reach is none', async () => {
  await new SimCluster({ seed: 4, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string]
    const name = await cluster.addMachine(basil)
    expect(cluster.machines).toEqual([amber, basil, name])
    expect(cluster.stateOf(name)).toBe('up')
    await cluster.waitUntil('all know it', 10_000, async () => {
      const { body } = await cluster.request(amber, 'GET', '/api/v1/nodes')
      return (body as { items: unknown[] }).items.length === 3
    })
    // The newcomer is in none of these groups: nothing passes to it.
    await cluster.split('f', [[amber, basil, name]])
    await expect(cluster.addMachine(amber)).rejects.toThrow()
    expect(cluster.machines).toEqual([amber, basil, name])
    await cluster.mendNetwork('f')
    await cluster.addMachine(amber)
    expect(cluster.machines).toHaveLength(4)
  })
})

test('[SIM12] clients visit a service through the routes of any machine, and fail where nobody serves', async () => {
  await new SimCluster({ seed: 5, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string, string]
    await expect(cluster.visit(basil, SERVED.nodePort, 1_000)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await order(cluster, { verb: 'create', name: SERVED.name, replicas: 1 })
    await order(cluster, { verb: 'add-service', name: SERVED.name, port: 80, nodePort: SERVED.nodePort })
    const answers = (machine: string): Promise<boolean> =>
      cluster.visit(machine, SERVED.nodePort, 1_000).then(
        (body) => body !== '',
        () => false,
      )
    for (const machine of cluster.machines)
      await cluster.waitUntil(`${machine} to serve`, 20_000, () => answers(machine))
    await cluster.cutPower(amber)
    expect(await answers(amber)).toBe(false)
  })
})

test('[SIM12] starts are counted, frames too, cables that are cut are told from those that are bad', async () => {
  await new SimCluster({ seed: 6, machines: 2 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil] = cluster.machines as [string, string]
    await cluster.killAgent(basil)
    await cluster.restart(basil)
    expect([cluster.startsOf(amber), cluster.startsOf(basil)]).toEqual([1, 2])
    const before = cluster.frames()
    await cluster.runFor(2_000)
    // Each beats twice a second.
    expect(cluster.frames() - before).toBeGreaterThan(4)
    cluster.more.weather('rain', { loss: 0.3 })
    expect([cluster.reaches(amber, basil), cluster.isCut(amber, basil)]).toEqual([false, false])
    await cluster.cutOneWay('cable', [amber], [basil])
    expect([cluster.isCut(amber, basil), cluster.isCut(basil, amber)]).toEqual([true, false])
  })
})

test('[SIM12] a node that ends by itself is told of, with what it said', async () => {
  await new SimCluster({ seed: 7, machines: 1 }).run(async (cluster) => {
    await cluster.boot()
    const [amber] = cluster.machines as [string]
    expect(cluster.troubles()).toEqual([])
    cluster.more.disk('f', amber, { syncFails: 1 })
    const { method, path, asking } = requestOf({ verb: 'create', name: 'web', replicas: 0 })
    await cluster.request(amber, method, path, { ...asking, timeoutMs: 1_000 }).catch(() => {})
    expect(cluster.troubles()).toMatchObject([
      { machine: amber, what: 'ended', says: expect.stringContaining('the disk failed') as string },
    ])
    cluster.more.wipe(amber)
    expect([...cluster.damagedDisks]).toEqual([amber])
  })
})
