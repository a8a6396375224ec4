/**
 * What this node has offered and not yet been asked for. A bid reserves its share until the auction is decided, so that two
 * auctions at once are not sold the same memory.
 *
 * @module
 */
import type { Resources } from '../../crdt/index.ts'
import { NOTHING, plus } from './requests.ts'

export class Promises {
  readonly #byKey = new Map<string, Resources>()

  /** [PRM1] Replaces what was promised under this key. */
  reserve(key: string, resources: Resources): void {
    this.#byKey.set(key, resources)
  }

  release(key: string): void {
    this.#byKey.delete(key)
  }

  /** Everything promised now, but for what stands under `except`. */
  total(except?: string): Resources {
    return [...this.#byKey]
      .filter(([key]) => key !== except)
      .reduce((sum, [, resources]) => plus(sum, resources), NOTHING)
  }
}
