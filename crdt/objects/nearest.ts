/**
 * The known word nearest to a mistyped one, for "did you mean": `replica` -> `replicas`, `imagepullpolicy` -> `imagePullPolicy`.
 *
 * @module
 */

/** Longer words are no typing errors but attempts to make us count. */
const WORD_LENGTH_MAX = 64

/** Undefined where nothing is near: at most a third of the word may differ. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > WORD_LENGTH_MAX) return undefined
  const lower = word.toLowerCase()
  let best: { word: string; distance: number } | undefined
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase())
    if (best === undefined || distance < best.distance) best = { word: candidate, distance }
  }
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3)) ? best.word : undefined
}

/** Insertions, deletions, replacements and swaps of neighbours from one to the other (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let twoAgo: number[] = []
  let oneAgo = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let line = 1; line <= from.length; line++) {
    const row = [line]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[line - 1] === to[column - 1]
      const isSwapped = from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1]
      row.push(
        Math.min(
          oneAgo[column - 1]! + (isSame ? 0 : 1),
          oneAgo[column]! + 1,
          row[column - 1]! + 1,
          isSwapped ? twoAgo[column - 2]! + 1 : Infinity,
        ),
      )
    }
    twoAgo = oneAgo
    oneAgo = row
  }
  return oneAgo[to.length]!
}
