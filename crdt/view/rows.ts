/**
 * What controllers, placement and routes read: narrow typed rows, frozen, the same object for as long as nothing changed.
 *
 * @module
 */
import type { BidFact, NodeFact, PodFact, UsageFact } from '../facts.ts'
import type { NodeId } from '../identity.ts'
import type { DocumentKey } from '../key.ts'
import type { Drain, Verdict } from '../objects/node.ts'
import type { Proposal } from './autoscaling.ts'
import type { PodSecurityLevel } from '../objects/pod-security.ts'
import type { PodTemplate } from '../objects/pod-template.ts'
import type { Revision } from '../objects/revision.ts'
import type { LabelSelector, Labels } from '../objects/selector.ts'

export type { Revision }

/** What a probe of a pod said whose agent is gone. */
export type ProbeAnswer = 'answers' | 'refused'

export interface NodeRow {
  readonly id: NodeId
  /** Unique among the rows. */
  readonly name: string
  /** As it says, with what people want of it. */
  readonly fact: NodeFact
  /** It is to be emptied. */
  readonly drain?: Drain
  readonly verdict: Verdict
  /** Since when the verdict stands; 0: never judged, and taken for alive. */
  readonly sinceMs: number
  /** When its record was written, by its own clock. */
  readonly changedAtMs: number
  /** Of its record, for resource versions. */
  readonly version: string
  /** The start of its node that wrote the record. */
  readonly incarnation: number
  readonly isSelf: boolean
}

export interface PodRow {
  readonly node: NodeId
  readonly fact: PodFact
  readonly changedAtMs: number
  /** Of its node. */
  readonly verdict: Verdict
  readonly sinceMs: number
  readonly probe: ProbeAnswer | undefined
  /** Version of its record, for resource versions. */
  readonly version: string
  /** The start of its node that wrote the record. */
  readonly incarnation: number
}

export interface BidRow {
  readonly node: NodeId
  readonly fact: BidFact
  readonly atMs: number
  readonly ttlMs: number
}

/** What a node said last of what its pods take. */
export interface UsageRow {
  readonly fact: UsageFact
  /** By its own clock. */
  readonly atMs: number
}

export interface Strategy {
  readonly type: 'RollingUpdate' | 'Recreate'
  /** Resolved against `replicas`. */
  readonly maxSurge: number
  readonly maxUnavailable: number
}

/**
 * A Deployment, or a Pod that somebody wrote, as those need it who make it true. A Pod is a workload of one replica whose name
 * its pod bears, and is over when that has ended.
 */
export interface Workload {
  readonly kind: 'Deployment' | 'Pod'
  readonly key: DocumentKey
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly replicas: number
  readonly paused: boolean
  /** Hash of the present template. */
  readonly revision: string
  /** With defaults filled in. */
  readonly template: PodTemplate
  readonly strategy: Strategy
  /** How long a pod must have been ready to count as available. */
  readonly minReadyMs: number
  readonly current: Revision
  /** Earlier templates, newest first. Pods of revisions that are neither are of a template nobody kept. */
  readonly older: readonly Revision[]
  /** Labels every pod of it wears, of whatever revision. */
  readonly selectorLabels: Labels
  readonly generation: number
  readonly changedAtMs: number
  /** Pods that people asked to end, by uid. */
  readonly ends: ReadonlyMap<string, PodEnd>
  /** [FIN4] [FIN13] It was deleted, and its pods end before it is gone. */
  readonly isEnding: boolean
  /** What its namespace lets its pods do. */
  readonly podSecurity: PodSecurityLevel
  /** Its pods may be moved to even out the nodes. */
  readonly mayRebalance: boolean
}

/** What a namespace says of the workloads in it. */
export type NamespaceRules = Pick<Workload, 'podSecurity' | 'mayRebalance' | 'isEnding'>

/** A PodDisruptionBudget. One of the two bounds is there. */
export interface Budget {
  readonly key: DocumentKey
  readonly namespace: string
  readonly name: string
  /** Undefined selects nothing. */
  readonly selector: LabelSelector | undefined
  readonly minAvailable?: number | string
  readonly maxUnavailable?: number | string
  /** Pods that do not serve may go even while it is not met. */
  readonly unhealthyMayGo: boolean
}

/** One measure that replicas follow. */
export interface Metric {
  readonly resource: 'cpu' | 'memory'
  /** Of this container alone. */
  readonly container?: string
  /** In percent of what pods asked for, or milli or bytes of a pod in the mean. */
  readonly wanted:
    | { readonly percent: number; readonly amount?: never }
    | { readonly amount: number; readonly percent?: never }
}

/** How fast, and how far back is looked first. */
export interface ScalingRules {
  readonly windowMs: number
  readonly select: 'Max' | 'Min' | 'Disabled'
  readonly policies: readonly { readonly type: 'Pods' | 'Percent'; readonly value: number; readonly periodMs: number }[]
}

/** A HorizontalPodAutoscaler. */
export interface Autoscaler {
  readonly key: DocumentKey
  readonly namespace: string
  readonly name: string
  /** A Deployment, there or not. */
  readonly target: DocumentKey
  readonly minReplicas: number
  readonly maxReplicas: number
  readonly metrics: readonly Metric[]
  readonly scaleUp: ScalingRules
  readonly scaleDown: ScalingRules
}

/** An autoscaler with what it is about. */
export interface Scaling {
  readonly autoscaler: Autoscaler
  readonly workload: Workload | undefined
  /** How many of it there are. */
  readonly pods: number
  /** Another one of the same target: none of them does anything. */
  readonly rival: DocumentKey | undefined
  readonly proposal: Proposal | undefined
}

/** What becomes of one pod of a Deployment: it is moved, or stopped at once. */
export type PodEnd = 'evict' | 'delete'

export interface ServicePortRow {
  /** Empty where the Service has one unnamed port. */
  readonly name: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  /** By number, or by the name a container of the pod gave it (see `Endpoint.ports`). */
  readonly targetPort: number | string
  /** The port every node listens on. Missing where there is none, or another Service holds it (`clash`). */
  readonly nodePort?: number
  /** The older Service that holds this node port. */
  readonly clash?: DocumentKey
}

export interface ServiceRow {
  readonly key: DocumentKey
  readonly namespace: string
  readonly name: string
  readonly type: string
  readonly ports: readonly ServicePortRow[]
  /** Empty: the Service selects nothing. */
  readonly selector: Labels
  readonly affinity: 'None' | 'ClientIP'
  readonly publishNotReady: boolean
  /** In whole seconds. Where two Services want the same, the older one has it. */
  readonly createdAtMs: number
}

/** A pod behind a Service that has an address. Whether to send to it is the routes' decision. */
export interface Endpoint {
  readonly podUid: string
  readonly podName: string
  readonly node: NodeId
  readonly podIP: string
  readonly hostIP: string
  /** Port of the pod by name of the Service's port. A named target that the pod does not have is missing. */
  readonly ports: Readonly<Record<string, number>>
  readonly ready: boolean
  readonly stopping: boolean
  readonly verdict: Verdict
  readonly sinceMs: number
  readonly probe: ProbeAnswer | undefined
}

/** A slot nobody took, and why: this node's knowledge, shown as a pending pod. */
export interface PendingSlot {
  readonly revision: string
  readonly index: number
  readonly sinceMs: number
  /** `Unschedulable`. */
  readonly reason: string
  /** Every decline's reason. */
  readonly message: string
}

/** Whether a pod counts as ready here and now: it says so, and its node is there or its answers are. */
export function isReady({ fact, verdict, probe }: Pick<PodRow, 'fact' | 'verdict' | 'probe'>): boolean {
  return fact.ready && !fact.stopping && isReachable(verdict, probe)
}

export function isEndpointReady({ ready, stopping, verdict, probe }: Endpoint): boolean {
  return ready && !stopping && isReachable(verdict, probe)
}

/** Containers outlive their agent: until a probe is refused they are taken for running. */
function isReachable(verdict: Verdict, probe: ProbeAnswer | undefined): boolean {
  return verdict === 'alive' || (verdict === 'agent-gone' && probe !== 'refused')
}

/** Whether its node does not answer. */
export function isOutOfReach({ verdict }: Pick<PodRow, 'verdict'>): boolean {
  return verdict === 'unreachable' || verdict === 'lost'
}

/** Whether neither its node nor the pod answers: what its node said of it last is old. */
export function isForsaken({ verdict, probe }: Pick<PodRow, 'verdict' | 'probe'>): boolean {
  return isOutOfReach({ verdict }) || (verdict === 'agent-gone' && probe === 'refused')
}

/** It will not run again: a Deployment's is made anew, a Pod has run its course. */
export const hasEnded = ({ phase }: Pick<PodFact, 'phase'>): boolean => phase === 'Succeeded' || phase === 'Failed'

/** Why a pod is not ready whose runtime does not answer. */
export const RUNTIME_SILENT = 'RuntimeUnavailable'

/** How long a node whose agent is gone may take to come back while its pods serve on (DESIGN.md, section 6). */
export const AGENT_GRACE_MS = 30_000

/**
 * Whether a pod fills its slot: neither told to stop nor done, nor given up with its node. That of a gone agent is given up
 * when nobody answers for it any more, or after `AGENT_GRACE_MS`.
 */
export function isLive(row: PodRow, nowMs: number): boolean {
  return !row.fact.stopping && isYetToEnd(row, nowMs)
}

/** Whether it has not ended, and its node may still see it through to that. */
export function isYetToEnd({ fact, verdict, sinceMs, probe }: PodRow, nowMs: number): boolean {
  if (hasEnded(fact) || verdict === 'lost') return false
  return verdict !== 'agent-gone' || (probe !== 'refused' && nowMs - sinceMs < AGENT_GRACE_MS)
}
