/**
 * Who gets which slot. Every node computes it alone from the same bids, so it is a function of the bids as a set: the same
 * whatever the order they came in.
 *
 * Slot by slot in order, to the node whose next score is highest. A node's scores fall with every slot it gets, so the
 * slots spread by themselves.
 *
 * @module
 */
import type { BidFact, NodeId } from '../../crdt/index.ts'
import type { Slot } from '../control/slot.ts'
import { weight } from './rendezvous.ts'

export interface Award {
  readonly slot: Slot
  readonly winner: NodeId
  readonly score: number
}

export function award({
  open,
  bids,
}: {
  readonly open: readonly Slot[]
  readonly bids: ReadonlyMap<NodeId, BidFact>
}): Award[] {
  const taken = new Map<NodeId, number>()
  const awards: Award[] = []
  for (const slot of [...open].sort((a, b) => a.index - b.index || (a.id < b.id ? -1 : 1))) {
    const best = bestFor(slot, bids, taken)
    if (best === undefined) break // [AWD2] All curves are used up: the rest stays open.
    awards.push(best)
    taken.set(best.winner, (taken.get(best.winner) ?? 0) + 1)
  }
  return awards
}

function bestFor(
  slot: Slot,
  bids: ReadonlyMap<NodeId, BidFact>,
  taken: ReadonlyMap<NodeId, number>,
): Award | undefined {
  let best: Award | undefined
  for (const [node, { curve }] of bids) {
    const score = curve[taken.get(node) ?? 0]
    if (score === undefined) continue
    const offer = { slot, winner: node, score }
    if (best === undefined || beats(offer, best)) best = offer
  }
  return best
}

/** [AWD1] Ties fall to the higher hash of slot and node, so that equal nodes share a workload's slots evenly. */
function beats(offer: Award, best: Award): boolean {
  if (offer.score !== best.score) return offer.score > best.score
  const [ours, theirs] = [weight(offer.slot.id, offer.winner), weight(offer.slot.id, best.winner)]
  return ours !== theirs ? ours > theirs : offer.winner < best.winner
}
