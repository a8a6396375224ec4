/**
 * Slots that nobody takes, by workload and by the name of the pod that each is shown as: a name is a hash, so it is made once.
 *
 * @module
 */
import type { DocumentKey } from '../key.ts'
import { pendingKey } from './keys.ts'
import type { PendingSlot } from './rows.ts'

export interface NamedSlot {
  readonly workload: DocumentKey
  readonly slot: PendingSlot
}

const NONE: readonly PendingSlot[] = []

export class PendingSlots {
  readonly #slots = new Map<DocumentKey, readonly PendingSlot[]>()
  readonly #named = new Map<DocumentKey, NamedSlot>()
  /** By workload, the pods' keys by revision and number. */
  readonly #names = new Map<DocumentKey, ReadonlyMap<string, DocumentKey>>()

  of(workload: DocumentKey): readonly PendingSlot[] {
    return this.#slots.get(workload) ?? NONE
  }

  named(pod: DocumentKey): NamedSlot | undefined {
    return this.#named.get(pod)
  }

  /** Of the pods that the slots are shown as. */
  keys(): Iterable<DocumentKey> {
    return this.#named.keys()
  }

  keysOf(workload: DocumentKey): Iterable<DocumentKey> {
    return this.#names.get(workload)?.values() ?? []
  }

  /** In place of those before; none: nothing of it waits any more. */
  set(workload: DocumentKey, slots: readonly PendingSlot[]): void {
    const before = this.#names.get(workload)
    for (const key of before?.values() ?? []) this.#named.delete(key)
    if (slots.length === 0) {
      this.#slots.delete(workload)
      this.#names.delete(workload)
      return
    }
    const names = new Map<string, DocumentKey>()
    for (const slot of slots) {
      const id = `${slot.revision}/${slot.index}`
      const key = before?.get(id) ?? pendingKey(workload, slot)
      names.set(id, key)
      this.#named.set(key, { workload, slot })
    }
    this.#slots.set(workload, slots)
    this.#names.set(workload, names)
  }
}
