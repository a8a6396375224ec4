/**
 * What the detector remembers of one other member.
 *
 * @module
 */
import type { NodeId, Verdict } from '../../crdt/index.ts'
import type { Hearing } from './frames.ts'
import { FLAP_WITHIN_MS, HEARD_MS, HOLD_MS, HOLD_MS_MAX, LOST_MS, LOST_MS_MAX } from './timing.ts'
import { reached } from '../../crdt/index.ts'

/** Returns remembered: more would change no hold. */
const RETURNS_MAX = 8

/** Why this node thinks it gone, before anybody else was asked. */
export interface Suspicion {
  readonly cause: 'silent' | 'refused'
  readonly sinceMs: number
}

export interface Member {
  readonly id: NodeId
  /** The highest that the member itself has told. */
  incarnation: number
  verdict: Verdict
  sinceMs: number
  isLinked: boolean
  /** This node has asked to close the link, since nothing came by it. */
  isHungUp: boolean
  /** This node is one of its monitors: has or had a link with it, or wants one. */
  isWatched: boolean
  /** When it was last heard on a link of its own. */
  heardMs: number
  /** Whether it ever was, since this node started. */
  wasHeard: boolean
  /** Whether a dial of it ended in vain, since this node started. */
  wasTried: boolean
  suspicion: Suspicion | undefined
  /** Its links, as it told. */
  monitors: readonly NodeId[]
  /** Other monitors that do not hear it either, and when they last said so. */
  readonly votes: Map<NodeId, number>
  /** Whom it hears, as it told all. */
  hearing: Hearing | undefined
  /** Whether it is within reach by what members tell of whom they hear, and since when. */
  reach: { readonly is: boolean; readonly sinceMs: number } | undefined
  /** Held to be away though no two monitors said so: it is back when somebody within reach hears it. */
  isApart: boolean
  /** When it fell silent that was its first time of late, on a link that stood, and most others were heard. */
  isCutOff: boolean
  /** When it came back from being away, newest last. */
  returnsMs: readonly number[]
  /** Its last stamp and when it came, to be echoed. */
  stamp: { readonly sentMs: number; readonly atMs: number } | undefined
  rttMs: number | undefined
  /** Dials in a row that nobody answered, though the agent was thought to be gone and its machine alive. */
  unanswered: number
}

export function newMember(id: NodeId, nowMs: number): Member {
  return {
    id,
    incarnation: 0,
    verdict: 'alive',
    sinceMs: -Infinity,
    isLinked: false,
    isHungUp: false,
    isWatched: false,
    heardMs: nowMs,
    wasHeard: false,
    wasTried: false,
    suspicion: undefined,
    monitors: [],
    votes: new Map(),
    hearing: undefined,
    reach: undefined,
    isApart: false,
    isCutOff: false,
    returnsMs: [],
    stamp: undefined,
    rttMs: undefined,
    unanswered: 0,
  }
}

/** Heard so lately that it is not silent together with one that is just now held to be away. */
export const isFresh = ({ verdict, heardMs }: Member, nowMs: number): boolean =>
  verdict === 'alive' && nowMs - heardMs <= HEARD_MS

export function rememberReturn(member: Member, nowMs: number): void {
  if (flaps(member, nowMs) > 0) reached('hold-grew')
  member.returnsMs = [...member.returnsMs, nowMs].slice(-RETURNS_MAX)
}

const flaps = ({ returnsMs }: Member, nowMs: number): number =>
  returnsMs.filter((atMs) => nowMs - atMs <= FLAP_WITHIN_MS).length

/** Whether it was away and came back, of late. */
export const flapped = (member: Member, nowMs: number): boolean => flaps(member, nowMs) > 0

/** [DET9] 1 s for a member that was not away of late, doubled with each return. [DET18] None where it was seen to be cut off. */
export const holdMs = (member: Member, nowMs: number): number =>
  member.isCutOff ? 0 : Math.min(HOLD_MS_MAX, HOLD_MS * 2 ** flaps(member, nowMs))

/** [DET9] 5 s, and 5 s more with each return. */
export const lostMs = (member: Member, nowMs: number): number =>
  Math.min(LOST_MS_MAX, LOST_MS * (1 + flaps(member, nowMs)))

/** Time in which this node did not listen counts against nobody. */
export function forgive(member: Member, lateMs: number): void {
  member.heardMs += lateMs
  if (member.verdict === 'unreachable') member.sinceMs += lateMs
  if (member.reach !== undefined) member.reach = { ...member.reach, sinceMs: member.reach.sinceMs + lateMs }
  if (member.suspicion !== undefined)
    member.suspicion = { ...member.suspicion, sinceMs: member.suspicion.sinceMs + lateMs }
}
