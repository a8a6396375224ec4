/**
 * Runs seeds in the simulator: `npm run sim -- --seed 7`.
 *
 *     --seed N       the first seed (default: by the clock, printed)
 *     --seeds K      so many in a row (default 1)
 *     --hours H      simulated hours, over as many seeds as it takes
 *     --machines M   in place of the number drawn
 *     --trace a,b    what happens on these machines, line by line
 *     --until S      stops after so many simulated seconds
 *     --mutations    hunts every deliberate bug of the catalogue, by up to K seeds each (default 50)
 *     --only NAME    one of them
 *     --bench        seven machines, ten Deployments; figures as a JSON line
 *
 * A seed that fails is printed with what was drawn for it, and the exit code is 1.
 *
 * @module
 */
import { parseArgs } from 'node:util'
import type { Plan } from '../plan.ts'
import { MUTATIONS } from '../mutations/index.ts'
import { lineOf as scoreLine, scoreOf, summaryOf } from '../mutations/score.ts'
import { bench } from './bench.ts'
import { planOf, SeedFailed, simulate, type SimReport } from './simulate.ts'
import { MarkTally } from './marks.ts'
import { CutOff } from './sim-cluster.ts'

const HOUR_MS = 3_600_000
const MUTATION_SEEDS = 50
/** Short and full of faults, so that many fit into a minute. */
const DENSE = { safetyMs: 20_000, pauseMs: 3_000 }

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    hours: { type: 'string' },
    machines: { type: 'string' },
    trace: { type: 'string' },
    until: { type: 'string' },
    mutations: { type: 'boolean', default: false },
    only: { type: 'string' },
    bench: { type: 'boolean', default: false },
  },
})

const firstSeed = Number(values.seed ?? Date.now() % 1_000_000_000)
const hours = values.hours === undefined ? undefined : Number(values.hours)
const seeds = values.seeds === undefined ? (hours === undefined ? 1 : Number.POSITIVE_INFINITY) : Number(values.seeds)
const machines = values.machines === undefined ? {} : { machines: Number(values.machines) }
const trace =
  values.trace === undefined
    ? {}
    : { trace: { watched: new Set(values.trace.split(',')), print: (line: string) => console.log(line) } }
const until = values.until === undefined ? {} : { untilMs: Number(values.until) * 1_000 }

if (values.bench) {
  console.log(JSON.stringify(await bench({ seed: firstSeed, hours: hours ?? 0.25 })))
} else if (values.mutations) {
  process.exitCode = await huntMutations(values.only?.split(','))
} else {
  process.exitCode = await runSeeds()
}

async function huntMutations(only: readonly string[] | undefined): Promise<number> {
  const unknown = only?.filter((name) => !MUTATIONS.some((mutation) => mutation.name === name)) ?? []
  if (unknown.length > 0) {
    console.error(
      `no mutation is called ${unknown.join(', ')}; there are ${MUTATIONS.map(({ name }) => name).join(', ')}`,
    )
    return 2
  }
  const scores = await scoreOf(
    MUTATIONS.filter(({ name }) => only?.includes(name) !== false),
    {
      // The same ones each time, so that scores can be compared.
      firstSeed: Number(values.seed ?? 1),
      seeds: values.seeds === undefined ? MUTATION_SEEDS : seeds,
      ...DENSE,
      onScore: (score) => console.log(scoreLine(score)),
    },
  )
  console.log(summaryOf(scores))
  return scores.every(({ caught }) => caught !== undefined) ? 0 : 1
}

async function runSeeds(): Promise<number> {
  let simulatedMs = 0
  let failures = 0
  const tally = new MarkTally()
  for (
    let seed = firstSeed;
    seed < firstSeed + seeds && simulatedMs < (hours ?? Number.POSITIVE_INFINITY) * HOUR_MS;
    seed++
  ) {
    const plan = planOf(seed, machines)
    try {
      const report = await simulate(plan, { ...trace, ...until })
      simulatedMs += report.simulatedMs
      tally.add(report.marks)
      console.log(lineOf(report))
    } catch (error) {
      if (!(error instanceof SeedFailed)) throw error
      console.log(optionsOf(plan))
      if (error.cause instanceof CutOff) continue
      failures += 1
      console.log(error.cause instanceof Error ? `${error.message}\n${error.cause.stack}` : error.message)
      console.log(`again: npm run sim -- --seed ${seed}`)
    }
  }
  if (seeds > 1) for (const line of tally.lines()) console.log(line)
  return failures === 0 ? 0 : 1
}

function lineOf({ plan, hash, simulatedMs, wallMs, tookMs, acked, operations, faults }: SimReport): string {
  const speed = Math.round(simulatedMs / wallMs)
  const took = Object.entries(tookMs).map(([rule, ms]) => `${rule} ${(ms / 1_000).toFixed(1)} s`)
  return `${optionsOf(plan)}  ${acked}/${operations} acked, ${faults} faults, ${took.join(', ')}, ${Math.round(simulatedMs / 1_000)} s at ${speed}x, ${hash}`
}

function optionsOf({ seed, machines: count, regions, kinds, core, weather }: Plan): string {
  return `seed ${seed}: ${count} machines in ${regions} regions, core ${core.length}, ${weather.latencyMs} ms, ${kinds.join(' ') || 'no faults'};`
}
