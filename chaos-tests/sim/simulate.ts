/**
 * A seed, run in the simulator.
 *
 * @module
 */
import { collectReached, type Mark } from '../../crdt/index.ts'
import { drawPlan, type Plan, type PlanOptions } from '../plan.ts'
import { run, type RunReport } from '../run.ts'
import { machineNames, SimCluster, type SimOptions } from './sim-cluster.ts'
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

  constructor(plan: Plan, atMs: number, cause: unknown) {
    const what = cause instanceof Error ? cause.message : String(cause)
    super(`seed ${plan.seed} failed at ${(atMs / 1_000).toFixed(3)} s: ${what}`, { cause })
    this.name = 'SeedFailed'
    this.plan = plan
  }
}

const wire = new Tripwire()
let isSet = false

export function planOf(seed: number, options: Omit<PlanOptions, 'namesOf'> = {}): Plan {
  return drawPlan(seed, { ...options, namesOf: machineNames })
}

/** Rejects with a `SeedFailed`. */
export async function simulate(plan: Plan, options: Pick<SimOptions, 'trace' | 'untilMs'> = {}): Promise<SimReport> {
  // For the life of the process: between runs it lets everything pass.
  if (!isSet) wire.set()
  isSet = true
  const startMs = realNow()
  const { seed, machines, regions, weather, clocks } = plan
  const marks = new Set<Mark>()
  const cluster = new SimCluster({ seed, machines, regions, weather, clocks, wire, ...options })
  try {
    const report = await collectReached(
      (mark) => marks.add(mark),
      () =>
        cluster.run(async () => {
          await cluster.boot()
          return await run(cluster, plan)
        }),
    )
    const { hash } = cluster.trace
    const { events } = cluster.time
    return { ...report, plan, hash, simulatedMs: cluster.nowMs(), events, wallMs: realNow() - startMs, marks }
  } catch (error) {
    throw new SeedFailed(plan, cluster.nowMs(), error)
  }
}
