/**
 * An agent that starts again knows what is wanted, but of the pods only its own.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { SimCluster } from './sim/sim-cluster.ts'
import { requestOf } from './workloads/deeds.ts'

const REPLICAS = 4

/** Found with real processes: an agent killed ten times, and its first link after one start took a second. */
test('[P5, PLC13, DET18] an agent whose links are slow to come back starts nothing that runs elsewhere', async () => {
  await new SimCluster({ seed: 1, machines: 3 }).run(async (cluster) => {
    await cluster.boot()
    const [amber, , cedar] = cluster.machines as [string, string, string]
    const { method, path, asking } = requestOf({ verb: 'create', name: 'web', replicas: REPLICAS })
    await cluster.request(amber, method, path, asking)
    const uids = async (): Promise<string[]> => (await cluster.runs()).map(({ uid }) => uid).toSorted()
    await cluster.waitUntil('all to run', 30_000, async () => (await uids()).length === REPLICAS)
    const before = await uids()
    for (const delayMs of [300, 600]) {
      await cluster.killAgent(cedar)
      cluster.more.clog('slow', [cedar], delayMs)
      await cluster.restart(cedar)
      for (let look = 0; look < 50; look += 1) {
        await cluster.runFor(200)
        expect(await uids(), `${look} looks after a start with links ${delayMs} ms slow`).toEqual(before)
      }
      cluster.more.mend('slow')
      await cluster.runFor(10_000)
      expect(await uids()).toEqual(before)
    }
  })
})
