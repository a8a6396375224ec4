/**
 * Members that are gone for good are deleted, and some are not gone for good.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { SimCluster } from './sim/sim-cluster.ts'

const NODES = '/api/v1/nodes'
/** [DET3] Longer than a verdict takes. */
const LOST_MS = 20_000

const names = async (cluster: SimCluster, asked: string): Promise<string[]> => {
  const { body } = await cluster.request(asked, 'GET', NODES)
  return (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name)
}

const untilAllName = (cluster: SimCluster, asked: readonly string[], expected: readonly string[]): Promise<number> =>
  cluster.waitUntil(`${asked.join(' and ')} to name ${expected.join(', ')}`, 10_000, async () => {
    const lists = await Promise.all(asked.map((each) => names(cluster, each)))
    return lists.every((list) => list.toSorted().join() === expected.toSorted().join())
  })

test('[DEP1, DEP3, DEP4] a member that is away is deleted, and is back when it returns', async () => {
  await new SimCluster({ seed: 1, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil, cedar] = cluster.machines as [string, string, string]
    const early = await cluster.request(amber, 'DELETE', `${NODES}/${cedar}`)
    expect([early.status, (early.body as { message: string }).message]).toEqual([409, expect.stringContaining('its agent answers')]) // prettier-ignore
    await cluster.cutPower(cedar)
    await cluster.runFor(LOST_MS)
    expect((await cluster.request(amber, 'DELETE', `${NODES}/${cedar}`)).status).toBe(200)
    await untilAllName(cluster, [amber, basil], [amber, basil])
    expect((await cluster.request(basil, 'GET', `${NODES}/${cedar}`)).status).toBe(404)
    await cluster.restart(cedar)
    await untilAllName(cluster, [amber, basil, cedar], [amber, basil, cedar])
    await cluster.waitUntil('all to hold the same', 10_000, async () => {
      const held = await Promise.all(cluster.machines.map((each) => cluster.holding(each)))
      return new Set(held.map(({ root }) => root)).size === 1
    })
  })
})

test('[DEP4, DEP6] two sides of a split that deleted one another find one another again', async () => {
  await new SimCluster({ seed: 2, machines: 4 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, basil, cedar, dill] = cluster.machines as [string, string, string, string]
    await cluster.split('f', [[amber, basil], [cedar, dill]]) // prettier-ignore
    await cluster.runFor(LOST_MS)
    for (const [asked, gone] of [
      [amber, cedar],
      [amber, dill],
      [cedar, amber],
      [cedar, basil],
    ] as const)
      // prettier-ignore
      expect((await cluster.request(asked, 'DELETE', `${NODES}/${gone}`)).status).toBe(200)
    await untilAllName(cluster, [amber, basil], [amber, basil])
    await untilAllName(cluster, [cedar, dill], [cedar, dill])
    await cluster.mendNetwork('f')
    await untilAllName(cluster, cluster.machines, cluster.machines)
  })
})
