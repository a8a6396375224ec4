/**
 * All checkers there are, in the order in which they look at a run's end. A new one is a file and a line here.
 *
 * @module
 */
import type { Checker } from '../checker.ts'
import { ceiling } from './ceiling.ts'
import { convergence, determinism } from './convergence.ts'
import { deletes } from './deletes.ts'
import { ownRecords } from './own-records.ts'
import { realisation } from './realisation.ts'
import { refusals } from './refusals.ts'

export const CHECKERS: readonly Checker[] = [
  convergence,
  determinism,
  deletes,
  realisation,
  ceiling,
  ownRecords,
  refusals,
]
