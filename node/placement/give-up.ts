/**
 * Which claims this node tells its agent to give up, and when to say so again.
 *
 * @module
 */
import type { DocumentKey, NodeId } from '../../crdt/index.ts'
import type { Release } from '../control/claims.ts'
import type { Survey } from './survey.ts'
import { reached } from '../../crdt/index.ts'

/** The agent may have been made anew meanwhile and not know of it. */
const SAY_AGAIN_MS = 2_000

/**
 * [DRN8] A pod that is moved goes when it may for so long: what others gave up meanwhile has been heard by then, and a budget is
 * not spent twice.
 */
export const SETTLED_MS = 1_000

/** A node that starts may hear of its workloads from others first; only then is a pod without one an orphan. */
const ORPHAN_MS = 30_000

export interface GiveUp {
  readonly uid: string
  readonly reason: string
}

export class GivingUp {
  readonly #self: NodeId
  readonly #isDeleted: (workload: DocumentKey) => boolean
  readonly #saidMs = new Map<string, number>()
  /** Since when pods that are moved may go. */
  readonly #maySinceMs = new Map<string, number>()
  #startedMs: number | undefined

  /** `isDeleted`: as far as this node knows. */
  constructor({ self, isDeleted }: { self: NodeId; isDeleted: (workload: DocumentKey) => boolean }) {
    this.#self = self
    this.#isDeleted = isDeleted
  }

  /** [PLC4] Own claims only; said again until the claim's record says that it stops. */
  due(survey: Survey, nowMs: number): GiveUp[] {
    this.#startedMs ??= nowMs
    for (const [uid, saidMs] of this.#saidMs) if (nowMs - saidMs >= SAY_AGAIN_MS) this.#saidMs.delete(uid)
    const unwanted = survey.releases.filter(({ node }) => node === this.#self)
    const due = [...this.#settled(unwanted, nowMs), ...this.#orphans(survey, nowMs)].filter(
      ({ uid }) => !this.#saidMs.has(uid),
    )
    for (const { uid } of due) this.#saidMs.set(uid, nowMs)
    return due.map(({ uid, reason }) => ({ uid, reason }))
  }

  #settled(releases: readonly Release[], nowMs: number): readonly Release[] {
    const voluntary = new Set(releases.flatMap(({ uid, isVoluntary }) => (isVoluntary === true ? [uid] : [])))
    for (const uid of this.#maySinceMs.keys()) if (!voluntary.has(uid)) this.#maySinceMs.delete(uid)
    for (const uid of voluntary) if (!this.#maySinceMs.has(uid)) this.#maySinceMs.set(uid, nowMs)
    return releases.filter(({ uid }) => nowMs - (this.#maySinceMs.get(uid) ?? -Infinity) >= SETTLED_MS)
  }

  /** [PLC5] Deleted: at once, also while this node was away. Unknown: not before others had the time to tell us of it. */
  #orphans({ orphans }: Survey, nowMs: number): GiveUp[] {
    const isSettled = nowMs - this.#startedMs! >= ORPHAN_MS
    const given = orphans
      .filter(({ node, fact }) => node === this.#self && !fact.stopping)
      .filter(({ fact }) => isSettled || this.#isDeleted(fact.workload))
    if (given.length > 0) reached('orphan-given-up')
    return given.map(({ fact }) => ({ uid: fact.uid, reason: `${fact.workload} was deleted` }))
  }
}
