/**
 * The last auctions of each group as this node saw them, so that "why is it there, why is it nowhere" has an answer later.
 * A bounded side log in memory; a claim carries its own auction with it besides, for nodes that were not there.
 *
 * @module
 */
import type { BidFact, BidLine, NodeId } from '../../crdt/index.ts'
import { groupOf, type GroupId, type Slot, type SlotId } from '../control/slot.ts'
import type { Award } from './award.ts'
import { clipped } from './sentence.ts'

/** Rounds kept per group: the one that placed it and what led there. */
const ROUNDS_MAX = 4

/** Groups kept; those not auctioned for longest give way. A round of 24 lines weighs some 3 KiB: 12 MiB at most. */
const GROUPS_MAX = 1_024

/** Lines of an auction. */
export const LINES_MAX = 24

/** The first of them, as in a claim's record: all nodes keep it, and take it in anew with each status of the pod. */
export const CLAIM_LINES_MAX = 8

export interface PastRound {
  readonly atMs: number
  readonly attempt: number
  readonly slots: readonly SlotId[]
  readonly lines: readonly BidLine[]
  readonly awards: readonly { readonly slot: SlotId; readonly winner: string; readonly score: number }[]
}

export interface Explanation {
  /** The latest first. */
  readonly rounds: readonly PastRound[]
  /** Why slots of the last round are still open, a sentence a node; empty: all of them were awarded. */
  readonly pending: readonly string[]
}

export class History {
  readonly #groups = new Map<GroupId, PastRound[]>()

  add(slot: Slot, round: PastRound): void {
    const group = groupOf(slot)
    const rounds = this.#groups.get(group) ?? []
    this.#groups.delete(group) // The order of the map is the order of use.
    this.#groups.set(group, [round, ...rounds].slice(0, ROUNDS_MAX))
    for (const oldest of this.#groups.keys()) {
      if (this.#groups.size <= GROUPS_MAX) break
      this.#groups.delete(oldest)
    }
  }

  /** [HIS1] Of a slot: the rounds it was open in. Of a group: all that are kept. */
  explain(question: { readonly group: GroupId; readonly slot?: SlotId }): Explanation {
    const { group, slot } = question
    const rounds = (this.#groups.get(group) ?? []).filter(({ slots }) => slot === undefined || slots.includes(slot))
    const [last] = rounds
    const isPlaced =
      last === undefined ||
      (slot === undefined ? last.awards.length === last.slots.length : last.awards.some((each) => each.slot === slot))
    return { rounds, pending: isPlaced ? [] : declines(last) }
  }
}

const declines = ({ lines }: PastRound): string[] =>
  lines.flatMap((line) => ('decline' in line ? [`${line.node}: ${line.decline}`] : []))

export interface LinesQuestion {
  readonly bids: ReadonlyMap<NodeId, BidFact>
  /** Nodes that were not asked, with the reason. */
  readonly notAsked: readonly { readonly node: NodeId; readonly reason: string }[]
  /** Slots that nodes got of this round before: a curve falls with each. */
  readonly taken: ReadonlyMap<NodeId, number>
  nameOf(node: NodeId): string
}

/** What an offer lost by the slots that its node got before in the same round: shown, so that the parts are the sum. */
const EARLIER_SLOTS = 'slots won before'

/** [HIS2] Offers by score, then declines, then who was not asked. A bid with fewer slots than asked for is both. */
export function bidLines({ bids, notAsked, taken, nameOf }: LinesQuestion): BidLine[] {
  const all = [...bids].sort(([a], [b]) => (a < b ? -1 : 1))
  const offers = all
    .flatMap(([node, bid]) => offerOf(nameOf(node), bid, taken.get(node) ?? 0))
    .sort((a, b) => b.score - a.score)
  return [
    ...offers,
    ...all.flatMap(([node, { decline }]) => (decline === undefined ? [] : [{ node: nameOf(node), decline }])),
    ...notAsked.map(({ node, reason }) => ({ node: nameOf(node), decline: clipped(reason) })),
  ].slice(0, LINES_MAX)
}

/** [HIS5] What it offers for its next slot, which is what the award compares; nothing where its curve is used up. */
function offerOf(node: string, { curve, parts }: BidFact, taken: number): Extract<BidLine, { score: number }>[] {
  const score = curve[taken]
  if (score === undefined) return []
  return [{ node, score, parts: taken === 0 ? parts : { ...parts, [EARLIER_SLOTS]: score - curve[0]! } }]
}

/** How many of these slots each node got. */
export function takenBy(awards: readonly Award[]): ReadonlyMap<NodeId, number> {
  const taken = new Map<NodeId, number>()
  for (const { winner } of awards) taken.set(winner, (taken.get(winner) ?? 0) + 1)
  return taken
}

/** [HIS3] What the winner writes into its claim. */
export function pastRound(input: {
  atMs: number
  attempt: number
  slots: readonly Slot[]
  lines: readonly BidLine[]
  awards: readonly Award[]
  nameOf(node: NodeId): string
}): PastRound {
  const { atMs, attempt, slots, lines, awards, nameOf } = input
  return {
    atMs,
    attempt,
    slots: slots.map(({ id }) => id),
    lines,
    awards: awards.map(({ slot, winner, score }) => ({ slot: slot.id, winner: nameOf(winner), score })),
  }
}
