/**
 * How this node's wall clock stands among those it hears. Changes are dated by it, and one dated more than 60 s ahead of
 * another node's clock is held there (GATE21): a node that is so far ahead writes what nobody sees, one that is so far behind
 * sees nothing that others write. Pure.
 *
 * What counts is the middle of all clocks, this node's own among them, so that one liar, or one wrong clock, moves nothing.
 * Where they are even, two halves or just two nodes, nobody knows who is right. Then those ahead are the ones to write no
 * more: what the others write is seen on both sides.
 *
 * @module
 */

/** From here on people are told. Well above what a bad network makes of a good clock. */
export const DIFFERS_MS = 10_000

/** From here on nothing is written: the 60 s of the gate, less what a measurement may be wrong by (`ROUND_TRIP_MS_MAX`). */
export const REFUSES_MS = 59_000

export interface ClockStanding {
  readonly is: 'alone' | 'agrees' | 'differs' | 'refuses'
  /** What this clock is ahead of the middle by; negative: behind. */
  readonly aheadMs: number
  /** How many others were heard. */
  readonly heard: number
}

/** `offsetsMs`: what the clocks of the others are ahead of this one by. */
export function clockStanding(offsetsMs: readonly number[]): ClockStanding {
  const heard = offsetsMs.length
  if (heard === 0) return { is: 'alone', aheadMs: 0, heard }
  const sorted = [0, ...offsetsMs].toSorted((a, b) => a - b)
  // [CLOCK1] Of an even number of clocks there are two in the middle; one of them is this node's own, or both are on one side of it.
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0
  const aheadMs = lower < 0 ? -lower : -upper
  // [CLOCK3] Ahead of half is enough, since those hold what it writes; behind it has to be outvoted.
  const isRefusing = Math.abs(lower) > REFUSES_MS
  const is = isRefusing ? 'refuses' : Math.abs(aheadMs) > DIFFERS_MS ? 'differs' : 'agrees'
  return { is, aheadMs: aheadMs === 0 ? 0 : aheadMs, heard }
}

/** For people; `other`: the name of the one that is heard, where it is only one. */
export function clockSentence({ is, aheadMs, heard }: ClockStanding, other: string): string {
  const by = `${Math.round(Math.abs(aheadMs) / 1_000)} s`
  const where = aheadMs > 0 ? 'ahead' : 'behind'
  const what =
    heard === 1
      ? `the clock of this node differs by ${by} from that of ${other}: it is ${where}, and one of both is wrong`
      : `the clock of this node is ${by} ${where} of the middle of the ${heard} others that it hears`
  return `${what}. ${is === 'refuses' ? `${WHY_NOT[where]} ` : ''}Set the clock that is wrong (chronyc makestep; timedatectl set-ntp true)`
}

const WHY_NOT = {
  ahead: 'It takes no writes until that is over, since others would hold them back.',
  behind: 'It takes no writes until that is over, since it does not see yet what others write.',
} as const
