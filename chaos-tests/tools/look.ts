/**
 * One run, looked at: its lines while it runs, its picture at the end.
 *
 * @module
 */
import { openSync, readSync, writeFileSync } from 'node:fs'
import type { Plan } from '../plan.ts'
import type { Onlooker } from '../run.ts'
import { machineNames } from '../cluster.ts'
import { CutOff } from '../sim/sim-cluster.ts'
import { describePlan, SeedFailed, simulate, type SimReport } from '../sim/simulate.ts'
import type { TraceEntry } from '../sim/trace.ts'
import { BadOptions, watchedOf, type SimRequest } from './options.ts'
import { svgOf } from './picture-svg.ts'
import { textOf } from './picture-text.ts'
import { namesIn } from './plan-cut.ts'
import { Recorder, type Recording } from './recording.ts'
import { TraceLines } from './trace-lines.ts'

export interface LookOptions extends Pick<SimRequest, 'trace' | 'full' | 'until' | 'step' | 'picture'> {
  readonly print: (text: string) => void
  readonly columns: number
  /** The file that the plan is from. */
  readonly keptIn: string | undefined
}

/** Whether all promises were kept. */
export async function look(plan: Plan, options: LookOptions): Promise<boolean> {
  const { print, until, picture, keptIn } = options
  const lines = options.trace === undefined ? undefined : linesOf(plan, options, options.trace)
  const recorder = picture === undefined ? undefined : new Recorder()
  print(`seed ${plan.seed}: ${describePlan(plan)}`)
  const outcome = await outcomeOf(plan, {
    onlooker: both([lines?.onlooker, recorder]),
    trace: {
      see: (entry: TraceEntry) => {
        recorder?.see(entry)
        lines?.see(entry)
      },
    },
    ...(until === undefined ? {} : { untilMs: until }),
    ...(keptIn === undefined ? {} : { keptIn }),
  })
  print(wordsOf(outcome))
  if (recorder !== undefined && picture !== undefined) {
    draw(recorder.finish(endOf(plan, outcome)), picture, options)
    if (picture !== '-') print(`drawn: ${picture}`)
  }
  return !isFailure(outcome)
}

type Outcome = SimReport | SeedFailed

async function outcomeOf(plan: Plan, options: Parameters<typeof simulate>[1]): Promise<Outcome> {
  try {
    return await simulate(plan, options)
  } catch (error) {
    if (error instanceof SeedFailed) return error
    throw error
  }
}

/** Cut off by `--until` is none. */
function isFailure(outcome: Outcome): outcome is SeedFailed {
  return outcome instanceof SeedFailed && !(outcome.cause instanceof CutOff)
}

function wordsOf(outcome: Outcome): string {
  if (isFailure(outcome)) return outcome.message
  if (outcome instanceof SeedFailed) return `stopped at ${outcome.atMs / 1_000} s`
  const { hash, simulatedMs, wallMs, tookMs, acked, operations } = outcome
  const took = Object.entries(tookMs).map(([rule, ms]) => `${rule} after ${(ms / 1_000).toFixed(1)} s`)
  const speed = Math.round(simulatedMs / wallMs)
  return `kept: ${acked} of ${operations} acked, ${took.join(', ')}; ${Math.round(simulatedMs / 1_000)} s at ${speed} times real time, trace ${hash}`
}

function endOf(plan: Plan, outcome: Outcome): Parameters<Recorder['finish']>[0] {
  const title = `Seed ${plan.seed}: ${describePlan(plan)}`
  if (isFailure(outcome)) return { title, atMs: outcome.atMs, breach: outcome.breach }
  return { title, atMs: outcome instanceof SeedFailed ? outcome.atMs : outcome.simulatedMs }
}

function draw(recording: Recording, file: string, { print, columns }: LookOptions): void {
  if (file === '-') print(textOf(recording, columns))
  else writeFileSync(file, file.endsWith('.svg') ? svgOf(recording) : textOf(recording, columns))
}

function linesOf(
  plan: Plan,
  { print, full, step }: LookOptions,
  trace: readonly string[],
): { readonly onlooker: Onlooker; readonly see: (entry: TraceEntry) => void } {
  const watched = watchedOf(trace, namesIn(plan, machineNames))
  const pause = step === true ? stepper() : () => {}
  const lines = new TraceLines({
    isFull: full === true,
    print: (line) => {
      print(line)
      pause()
    },
  })
  return { onlooker: lines, see: (entry) => watched?.has(entry.node) === false || lines.see(entry) }
}

/** Waits for Enter, and with it for nothing else: simulated time stands still. `q` ends it all. */
function stepper(): () => void {
  const keyboard = keyboardOf()
  const pressed = Buffer.alloc(64)
  return () => {
    const length = readSync(keyboard, pressed)
    if (length === 0 || pressed.subarray(0, length).toString().trim() === 'q') process.exit(0)
  }
}

function keyboardOf(): number {
  try {
    return openSync('/dev/tty', 'r')
  } catch {
    throw new BadOptions('option --step waits for a key, and there is no terminal')
  }
}

/** All of them, one after the other. */
function both(some: readonly (Onlooker | undefined)[]): Onlooker {
  const onlookers = some.filter((one) => one !== undefined)
  return {
    look: async (checked) => {
      for (const one of onlookers) await one.look(checked)
    },
    fault: (...words) => onlookers.forEach((one) => one.fault(...words)),
    answered: (done) => onlookers.forEach((one) => one.answered(done)),
    healed: (...words) => onlookers.forEach((one) => one.healed(...words)),
  }
}
