/**
 * How long a round waits for the bid of a node that is expected to make one. A node that is dead is not waited for; one that
 * lives is, since to award without it is to put all slots on those who were quick: first of all the node that took the write.
 *
 * @module
 */
import type { NodeRow } from '../control/rows.ts'

/** Three windows: its view of the open slots may come as much later than ours as its bid takes to get here. */
export const PATIENCE_MS = 450

/** Also the longest that a node which died unnoticed, its links still up, holds up an auction. */
export const PATIENCE_MS_MAX = 1_000

/**
 * [AUC7] `roundTripMs`: of its last beat, where it is a neighbour. A loaded node answers its beats as late as it will bid: once
 * to hear of the slots, once to tell of its bid, and as much again for what its load does meanwhile.
 */
export function patienceMs(node: Pick<NodeRow, 'verdict'> | undefined, roundTripMs = 0): number {
  if (node?.verdict !== 'alive') return 0
  return Math.min(PATIENCE_MS_MAX, PATIENCE_MS + 2 * roundTripMs)
}

/** [AUC3] By how much the slowest of them is slower than anybody. */
export const slownessMs = (patiencesMs: readonly number[]): number =>
  Math.max(PATIENCE_MS, ...patiencesMs) - PATIENCE_MS
