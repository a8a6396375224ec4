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
import type { MemberDeed } from './workloads/members.ts'

export interface Plan {
  readonly seed: number
  readonly machines: number
  /** Numbers of machines that are left out; the others keep their names, addresses, regions and streams of chance. */
  readonly absent: readonly number[]
  readonly regions: number
  readonly weather: Partial<Weather>
  readonly clocks: readonly ClockFaults[]
  /** Kinds of faults that occur. */
  readonly kinds: readonly string[]
  /** What users do, by their names. */
  readonly workloads: readonly string[]
  /** How long there are faults. */
  readonly safetyMs: number
  /** Mean time between two faults. */
  readonly pauseMs: number
  /** How many times as long users take for what they do. */
  readonly pace: number
  /** How long all has to be calm before a pod is moved to even out the nodes; null: none is. */
  readonly calmMs: number | null
  readonly operations: readonly Operation[]
  readonly faults: readonly Fault[]
  /** Machines, by their place among those that are there, that live on when the faults are over; the others lose their power for ever. */
  readonly core: readonly number[]
  /** Whether machines that joined during the run are of the core. */
  readonly newcomersStay: boolean
  /** One of the core, by number: at the very end it boots alone. */
  readonly lastAlone: number | null
}

export interface PlanOptions {
  /** How long there are faults. Default: drawn. */
  readonly safetyMs?: number
  readonly machines?: number
  /** Mean time between two faults. Default: 12 s. */
  readonly pauseMs?: number
  /** How many times as long users take for what they do: hours then cost what minutes cost. Default: 1. */
  readonly pace?: number
  /** Kinds of faults that may occur, and what users do. Default: drawn. */
  readonly kinds?: readonly string[]
  readonly workloads?: readonly string[]
  readonly namesOf: (machines: number) => readonly string[]
}

const PAUSE_MS = 12_000
const MINUTE_MS = 60_000
/** The faults leave little calm: moves are begun, and overtaken. */
const CALM_MS = [null, 5_000, 30_000]
/** Share of runs that end with a cold start of one machine alone. */
const LAST_ALONE = 0.25
/** Share of runs in which each kind of faults occurs, and each workload takes part: some together, none always. */
export const TAKES_PART = 0.4
/** In a run there are few kinds, or many: that many times as many, one in the mean. What is rare needs the others to be still. */
const DENSITIES = [0.3, 1, 1.7]

export function drawPlan(seed: number, options: PlanOptions): Plan {
  const chance = new Stream(seed, 'options')
  // Drawn also where it is given: what was drawn can be given again, and the rest stays as it was.
  const drawn = { machines: chance.between(1, 7), safetyMs: chance.between(1, 4) * MINUTE_MS }
  const { machines = drawn.machines, safetyMs = drawn.safetyMs, pauseMs = PAUSE_MS, pace = 1 } = options
  const names = options.namesOf(machines)
  // Each from a stream of its own: whether a new one occurs changes nothing for the others.
  const drawnKinds = NEMESES.map(({ kind }) => kind).filter((kind) =>
    new Stream(seed, `kind/${kind}`).chance(TAKES_PART * density(seed, 'kinds')),
  )
  const { kinds = drawnKinds, workloads = drawWorkloads(seed) } = options
  const operations = drawOperations(seed, { workloads, machines: names, lastsMs: safetyMs, pace })
  const gone = leaversOf(operations)
  const stayers = [...names.keys()].filter((index) => !gone.has(names[index] ?? ''))
  const ends = new Stream(seed, 'ends')
  const weather = {
    latencyMs: chance.pick([0.3, 2, 10, 50]),
    jitterMs: chance.pick([0.1, 1, 10]),
  }
  const clocks = names.map(() => ({
    offsetMs: chance.chance(0.3) ? chance.between(-500, 500) : 0,
    rateError: chance.chance(0.3) ? (chance.unit() - 0.5) * 2e-4 : 0,
  }))
  const drawnCore = chance.chance(0.5)
    ? stayers
    : chance.sample(stayers, chance.between(1, machines)).toSorted((a, b) => a - b)
  return {
    seed,
    machines,
    absent: [],
    regions: chance.pick([1, 1, 2]),
    weather,
    clocks,
    kinds,
    safetyMs,
    pauseMs,
    pace,
    calmMs: new Stream(seed, 'calm').pick(CALM_MS),
    workloads,
    operations,
    faults: drawFaults(seed, { kinds, machines: names, safetyMs, pauseMs }).filter(
      (fault) => !takesDisk(fault, names[drawnCore[0] ?? 0]),
    ),
    core: drawnCore,
    newcomersStay: ends.chance(0.5),
    lastAlone: ends.chance(LAST_ALONE) ? ends.pick(drawnCore) : null,
  }
}

function density(seed: number, what: 'kinds' | 'workloads'): number {
  return new Stream(seed, `density/${what}`).pick(DENSITIES)
}

function drawWorkloads(seed: number): readonly string[] {
  const chance = new Stream(seed, 'workloads')
  const crowd = density(seed, 'workloads')
  const drawn = WORKLOADS.filter(({ share = TAKES_PART }) => chance.chance(share * crowd))
  return (drawn.length > 0 ? drawn : [chance.pick(WORKLOADS)]).map(({ name }) => name)
}

/** Of the core one disk at least lasts: somebody has to stay who knows what the cluster was. */
function takesDisk({ kind, what }: Fault, machine: string | undefined): boolean {
  return kind === 'wipe' && (what as { readonly machine: string }).machine === machine
}

/** Machines that are taken away for good. */
function leaversOf(operations: readonly Operation[]): ReadonlySet<string> {
  return new Set(
    operations.flatMap(({ workload, what }) => {
      const deed = what as MemberDeed
      return workload === 'members' && deed.verb === 'leave' ? [deed.machine] : []
    }),
  )
}

function drawOperations(
  seed: number,
  {
    workloads,
    machines,
    lastsMs,
    pace,
  }: Pick<Plan, 'workloads' | 'pace'> & { readonly machines: readonly string[]; readonly lastsMs: number },
): Operation[] {
  const wanted = WORKLOADS.filter(({ name }) => workloads.includes(name))
  return wanted
    .flatMap(({ name, ...workload }) => {
      const chance = new Stream(seed, `workload/${name}`)
      const doors = new Stream(seed, `doors/${name}`)
      return workload.draw({ chance, machines, lastsMs: lastsMs / pace }).map(({ atMs, what, via }, index) => ({
        id: `${name}-${index}`,
        workload: name,
        atMs: atMs * pace,
        via: via ?? doors.sample(machines, 3),
        what,
      }))
    })
    .toSorted((one, other) => one.atMs - other.atMs)
}

/** Each kind has a stream of its own, so that a new nemesis changes nothing for the others. */
export function drawFaults(
  seed: number,
  {
    kinds,
    machines,
    safetyMs,
    pauseMs,
  }: Pick<Plan, 'kinds' | 'safetyMs' | 'pauseMs'> & { readonly machines: readonly string[] },
): Fault[] {
  const wanted = NEMESES.filter(({ kind }) => kinds.includes(kind))
  return wanted
    .flatMap(({ kind, lastsMs: [least, most], draw }) => {
      const chance = new Stream(seed, `nemesis/${kind}`)
      const faults: Fault[] = []
      for (let atMs = chance.exponential(pauseMs * wanted.length); atMs < safetyMs;) {
        const toMs = atMs + least * (most / least) ** chance.unit()
        faults.push({ id: `${kind}-${faults.length}`, kind, fromMs: atMs, toMs, what: draw({ chance, machines }) })
        atMs += chance.exponential(pauseMs * wanted.length)
      }
      return faults
    })
    .toSorted((one, other) => one.fromMs - other.fromMs)
}
