/**
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002): of many things that
 * happened before a failure, the few that it takes. Parts are tried alone, then everything but a part, then smaller parts.
 *
 * @module
 */

/** Whether the failure is still there with these alone. Rejects with `Enough` when it will not be asked any more. */
export type Fails<T> = (kept: readonly T[]) => Promise<boolean>

/** The bound on tries or time is reached: what was found so far is the answer. */
export class Enough extends Error {}

/**
 * Some of `items`, in their order, with which it fails; none of them can be left out alone, unless it was told `Enough`. That
 * it fails with all of them is known to who asks.
 */
export async function ddmin<T>(items: readonly T[], fails: Fails<T>): Promise<readonly T[]> {
  let kept = items
  const ask = remembering(items, fails)
  const keep = async (subset: readonly T[]): Promise<boolean> => {
    if (subset.length === kept.length || !(await ask(subset))) return false
    kept = subset
    return true
  }
  try {
    // The cheapest of all answers: it takes none of them.
    if (items.length > 0 && (await keep([]))) return kept
    for (let parts = 2; kept.length > 1;) {
      const next = await coarser(kept, parts, keep)
      if (next !== undefined) parts = next
      else if (parts >= kept.length) break
      else parts = Math.min(kept.length, 2 * parts)
    }
  } catch (error) {
    if (!(error instanceof Enough)) throw error
  }
  return kept
}

/** Into how many parts what was kept is cut next; undefined: nothing could be left out. */
async function coarser<T>(
  items: readonly T[],
  parts: number,
  keep: (subset: readonly T[]) => Promise<boolean>,
): Promise<number | undefined> {
  const chunks = cut(items, parts)
  for (const chunk of chunks) if (await keep(chunk)) return 2
  // With two parts the rest of one is the other.
  for (const chunk of parts > 2 ? chunks : []) {
    const leftOut = new Set(chunk)
    if (await keep(items.filter((item) => !leftOut.has(item)))) return Math.max(2, parts - 1)
  }
  return undefined
}

/** Into so many parts, which differ in length by one at most. */
function cut<T>(items: readonly T[], parts: number): T[][] {
  const at = (part: number): number => Math.round((part * items.length) / parts)
  return Array.from({ length: parts }, (_, part) => items.slice(at(part), at(part + 1))).filter(
    ({ length }) => length > 0,
  )
}

/** Nothing is asked twice. */
function remembering<T>(items: readonly T[], fails: Fails<T>): Fails<T> {
  const places = new Map(items.map((item, place) => [item, place]))
  const known = new Map<string, boolean>()
  return async (kept) => {
    const key = kept.map((item) => places.get(item)).join()
    const before = known.get(key)
    if (before !== undefined) return before
    const answer = await fails(kept)
    known.set(key, answer)
    return answer
  }
}
