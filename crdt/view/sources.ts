/**
 * What objects are put together from, and what comes of it.
 *
 * @module
 */
import type { NodeId } from '../identity.ts'
import type { DocumentKey } from '../key.ts'
import type { KubeObject, StoredObject } from '../object.ts'
import type { BudgetStanding } from './budgets.ts'
import type { Definition } from './definitions.ts'
import { VersionSum } from './resource-version.ts'
import type { NamedSlot } from './pending-slots.ts'
import type { Endpoint, NodeRow, PendingSlot, PodRow, Scaling, ServiceRow, Workload } from './rows.ts'

/** What the view knows, for those who put objects together. */
export interface Sources {
  readonly clusterId: string
  readonly nowMs: number
  /** Of all objects whose keys begin so. */
  keys(prefix: string): Iterable<DocumentKey>
  stored(key: DocumentKey): StoredObject | undefined
  workload(key: DocumentKey): Workload | undefined
  podsOf(workload: DocumentKey): readonly PodRow[]
  podNamed(key: DocumentKey): PodRow | undefined
  /** Whether this node saw its present revision complete. */
  wasComplete(workload: Workload): boolean
  pending(workload: DocumentKey): readonly PendingSlot[]
  /** The slot that is shown as this pod. */
  pendingNamed(pod: DocumentKey): NamedSlot | undefined
  /** Of a PodDisruptionBudget. */
  standing(budget: DocumentKey): BudgetStanding | undefined
  /** Of a HorizontalPodAutoscaler. */
  scaling(autoscaler: DocumentKey): Scaling | undefined
  /** By its key, served or not. */
  definition(key: DocumentKey): Definition | undefined
  /** The one of a kind that is served. */
  definitionOf(group: string, kind: string): Definition | undefined
  nodeNamed(name: string): NodeRow | undefined
  node(id: NodeId): NodeRow | undefined
  /** When it became a member, as its certificate says; 0 where that is not known. */
  admittedMs(node: NodeId): number
  service(key: DocumentKey): ServiceRow | undefined
  endpoints(service: DocumentKey): readonly Endpoint[]
}

export interface Presented {
  readonly object: KubeObject
  /** When it will read differently though nothing happens. */
  readonly dueMs?: number
}

export interface Place {
  readonly namespace: string
  readonly name: string
}

/** To which the versions of all that takes part are added. */
export const versionOf = ({ object, changedAtMs }: StoredObject): VersionSum =>
  new VersionSum().add(object.metadata.resourceVersion ?? '', changedAtMs)

export function withoutInternal(object: KubeObject | undefined): KubeObject | undefined {
  if (object === undefined) return undefined
  const { shoal: _, ...shown } = object
  return shown
}
