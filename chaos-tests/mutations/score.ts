/**
 * Hunts mutations and keeps the score. A catch counts where the run passes without the mutation; it is cut down to what the
 * bug needs.
 *
 * @module
 */
import { machineNames } from '../cluster.ts'
import { planOf, type PlanWish } from '../sim/simulate.ts'
import type { Plan } from '../plan.ts'
import { shrink, type Failure } from '../tools/shrink.ts'
import { Mutant } from './mutant.ts'
import type { Mutation } from './mutation.ts'

export interface Catch {
  readonly seed: number
  readonly failure: Failure
  /** Cut down as far as it went. */
  readonly plan: Plan
}

export interface Score {
  readonly mutation: Mutation
  /** Undefined: it survived. */
  readonly caught: Catch | undefined
  /** Seeds tried, the one that caught it included. */
  readonly seeds: number
  readonly wallMs: number
}

export interface ScoreOptions {
  readonly firstSeed: number
  readonly seeds: number
  /** To cut one down. */
  readonly runsMax: number
  readonly wallMsMax: number
  readonly nowMs: () => number
  /** After each. */
  readonly onScore?: (score: Score) => void
}

/** Short and full of faults, so that many fit into a minute. */
const DENSE = { safetyMs: 20_000, pauseMs: 3_000 }
const MACHINES_MAX = 5

export function densePlan(seed: number, wish: PlanWish = {}): Plan {
  return planOf(seed, { ...DENSE, machines: 1 + (seed % MACHINES_MAX), ...wish })
}

export async function scoreOf(mutations: readonly Mutation[], options: ScoreOptions): Promise<Score[]> {
  const plain = await Mutant.make([])
  try {
    const scores: Score[] = []
    for (const mutation of mutations) {
      const score = await hunt(mutation, plain, options)
      scores.push(score)
      options.onScore?.(score)
    }
    return scores
  } finally {
    plain.remove()
  }
}

async function hunt(mutation: Mutation, plain: Mutant, options: ScoreOptions): Promise<Score> {
  const { firstSeed, seeds, runsMax, wallMsMax, nowMs } = options
  const startMs = nowMs()
  const mutant = await Mutant.make(mutation.edits)
  const tryOut = async (plan: Plan): Promise<Failure | undefined> => {
    const failure = await mutant.tryOut(plan)
    return failure === undefined || (await plain.tryOut(plan)) !== undefined ? undefined : failure
  }
  const scored = (tried: number, caught?: Catch): Score => ({
    mutation,
    caught,
    seeds: tried,
    wallMs: nowMs() - startMs,
  })
  try {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const plan = densePlan(seed, mutation.wish)
      const failed = await shrink(plan, { tryOut, namesOf: machineNames, runsMax, wallMsMax, nowMs, tell: () => {} })
      if (failed !== undefined)
        return scored(seed - firstSeed + 1, { seed, failure: failed.failure, plan: failed.plan })
    }
    return scored(seeds)
  } finally {
    mutant.remove()
  }
}

/** One mutation, as a line of the table. */
export function lineOf({ mutation, caught, seeds, wallMs }: Score): string {
  const found =
    caught === undefined
      ? 'SURVIVED'
      : `${caught.failure.breach.rule}, seed ${caught.seed}, ${caught.plan.faults.length} faults`
  return `${mutation.name.padEnd(28)} ${String(seeds).padStart(3)} seeds ${String(Math.round(wallMs / 1_000)).padStart(4)} s  ${found}`
}

export interface Figure {
  readonly figure: string
  readonly value: number
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly goal: number
}

/** Of one that survived the seeds tried count, which is the least it would take. */
export function figuresOf(scores: readonly Score[]): Figure[] {
  const caught = scores.flatMap((score) => score.caught ?? [])
  return [
    { figure: 'mutations_caught', value: caught.length, unit: 'mutations', better: 'higher', goal: scores.length },
    {
      figure: 'mutation_seeds_p50',
      value: median(scores.map(({ seeds }) => seeds)),
      unit: 'seeds',
      better: 'lower',
      goal: 50,
    },
    {
      figure: 'mutation_faults_p50',
      value: median(caught.map(({ plan }) => plan.faults.length)),
      unit: 'faults',
      better: 'lower',
      goal: 5,
    },
  ]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
