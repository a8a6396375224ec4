/**
 * What a replica tells those who live on top of it, in the order in which it happened.
 *
 * @module
 */
import type { Copied } from './copied.ts'
import type { FactName } from './facts.ts'
import type { NodeId } from './identity.ts'
import type { DocumentKey } from './key.ts'
import type { Fact } from './kind-port.ts'
import type { StoredObject } from './object.ts'

export interface StoredRecord {
  readonly node: NodeId
  readonly name: FactName
  readonly value: Fact
  /** Version: (incarnation, seq), the later one stands. */
  readonly incarnation: number
  readonly seq: number
  readonly atMs: number
  /** Set: ephemeral, dropped this long after it came in. */
  readonly ttlMs?: number
}

/** One side of a conflict. */
export interface ConflictSide {
  readonly author: NodeId
  /** The change that said it. */
  readonly change: string
  /** JSON text of the field; undefined where the side is a deletion or a whole object. */
  readonly text?: string
}

/** Concurrent edits of which not all can stand. Every node names the same winner. */
export interface Conflict {
  readonly key: DocumentKey
  readonly life: number
  /** `field`: both set one field. `deleted`: an edit met a deletion. `invalid`: both were valid, their merge was not.
   *  `namespace`: one deleted the namespace that the other wrote in. */
  readonly cause: 'field' | 'deleted' | 'invalid' | 'namespace'
  /** JSON pointer of the field; empty for the whole object. */
  readonly path: string
  readonly winner: ConflictSide
  readonly loser: ConflictSide
}

/** Proof that an author signed two different changes under one number: a cloned disk, or a liar. Both changes are kept. */
export interface Equivocation {
  readonly author: NodeId
  readonly writer: string
  readonly seq: number
  readonly changes: readonly [string, string]
}

export interface ReplicaListener {
  /** Undefined: the object is gone. */
  objectChanged(key: DocumentKey, object: StoredObject | undefined): void
  /** Undefined: the record was dropped. */
  recordChanged(node: NodeId, name: FactName, record: StoredRecord | undefined): void
  memberAdded(node: NodeId): void
  conflict(conflict: Conflict): void
  equivocation?(proof: Equivocation): void
  /** Somebody else writes with this node's key. */
  copied?(sign: Copied): void
}
