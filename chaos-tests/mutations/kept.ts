/**
 * For each mutation a run that catches it, cut down: what the tests run in place of a hunt. `npm run sim -- --mutations --keep`
 * writes them anew.
 *
 * @module
 */
import { join } from 'node:path'
import { keep, readKept } from '../tools/keep.ts'
import type { Regression } from '../tools/regression.ts'
import type { Mutation } from './mutation.ts'
import type { Score } from './score.ts'

const DIRECTORY = join(import.meta.dirname, 'kept')

function fileOf({ name }: Mutation): string {
  return join(DIRECTORY, `${name}.json`)
}

export function keepCatch({ mutation, caught }: Score): void {
  if (caught === undefined) return
  const { failure, plan } = caught
  keep(fileOf(mutation), { rule: failure.breach.rule, why: mutation.breaks, plan })
}

/** Throws where none is kept. */
export function keptCatch(mutation: Mutation): Regression {
  return readKept(fileOf(mutation))
}
