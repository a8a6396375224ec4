/**
 * Which ways lead to a pod, decided from what is known before anything is dialled.
 *
 * The trap: addresses of pods are no names. 172.17.0.2 is a container on every machine with Docker, 127.64.1.2 is answered by
 * whatever listens on 0.0.0.0 here, so "it answers" does not prove that it is the pod. A pod's address is used only by its own
 * node and by nodes that share its network stack (several nodes on one machine, as in the demo): those say so by a node
 * label. All others ask the pod's node, which knows its pods by uid.
 *
 * @module
 */
import type { Endpoint, NodeId } from '../../crdt/index.ts'

/** Node label: equal on two nodes exactly where an address means the same to both. */
export const NETWORK_LABEL = 'shoal.dev/network'

/** `through`: a stream to the pod's node, which dials the pod. */
export type Way = 'direct' | 'through'

export interface WaysFrom {
  readonly self: NodeId
  readonly network: string | undefined
  networkOf(node: NodeId): string | undefined
}

/** The ways worth trying, best first. */
export function waysTo(endpoint: Pick<Endpoint, 'node' | 'podIP' | 'verdict'>, from: WaysFrom): readonly Way[] {
  if (endpoint.node === from.self) return endpoint.podIP === '' ? [] : ['direct']
  const sharesNetwork = from.network !== undefined && from.network === from.networkOf(endpoint.node)
  if (!sharesNetwork || endpoint.podIP === '') return ['through']
  return endpoint.verdict === 'agent-gone' ? ['direct'] : ['direct', 'through']
}
