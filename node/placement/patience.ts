/**
 * How long a round waits for the bid of a node that is expected to make one. A node that is dead is not waited for; one that
 * lives is, since to award without it is to put all slots on those who were quick: first of all the node that took the write.
 *
 * @module
 */
import type { NodeFact } from '../../crdt/index.ts'
import type { NodeRow } from '../control/rows.ts'

/** Three windows: its view of the open slots may come as much later than ours as its bid takes to get here. */
export const PATIENCE_MS = 450

/** Where the way is long or slow. Also the longest that a node which died there unnoticed, its links still up, holds up an auction. */
export const PATIENCE_MS_MAX = 2_000

/**
 * A node that started so short a time ago may yet have to be told what there is, and bids for nothing before ([PLC13]): between
 * distant sites that is a dozen round trips.
 */
export const NEW_MS = 3_000
export const NEW_PATIENCE_MS = 1_000

/**
 * [AUC7] `roundTripMs`: of its last beat, where it is a neighbour. A loaded node answers its beats as late as it will bid: once
 * to hear of the slots, once to tell of its bid, and as much again for what its load does meanwhile. `atMs`: when the
 * round began, of the wall clock: who was new then is so to its end. `startedAtMs` is of the node's own.
 */
export function patienceMs(
  node: (Pick<NodeRow, 'verdict'> & { readonly fact: Pick<NodeFact, 'startedAtMs'> }) | undefined,
  { atMs, roundTripMs = 0 }: { readonly atMs: number; readonly roundTripMs?: number | undefined },
): number {
  if (node?.verdict !== 'alive') return 0
  const isNew = Math.abs(atMs - node.fact.startedAtMs) < NEW_MS
  return Math.min(PATIENCE_MS_MAX, (isNew ? NEW_PATIENCE_MS : PATIENCE_MS) + 2 * roundTripMs)
}

/** By how much the clocks of two nodes may differ: for how new it is, others may have another time. */
export const APART_MS = 1_000

/** On its way a bid may wait for one frame that was lost. */
const MARGIN_MS = 150

/**
 * [AUC8] How long after the first bid for a round was heard one's own still reaches all in time. `patienceOfSelfMs`: what it
 * would be waited for without any way between; the ways there and back that others add take the bid there.
 */
export function lateAfterMs(patienceOfSelfMs: number): number {
  return Math.max(PATIENCE_MS, patienceOfSelfMs) - MARGIN_MS
}

/** [AUC3] By how much the slowest of them is slower than anybody. */
export const slownessMs = (patiencesMs: readonly number[]): number =>
  Math.max(PATIENCE_MS, ...patiencesMs) - PATIENCE_MS
