/**
 * What this node has offered and not yet been asked for. A bid reserves its share until the auction is decided or a while
 * has passed, so that two auctions at once are not sold the same memory.
 *
 * @module
 */
import type { Resources } from '../../crdt/index.ts'
import { NOTHING, plus } from './requests.ts'

/** An auction with its extensions is over by then; a reservation that outlives it only costs us the next bid. */
export const PROMISE_MS = 1_500

interface Promised {
  readonly resources: Resources
  readonly untilMs: number
}

export class Promises {
  readonly #byKey = new Map<string, Promised>()

  /** [PRM1] Replaces what was promised under this key. */
  reserve(key: string, resources: Resources, nowMs: number): void {
    this.#byKey.set(key, { resources, untilMs: nowMs + PROMISE_MS })
  }

  release(key: string): void {
    this.#byKey.delete(key)
  }

  /** Everything promised now, but for what stands under `except`. */
  total(nowMs: number, except?: string): Resources {
    this.#expire(nowMs)
    return [...this.#byKey]
      .filter(([key]) => key !== except)
      .reduce((sum, [, { resources }]) => plus(sum, resources), NOTHING)
  }

  /** [PRM2] Also after the clock was set back: nothing is promised for longer than `PROMISE_MS` from now. */
  #expire(nowMs: number): void {
    for (const [key, { untilMs }] of this.#byKey) {
      if (untilMs <= nowMs || untilMs > nowMs + PROMISE_MS) this.#byKey.delete(key)
    }
  }
}
