/**
 * A seed, run in the simulator.
 *
 * @module
 */
import { collectReached, type Mark } from '../../crdt/index.ts'
import { breachOf, type Breach } from '../breach.ts'
import { drawPlan, type Plan, type PlanOptions } from '../plan.ts'
import { run, type RunOptions, type RunReport } from '../run.ts'
import { machineNames } from '../cluster.ts'
import { SimCluster, type SimOptions } from './sim-cluster.ts'
import { realNow, Tripwire } from './tripwire.ts'

export interface SimReport extends RunReport {
  readonly plan: Plan
  readonly hash: string
  readonly simulatedMs: number
  readonly events: number
  readonly wallMs: number
  /** What the run came through. */
  readonly marks: ReadonlySet<Mark>
}

/** What went wrong, and how to see it again. */
export class SeedFailed extends Error {
  readonly plan: Plan
  readonly breach: Breach
  /** Simulated, since the start of the run. */
  readonly atMs: number

  constructor(plan: Plan, atMs: number, cause: unknown, keptIn?: string) {
    const breach = breachOf(cause)
    super(
      `seed ${plan.seed} failed at ${(atMs / 1_000).toFixed(3)} s: ${breach.what}\n` +
        `  drawn:   ${describePlan(plan)}\n  replay:  ${replayOf(plan, keptIn)}\n  shrink:  ${shrinkOf(plan, keptIn)}`,
      { cause },
    )
    this.name = 'SeedFailed'
    this.plan = plan
    this.breach = breach
    this.atMs = atMs
  }
}

export type PlanWish = Omit<PlanOptions, 'namesOf'>

export interface SimulateOptions extends RunOptions, Pick<SimOptions, 'trace' | 'untilMs'> {
  /** The file that the plan is from: no seed draws one that was cut down. */
  readonly keptIn?: string
}

const wire = new Tripwire()
let isSet = false

/** Set for the life of the process: between runs it lets everything pass. */
export function sharedWire(): Tripwire {
  if (!isSet) wire.set()
  isSet = true
  return wire
}

export function planOf(seed: number, wish: PlanWish = {}): Plan {
  return drawPlan(seed, { ...wish, namesOf: machineNames })
}

/** What chance decided about a run, in a line. */
export function describePlan({ machines, absent, regions, kinds, core, weather, safetyMs, ...plan }: Plan): string {
  const broken = kinds.length === 0 ? 'no faults' : `${counted(plan.faults.length, 'fault')} (${kinds.join(' ')})`
  const latency = `${weather.latencyMs ?? 'usual'} ms away`
  return (
    `${counted(machines - absent.length, 'machine')} in ${counted(regions, 'region')}, ${latency}, ${core.length} live on, ` +
    `${safetyMs / 1_000} s of ${broken}, ${counted(plan.operations.length, 'operation')}`
  )
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** The command that runs it again: it draws the same plan, whatever options that was drawn with. */
export function replayOf(plan: Plan, keptIn?: string): string {
  return `npm run sim -- ${keptIn === undefined ? `--seed ${plan.seed} ${wishedFor(plan)}` : `--replay ${keptIn}`}`
}

export function shrinkOf(plan: Plan, keptIn?: string): string {
  return `npm run sim -- --shrink ${keptIn ?? `${plan.seed} ${wishedFor(plan)}`}`
}

function wishedFor({ seed, machines, safetyMs, pauseMs, pace, kinds, workloads }: Plan): string {
  const paced = pace === 1 ? '' : ` --pace ${pace}`
  const drawn = planOf(seed)
  const isDrawn = (names: readonly string[], own: readonly string[]): boolean => names.join() === own.join()
  const broken = isDrawn(kinds, drawn.kinds) ? '' : ` --faults ${kinds.join() || 'none'}`
  const done = isDrawn(workloads, drawn.workloads) ? '' : ` --workloads ${workloads.join()}`
  return `--machines ${machines} --safety ${safetyMs}ms --pause ${pauseMs}ms${paced}${broken}${done}`
}

/** Rejects with a `SeedFailed`. */
export async function simulate(plan: Plan, options: SimulateOptions = {}): Promise<SimReport> {
  const startMs = realNow()
  const { seed, machines, absent, regions, weather, clocks, calmMs } = plan
  const marks = new Set<Mark>()
  const drawn = { seed, machines, absent, regions, weather, clocks, ...(calmMs === null ? {} : { calmMs }) }
  const cluster = new SimCluster({ ...drawn, wire: sharedWire(), ...options })
  try {
    const report = await collectReached(
      (mark) => marks.add(mark),
      () =>
        cluster.run(async () => {
          await cluster.boot()
          return await run(cluster, plan, options)
        }),
    )
    const { hash } = cluster.trace
    const { events } = cluster.time
    return { ...report, plan, hash, simulatedMs: cluster.nowMs(), events, wallMs: realNow() - startMs, marks }
  } catch (error) {
    throw new SeedFailed(plan, cluster.nowMs(), error, options.keptIn)
  }
}
