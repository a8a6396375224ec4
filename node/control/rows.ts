/**
 * The rows of the view that control and placement decide from: what is wanted, which nodes there are, which pods were
 * claimed. Only the fields that are read here, so that a decision can be tested with a handful of literals; the view's own
 * rows have these and more.
 *
 * @module
 */
import type {
  DocumentKey,
  Drain,
  NodeFact,
  NodeId,
  PodEnd,
  PodFact,
  PodSecurityLevel,
  Verdict,
} from '../../crdt/index.ts'
import type { ContainerIsolation, IsolationWishes } from '../runtime/process-limits.ts'

export interface NodeRow {
  readonly id: NodeId
  readonly name: string
  readonly fact: NodeFact
  /** It is to be emptied. */
  readonly drain?: Drain
  readonly verdict: Verdict
  /** Since when the verdict stands, ms of this node's wall clock. */
  readonly sinceMs: number
  readonly isSelf: boolean
  /** Of the node's latest start, as it says. */
  readonly incarnation?: number
}

/** Whether a pod of a node whose agent is gone still answers on its port. */
export type Probe = 'answers' | 'refused' | undefined

export interface PodRow {
  readonly node: NodeId
  readonly fact: PodFact
  readonly probe?: Probe
  /** The start of its node that wrote the record. */
  readonly incarnation?: number
}

interface Requests {
  readonly cpu?: number | string
  readonly memory?: number | string
}

interface ContainerPort {
  readonly containerPort: number
  readonly protocol?: string
  readonly hostPort?: number
  readonly hostIP?: string
}

export interface TemplateContainer extends ContainerIsolation {
  readonly image?: string
  readonly command?: readonly string[]
  readonly restartPolicy?: string
  readonly resources?: { readonly requests?: Requests; readonly limits?: Requests }
  readonly ports?: readonly ContainerPort[]
}

export interface Toleration {
  readonly key?: string
  readonly operator?: 'Exists' | 'Equal'
  readonly value?: string
  readonly effect?: string
}

interface PodSpec extends IsolationWishes {
  /** Those with `restartPolicy: Always` go on running beside the containers. */
  readonly initContainers?: readonly TemplateContainer[]
  readonly containers: readonly TemplateContainer[]
  readonly restartPolicy?: string
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: readonly Toleration[]
  readonly runtimeClassName?: string
  readonly os?: { readonly name: string }
}

/** A Kubernetes PodTemplateSpec, as far as placement reads it. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }
  readonly spec: PodSpec
}

/** An earlier template of a workload. */
export interface Revision {
  readonly hash: string
  readonly number: number
  readonly template: PodTemplate
}

export interface Strategy {
  readonly type: 'RollingUpdate' | 'Recreate'
  /** Counts: the view has resolved percentages of `replicas`. */
  readonly maxSurge: number
  readonly maxUnavailable: number
}

export interface Workload {
  /** A Pod that somebody wrote runs once; of a Deployment what has ended is made anew. */
  readonly kind: 'Deployment' | 'Pod'
  readonly key: DocumentKey
  /** Of the object. */
  readonly uid: string
  readonly replicas: number
  /** Hash of the current template. */
  readonly revision: string
  readonly template: PodTemplate
  readonly strategy: Strategy
  readonly minReadyMs: number
  readonly paused: boolean
  readonly older: readonly Revision[]
  /** Pods that people asked to end, by uid. */
  readonly ends?: ReadonlyMap<string, PodEnd>
  /** What its namespace lets its pods do; absent: what it does by default. */
  readonly podSecurity?: PodSecurityLevel
  /** [FIN4] It was deleted, and its pods end before it is gone. */
  readonly isEnding?: boolean
  /** Its pods may be moved to even out the nodes; absent: they may. */
  readonly mayRebalance?: boolean
}
