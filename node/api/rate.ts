/**
 * How often one asker may ask: a bucket each that fills with time. It keeps a client in a loop from taking the node's event
 * loop, which also answers heartbeats.
 *
 * @module
 */

/** A thousand objects are applied in two requests each: such a burst is honest, and takes the node about a second. */
const BURST = 2_000
const PER_SECOND = 200

/** Askers remembered; the fullest buckets are forgotten first, which forgives them nothing. */
const ASKERS_MAX = 1_024

export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>()

  /** 0: go on. Else the seconds after which to ask again. */
  take(by: string, nowMs: number): number {
    const bucket = this.#buckets.get(by) ?? { tokens: BURST, atMs: nowMs }
    const elapsedMs = Math.max(0, nowMs - bucket.atMs)
    const tokens = Math.min(BURST, bucket.tokens + (elapsedMs / 1_000) * PER_SECOND)
    const left = tokens >= 1 ? tokens - 1 : tokens
    this.#buckets.set(by, { tokens: left, atMs: nowMs })
    if (this.#buckets.size > ASKERS_MAX) this.#forgetFullest()
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) / PER_SECOND)
  }

  #forgetFullest(): void {
    const [fullest] = [...this.#buckets].toSorted(([, one], [, other]) => other.tokens - one.tokens)
    if (fullest !== undefined) this.#buckets.delete(fullest[0])
  }
}
