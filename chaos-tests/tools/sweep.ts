/**
 * Seed after seed, some at the same time, for as long as was asked, and what it all came to. A person sees a bar; a log gets a line now and
 * then.
 *
 * @module
 */
import type { Plan } from '../plan.ts'
import { lengthOf, Summary, type Outing } from './summary.ts'

export interface SweepOptions {
  readonly firstSeed: number
  /** Infinite where hours are asked for. */
  readonly seeds: number
  /** Simulated; infinite where seeds are asked for. */
  readonly hours: number
  readonly planOf: (seed: number) => Plan
  readonly tryOut: (plan: Plan) => Promise<Outing>
  /** How many runs go on at the same time. */
  readonly jobs: number
  /** By the real clock. */
  readonly nowMs: () => number
  readonly screen: SweepScreen
  /** Somebody wants it to end. */
  readonly isStopped: () => boolean
}

export interface SweepScreen {
  readonly write: (text: string) => void
  /** Undefined: nobody looks, lines are kept. */
  readonly columns: number | undefined
}

/** Without a terminal: a line after so many seeds. */
const SEEDS_PER_LINE = 10
const BAR = 24

/** The first word on a failure is said when it happens, the last at the end. */
export async function sweep(options: SweepOptions): Promise<Summary> {
  const { firstSeed, seeds, hours, planOf, tryOut, jobs, nowMs, screen, isStopped } = options
  const summary = new Summary()
  const startMs = nowMs()
  let begun = 0
  let told = 0
  const progress = (seed: number): void => {
    if (screen.columns === undefined && summary.seeds < told + SEEDS_PER_LINE) return
    told = summary.seeds
    show(options, summary, seed)
  }
  const isOver = (): boolean => begun >= seeds || summary.hours >= hours || isStopped()
  const lane = async (): Promise<void> => {
    while (!isOver()) {
      const seed = firstSeed + begun++
      progress(seed)
      const outing = await tryOut(planOf(seed))
      summary.add(outing, nowMs() - startMs)
      if (outing.failure !== undefined)
        screen.write(`${clear(screen)}seed ${seed}: ${outing.failure.breach.what.split('\n')[0]}\n`)
    }
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  screen.write(`${clear(screen)}${summary.lines().join('\n')}\n`)
  return summary
}

function show({ seeds, hours, screen }: SweepOptions, summary: Summary, seed: number): void {
  const { seeds: done, wallMs, failures } = summary
  const share = Math.min(1, Math.max(done / seeds, summary.hours / hours))
  const left = share > 0 ? `, ${lengthOf((wallMs / share) * (1 - share))} left` : ''
  const facts = `${done} seeds, ${summary.hours.toFixed(2)} h, ${failures} failed${left}`
  if (screen.columns !== undefined) {
    const bar = `[${'#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.')}]`
    screen.write(`${clear(screen)}${`${bar} ${facts}, at seed ${seed}`.slice(0, screen.columns - 1)}`)
  } else screen.write(`${facts}\n`)
}

/** The bar's line, to be written anew. */
function clear({ columns }: SweepScreen): string {
  return columns === undefined ? '' : '\r\u001b[K'
}
