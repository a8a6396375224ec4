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
  /** Hash of a change that it follows and that is missing; empty where only time releases it. */
  readonly waitsFor: string
  /** Not to be tried before. */
  readonly readyAtMs: number
  readonly sinceMs: number
}

/** Held envelopes by hash, oldest first, and their size. */
class Pile {
  readonly held = new Map<string, Held>()
  bytes = 0

  add(held: Held): void {
    this.held.set(held.hash, held)
    this.bytes += held.bytes.length
  }

  remove(held: Held): void {
    if (this.held.delete(held.hash)) this.bytes -= held.bytes.length
  }

  oldest(): Held | undefined {
    for (const held of this.held.values()) return held
    return undefined
  }
}

export class HeldBuffer {
  readonly #all = new Pile()
  readonly #byAuthor = new Map<NodeId, Pile>()
  readonly #byCause = new Map<string, Pile>()

  get size(): number {
    return this.#all.held.size
  }

  get bytes(): number {
    return this.#all.bytes
  }

  /** The oldest of the same author make room, and then the oldest of all. */
  hold(held: Held): void {
    if (this.#all.held.has(held.hash)) return
    const ofAuthor = pileOf(this.#byAuthor, held.author)
    for (const pile of [this.#all, ofAuthor, pileOf(this.#byCause, held.waitsFor)]) pile.add(held)
    while (ofAuthor.held.size > HELD_PER_AUTHOR_MAX || ofAuthor.bytes > HELD_BYTES_PER_AUTHOR_MAX)
      this.#drop(ofAuthor.oldest())
    while (this.#all.bytes > HELD_BYTES_MAX) this.#drop(this.#all.oldest())
  }

  /** Takes out what waited for the change `cause` or, of cause '', what has become ready: the oldest, at most `max`. What
   *  waited for the change and is over that number is ready from now on. */
  release(nowMs: number, { cause, max }: { cause: string; max: number }): Held[] {
    const waiting = [...(this.#byCause.get(cause)?.held.values() ?? [])].filter(({ readyAtMs }) => readyAtMs <= nowMs)
    const released = waiting.slice(0, max)
    for (const held of released) this.#drop(held)
    if (cause !== '') {
      for (const held of waiting.slice(max)) {
        this.#drop(held)
        this.hold({ ...held, waitsFor: '' })
      }
    }
    return released
  }

  expire(nowMs: number): void {
    for (const held of this.#all.held.values()) if (held.sinceMs + HELD_MS_MAX < nowMs) this.#drop(held)
  }

  #drop(held: Held | undefined): void {
    if (held === undefined) return
    this.#all.remove(held)
    for (const [piles, name] of [
      [this.#byAuthor, held.author],
      [this.#byCause, held.waitsFor],
    ] as const) {
      const pile = piles.get(name)
      pile?.remove(held)
      if (pile?.held.size === 0) piles.delete(name)
    }
  }
}

function pileOf(piles: Map<string, Pile>, name: string): Pile {
  const pile = piles.get(name) ?? new Pile()
  piles.set(name, pile)
  return pile
}
