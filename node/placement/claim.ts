/**
 * The record by which a node takes a slot: the pod's first fact.
 *
 * @module
 */
import { parseKey, type BidLine, type NodeId, type PodFact, type Relief, sha256Hex } from '../../crdt/index.ts'
import type { NodeRow, PodTemplate } from '../control/rows.ts'
import type { Slot } from '../control/slot.ts'
import { fitRuntime } from '../runtime/fit.ts'
import { runtimesOf } from './eligible.ts'
import { CLAIMED_REASON } from './failures.ts'

export interface ClaimQuestion {
  readonly slot: Slot
  readonly template: PodTemplate
  readonly self: NodeRow
  readonly nowMs: number
  readonly auction: readonly BidLine[]
  /** Of whom, and why, where it is made to even out the nodes. */
  readonly relieves?: Relief | undefined
  /** Uid of the Pod that somebody wrote, where it is one's. */
  readonly ofPod?: string | undefined
}

export function claimFact({ slot, template, self, nowMs, auction, relieves, ofPod }: ClaimQuestion): PodFact {
  const { kind, namespace, name } = parseKey(slot.workload) ?? { kind: '', namespace: 'default', name: 'pod' }
  const hash = claimHash(slot, self.id, nowMs)
  const fit = fitRuntime(template.spec, runtimesOf(self.fact))
  return {
    uid: uuidOf(hash),
    // A Pod that somebody wrote has a name already.
    name: kind === 'Pod' ? name : `${name}-${slot.revision}-${hash.slice(0, 5)}`,
    namespace,
    workload: slot.workload,
    revision: slot.revision,
    index: slot.index,
    claimedAtMs: nowMs,
    auction,
    ...(relieves && { relieves }),
    ...(ofPod && { ofPod }),
    phase: 'Pending',
    ready: false,
    stopping: false,
    reason: CLAIMED_REASON,
    message: '',
    podIP: '',
    hostIP: self.fact.hostAddress,
    runtime: 'runtime' in fit ? fit.runtime.name : '',
    containers: [],
  }
}

/** [CLF1] The same claim has the same name everywhere; another node or another time gives another. */
function claimHash(slot: Slot, node: NodeId, claimedAtMs: number): string {
  return sha256Hex(`shoal/pod/1\0${slot.id}\0${node}\0${claimedAtMs}`)
}

/** In the shape of a UUID of version 8 (RFC 9562: custom). */
function uuidOf(hash: string): string {
  const variant = ((parseInt(hash[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
