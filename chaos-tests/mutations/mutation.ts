/**
 * A deliberate bug, as an edit of the sources. It is made in memory while a mutant is bundled (`mutant.ts`) and nowhere else.
 *
 * @module
 */

import type { PlanWish } from '../sim/simulate.ts'

export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  /** Stands there once. */
  readonly find: string
  readonly replace: string
}

export interface Mutation {
  readonly name: string
  /** What it breaks, in a sentence. */
  readonly breaks: string
  readonly edits: readonly Edit[]
  /** Where it shows in runs of this size only: more machines, or faults that last longer. */
  readonly wish?: PlanWish
  /** What catches it takes too long for every run of the tests: the hunt alone looks for it. */
  readonly isSlow?: true
}

export function applyEdits(file: string, text: string, edits: readonly Edit[]): string {
  return edits.filter((edit) => edit.file === file).reduce((mutated, edit) => applyEdit(mutated, edit), text)
}

function applyEdit(text: string, { file, find, replace }: Edit): string {
  const [before, after, ...more] = text.split(find)
  if (after === undefined) throw new Error(`${file} has changed: the text of a mutation is not found: ${find}`)
  if (more.length > 0) throw new Error(`${file} has the text of a mutation ${more.length + 1} times: ${find}`)
  return `${before}${replace}${after}`
}
