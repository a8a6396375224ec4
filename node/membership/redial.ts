/**
 * When to dial whom. Wanted members are dialled at once and then with back-off. Besides, everybody who goes away is tried once,
 * and of those one now and then, whoever it is: so the parts of a split find their own and each other again, and a node that
 * was left alone finds anyone. Who is away for long is tried ever more slowly, but never given up while it is a member.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'

/** First pause after a failed dial; doubles. */
const PAUSE_MS = 250

/** A healed split is to be one component in 5 s (P1), so nobody wanted waits longer than this, for the first minutes. */
export const PAUSE_MS_MAX = 3_000

/** Later the pause is this part of the time away: a machine that was off for an hour may be found half a minute late. */
const PAUSE_PER_AWAY = 1 / 100
export const LOST_PAUSE_MS_MAX = 60_000

/** How often a member that is away is tried though the overlay does not want it. */
const STRAY_MS = 1_000

/** Dials under way at once: each costs a handshake of 16 ms CPU if it succeeds. */
const DIALS_MAX = 8

/** Those of members that have just gone away: most wait in vain for 3 s, and must not keep one part of a split from itself. */
const FRESH_MAX = 24

interface Attempt {
  readonly pauseMs: number
  readonly nextMs: number
}

export interface RedialQuestion {
  /** Members to have links with. */
  readonly wanted: ReadonlySet<NodeId>
  /** Members that are away, wanted or not. */
  readonly away: readonly NodeId[]
  readonly isLinked: (node: NodeId) => boolean
  readonly nowMs: number
  /** In [0, 1): spreads what would come at once. */
  readonly unit: () => number
}

export class Redial {
  readonly #attempts = new Map<NodeId, Attempt>()
  readonly #underway = new Set<NodeId>()
  /** Of those under way, the first dials of who has just gone away. */
  readonly #fresh = new Set<NodeId>()
  readonly #awaySinceMs = new Map<NodeId, number>()
  #strayMs = 0

  /** Whom to dial now; each counts as under way until `ended`. */
  due(question: RedialQuestion): NodeId[] {
    const { wanted, away, isLinked, nowMs } = question
    this.#forget(question)
    for (const node of away) if (!this.#awaySinceMs.has(node)) this.#awaySinceMs.set(node, nowMs)
    const isDue = (node: NodeId): boolean =>
      !isLinked(node) && !this.#underway.has(node) && (this.#attempts.get(node)?.nextMs ?? 0) <= nowMs
    const strays = away.filter((node) => !wanted.has(node) && isDue(node))
    const usual = [...[...wanted].filter(isDue), ...this.#stray(strays, question)]
    const fresh = strays.filter((node) => !this.#attempts.has(node)).slice(0, FRESH_MAX - this.#fresh.size)
    for (const node of fresh) this.#fresh.add(node)
    const chosen = [...usual.slice(0, this.#room), ...fresh]
    for (const node of chosen) this.#underway.add(node)
    return chosen
  }

  get #room(): number {
    return Math.max(0, DIALS_MAX - (this.#underway.size - this.#fresh.size))
  }

  /** [OVL4] One stranger a second, also while all is well. */
  #stray(strays: readonly NodeId[], { nowMs, unit }: RedialQuestion): NodeId[] {
    const tried = strays.filter((node) => this.#attempts.has(node))
    if (tried.length === 0 || nowMs - this.#strayMs < STRAY_MS) return []
    this.#strayMs = nowMs
    return tried.slice(Math.floor(unit() * tried.length)).slice(0, 1)
  }

  /** [OVL6] Who is neither wanted nor away is no member any more; who is linked begins anew when it goes away again. */
  #forget({ wanted, away, isLinked }: RedialQuestion): void {
    const isAway = new Set(away)
    for (const node of this.#awaySinceMs.keys()) if (!isAway.has(node)) this.#awaySinceMs.delete(node)
    for (const node of this.#attempts.keys())
      if (isLinked(node) || (!isAway.has(node) && !wanted.has(node))) this.#attempts.delete(node)
  }

  /** A hint that it is worth trying now: a link just broke. True: dial it. */
  hint(node: NodeId): boolean {
    if (this.#underway.has(node) || this.#room === 0) return false
    this.#underway.add(node)
    return true
  }

  /** [OVL3] 0.25 s, 0.5 s ... 3 s, each shortened by up to a fifth so that two nodes do not dial in step. */
  ended(node: NodeId, outcome: 'linked' | 'failed', { nowMs, unit }: Pick<RedialQuestion, 'nowMs' | 'unit'>): void {
    this.#underway.delete(node)
    this.#fresh.delete(node)
    if (outcome === 'linked') {
      this.#attempts.delete(node)
      return
    }
    const doubledMs = (this.#attempts.get(node)?.pauseMs ?? PAUSE_MS / 2) * 2
    const pauseMs = Math.min(this.#pauseMsMax(node, nowMs), doubledMs)
    this.#attempts.set(node, { pauseMs, nextMs: nowMs + pauseMs * (1 - 0.2 * unit()) })
  }

  /** [OVL5] Ever slower, the longer it is away. */
  #pauseMsMax(node: NodeId, nowMs: number): number {
    const awayMs = nowMs - (this.#awaySinceMs.get(node) ?? nowMs)
    return Math.min(LOST_PAUSE_MS_MAX, Math.max(PAUSE_MS_MAX, awayMs * PAUSE_PER_AWAY))
  }
}
