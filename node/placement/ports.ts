/**
 * What placement needs of its node.
 *
 * @module
 */
import type { BidFact, Budget, DocumentKey, FactName, NodeId, PendingSlot, PodFact } from '../../crdt/index.ts'
import type { NodeRow, PodRow, Workload } from '../control/rows.ts'

interface PlacementView {
  nodes(): readonly NodeRow[]
  pods(): readonly PodRow[]
  workloads(): readonly Workload[]
  budgets(): readonly Budget[]
}

/** This node's own records. */
interface OwnRecords {
  /** In force in this node's view at once. With `ttlMs`: told to all and then forgotten, never stored. */
  put(name: FactName, value: PodFact | BidFact, ttlMs?: number): void
}

/** Told to the agent: the claim is to be given up, its pod stopped gracefully. */
export interface ReleaseMessage {
  readonly type: 'release'
  readonly uid: string
  readonly reason: string
}

export interface PlacementPorts {
  readonly self: NodeId
  readonly view: PlacementView
  readonly records: OwnRecords
  /** What nobody takes, for the view; no slots: all is placed. */
  setPending(workload: DocumentKey, slots: readonly PendingSlot[]): void
  /** From the detector: see membership/detector.ts. */
  verdictMs(node: NodeId): number
  holdMs(node: NodeId): number
  roundTripMs(node: NodeId): number | undefined
  /** Whether every neighbour that is taken for alive has told what it knows, since this node started. */
  isBriefed(): boolean
  /** Whether this node knows that it was there, and is no more. */
  isDeleted(workload: DocumentKey): boolean
  /** How long all has to be calm before this node takes a pod to even out the nodes. Absent: it takes none. */
  readonly calmMs?: number | undefined
}
