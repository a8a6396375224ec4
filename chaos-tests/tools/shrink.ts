/**
 * From a run that failed to a small one that fails in the same way: a shorter one, with few faults and operations, few machines,
 * and calm weather. Each step is tried by running it, and kept only if the same rule breaks.
 *
 * @module
 */
import type { Breach } from '../breach.ts'
import type { Plan } from '../plan.ts'
import { ddmin, Enough } from './ddmin.ts'
import { CALMER, sizeOf, withHorizon, withKindsUsed, withoutMachine } from './plan-cut.ts'

export interface Failure {
  readonly breach: Breach
  /** Simulated, since the start of the run. */
  readonly atMs: number
}

export interface ShrinkOptions {
  /** Runs it; undefined: it kept all promises. */
  readonly tryOut: (plan: Plan) => Promise<Failure | undefined>
  /** Names of so many machines, by number. */
  readonly namesOf: (machines: number) => readonly string[]
  readonly runsMax: number
  readonly wallMsMax: number
  readonly nowMs: () => number
  /** What it is at. */
  readonly tell: (progress: ShrinkProgress) => void
}

export interface ShrinkProgress {
  readonly runs: number
  readonly wallMs: number
  readonly doing: string
  /** The smallest that failed so far. */
  readonly plan: Plan
  /** This try made it smaller. */
  readonly isSmaller: boolean
}

export interface Shrunk {
  readonly plan: Plan
  readonly failure: Failure
  readonly runs: number
  /** A bound was reached: it may be possible to go on. */
  readonly isCutShort: boolean
}

/** A horizon is found to within this. */
const HORIZON_STEP_MS = 1_000
/** Once nothing gets smaller in a round it is done; each round tends to take half of what the one before took. */
const ROUNDS_MAX = 4

/** Undefined: the plan does not fail. */
export async function shrink(plan: Plan, options: ShrinkOptions): Promise<Shrunk | undefined> {
  const failure = await options.tryOut(plan)
  if (failure === undefined) return undefined
  const attempt = new Attempt(plan, failure, options)
  let isCutShort = false
  try {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const before = attempt.plan
      for (const step of STEPS) await step(attempt)
      if (attempt.plan === before) break
    }
  } catch (error) {
    if (!(error instanceof Enough)) throw error
    isCutShort = true
  }
  return { plan: withKindsUsed(attempt.plan), failure: attempt.failure, runs: attempt.runs, isCutShort }
}

class Attempt {
  plan: Plan
  failure: Failure
  runs = 1
  readonly options: ShrinkOptions
  readonly #startMs: number
  readonly #known = new Map<string, boolean>()

  constructor(plan: Plan, failure: Failure, options: ShrinkOptions) {
    this.plan = plan
    this.failure = failure
    this.options = options
    this.#startMs = options.nowMs()
  }

  /** Whether it fails in the same way; then it is what is shrunk from now on. Throws `Enough`. */
  async keepIfFails(plan: Plan, doing: string): Promise<boolean> {
    const key = JSON.stringify(plan)
    if (key === JSON.stringify(this.plan)) return true
    if (this.#known.has(key)) return false
    const { tryOut, runsMax, wallMsMax, nowMs, tell } = this.options
    if (this.runs >= runsMax || nowMs() - this.#startMs >= wallMsMax) throw new Enough()
    this.runs += 1
    const failure = await tryOut(plan)
    const isSmaller = failure?.breach.mark === this.failure.breach.mark
    if (isSmaller) [this.plan, this.failure] = [plan, failure]
    else this.#known.set(key, false)
    tell({ runs: this.runs, wallMs: nowMs() - this.#startMs, doing, plan: this.plan, isSmaller })
    return isSmaller
  }
}

type Step = (attempt: Attempt) => Promise<void>

/** By halves: the end of the faults first to where it failed, then nearer and nearer to the start. */
const horizon: Step = async (attempt) => {
  const { failure, plan } = attempt
  if (failure.atMs < plan.safetyMs)
    await attempt.keepIfFails(withHorizon(plan, Math.ceil(failure.atMs)), 'an earlier end')
  let passesMs = 0
  while (attempt.plan.safetyMs - passesMs > HORIZON_STEP_MS) {
    const middleMs = Math.round((passesMs + attempt.plan.safetyMs) / 2)
    if (!(await attempt.keepIfFails(withHorizon(attempt.plan, middleMs), 'an earlier end'))) passesMs = middleMs
  }
}

const faults: Step = (attempt) => fewer(attempt, 'faults')
const operations: Step = (attempt) => fewer(attempt, 'operations')

async function fewer(attempt: Attempt, what: 'faults' | 'operations'): Promise<void> {
  const { plan } = attempt
  let isEnough = false
  await ddmin<unknown>(plan[what], async (kept) => {
    try {
      return await attempt.keepIfFails({ ...plan, [what]: kept }, `fewer ${what}`)
    } catch (error) {
      isEnough = error instanceof Enough
      throw error
    }
  })
  if (isEnough) throw new Enough()
}

const machines: Step = async (attempt) => {
  const names = attempt.options.namesOf(attempt.plan.machines)
  // The last first: the first of all makes the cluster that the others join.
  for (const number of [...names.keys()].reverse()) {
    if (sizeOf(attempt.plan) === 1) return
    const plan = withoutMachine(attempt.plan, number, names)
    if (plan !== undefined) await attempt.keepIfFails(plan, `without ${names[number]}`)
  }
}

const calm: Step = async (attempt) => {
  for (const { name, calm: calmer } of CALMER) await attempt.keepIfFails(calmer(attempt.plan), name)
}

const STEPS: readonly Step[] = [horizon, faults, operations, machines, calm]
