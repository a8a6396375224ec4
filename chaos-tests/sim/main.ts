/**
 * Runs seeds in the simulator: `npm run sim -- --seed 7`; `--help` says what else it takes. The exit code is 1 where a promise
 * was broken, and 2 where the options make no sense.
 *
 * @module
 */
import { availableParallelism } from 'node:os'
import { MUTATIONS } from '../mutations/index.ts'
import { keepCatch } from '../mutations/kept.ts'
import { figuresOf, lineOf, scoreOf, type Score } from '../mutations/score.ts'
import type { Plan } from '../plan.ts'
import { readKept, shrinkAndKeep } from '../tools/keep.ts'
import { look } from '../tools/look.ts'
import { BadOptions, parseOptions, type SimRequest } from '../tools/options.ts'
import { RegressionUnreadable } from '../tools/regression.ts'
import { replays, type Circumstances } from '../tools/replays.ts'
import type { Outing } from '../tools/summary.ts'
import { sweep } from '../tools/sweep.ts'
import { bench } from './bench.ts'
import { scale } from './scale.ts'
import { planOf, replayOf, shrinkOf, SeedFailed, simulate, type PlanWish } from './simulate.ts'
import { realNow } from './tripwire.ts'
import { serve, WORKER, Workers } from './workers.ts'

const BENCH_HOURS = 0.5
/** The same one each time, so that figures can be compared. */
const BENCH_SEED = 7
const SCALE_SIZES = [10, 100]
const COLUMNS = 100
const MUTATION_SEEDS = 50
const REPLAYED_SEEDS = 5
const SEEDS_BY_CLOCK = 1_000_000_000

// The reader has enough (`npm run sim -- --trace all | head`): no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  try {
    if (words[0] === WORKER) {
      await serve(outingOf)
      return 0
    }
    const request = parseOptions(words, (text) => process.stdout.write(text))
    return request === undefined ? 0 : await act(request)
  } catch (error) {
    if (!(error instanceof BadOptions) && !(error instanceof RegressionUnreadable)) throw error
    console.error(`error: ${error.message}`)
    return 2
  }
}

async function act(request: SimRequest): Promise<number> {
  const {
    seed = Date.now() % SEEDS_BY_CLOCK,
    seeds,
    hours,
    bench: isBench,
    mutations,
    shrink,
    replay,
    replays: times,
  } = request
  if (isBench === true) {
    await bench({ seed: request.seed ?? BENCH_SEED, hours: hours ?? BENCH_HOURS })
    return 0
  }
  if (request.scale !== undefined) {
    await scale({ seed: request.seed ?? BENCH_SEED, sizes: request.scale === true ? SCALE_SIZES : request.scale })
    return 0
  }
  if (mutations !== undefined) return await hunt(mutations, request)
  if (times !== undefined) return await again(times, request)
  if (shrink !== undefined) return await cutDown(shrink, request)
  if (seeds !== undefined || hours !== undefined) return await many(seed, request)
  const plan = replay === undefined ? planOf(seed, wishOf(request)) : keptAt(replay).plan
  const columns = process.stdout.columns ?? COLUMNS
  const hasKept = await look(plan, { ...request, keptIn: replay, columns, print: (text) => console.log(text) })
  return hasKept ? 0 : 1
}

function wishOf({ machines, safety, pause, pace, faults, workloads }: SimRequest): PlanWish {
  return {
    ...(machines === undefined ? {} : { machines }),
    ...(safety === undefined ? {} : { safetyMs: safety }),
    ...(pause === undefined ? {} : { pauseMs: pause }),
    ...(pace === undefined ? {} : { pace }),
    ...(faults === undefined ? {} : { kinds: faults }),
    ...(workloads === undefined ? {} : { workloads }),
  }
}

async function cutDown(what: string, request: SimRequest): Promise<number> {
  const { runs, within, why, out } = request
  const print = (line: string): void => console.log(line)
  const kept = /^\d+$/.test(what) ? undefined : keptAt(what)
  const plan = kept?.plan ?? planOf(Number(what), wishOf(request))
  const file = await shrinkAndKeep(plan, {
    runsMax: runs,
    wallMsMax: within,
    why: why ?? kept?.why,
    out: out ?? (kept === undefined ? undefined : what),
    print,
    nowMs: realNow,
  })
  print(file === undefined ? 'it does not fail: there is nothing to shrink' : `kept:    ${file}`)
  if (file !== undefined) print(`replay:  npm run sim -- --replay ${file}`)
  return file === undefined ? 1 : 0
}

function keptAt(file: string): ReturnType<typeof readKept> {
  try {
    return readKept(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new BadOptions(`there is no file ${file}`)
  }
}

/** Every deliberate bug, or those that are named, until a seed catches it. A table for people, figures for programs. */
async function hunt(names: readonly string[] | true, request: SimRequest): Promise<number> {
  // The same ones each time, so that scores can be compared.
  const { seed: firstSeed = 1, seeds = MUTATION_SEEDS, runs: runsMax, within: wallMsMax } = request
  const onScore = (score: Score): void => {
    console.error(lineOf(score))
    if (request.keep === true) keepCatch(score)
  }
  const wanted = MUTATIONS.filter(({ name }) => names === true || names.includes(name))
  const scores = await scoreOf(wanted, { firstSeed, seeds, runsMax, wallMsMax, nowMs: realNow, onScore })
  for (const figure of figuresOf(scores)) console.log(JSON.stringify(figure))
  return scores.every(({ caught }) => caught !== undefined) ? 0 : 1
}

/** The same seeds over and over, each time in another process, in which another Node, time zone or heap may be. */
async function again(times: number, request: SimRequest): Promise<number> {
  const {
    seed: firstSeed = 1,
    seeds = REPLAYED_SEEDS,
    jobs = availableParallelism(),
    nodes = [process.execPath],
  } = request
  const hashOf = async (seed: number, circumstances?: Circumstances): Promise<string> => {
    const plan = planOf(seed, wishOf(request))
    if (circumstances === undefined) return hashIn(await outingOf(plan))
    const { node, timeZone, heapMb } = circumstances
    const execArgv = [`--max-old-space-size=${heapMb}`, ...process.execArgv]
    const workers = new Workers({ execPath: node, execArgv, env: { ...process.env, TZ: timeZone } })
    try {
      return hashIn(await workers.tryOut(plan))
    } finally {
      workers.stop()
    }
  }
  const print = (line: string): void => console.log(line)
  const of = Array.from({ length: seeds }, (_, at) => firstSeed + at)
  return (await replays({ seeds: of, times, nodes, hashOf, jobs, print })) ? 0 : 1
}

function hashIn({ hash, failure }: Outing): string {
  return hash ?? `of ${failure?.breach.what ?? 'nothing'}`
}

async function many(firstSeed: number, request: SimRequest): Promise<number> {
  const { hours, seeds, jobs = availableParallelism() } = request
  const workers = new Workers()
  let isStopped = false
  // Once: the seed that runs is run to its end, and what there is is summed up. Twice: it ends at once.
  process.once('SIGINT', () => (isStopped = true))
  const { failures } = await sweep({
    firstSeed,
    seeds: seeds ?? Number.POSITIVE_INFINITY,
    hours: hours ?? Number.POSITIVE_INFINITY,
    planOf: (seed) => planOf(seed, wishOf(request)),
    tryOut: (plan) => (jobs === 1 ? outingOf(plan) : workers.tryOut(plan)),
    jobs,
    nowMs: realNow,
    screen: {
      write: (text) => process.stdout.write(text),
      columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    },
    isStopped: () => isStopped,
  })
  workers.stop()
  return failures === 0 ? 0 : 1
}

async function outingOf(plan: Plan): Promise<Outing> {
  try {
    const { simulatedMs, hash, marks } = await simulate(plan)
    return { plan, simulatedMs, hash, marks }
  } catch (error) {
    if (!(error instanceof SeedFailed)) throw error
    const failure = { breach: error.breach, replay: replayOf(plan), shrink: shrinkOf(plan) }
    return { plan, simulatedMs: error.atMs, failure }
  }
}
