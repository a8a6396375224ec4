/**
 * Envelopes that cannot be used yet: what they follow is missing, or their clock is ahead of ours. They wait here, outside
 * Automerge, which would keep them for ever (finding B6), and for a short time only: sync brings them again in good order.
 *
 * @module
 */
import type { NodeId } from './identity.ts'
import { HELD_BYTES_MAX, HELD_BYTES_PER_AUTHOR_MAX, HELD_MS_MAX, HELD_PER_AUTHOR_MAX } from './limits.ts'

export interface Held {
  readonly bytes: Uint8Array
  readonly hash: string
  readonly author: NodeId
  /** What a change to which may release it: a document's key, or empty where only time does. */
  readonly waitsFor: string
  /** Not to be tried before. */
  readonly readyAtMs: number
  readonly sinceMs: number
}

export class HeldBuffer {
  /** By hash, oldest first. */
  readonly #held = new Map<string, Held>()
  readonly #perAuthor = new Map<NodeId, { count: number; bytes: number }>()
  #bytes = 0

  get size(): number {
    return this.#held.size
  }

  get bytes(): number {
    return this.#bytes
  }

  has(hash: string): boolean {
    return this.#held.has(hash)
  }

  /** The oldest of the same author make room, and then the oldest of all. */
  hold(held: Held): void {
    if (this.#held.has(held.hash)) return
    this.#held.set(held.hash, held)
    this.#count(held, 1)
    while (this.#isFull(held.author)) this.#drop(this.#oldest(held.author))
    while (this.#bytes > HELD_BYTES_MAX) this.#drop(this.#oldest())
  }

  /** Takes out what a change to `key` may have released, or what has become ready, oldest first. */
  release(nowMs: number, key?: string): Held[] {
    const released = [...this.#held.values()].filter(
      (held) => held.readyAtMs <= nowMs && (key === undefined ? held.waitsFor === '' : held.waitsFor === key),
    )
    for (const held of released) this.#drop(held)
    return released
  }

  expire(nowMs: number): void {
    for (const held of this.#held.values()) if (held.sinceMs + HELD_MS_MAX < nowMs) this.#drop(held)
  }

  #isFull(author: NodeId): boolean {
    const { count, bytes } = this.#perAuthor.get(author) ?? { count: 0, bytes: 0 }
    return count > HELD_PER_AUTHOR_MAX || bytes > HELD_BYTES_PER_AUTHOR_MAX
  }

  #oldest(author?: NodeId): Held {
    for (const held of this.#held.values()) if (author === undefined || held.author === author) return held
    throw new Error('The held buffer counts envelopes that it does not hold.')
  }

  #drop(held: Held): void {
    this.#held.delete(held.hash)
    this.#count(held, -1)
  }

  #count({ author, bytes }: Held, sign: 1 | -1): void {
    const before = this.#perAuthor.get(author) ?? { count: 0, bytes: 0 }
    const after = { count: before.count + sign, bytes: before.bytes + sign * bytes.length }
    if (after.count === 0) this.#perAuthor.delete(author)
    else this.#perAuthor.set(author, after)
    this.#bytes += sign * bytes.length
  }
}
