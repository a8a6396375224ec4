/**
 * How many lines of one sort go to the log: so many a minute for a key, and so many in all. What others can cause must not
 * fill the disk.
 *
 * @module
 */

const MINUTE_MS = 60_000

export interface Line {
  /** Lines left out since the last one that was written. */
  readonly leftOut: number
}

export class LineLimit {
  readonly #perKey: number
  readonly #total: number
  #sinceMs = -Infinity
  /** Of this minute: never more keys than lines. */
  #written = new Map<string, number>()
  #count = 0
  #leftOut = 0

  constructor({ perKey, total }: { perKey: number; total: number }) {
    this.#perKey = perKey
    this.#total = total
  }

  /** Undefined: not this one. `nowMs`: monotonic. */
  take(key: string, nowMs: number): Line | undefined {
    if (nowMs - this.#sinceMs >= MINUTE_MS) {
      this.#sinceMs = nowMs
      this.#written = new Map()
      this.#count = 0
    }
    const before = this.#written.get(key) ?? 0
    if (before >= this.#perKey || this.#count >= this.#total) {
      this.#leftOut += 1
      return undefined
    }
    this.#written.set(key, before + 1)
    this.#count += 1
    const line = { leftOut: this.#leftOut }
    this.#leftOut = 0
    return line
  }
}
