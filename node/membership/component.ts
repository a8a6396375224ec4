/**
 * Who is in this node's component, in a cluster too large for everybody to watch everybody.
 *
 * Every node tells all whom it hears on its links. From there a node follows the tellings: it hears b, b says that it hears c.
 * Whom nobody within reach hears is out of reach, whoever watched it: in a small part of a split there may be nobody left who
 * did. A telling of somebody out of reach says nothing, so it does not matter that those of the far side are old.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import type { Hearing } from './frames.ts'
import type { Member } from './member.ts'
import { APART_MS, REFRESH_MS, REFRESH_MS_PER_NODE, TELL_AGAIN_MS, TELL_MS } from './timing.ts'

/** Room for tellings between two starts of a node. */
const TELLINGS_PER_START = 2 ** 24

export interface Component {
  readonly reached: ReadonlySet<NodeId>
  /** Whether all that were reached have told whom they hear. If not, others may be in it, too. */
  readonly isComplete: boolean
}

/** [DET13] Follows who hears whom, beginning with those this node hears. Members held to be away have no say. */
export function componentOf(members: ReadonlyMap<NodeId, Member>): Component {
  const reached = new Set([...members.values()].filter(isHeard).map(({ id }) => id))
  let isComplete = true
  for (const id of reached) {
    const member = members.get(id)
    if (member === undefined || !maySay(member)) continue
    if (member.hearing === undefined) isComplete = false
    for (const heard of member.hearing?.hears ?? []) reached.add(heard)
  }
  return { reached, isComplete }
}

export const isHeard = ({ isLinked, verdict, suspicion }: Member): boolean =>
  isLinked && verdict === 'alive' && suspicion === undefined

const maySay = ({ verdict, isApart }: Member): boolean => verdict === 'alive' || isApart

/** [DET13] What follows for one member. Undefined: nothing, or not yet. */
export function judgeReach(
  member: Member,
  { reached, isComplete }: Component,
  nowMs: number,
): 'in' | 'out' | undefined {
  const isReached = reached.has(member.id)
  if (member.reach?.is !== isReached) member.reach = { is: isReached, sinceMs: nowMs }
  // Whoever came to a verdict just now may know more than the last tellings.
  if (nowMs - Math.max(member.reach.sinceMs, member.sinceMs) < APART_MS) return undefined
  if (isReached) return member.isApart ? 'in' : undefined
  return isComplete && member.verdict === 'alive' ? 'out' : undefined
}

/** Whether time alone may change what is thought of one that this node has no link with. */
export function isPending({ verdict, suspicion, reach, isApart }: Member): boolean {
  if (suspicion !== undefined || verdict === 'unreachable') return true
  return reach === undefined || reach.is !== (verdict === 'alive') || (reach.is && isApart)
}

/** What this node tells of whom it hears, and when. */
export class Tellings {
  #version: number
  #told: string | undefined
  #changedMs: number | undefined
  /** When it is to be told again, the next first; the last of them comes round for ever. */
  #againMs: number[] = []

  constructor(start: number) {
    this.#version = start * TELLINGS_PER_START
  }

  /** Whom this node heard when it last looked, all know. */
  get isTold(): boolean {
    return this.#changedMs === undefined
  }

  /** [DET14] Soon after a change, and again later. */
  due(
    self: NodeId,
    { members, count }: { readonly members: readonly Member[]; readonly count: number },
    nowMs: number,
  ): Hearing | undefined {
    const hears = members
      .filter(isHeard)
      .map(({ id }) => id)
      .sort()
    if (hears.join() === this.#told) this.#changedMs = undefined
    else this.#changedMs ??= nowMs
    const isChange = this.#changedMs !== undefined && nowMs - this.#changedMs >= TELL_MS
    if (!isChange && nowMs < (this.#againMs[0] ?? Infinity)) return undefined
    const refreshMs = nowMs + Math.max(REFRESH_MS, count * REFRESH_MS_PER_NODE)
    if (isChange) this.#againMs = [...TELL_AGAIN_MS.map((afterMs) => nowMs + afterMs), refreshMs]
    else this.#againMs = this.#againMs.length > 1 ? this.#againMs.slice(1) : [refreshMs]
    this.#told = hears.join()
    this.#changedMs = undefined
    this.#version += 1
    return { node: self, version: this.#version, hears }
  }
}
