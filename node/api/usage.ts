/**
 * What pods take and what of a node's room that is: `GET /shoal/v1/usage`, asked of all nodes at once.
 *
 * @module
 */
import type { UsageFact } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'

export interface Usage {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

export interface NodeUsageRow extends Usage {
  readonly name: string
  /** Over how long that was measured. */
  readonly overMs: number
  /** What it gives to pods. */
  readonly capacity: Usage
}

export interface PodUsageRow extends Usage {
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly overMs: number
  readonly containers: readonly (Usage & { readonly name: string })[]
}

export interface UsageAnswer {
  readonly nodes: readonly NodeUsageRow[]
  readonly pods: readonly PodUsageRow[]
  /** Names of nodes that could not be asked. */
  readonly missing: readonly string[]
}

export async function usage(_: ApiRequest, backend: ApiBackend): Promise<ApiResponse> {
  return json(200, await usedBy(backend))
}

/** [TOP3] Of pods that the cluster knows; a node takes what its pods take together. */
export async function usedBy(backend: ApiBackend): Promise<UsageAnswer> {
  const { rows, missing } = await backend.usage()
  const names = new Map(backend.view.nodes().map((row) => [row.id, row]))
  const facts = new Map(rows.map(({ node, fact }) => [node, fact]))
  const pods = backend.view.pods().flatMap(({ node, fact: { uid, namespace, name } }): PodUsageRow[] => {
    const containers = containersOf(facts.get(node), uid)
    if (containers.length === 0) return []
    const overMs = facts.get(node)?.overMs ?? 0
    return [{ namespace, name, node: names.get(node)?.name ?? node, overMs, ...sumOf(containers), containers }]
  })
  const nodes = rows.flatMap(({ node, fact: { overMs } }): NodeUsageRow[] => {
    const row = names.get(node)
    if (row === undefined) return []
    const { cpuMilli, memoryBytes } = row.fact.capacity
    const own = pods.filter((pod) => pod.node === row.name)
    return [{ name: row.name, overMs, ...sumOf(own), capacity: { cpuMilli, memoryBytes } }]
  })
  return { nodes: nodes.toSorted(byName), pods: pods.toSorted(byName), missing }
}

function containersOf(fact: UsageFact | undefined, uid: string): PodUsageRow['containers'] {
  const used = fact !== undefined && Object.hasOwn(fact.pods, uid) ? Object.entries(fact.pods[uid]!) : []
  return used.map(([name, [cpuMilli, memoryKiB]]) => ({ name, cpuMilli, memoryBytes: memoryKiB * 1_024 }))
}

const sumOf = (parts: readonly Usage[]): Usage => ({
  cpuMilli: parts.reduce((sum, each) => sum + each.cpuMilli, 0),
  memoryBytes: parts.reduce((sum, each) => sum + each.memoryBytes, 0),
})

function byName(one: { namespace?: string; name: string }, other: { namespace?: string; name: string }): number {
  const [a, b] = [`${one.namespace}/${one.name}`, `${other.namespace}/${other.name}`]
  return a < b ? -1 : a > b ? 1 : 0
}
