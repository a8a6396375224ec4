/**
 * Those of the checkers that real machines can be held to. Nobody counts frames on real cables. And what must take a while cannot
 * be held to it: the clock of a real cluster goes slower where the machine is busy, that of its nodes does not. So even in calm a
 * slot may be taken twice for a moment.
 *
 * @module
 */
import { backOff } from '../checkers/back-off.ts'
import { budget } from '../checkers/budget.ts'
import { holds } from '../checkers/holds.ts'
import { busyCeiling, ceiling } from '../checkers/ceiling.ts'
import { CHECKERS } from '../checkers/index.ts'

export const REAL_CHECKERS = CHECKERS.filter((one) => one !== budget && one !== holds && one !== backOff).map((one) =>
  one === ceiling ? busyCeiling : one,
)
