/**
 * [DEP4] A node that was deleted and is there takes that back, as soon as it hears of it.
 *
 * @module
 */
import { withReturned, type DocumentKey, type NodeId, type StoredObject } from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { Author } from './author.ts'

/** A write that failed is tried again. */
const AGAIN_MS = 5_000

export type ReturnMessage = { readonly type: 'look' }

interface ReturnPorts extends Author {
  readonly view: {
    /** The documents by which a node was deleted. */
    departuresOf(node: NodeId): readonly DocumentKey[]
    stored(key: DocumentKey): StoredObject | undefined
  }
}

export class ReturnActor implements Actor<ReturnMessage> {
  readonly #ports: ReturnPorts

  constructor(ports: ReturnPorts) {
    this.#ports = ports
  }

  receive(_: ReturnMessage, context: Context<ReturnMessage>): void {
    const { self, view, replace, tell } = this.#ports
    const keys = view.departuresOf(self)
    for (const key of keys) {
      const object = view.stored(key)?.object
      if (object === undefined) continue
      replace(key, withReturned(object, self), object.metadata.resourceVersion ?? '')
      tell(key, 'it was deleted while it was away, and is back')
    }
    if (keys.length > 0) context.after(AGAIN_MS, { type: 'look' })
  }
}
