/**
 * What somebody may have meant: the nearest known word, if it is near.
 *
 * @module
 */

/** Letters that may differ: one in three, so that `pds` finds `pods` and `xyz` finds nothing. */
export function guess(word: string, known: Iterable<string>): string | undefined {
  const near = [...known]
    .map((each) => ({ each, distance: distanceOf(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, distance }) => distance <= Math.max(1, Math.floor(Math.max(word.length, each.length) / 3)))
    .toSorted((one, other) => one.distance - other.distance)
  return near[0]?.each
}

/** `"; did you mean "pods"?"`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const meant = guess(word, known)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

/** Words longer than this are not compared: nobody mistypes 64 letters. */
const WORD_MAX = 64

/** Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
function distanceOf(one: string, other: string): number {
  if (one.length > WORD_MAX || other.length > WORD_MAX) return Number.POSITIVE_INFINITY
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same)
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1)
      row.push(best)
    }
    rows.push(row)
  }
  return rows[one.length]![other.length]!
}
