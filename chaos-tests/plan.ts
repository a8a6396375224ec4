/**
 * A run, planned: everything that chance decides about it, drawn from one seed before it begins. Options are drawn as in swarm
 * testing: in many runs whole classes of faults are left out, so that what remains can go further.
 *
 * @module
 */
import type { Weather } from './cluster.ts'
import type { Fault } from './fault.ts'
import type { Operation } from './history.ts'
import { NEMESES } from './nemeses/index.ts'
import { Stream } from './sim/random.ts'
import type { ClockFaults } from './sim/sim-clock.ts'
import { WORKLOADS } from './workloads/index.ts'

export interface Plan {
  readonly seed: number
  readonly machines: number
  readonly regions: number
  readonly weather: Partial<Weather>
  readonly clocks: readonly ClockFaults[]
  /** Kinds of faults that occur. */
  readonly kinds: readonly string[]
  /** How long there are faults. */
  readonly safetyMs: number
  readonly operations: readonly Operation[]
  readonly faults: readonly Fault[]
  /** Machines by number that live on when the faults are over; the others lose their power for ever. */
  readonly core: readonly number[]
}

export interface PlanOptions {
  /** How long there are faults. Default: drawn. */
  readonly safetyMs?: number
  readonly machines?: number
  /** Mean time between two faults. Default: 12 s. */
  readonly pauseMs?: number
  readonly namesOf: (machines: number) => readonly string[]
}

const PAUSE_MS = 12_000
const MINUTE_MS = 60_000

export function drawPlan(seed: number, options: PlanOptions): Plan {
  const chance = new Stream(seed, 'options')
  const machines = options.machines ?? chance.between(1, 7)
  const names = options.namesOf(machines)
  const safetyMs = options.safetyMs ?? chance.between(1, 4) * MINUTE_MS
  const kinds = NEMESES.map(({ kind }) => kind).filter(() => chance.chance(0.6))
  const weather = {
    latencyMs: chance.pick([0.3, 2, 10, 50]),
    jitterMs: chance.pick([0.1, 1, 10]),
  }
  const clocks = names.map(() => ({
    offsetMs: chance.chance(0.3) ? chance.between(-500, 500) : 0,
    rateError: chance.chance(0.3) ? (chance.unit() - 0.5) * 2e-4 : 0,
  }))
  return {
    seed,
    machines,
    regions: chance.pick([1, 1, 2]),
    weather,
    clocks,
    kinds,
    safetyMs,
    operations: drawOperations(seed, names, safetyMs),
    faults: drawFaults(seed, { kinds, machines: names, lastsMs: safetyMs, pauseMs: options.pauseMs ?? PAUSE_MS }),
    core: chance.chance(0.5)
      ? [...names.keys()]
      : chance.sample([...names.keys()], chance.between(1, machines)).sort((a, b) => a - b),
  }
}

function drawOperations(seed: number, machines: readonly string[], lastsMs: number): Operation[] {
  return WORKLOADS.flatMap(({ name, ...workload }) => {
    const chance = new Stream(seed, `workload/${name}`)
    const doors = new Stream(seed, `doors/${name}`)
    return workload.draw({ chance, machines, lastsMs }).map(({ atMs, what }, index) => ({
      id: `${name}-${index}`,
      workload: name,
      atMs,
      via: doors.sample(machines, 3),
      what,
    }))
  }).toSorted((one, other) => one.atMs - other.atMs)
}

/** Each kind has a stream of its own, so that a new nemesis changes nothing for the others. */
function drawFaults(
  seed: number,
  {
    kinds,
    machines,
    lastsMs,
    pauseMs,
  }: Pick<Plan, 'kinds'> & {
    readonly machines: readonly string[]
    readonly lastsMs: number
    readonly pauseMs: number
  },
): Fault[] {
  const wanted = NEMESES.filter(({ kind }) => kinds.includes(kind))
  return wanted
    .flatMap(({ kind, lastsMs: [least, most], draw }) => {
      const chance = new Stream(seed, `nemesis/${kind}`)
      const faults: Fault[] = []
      for (let atMs = chance.exponential(pauseMs * wanted.length); atMs < lastsMs;) {
        const toMs = atMs + least * (most / least) ** chance.unit()
        faults.push({ id: `${kind}-${faults.length}`, kind, fromMs: atMs, toMs, what: draw({ chance, machines }) })
        atMs += chance.exponential(pauseMs * wanted.length)
      }
      return faults
    })
    .toSorted((one, other) => one.fromMs - other.fromMs)
}
