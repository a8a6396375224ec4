/**
 * When a suspicion becomes a verdict: two monitors must agree, or as many as there are within reach.
 *
 * @module
 */
import type { Member, Suspicion } from './member.ts'
import { REFUTE_MS, VOTE_MS } from './timing.ts'

/** Voters that must agree, this node among them. More would not be safer: each has the same three missed beats. */
export const QUORUM = 2

export interface Agreement {
  readonly verdict: 'unreachable' | 'agent-gone'
  /** How many agree; what one node alone thinks is nothing to tell others. */
  readonly votes: number
}

/** [DET2] Undefined: not (yet) agreed. `reachable`: other monitors of the suspect that this node hears. */
export function agreed(
  member: Member,
  { reachable, nowMs }: { reachable: number; nowMs: number },
): Agreement | undefined {
  const { suspicion } = member
  if (suspicion === undefined || isEarly(suspicion, nowMs)) return undefined
  const votes = 1 + [...member.votes.values()].filter((atMs) => nowMs - atMs <= VOTE_MS).length
  if (votes < Math.min(QUORUM, 1 + reachable)) return undefined
  return { verdict: suspicion.cause === 'refused' ? 'agent-gone' : 'unreachable', votes }
}

/** [DET1] Silence may be refuted; a refused connection was the answer. */
const isEarly = ({ cause, sinceMs }: Suspicion, nowMs: number): boolean =>
  cause === 'silent' && nowMs - sinceMs < REFUTE_MS
