/**
 * What nodes put on their links in a while, per node and second, and what kinds of frames it was.
 *
 * @module
 */
import type { SimCluster } from './sim-cluster.ts'
import type { Traffic } from './sim-network.ts'

/** By kind. */
export type Books = ReadonlyMap<string, Readonly<Traffic>>

/** Of one node, in a second. */
export interface Rate {
  readonly frames: number
  readonly bytes: number
  readonly byKind: ReadonlyMap<string, Readonly<Traffic>>
}

export function trafficOf(cluster: SimCluster): Books {
  return new Map([...cluster.traffic()].map(([kind, traffic]) => [kind, { ...traffic }]))
}

export function rateOf({
  before,
  after,
  nodes,
  lastedMs,
}: {
  before: Books
  after: Books
  nodes: number
  lastedMs: number
}): Rate {
  const share = 1_000 / lastedMs / nodes
  const byKind = new Map(
    [...after].map(([kind, { frames, bytes }]): [string, Traffic] => {
      const then = before.get(kind) ?? { frames: 0, bytes: 0 }
      return [kind, { frames: (frames - then.frames) * share, bytes: (bytes - then.bytes) * share }]
    }),
  )
  const sum = (of: keyof Traffic): number => [...byKind.values()].reduce((total, traffic) => total + traffic[of], 0)
  return { frames: sum('frames'), bytes: sum('bytes'), byKind }
}
