/**
 * What the agent asks of the rest of its node, as narrow ports. The wiring implements them over the view and the replica;
 * tests implement them in ten lines.
 *
 * Who writes what: placement writes the first version of `pod/<uid>` (the claim, phase Pending). From then on the agent is the
 * only writer of that record, and it drops it when the pod is gone.
 *
 * @module
 */
import type {
  ConfigKind,
  DocumentKey,
  FactName,
  KubeObject,
  NodeId,
  PodFact,
  PodSecurityLevel,
} from '../../crdt/index.ts'
import type { RuntimeError, RuntimeName } from '../runtime/runtime.ts'
import type { PodTemplate } from './template.ts'

/** What is told to the agent. The wiring also tells `boot`, once, when the disk has been read. */
export type AgentNews =
  | { readonly type: 'boot' }
  /** Claims or documents read differently now. Sent too often costs time, sent too rarely costs latency, never truth. */
  | { readonly type: 'claims-changed' }
  /** From `Runtime.watch`. */
  | { readonly type: 'runtime-event'; readonly uid: string }
  | { readonly type: 'runtime-trouble'; readonly runtime: RuntimeName; readonly reason: string }
  /** These ConfigMaps and Secrets read differently now. */
  | { readonly type: 'config-changed'; readonly keys: ReadonlySet<DocumentKey> }
  /** The store has compared itself with a neighbour. */
  | { readonly type: 'synced' }
  /** Give this claim up: its slot is not wanted any more, or an older claim stands. */
  | { readonly type: 'release'; readonly uid: string; readonly reason: string }

  /** [GRACE3] This pod, which is to end, may take so long and no longer. */
  | { readonly type: 'hasten'; readonly uid: string; readonly graceMs: number }

export interface AgentView {
  /** Pods of all nodes; the agent reads its own. */
  pods(): readonly { readonly node: NodeId; readonly fact: PodFact }[]
  /** Undefined where the workload or that revision of it is not known (any more, or yet). */
  template(workload: DocumentKey, revision: string): PodTemplate | undefined
  /** [FIN4] Whether it was deleted, and its pods are to end before it is gone. */
  isEnding(workload: DocumentKey): boolean
  /** `WEB_SERVICE_HOST` and its sisters, for pods of this namespace; where a Service is found may hang on the pod's runtime. */
  serviceEnv(namespace: string, runtime: RuntimeName): Readonly<Record<string, string>>
  /** What a namespace lets its pods do. */
  podSecurity(namespace: string): PodSecurityLevel
  /** A ConfigMap or Secret as it is now. */
  config(kind: ConfigKind, namespace: string, name: string): KubeObject | undefined
  serviceAccount(namespace: string, name: string): KubeObject | undefined
}

export interface PodRecords {
  /** In force in the view when it returns. */
  put(name: FactName, fact: PodFact | undefined): void
}

export interface AgentListener {
  /** Placement remembers it: this node bids lower for the workload, or not at all. */
  podFailed(failure: PodFailure): void
  /** For the node's own record: which runtimes answer, and why one does not. */
  runtimeHealth(health: RuntimeHealth): void
}

export interface PodFailure {
  readonly uid: string
  readonly workload: DocumentKey
  readonly revision: string
  readonly code: FailureCode
  readonly reason: string
  readonly atMs: number
  /** The claim was given up: the slot is open again, and this node should decline it. */
  readonly refused: boolean
}

/** `config`: the template asks for something this node cannot make. `crashed`: it ran and ended. `evicted`: it took too much. */
export type FailureCode = RuntimeError['code'] | 'no-runtime' | 'config' | 'crashed' | 'evicted'

export type RuntimeHealth =
  | { readonly runtime: RuntimeName; readonly ok: true; readonly version: string; readonly images: readonly string[] }
  | { readonly runtime: RuntimeName; readonly ok: false; readonly reason: string }

/** This node, as its pods are told of it. */
export interface AgentNode {
  readonly id: NodeId
  readonly name: string
  readonly hostAddress: string
  readonly capacity: { readonly cpuMilli: number; readonly memoryBytes: number }
}
