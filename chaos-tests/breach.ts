/**
 * What a run broke, told apart from what others broke: when a run is cut down, what is left must still break the same.
 *
 * @module
 */
import { Violation } from './checker.ts'
import { CHECKERS } from './checkers/index.ts'
import { Stuck } from './cluster.ts'
import { SimAlarm } from './sim/sim-cluster.ts'
import { WORD_RULES } from './sim/word.ts'

export interface Breach {
  /** Of a promise, or one of `UNWRITTEN`. */
  readonly rule: string
  /** Two breaches with the same are one. */
  readonly mark: string
  readonly what: string
}

/**
 * What no promise says and every run keeps: nothing ends in an error that no fault excuses (`alarm`), nothing that was waited
 * for stays away (`stuck`), and the run itself does not fail (`thrown`).
 */
const UNWRITTEN = ['alarm', 'stuck', 'thrown'] as const

/** Rules that a run can break. */
export const BREAKABLE: readonly string[] = [
  ...new Set([...CHECKERS.map(({ rule }) => rule), ...WORD_RULES]),
  ...UNWRITTEN,
]

export function breachOf(cause: unknown): Breach {
  const what = cause instanceof Error ? cause.message : String(cause)
  const broken = cause instanceof Violation || cause instanceof SimAlarm ? cause.rule : undefined
  if (broken !== undefined) return { rule: broken, mark: broken, what }
  const rule = unwrittenOf(cause)
  return { rule, mark: `${rule}: ${withoutFacts(what)}`, what }
}

function unwrittenOf(cause: unknown): (typeof UNWRITTEN)[number] {
  if (cause instanceof SimAlarm) return 'alarm'
  return cause instanceof Stuck ? 'stuck' : 'thrown'
}

/** Without the machine's name in front, and without what differs from one run to the next. */
function withoutFacts(what: string): string {
  const [line = ''] = what.replace(/^\w+: /, '').split(/[\n{]/)
  return line
    .replace(/\b(12D3Koo\w+|[0-9a-f]{4,}(-[0-9a-f]{4,})*)\b/g, '#')
    .replace(/\d+/g, '#')
    .trim()
}
