import { SimCluster } from './sim-cluster.ts'
import { sharedWire } from './simulate.ts'
import { measureMembership } from './scale-membership.ts'
import { measureSlots } from './scale-slots.ts'
import { realNow } from './tripwire.ts'

export async function scale({ seed, sizes }: { seed: number; sizes: readonly number[] }): Promise<void> {
  const only = process.env['ONLY']
  for (const nodes of sizes) {
    for (const [name, measure] of [
      ['membership', measureMembership],
      ['slots', measureSlots],
    ] as const) {
      if (only !== undefined && only !== name) continue
      const startMs = realNow()
      const cluster = new SimCluster({
        seed,
        machines: nodes,
        regions: 2,
        weather: { jitterMs: 1 },
        wire: sharedWire(),
      })
      const found = await cluster.run(async () => {
        await cluster.boot()
        console.error(nodes, 'boot', cluster.nowMs(), realNow() - startMs, process.memoryUsage().rss / 2 ** 20)
        return await measure(cluster)
      })
      console.error(nodes, name, cluster.nowMs(), realNow() - startMs, process.memoryUsage().rss / 2 ** 20)
      console.dir(found, { depth: 5 })
    }
  }
}
