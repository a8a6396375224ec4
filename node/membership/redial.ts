/**
 * When to dial whom. Wanted members are dialled at once and then with back-off; besides, somebody who is away is tried now
 * and then, whoever it is, so that two halves of a split find each other again and a node that was left alone finds anyone.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'

/** First pause after a failed dial; doubles. */
const PAUSE_MS = 250

/** A healed split is to be one component in 5 s (P1), so nobody wanted waits longer than this. */
export const PAUSE_MS_MAX = 3_000

/** How often a member that is away is tried though the overlay does not want it. */
const STRAY_MS = 1_000

/** Dials under way at once: each costs a handshake of 16 ms CPU if it succeeds. */
const DIALS_MAX = 8

interface Attempt {
  readonly pauseMs: number
  readonly nextMs: number
}

export interface RedialQuestion {
  readonly wanted: ReadonlySet<NodeId>
  readonly away: readonly NodeId[]
  readonly isLinked: (node: NodeId) => boolean
  readonly nowMs: number
  /** In [0, 1): spreads what would come at once. */
  readonly unit: () => number
}

export class Redial {
  readonly #attempts = new Map<NodeId, Attempt>()
  readonly #underway = new Set<NodeId>()
  #strayMs = 0

  /** Whom to dial now; each counts as under way until `ended`. */
  due(question: RedialQuestion): NodeId[] {
    const { wanted, isLinked, nowMs } = question
    const candidates = [...wanted, ...this.#stray(question)]
    const due = candidates.filter(
      (node) => !isLinked(node) && !this.#underway.has(node) && (this.#attempts.get(node)?.nextMs ?? 0) <= nowMs,
    )
    const chosen = [...new Set(due)].slice(0, DIALS_MAX - this.#underway.size)
    for (const node of chosen) this.#underway.add(node)
    return chosen
  }

  /** [OVL4] One stranger a second, also while all is well: nobody is given up but the departed. */
  #stray({ wanted, away, nowMs, unit }: RedialQuestion): NodeId[] {
    const strays = away.filter((node) => !wanted.has(node))
    if (strays.length === 0 || nowMs - this.#strayMs < STRAY_MS) return []
    this.#strayMs = nowMs
    return strays.slice(Math.floor(unit() * strays.length)).slice(0, 1)
  }

  /** A hint that it is worth trying now: a link just broke. True: dial it. */
  hint(node: NodeId): boolean {
    if (this.#underway.has(node) || this.#underway.size >= DIALS_MAX) return false
    this.#underway.add(node)
    return true
  }

  /** [OVL3] 0.25 s, 0.5 s ... 3 s, each shortened by up to a fifth so that two nodes do not dial in step. */
  ended(node: NodeId, outcome: 'linked' | 'failed', { nowMs, unit }: Pick<RedialQuestion, 'nowMs' | 'unit'>): void {
    this.#underway.delete(node)
    if (outcome === 'linked') {
      this.#attempts.delete(node)
      return
    }
    const pauseMs = Math.min(PAUSE_MS_MAX, (this.#attempts.get(node)?.pauseMs ?? PAUSE_MS / 2) * 2)
    this.#attempts.set(node, { pauseMs, nextMs: nowMs + pauseMs * (1 - 0.2 * unit()) })
  }
}
