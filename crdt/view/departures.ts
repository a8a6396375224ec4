/**
 * Members that were deleted: nothing of what they said is shown or counted, until they are back and say so.
 *
 * It stands in the documents of their names, by their ids: whoever bears the name by then is another.
 *
 * @module
 */
import type { NodeId } from '../identity.ts'
import type { DocumentKey } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { departedOf } from '../objects/node.ts'

export class Departures {
  readonly #byDocument = new Map<DocumentKey, readonly NodeId[]>()
  #all: ReadonlySet<NodeId> = new Set()

  has(node: NodeId): boolean {
    return this.#all.has(node)
  }

  /** The documents that say it of this node. */
  documentsOf(node: NodeId): DocumentKey[] {
    return [...this.#byDocument].flatMap(([key, nodes]) => (nodes.includes(node) ? [key] : []))
  }

  without(members: ReadonlySet<NodeId>): ReadonlySet<NodeId> {
    return this.#all.size === 0 ? members : new Set([...members].filter((node) => !this.has(node)))
  }

  /** Returns those whom this concerns. */
  set(key: DocumentKey, document: KubeObject | undefined): { readonly gone: NodeId[]; readonly back: NodeId[] } {
    const before = this.#all
    const departed = departedOf(document)
    if (departed.length === 0) this.#byDocument.delete(key)
    else this.#byDocument.set(key, departed)
    this.#all = new Set([...this.#byDocument.values()].flat())
    return {
      gone: [...this.#all].filter((node) => !before.has(node)),
      back: [...before].filter((node) => !this.#all.has(node)),
    }
  }
}
