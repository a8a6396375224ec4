/**
 * What membership needs of its node.
 *
 * @module
 */
import type { NodeId, Verdict } from '../../crdt/index.ts'
import type { GossipMessage } from '../../net/index.ts'
import type { PodRow, Probe, Workload } from '../control/rows.ts'
import type { Seal } from './seal.ts'

export interface KnownMember {
  readonly node: NodeId
  /** Empty: nobody knows where to dial it; it has to dial us. */
  readonly addresses: readonly string[]
}

interface MembershipView {
  /** All that were admitted, this node too, but the departed. */
  members(): readonly KnownMember[]
  pods(): readonly PodRow[]
  workloads(): readonly Workload[]
  /** Value of the label by which nodes say that addresses mean the same to both (service/ways.ts); undefined: not known. */
  networkOf(node: NodeId): string | undefined
  /** `sinceMs` by the wall clock. */
  setVerdict(node: NodeId, verdict: Verdict, sinceMs: number): void
  setProbe(podUid: string, answer: Probe): void
}

interface MembershipWire {
  /** On the link, as a frame of membership. */
  send(to: NodeId, bytes: Uint8Array): void
  /** On the topic `verdicts`. */
  gossip(bytes: Uint8Array): void
  /** Rejects with a `NetError`. */
  connect(addresses: readonly string[]): Promise<NodeId>
  disconnect(node: NodeId): Promise<void>
}

/** Whether somebody listens. `silent`: no answer at all. Undefined: cannot be told. Never rejects. */
export interface Prober {
  probe(target: { readonly host: string; readonly port: number; readonly timeoutMs: number }): Promise<Probe | 'silent'>
}

export interface MembershipPorts {
  readonly self: NodeId
  /** Grows with every start of this node. */
  readonly start: number
  readonly view: MembershipView
  readonly wire: MembershipWire
  readonly prober: Prober
  /** `rule`: a word, told apart in the log. */
  readonly onBlamed: (peer: NodeId, rule: 'membership' | 'verdict', reason: string) => void
  readonly seal: Seal
  /** In [0, 1). */
  readonly unit: () => number
}

export type IncomingGossip = Pick<GossipMessage, 'from' | 'bytes' | 'accept' | 'ignore' | 'reject'>
