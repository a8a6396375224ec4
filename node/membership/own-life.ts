/**
 * What a node knows of itself as an observer: whether it stood still and how far it may trust its own ears (Lifeguard), and
 * the incarnation by which it answers those who hold it to be away.
 *
 * @module
 */
import { INCARNATION_MAX, type Said } from './frames.ts'
import { BEAT_MS, DOUBT_DECAY_MS, DOUBT_MAX, JITTER_MS, MISSES, STALL_MS, TICK_MS } from './timing.ts'

/** Room for refutations between two starts of a node. */
const INCARNATIONS_PER_START = 2 ** 16

/**
 * A return is said again: gossip passes nothing on over a link that its mesh has yet to take in, which is a heartbeat of a
 * second, and what it lost once it will hardly lose four times.
 */
const REPEATS_MS = [1_500, 4_000, 10_000]

/** Old accusations that still travel are answered no more often than this. */
const SAY_AGAIN_MS = 1_000

export class OwnLife {
  readonly startedMs: number
  #incarnation: number
  #tickedMs: number
  /** In missed beats. */
  #doubt = 0
  #doubtSinceMs = 0
  #saidMs = -Infinity
  #repeatsAtMs: number[] = []

  constructor({ start, nowMs }: { start: number; nowMs: number }) {
    this.startedMs = nowMs
    this.#incarnation = start * INCARNATIONS_PER_START
    this.#tickedMs = nowMs
  }

  get incarnation(): number {
    return this.#incarnation
  }

  /** Silence that makes a neighbour suspect. */
  get patienceMs(): number {
    return (MISSES + this.#doubt) * BEAT_MS + JITTER_MS
  }

  /** It trusts its own ears, and has nothing to say again. */
  get isCalm(): boolean {
    return this.#doubt === 0 && this.#repeatsAtMs.length === 0
  }

  /** [DET7] How long this node may not have listened before this tick, which was due at `dueMs`; 0: it was there. */
  ticked(nowMs: number, dueMs: number): number {
    // When it fell still nobody knows: it may have been right after the tick before.
    const stalledMs = nowMs - this.#tickedMs - TICK_MS
    this.#tickedMs = nowMs
    if (nowMs - dueMs >= STALL_MS) {
      this.#doubt = Math.min(DOUBT_MAX, this.#doubt + 1)
      this.#doubtSinceMs = nowMs
      return stalledMs
    }
    if (this.#doubt > 0 && nowMs - this.#doubtSinceMs >= DOUBT_DECAY_MS) {
      this.#doubt -= 1
      this.#doubtSinceMs = nowMs
    }
    return 0
  }

  /**
   * [DET6] Accused, a node raises its incarnation and is to say so; accused at an earlier one, too, for who has not heard: gossip
   * would take the same words for the same message. True: say it.
   */
  answers({ incarnation, said }: { incarnation: number; said: Said }, nowMs: number): boolean {
    if (said === 'alive' || incarnation >= INCARNATION_MAX) return false
    if (incarnation < this.#incarnation && nowMs - this.#saidMs < SAY_AGAIN_MS) return false
    this.#incarnation = Math.max(this.#incarnation, incarnation) + 1
    this.#saidMs = nowMs
    this.#repeatsAtMs = REPEATS_MS.map((afterMs) => nowMs + afterMs)
    return true
  }

  /** True: say once more that this node lives. */
  repeats(nowMs: number): boolean {
    const [nextMs = Infinity] = this.#repeatsAtMs
    if (nowMs < nextMs) return false
    this.#repeatsAtMs.shift()
    this.#incarnation += 1
    return true
  }
}
