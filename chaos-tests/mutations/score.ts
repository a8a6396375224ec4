/**
 * Hunts mutations and keeps the score. A catch counts where the seed passes without the mutation.
 *
 * @module
 */
import { Mutant, type Catch, type Hunt } from './mutant.ts'
import type { Mutation } from './mutation.ts'

export interface Score {
  readonly mutation: Mutation
  /** Undefined: it survived. */
  readonly caught: Catch | undefined
  /** Seeds tried, the one that caught it included. */
  readonly seeds: number
  readonly ms: number
}

export interface ScoreOptions extends Omit<Hunt, 'machines'> {
  /** After each. */
  readonly onScore?: (score: Score) => void
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

async function hunt(
  mutation: Mutation,
  plain: Mutant,
  { firstSeed, seeds, safetyMs, pauseMs }: ScoreOptions,
): Promise<Score> {
  const startMs = Date.now()
  const mutant = await Mutant.make(mutation.edits)
  const size = mutation.machines === undefined ? {} : { machines: mutation.machines }
  const scored = (caught: Catch | undefined, tried: number): Score => ({
    mutation,
    caught,
    seeds: tried,
    ms: Date.now() - startMs,
  })
  try {
    for (let next = firstSeed; next < firstSeed + seeds;) {
      const found = await mutant.hunt({ firstSeed: next, seeds: firstSeed + seeds - next, safetyMs, pauseMs, ...size })
      if (found === undefined) break
      const without = await plain.hunt({ firstSeed: found.seed, seeds: 1, safetyMs, pauseMs, ...size })
      if (without === undefined) return scored(found, found.seed - firstSeed + 1)
      next = found.seed + 1
    }
    return scored(undefined, seeds)
  } finally {
    mutant.remove()
  }
}

/** One mutation, as a line. */
export function lineOf({ mutation, caught, seeds, ms }: Score): string {
  const found =
    caught === undefined ? `SURVIVED ${seeds} seeds` : `${caught.rule}, seed ${caught.seed} (${seeds} tried)`
  return `${mutation.name}: ${found}, ${Math.round(ms / 1_000)} s`
}

export function summaryOf(scores: readonly Score[]): string {
  const caught = scores.filter((score) => score.caught !== undefined)
  const seeds = caught.map((score) => score.seeds).toSorted((one, other) => one - other)
  const median = seeds[Math.floor((seeds.length - 1) / 2)] ?? 0
  return `mutations caught: ${caught.length} of ${scores.length}, median ${median} seeds`
}
