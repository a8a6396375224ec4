/**
 * What a node tells its neighbours twice a second: that it lives, and now and then who else hears it.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import { AWAY_MAX, NEIGHBOURS_MAX, type Beat, type Statement } from './frames.ts'
import type { Member } from './member.ts'
import { BEAT_MS } from './timing.ts'

/** Neighbours are told again with every so manieth beat, for a frame that was lost; and of the members that are away some. */
const TELL_EVERY = 8
const AWAY_TOLD_AGAIN = 8

export class Beats {
  #nextMs = -Infinity
  #count = 0
  #told = ''

  /** When it is time for the next ones. */
  get nextMs(): number {
    return this.#nextMs
  }

  /** The beats that are due, by neighbour; none between two beats. */
  due(members: readonly Member[], incarnation: number, nowMs: number): Map<NodeId, Beat> {
    if (nowMs < this.#nextMs) return new Map()
    this.#nextMs = nowMs + BEAT_MS
    this.#count += 1
    const linked = members.filter(({ isLinked }) => isLinked)
    const neighbours = neighboursAmong(linked)
    const isNews = neighbours.join() !== this.#told
    this.#told = neighbours.join()
    const isAgain = this.#count % TELL_EVERY === 0
    const extra = { ...((isNews || isAgain) && { neighbours }), ...(isAgain && this.#awayAgain(members)) }
    return new Map(linked.map((member) => [member.id, { ...beatFor(member, incarnation, nowMs), ...extra }]))
  }

  /** [DET19] Each in its turn, however many there are. */
  #awayAgain(members: readonly Member[]): Pick<Beat, 'away'> {
    const away = awayAmong(members)
    if (away.length === 0) return {}
    const from = ((this.#count / TELL_EVERY) * AWAY_TOLD_AGAIN) % away.length
    return { away: away.slice(from, from + AWAY_TOLD_AGAIN) }
  }
}

export function beatFor({ stamp }: Member, incarnation: number, nowMs: number): Beat {
  const echo =
    stamp === undefined ? {} : { echo: { sentMs: stamp.sentMs, heldMs: Math.max(0, Math.floor(nowMs - stamp.atMs)) } }
  return { type: 'beat', incarnation, sentMs: Math.floor(nowMs), ...echo }
}

/** The first beat on a link tells all that the other side may not know. */
export function greeting(
  member: Member,
  { members, incarnation, nowMs }: { members: readonly Member[]; incarnation: number; nowMs: number },
): Beat {
  return {
    ...beatFor(member, incarnation, nowMs),
    neighbours: neighboursAmong(members.filter(({ isLinked }) => isLinked)),
    away: awayAmong(members),
  }
}

const neighboursAmong = (linked: readonly Member[]): NodeId[] =>
  linked
    .slice(0, NEIGHBOURS_MAX)
    .map(({ id }) => id)
    .sort()

function awayAmong(members: readonly Member[]): Statement[] {
  return members
    .filter(({ verdict }) => verdict !== 'alive')
    .sort((a, b) => b.sinceMs - a.sinceMs)
    .slice(0, AWAY_MAX)
    .map(({ id, incarnation, verdict }) => ({
      node: id,
      incarnation,
      said: verdict === 'agent-gone' ? verdict : 'unreachable',
    }))
}
