/**
 * Shrinks a run that failed, says how it goes, and keeps what is left as a regression file.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import type { Plan } from '../plan.ts'
import { machineNames } from '../cluster.ts'
import { CutOff } from '../sim/sim-cluster.ts'
import { describePlan, SeedFailed, simulate } from '../sim/simulate.ts'
import { fileNameOf, readRegression, writeRegression, type Regression } from './regression.ts'
import { shrink, type Failure, type ShrinkProgress } from './shrink.ts'
import { lengthOf } from './summary.ts'

export const REGRESSIONS = join(import.meta.dirname, '../regressions')

export interface KeepOptions {
  readonly runsMax: number
  readonly wallMsMax: number
  readonly why: string | undefined
  readonly out: string | undefined
  readonly print: (line: string) => void
  readonly nowMs: () => number
  /** Runs it; default: in the simulator, with all checkers. */
  readonly tryOut?: (plan: Plan) => Promise<Failure | undefined>
}

/** The file; undefined: the plan does not fail. */
export async function shrinkAndKeep(plan: Plan, options: KeepOptions): Promise<string | undefined> {
  const { print, runsMax, wallMsMax, nowMs, tryOut = failureOf } = options
  print(`from:    ${describePlan(plan)}`)
  const tell = (progress: ShrinkProgress): void => print(lineOf(progress))
  const shrunk = await shrink(plan, { tryOut, namesOf: machineNames, runsMax, wallMsMax, nowMs, tell })
  if (shrunk === undefined) return undefined
  const { failure, runs, isCutShort } = shrunk
  print(`to:      ${describePlan(shrunk.plan)}`)
  if (isCutShort) print(`cut short after ${runs} runs: give it more with --runs or --within, from the file`)
  const { rule, what } = failure.breach
  const file = options.out ?? join(REGRESSIONS, fileNameOf({ rule, plan: shrunk.plan }))
  keep(file, { rule, why: options.why ?? sentenceOf(what), plan: shrunk.plan })
  return relative(process.cwd(), file)
}

export function keep(file: string, failed: Omit<Regression, 'found'>): void {
  const { rule, why, plan } = failed
  const text = writeRegression({ rule, why, found: versions(), plan })
  // What cannot be read again is not kept.
  readRegression(file, text, machineNames)
  writeFileSync(file, text)
}

export function readKept(file: string): Regression {
  return readRegression(relative(process.cwd(), file), readFileSync(file, 'utf8'), machineNames)
}

export async function failureOf(plan: Plan): Promise<Failure | undefined> {
  try {
    await simulate(plan)
    return undefined
  } catch (error) {
    if (!(error instanceof SeedFailed) || error.cause instanceof CutOff) throw error
    return error
  }
}

function lineOf({ runs, wallMs, doing, plan, isSmaller }: ShrinkProgress): string {
  const left = `${plan.faults.length} faults, ${plan.operations.length} operations, ${plan.machines - plan.absent.length} machines, ${(plan.safetyMs / 1_000).toFixed(1)} s`
  return `${String(runs).padStart(4)} ${isSmaller ? 'smaller' : '.      '} ${doing.padEnd(22)} ${left} (${lengthOf(wallMs)})`
}

const WHY_MAX = 500

function sentenceOf(what: string): string {
  const [line = ''] = what.split('\n')
  const cut = line.slice(0, WHY_MAX).trim()
  return /[.!?]$/.test(cut) ? cut : `${cut}.`
}

/** With what it was found: a failure that no longer comes may have been one of these. */
function versions(): Regression['found'] {
  const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8' }).trim()
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== ''
  return {
    git: `${git('rev-parse', 'HEAD')}${isChanged ? ' and changes' : ''}`,
    node: process.versions.node,
    automerge: versionOf('@automerge/automerge'),
  }
}

function versionOf(module: string): string {
  const entry = createRequire(import.meta.url).resolve(module)
  const root = entry.slice(0, entry.lastIndexOf(module) + module.length)
  return (JSON.parse(readFileSync(join(dirname(join(root, 'x')), 'package.json'), 'utf8')) as { version: string })
    .version
}
