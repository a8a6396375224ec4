/**
 * An API object as everybody but Automerge sees it: plain, deep-frozen data in the shape of Kubernetes.
 *
 * @module
 */
import type { DocumentKey } from './key.ts'

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  /** Hash of cluster, key and life in the shape of a UUID: concurrent creations of one name agree on it. */
  readonly uid?: string
  readonly creationTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** Number of changes to the spec in this life. */
  readonly generation?: number
  /** Decimal, below 2^63, a pure function of the document's changes: the same on every node that holds the same. */
  readonly resourceVersion?: string
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly deletionTimestamp?: string
  /** Who applied or changed which fields; shown, never stored so. */
  readonly managedFields?: readonly unknown[]
}

export type KubeObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** A document as it reads now. */
export interface StoredObject {
  readonly key: DocumentKey
  /** Carries uid, generation, resourceVersion and creationTimestamp. */
  readonly object: KubeObject
  /** How often a name was created: 1 for the first, one more for each creation after a deletion. */
  readonly life: number
  /** Time of its latest change, ms since 1970 by its writer's clock. */
  readonly changedAtMs: number
  /** Hashes of the changes that nothing follows yet, sorted. */
  readonly heads: readonly string[]
  /** Of a Secret whose values were opened: what its content is called as it is stored (`objects/kept.ts`). */
  readonly contentHash?: string
}

/** Freezes plain data all the way down, so that what the view hands out cannot be changed by a reader. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const child of Object.values(value)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
