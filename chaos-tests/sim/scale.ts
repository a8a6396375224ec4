import { SimCluster } from './sim-cluster.ts'
import { sharedWire } from './simulate.ts'
import { measureMembership } from './scale-membership.ts'
import { realNow } from './tripwire.ts'

export async function scale({ seed, sizes }: { seed: number; sizes: readonly number[] }): Promise<void> {
  for (const nodes of sizes) {
    const startMs = realNow()
    const cluster = new SimCluster({ seed, machines: nodes, regions: 2, weather: { jitterMs: 1 }, wire: sharedWire() })
    const found = await cluster.run(async () => {
      await cluster.boot()
      console.error(nodes, 'boot', cluster.nowMs(), realNow() - startMs, process.memoryUsage().rss / 2 ** 20)
      return await measureMembership(cluster)
    })
    console.error(nodes, realNow() - startMs, process.memoryUsage().rss / 2 ** 20)
    console.error(found)
  }
}
