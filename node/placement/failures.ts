/**
 * Claims that came to nothing. They lower the score of a node for that workload, and a node whose claims keep failing (or
 * that bids and never starts, whatever its reason) is not listened to for a while.
 *
 * An observer's own memory, fed with the rows of the view and with what the agent of its own node says: nothing of it is replicated, so nobody can be slandered.
 *
 * @module
 */
import { hasEnded, type NodeId } from '../../crdt/index.ts'
import type { Claim } from '../control/claims.ts'
import { groupOf, type GroupId, type SlotId } from '../control/slot.ts'

/** A node that lives shows within this time that it began: its record then says what it is doing. */
export const SILENT_MS = 20_000

/** What a claim says before its agent has touched it. */
export const CLAIMED_REASON = 'Scheduled'

/** Two failed claims of one group within this time, and its bids for that group are not counted ... (F47) */
const FAILURES = 2
const FAILURES_WITHIN_MS = 60_000
/** ... for this long. */
export const IGNORE_MS = 600_000

/** What the agent here refused once it may refuse again: declined for as long, then for twice as long ..., up to `IGNORE_MS`. */
export const REFUSED_MS = FAILURES_WITHIN_MS

/** Failures remembered, of each kind; the oldest give way. */
const FAILURES_MAX = 1_024

/** What this node's agent says of one of its pods. */
export interface Report {
  readonly group: GroupId
  readonly uid: string
  readonly reason: string
  /** It gave the claim up, and would do so again. */
  readonly refused: boolean
}

interface Refusal {
  readonly reason: string
  readonly times: number
  readonly untilMs: number
}

interface Failure {
  readonly uid: string
  readonly node: NodeId
  readonly group: GroupId
  readonly atMs: number
}

interface Watched {
  readonly uid: string
  readonly node: NodeId
  readonly group: GroupId
  readonly slot: SlotId
  /** How long its node has been there and has not touched it. */
  untouchedSinceMs: number
  served: boolean
  stopping: boolean
  failed: boolean
  idle: boolean
}

export class Failures {
  readonly #watched = new Map<string, Watched>()
  #failures: Failure[] = []
  readonly #ignoredUntilMs = new Map<string, number>()
  /** Pods of this node that have failed or fail, by uid: one that crashes on and on is one. */
  readonly #reported = new Map<string, Failure>()
  readonly #refusals = new Map<GroupId, Refusal>()

  /** All claims of all workloads, after each change and now and then. `open`: slots that are wanted and not held. */
  observe(claims: readonly Claim[], open: ReadonlySet<SlotId>, nowMs: number): void {
    const seen = new Set<string>()
    for (const claim of claims) {
      seen.add(claim.row.fact.uid)
      this.#look(claim, nowMs)
    }
    for (const [uid, watched] of this.#watched) {
      if (seen.has(uid)) continue
      this.#watched.delete(uid)
      // [FAI1] Gone without a word while its slot is still wanted.
      if (!watched.served && !watched.stopping && !watched.failed && open.has(watched.slot)) this.#fail(watched, nowMs)
    }
  }

  #look({ row, slot, verdict, live }: Claim, nowMs: number): void {
    const { fact, node } = row
    const watched = this.#watched.get(fact.uid) ?? {
      uid: fact.uid,
      node,
      group: groupOf(slot),
      slot: slot.id,
      untouchedSinceMs: nowMs,
      served: false,
      stopping: false,
      failed: false,
      idle: false,
    }
    this.#watched.set(fact.uid, watched)
    watched.served ||= fact.ready
    watched.stopping ||= fact.stopping
    // [FAI2] Of a node that is only just back its last word is heard again before its latest.
    if (verdict !== 'alive' || !isUntouched(fact)) watched.untouchedSinceMs = nowMs
    watched.idle = nowMs - watched.untouchedSinceMs >= SILENT_MS
    // It may have ended well or badly, a Deployment's pod was to serve.
    const hasFailed = hasEnded(fact) && !live // a Pod may end, and keeps its slot
    if (watched.failed || watched.served || watched.stopping || !(hasFailed || watched.idle)) return
    watched.failed = true
    this.#fail(watched, nowMs)
  }

  #fail({ uid, node, group }: Watched, nowMs: number): void {
    this.#failures = [...this.#failures, { uid, node, group, atMs: nowMs }].slice(-FAILURES_MAX)
    const recent = this.#failures.filter(
      (each) => each.node === node && each.group === group && nowMs - each.atMs <= FAILURES_WITHIN_MS,
    )
    if (recent.length >= FAILURES) this.#ignoredUntilMs.set(`${node}\0${group}`, nowMs + IGNORE_MS) // [FAI3]
  }

  /** [FAI4] [FAI5] The agent of this node, `node`, could not start a pod, or will not. */
  report({ group, uid, reason, refused }: Report, node: NodeId, nowMs: number): void {
    this.#reported.delete(uid)
    this.#reported.set(uid, { uid, node, group, atMs: nowMs })
    shorten(this.#reported)
    if (!refused) return
    const times = (this.#refusals.get(group)?.times ?? 0) + 1
    this.#refusals.delete(group)
    this.#refusals.set(group, { reason, times, untilMs: nowMs + Math.min(IGNORE_MS, REFUSED_MS * 2 ** (times - 1)) })
    shorten(this.#refusals)
  }

  /** [FAI5] Why this node does not bid for a group now, in its agent's words. */
  refusal(group: GroupId, nowMs: number): string | undefined {
    const refusal = this.#refusals.get(group)
    return refusal !== undefined && nowMs < refusal.untilMs ? refusal.reason : undefined
  }

  /** [FAI6] Claims that nobody has begun to run, by uid. They hold no slot while that is so. */
  idle(): ReadonlySet<string> {
    return new Set([...this.#watched].filter(([, { idle }]) => idle).map(([uid]) => uid))
  }

  /** Failed claims of a group in the last ten minutes, anywhere. */
  count(group: GroupId, nowMs: number): number {
    return this.#failures.filter((each) => each.group === group && nowMs - each.atMs <= IGNORE_MS).length
  }

  /** [FAI4] Pods of a group at one node that failed in the last ten minutes: by their claims, or as the agent says. */
  countAt(node: NodeId, group: GroupId, nowMs: number): number {
    const failed = [...this.#failures, ...this.#reported.values()].filter(
      (each) => each.node === node && each.group === group && nowMs - each.atMs <= IGNORE_MS,
    )
    return new Set(failed.map(({ uid }) => uid)).size
  }

  ignored(group: GroupId, nodes: readonly NodeId[], nowMs: number): Set<NodeId> {
    return new Set(nodes.filter((node) => (this.#ignoredUntilMs.get(`${node}\0${group}`) ?? 0) > nowMs))
  }

  /** Forgets what has no more effect. */
  expire(nowMs: number): void {
    this.#failures = this.#failures.filter(({ atMs }) => nowMs - atMs <= IGNORE_MS)
    for (const [key, untilMs] of this.#ignoredUntilMs) if (untilMs <= nowMs) this.#ignoredUntilMs.delete(key)
    for (const [uid, { atMs }] of this.#reported) if (nowMs - atMs > IGNORE_MS) this.#reported.delete(uid)
    // Kept for a while longer, so that the next refusal counts as one more.
    for (const [group, { untilMs }] of this.#refusals) if (nowMs - untilMs > IGNORE_MS) this.#refusals.delete(group)
  }
}

/** The order of a map is the order of use. */
function shorten<Key>(remembered: Map<Key, unknown>): void {
  for (const oldest of remembered.keys()) {
    if (remembered.size <= FAILURES_MAX) return
    remembered.delete(oldest)
  }
}

function isUntouched({ phase, reason, containers }: Claim['row']['fact']): boolean {
  return phase === 'Pending' && reason === CLAIMED_REASON && containers.length === 0
}
