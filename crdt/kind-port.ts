/**
 * What the CRDT asks about kinds and facts, without knowing any: `objects/kinds.ts` answers.
 *
 * All of it is a pure function of its arguments. Two nodes that answered differently would read one document differently.
 *
 * @module
 */
import type { BidFact, FactName, NodeFact, PodFact, UsageFact } from './facts.ts'
import type { DocumentKey } from './key.ts'
import type { KubeObject } from './object.ts'

export type Fact = NodeFact | PodFact | BidFact | UsageFact

/** Path patterns (`/spec/template/spec/containers`; `*` for any one segment) -> key fields of lists merged by key.
 *  No key fields at all (`[]`) says: whatever lies there is one leaf, replaced as a whole. */
export type ListKeys = ReadonlyMap<string, readonly string[]>

export interface FieldError {
  readonly field: string
  readonly reason: 'Required' | 'Invalid' | 'NotSupported' | 'Duplicate' | 'TooLong' | 'Forbidden'
  readonly message: string
}

export interface KindPort {
  listKeys(group: string, kind: string): ListKeys
  /** Sentences with field paths; empty: valid. Accepts anything, called on plain data. */
  validate(key: DocumentKey, object: KubeObject): readonly FieldError[]
  parseFact(name: FactName, value: unknown): { readonly fact: Fact } | { readonly error: string }
  /** Fills in the internal part `shoal` of an object before it is written. `old`: the object as it was, if it lived. */
  prepare?(old: KubeObject | undefined, next: KubeObject, nowMs: number): KubeObject
  /** What speaks against a prepared object because of others that this node knows. Asked of local writes only: elsewhere
   *  other objects are known. */
  clashes?(old: KubeObject | undefined, next: KubeObject): readonly FieldError[]
}
