/**
 * What nodes put on their links in a while, per node and second, and what kinds of frames it was.
 *
 * @module
 */
import type { SimCluster } from './sim-cluster.ts'
import type { Traffic } from './sim-network.ts'

/** Of one node, in a second. */
export interface Rate {
  readonly lastedMs: number
  readonly frames: number
  readonly bytes: number
  readonly byKind: ReadonlyMap<string, Readonly<Traffic>>
}

/** What was sent while it was done, by how many nodes there were when it began. */
export async function during(cluster: SimCluster, act: () => Promise<void>): Promise<Rate> {
  const before = booksOf(cluster)
  const [nodes, startMs] = [cluster.views().size, cluster.nowMs()]
  await act()
  const lastedMs = cluster.nowMs() - startMs
  const share = 1_000 / lastedMs / nodes
  const byKind = new Map(
    [...cluster.traffic()].map(([kind, { frames, bytes }]): [string, Traffic] => {
      const then = before.get(kind) ?? { frames: 0, bytes: 0 }
      return [kind, { frames: (frames - then.frames) * share, bytes: (bytes - then.bytes) * share }]
    }),
  )
  const sum = (of: keyof Traffic): number => [...byKind.values()].reduce((total, traffic) => total + traffic[of], 0)
  return { lastedMs, frames: sum('frames'), bytes: sum('bytes'), byKind }
}

function booksOf(cluster: SimCluster): ReadonlyMap<string, Traffic> {
  return new Map([...cluster.traffic()].map(([kind, traffic]) => [kind, { ...traffic }]))
}
