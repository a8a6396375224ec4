/**
 * Members that come and go, split once more: what makes failover patient with them must not make the heal slow.
 *
 * @module
 */
import { expect, test } from 'vitest'
import { SimCluster } from './sim/sim-cluster.ts'
import { requestOf } from './workloads/deeds.ts'

/** Seed 4026 of the swarm, at its time: the link of before the split stood, and both waited for TCP to send again. */
test('[P1, OVL7] members that flapped and were split hold the same within 5 s of the heal', async () => {
  for (const seed of [1, 2, 3]) {
    await new SimCluster({ seed, machines: 2 }).run(async (cluster) => {
      await cluster.boot()
      const [amber, basil] = cluster.machines as [string, string]
      for (const lastsMs of [3_000, 3_000, 3_000, 16_000]) {
        await cluster.split('f', [[amber], [basil]])
        await cluster.runFor(lastsMs)
        const { method, path, asking } = requestOf({ verb: 'add-service', name: `s${cluster.nowMs() | 0}`, port: 80 })
        expect((await cluster.request(amber, method, path, asking)).status).toBe(201)
        await cluster.mendNetwork('f')
        await cluster.waitUntil(`seed ${seed}: both to hold the same after ${lastsMs} ms`, 5_000, async () => {
          const [one, other] = await Promise.all([cluster.holding(amber), cluster.holding(basil)])
          return one.root === other.root
        })
        // Both see each other, and remember that they did not.
        await cluster.runFor(5_000)
      }
    })
  }
})
