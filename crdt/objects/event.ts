/**
 * Event: something that happened on a node, told to people. Each node keeps its own; none is a document.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'

export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly fieldPath?: string
}

export type KubeEvent = KubeObject & {
  readonly kind: 'Event'
  readonly involvedObject: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** One word: `Scheduled`, `Conflict`. */
  readonly reason: string
  /** A sentence. */
  readonly message: string
  readonly source: { readonly component: string; readonly host: string }
  /** Equal events are counted, not repeated. */
  readonly count: number
  readonly firstTimestamp: string
  readonly lastTimestamp: string
}
