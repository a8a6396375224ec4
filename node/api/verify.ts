/**
 * Do all nodes hold the same? Compares the state digests that the members sent: equal roots are equal states; where roots
 * differ, the heads say which objects do, and who stands alone.
 *
 * @module
 */
import type { DocumentKey, NodeId } from '../../crdt/index.ts'
import type { NodeDigest } from './backend.ts'

export interface Verification {
  /** Of those that answered. */
  readonly agree: boolean
  readonly nodes: readonly VerifiedNode[]
  /** At most `DIFFERENCES_MAX`, by key. */
  readonly differences: readonly Difference[]
  readonly differencesLeftOut: number
}

export interface VerifiedNode {
  readonly node: NodeId
  readonly name: string
  readonly root?: string
  readonly documents?: number
  readonly records?: number
  readonly members?: number
  readonly trouble?: string
  /** Whether its root is that of the largest group. */
  readonly agrees: boolean
}

export interface Difference {
  readonly key: DocumentKey
  /** Names of nodes by what they hold; empty text: nothing. */
  readonly versions: readonly { readonly heads: string; readonly nodes: readonly string[] }[]
}

/** Enough to see a pattern. */
const DIFFERENCES_MAX = 100

export function compareDigests(digests: readonly NodeDigest[]): Verification {
  const answered = digests.filter((each) => each.trouble === undefined)
  const common = mostCommon(answered.map((each) => each.root ?? ''))
  const all = differencesOf(answered)
  return {
    agree: answered.every((each) => each.root === answered[0]?.root),
    nodes: digests.map(({ heads: _heads, ...digest }) => ({
      ...digest,
      agrees: digest.trouble === undefined && digest.root === common,
    })),
    differences: all.slice(0, DIFFERENCES_MAX),
    differencesLeftOut: Math.max(0, all.length - DIFFERENCES_MAX),
  }
}

function differencesOf(digests: readonly NodeDigest[]): readonly Difference[] {
  const known = digests.filter((each) => each.heads !== undefined)
  const keys = new Set(known.flatMap(({ heads }) => Object.keys(heads ?? {})))
  return [...keys]
    .toSorted()
    .map((key) => ({ key, versions: versionsOf(key, known) }))
    .filter(({ versions }) => versions.length > 1)
}

function versionsOf(key: DocumentKey, digests: readonly NodeDigest[]): Difference['versions'] {
  const nodesByHeads = new Map<string, string[]>()
  for (const { name, heads } of digests) {
    const held = heads?.[key] ?? ''
    nodesByHeads.set(held, [...(nodesByHeads.get(held) ?? []), name])
  }
  return [...nodesByHeads]
    .map(([heads, nodes]) => ({ heads, nodes }))
    .toSorted((one, other) => other.nodes.length - one.nodes.length)
}

/** Ties fall to the lower text, so that every node names the same. */
function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].toSorted(([one, many], [other, more]) => more - many || (one < other ? -1 : 1))[0]?.[0]
}
