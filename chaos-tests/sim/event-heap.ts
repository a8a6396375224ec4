/**
 * What is going to happen, the earliest first; of two that are due at one instant the one that was put in first. A binary heap:
 * a run of one simulated hour puts a million events in.
 *
 * @module
 */

export interface HeapEvent {
  readonly dueMs: number
  readonly order: number
  /** Undefined: it was called off, and goes when its turn comes. */
  run: (() => void) | undefined
}

export class EventHeap {
  readonly #events: HeapEvent[] = []
  #order = 0

  /** Those called off are counted too, until their turn. */
  get size(): number {
    return this.#events.length
  }

  add(dueMs: number, run: () => void): HeapEvent {
    const event: HeapEvent = { dueMs, order: this.#order++, run }
    const events = this.#events
    let at = events.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = events[above]!
      if (isBefore(parent, event)) break
      events[at] = parent
      at = above
    }
    events[at] = event
    return event
  }

  /** The next one that is due by `untilMs` and was not called off. */
  takeDue(untilMs: number): HeapEvent | undefined {
    for (;;) {
      const first = this.#events[0]
      if (first === undefined || first.dueMs > untilMs) return undefined
      this.#removeFirst()
      if (first.run !== undefined) return first
    }
  }

  #removeFirst(): void {
    const events = this.#events
    const last = events.pop()!
    if (events.length === 0) return
    const { length } = events
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= length) break
      if (below + 1 < length && isBefore(events[below + 1]!, events[below]!)) below += 1
      if (isBefore(last, events[below]!)) break
      events[at] = events[below]!
      at = below
    }
    events[at] = last
  }
}

function isBefore(one: HeapEvent, other: HeapEvent): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
}
