/**
 * Which backends failed lately. One that refused or did not answer is passed over, for 1 s at first and twice as long with
 * every further failure, up to 30 s; one success and it is as good as new.
 *
 * This is each node's own and passing opinion: nothing of it is written anywhere.
 *
 * @module
 */

const FIRST_MS = 1_000
const LONGEST_MS = 30_000

/** Quiet time after which an old failure no longer counts against a new one. */
const FORGIVEN_MS = 300_000

interface Ejection {
  readonly untilMs: number
  /** How long it is, or was, passed over. */
  readonly forMs: number
}

export class Ejections {
  readonly #ejections = new Map<string, Ejection>()

  /** Bounded by the backends of the table: see `keepOnly`. */
  get size(): number {
    return this.#ejections.size
  }

  isEjected(backend: string, nowMs: number): boolean {
    const ejection = this.#ejections.get(backend)
    return ejection !== undefined && nowMs < ejection.untilMs
  }

  failed(backend: string, nowMs: number): void {
    const before = this.#ejections.get(backend)
    // [EJECT3] Many connections fail at the same moment for the same reason: that is one failure.
    if (before !== undefined && nowMs < before.untilMs) return
    const isOld = before === undefined || nowMs - before.untilMs >= FORGIVEN_MS
    const forMs = isOld ? FIRST_MS : Math.min(before.forMs * 2, LONGEST_MS)
    this.#ejections.set(backend, { untilMs: nowMs + forMs, forMs })
  }

  succeeded(backend: string): void {
    this.#ejections.delete(backend)
  }

  keepOnly(backends: ReadonlySet<string>): void {
    for (const backend of this.#ejections.keys()) if (!backends.has(backend)) this.#ejections.delete(backend)
  }
}
