/**
 * What a part of the cluster needs to write a document by itself: who it is, a write that is refused where somebody wrote
 * meanwhile, and a word for people.
 *
 * @module
 */
import type { DocumentKey, KubeObject, NodeId } from '../../crdt/index.ts'

export interface Author {
  readonly self: NodeId
  /** Written on the very version that was looked at, or not at all. */
  replace(key: DocumentKey, object: KubeObject, ifVersion: string): void
  /** As an Event of the document. */
  tell(about: DocumentKey, message: string): void
}
