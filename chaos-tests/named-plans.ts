/**
 * Runs that nobody draws: faults of the catalogue one after the other, each long enough to be felt, under a steady load: a few
 * Deployments, a Service that is asked all the time, writes all the time. They go on any cluster; on real machines each fault
 * is the real thing.
 *
 * @module
 */
import { machineName, machineNames, type OneWay } from './cluster.ts'
import type { Fault } from './fault.ts'
import type { Operation } from './history.ts'
import type { Plan } from './plan.ts'
import { SERVED } from './workloads/traffic.ts'

const THEMES = ['machines', 'links', 'lines', 'cables', 'wear', 'clocks', 'growth'] as const
type Theme = (typeof THEMES)[number]

/** `all` has the faults of all others, each for a few seconds: what each commit goes through on real machines. */
export const PLAN_NAMES = [...THEMES, 'all'] as const
export type PlanName = (typeof PLAN_NAMES)[number]

/** One fault: how it is called in the table of faults, its nemesis, and what that would have drawn. */
interface Act {
  readonly id: string
  readonly kind: string
  readonly lastsMs: number
  readonly what: unknown
  /** Machines that join meanwhile, in this order, which gives them their names. */
  readonly joins?: readonly { readonly afterMs: number; readonly via: string }[]
}

/** Pods are up by then. */
const BEGIN_MS = 6_000
/** Between two faults: what the last one left is put right meanwhile, or not quite. */
const BETWEEN_MS = 3_000
const BRIEFLY_BETWEEN_MS = 1_000
/** A shorter fault is hardly felt: three beats have to be missed. */
const BRIEF_MS_MIN = 2_000
const BRIEF_MS_MAX = 5_000
/** As the issue has it: 50 a second. */
const VISIT_EVERY_MS = 20
/** No two machines agree, as where nobody sets them: by half a second, or a ten-thousandth. */
const CLOCKS = [{}, { offsetMs: 400 }, { offsetMs: -500, rateError: 1e-4 }, { rateError: -1e-4 }]
const WRITE_EVERY_MS = 200

export function namedPlan(name: PlanName, machines: number): Plan {
  const names = machineNames(machines)
  const acts = name === 'all' ? THEMES.flatMap((theme) => ACTS[theme](names).map(briefly)) : ACTS[name](names)
  const pauseMs = name === 'all' ? BRIEFLY_BETWEEN_MS : BETWEEN_MS
  const faults = inTurn(acts, pauseMs)
  const safetyMs = (faults.at(-1)?.toMs ?? 0) + pauseMs
  return {
    seed: 0,
    machines,
    absent: [],
    regions: 1,
    weather: {},
    clocks: name === 'clocks' || name === 'all' ? CLOCKS : [],
    kinds: [...new Set(faults.map(({ kind }) => kind))],
    workloads: ['steady', 'traffic', ...(acts.some(({ joins }) => joins !== undefined) ? ['members'] : [])],
    safetyMs,
    pauseMs,
    pace: 1,
    calmMs: null,
    operations: [...operationsOf(names, safetyMs), ...joinsOf(acts, faults)].toSorted(
      (one, other) => one.atMs - other.atMs,
    ),
    faults,
    core: [...names.keys()],
    newcomersStay: true,
    lastAlone: null,
  }
}

/** A machine that is frozen has its own time to stand still, and one that joins needs its own to come in. */
function briefly(act: Act): Act {
  const half = act.lastsMs / 2
  const briefMs = act.joins === undefined ? Math.min(half, BRIEF_MS_MAX) : half
  const isShort = act.kind === 'freeze' || act.lastsMs <= BRIEF_MS_MIN
  return isShort ? act : { ...act, lastsMs: Math.max(BRIEF_MS_MIN, briefMs) }
}

function inTurn(acts: readonly Act[], pauseMs: number): Fault[] {
  let atMs = BEGIN_MS
  return acts.map(({ id, kind, lastsMs, what }) => {
    const fault = { id, kind, fromMs: atMs, toMs: atMs + lastsMs, what }
    atMs = fault.toMs + pauseMs
    return fault
  })
}

const ACTS: Readonly<Record<Theme, (machines: readonly string[]) => Act[]>> = {
  machines: ofMachines,
  links: ofLinks,
  lines: ofLines,
  cables: ofCables,
  wear: ofWear,
  growth: ofGrowth,
  clocks: ofClocks,
}

/** What is done to machines, their agents and their engines. */
function ofMachines(machines: readonly string[]): Act[] {
  const [one, two, three = two] = machines
  return [
    { id: 'F1 agent', kind: 'crash', lastsMs: 3_000, what: { machine: one } },
    { id: 'F35 engine down', kind: 'engine', lastsMs: 3_000, what: { machine: two, trouble: { isDown: true } } },
    { id: 'F24 stands still', kind: 'pause', lastsMs: 4_000, what: { machine: three } },
    { id: 'F35 engine hangs', kind: 'engine', lastsMs: 3_000, what: { machine: one, trouble: { hangs: true } } },
    { id: 'F36 container', kind: 'container', lastsMs: 1_000, what: { which: 0.5, how: 'crash' } },
    { id: 'F2 machine', kind: 'power', lastsMs: 6_000, what: { machine: two } },
    {
      id: 'F9 one alone',
      kind: 'split',
      lastsMs: 6_000,
      what: { groups: [[three], machines.filter((each) => each !== three)] },
    },
    {
      id: 'F6 all off',
      kind: 'outage',
      lastsMs: 2_000,
      what: { machines: machines.toReversed(), what: 'power', apartMs: 300 },
    },
  ]
}

/** Every shape of a partition. */
function ofLinks(machines: readonly string[]): Act[] {
  const half = Math.ceil(machines.length / 2)
  const [left, right] = [machines.slice(0, half), machines.slice(half)]
  const third = Math.ceil(machines.length / 3)
  const thirds = [machines.slice(0, third), machines.slice(third, 2 * third), machines.slice(2 * third)]
  const [first, second] = machines
  const [, ...beyond] = machines
  return [
    { id: 'F9 halves', kind: 'split', lastsMs: 6_000, what: { groups: [left, right] } },
    {
      id: 'F10 three ways',
      kind: 'split',
      lastsMs: 6_000,
      what: { groups: thirds.filter(({ length }) => length > 0) },
    },
    { id: 'F12 one way', kind: 'one-way', lastsMs: 6_000, what: { from: left, to: right } },
    { id: 'F12 dead link', kind: 'links', lastsMs: 6_000, what: { ways: bothWays([first!], [second!]) } },
    { id: 'F11 ring', kind: 'links', lastsMs: 6_000, what: { ways: ringOf(machines) } },
    {
      id: 'F13 bridge',
      kind: 'links',
      lastsMs: 6_000,
      what: { ways: bothWays(beyond.slice(0, half - 1), beyond.slice(half - 1)) },
    },
  ]
}

/** Lines that are bad, and that come and go. */
function ofLines([one, two]: readonly string[]): Act[] {
  const calm = { gossipLoss: 0, gossipTwice: 0, gossipLate: 0 }
  return [
    { id: 'F15 a tenth lost', kind: 'loss', lastsMs: 10_000, what: { ...calm, loss: 0.1 } },
    { id: 'F15 a third lost', kind: 'loss', lastsMs: 10_000, what: { ...calm, loss: 0.3 } },
    { id: 'F19 narrow', kind: 'narrow', lastsMs: 15_000, what: { machine: one, bytesPerSecond: 8_000 } },
    {
      id: 'F14 flaps',
      kind: 'flap',
      lastsMs: 20_000,
      what: { machine: two, what: 'cable', downMs: 2_000, upMs: 2_000 },
    },
  ]
}

/** Lines that are slow, and that carry what they should not. */
function ofCables([one, two, three = two, ...rest]: readonly string[]): Act[] {
  const others = [two!, three!, ...rest]
  const calm = { loss: 0, gossipLoss: 0 }
  return [
    {
      id: 'F16 late one way',
      kind: 'lag',
      lastsMs: 10_000,
      what: { ways: others.map((to) => ({ from: one, to })), delayMs: 200, jitterMs: 0 },
    },
    {
      id: 'F16 late both ways',
      kind: 'lag',
      lastsMs: 15_000,
      what: { ways: bothWays([one!], others), delayMs: 1_000, jitterMs: 100 },
    },
    {
      id: 'F17 out of order, twice',
      kind: 'loss',
      lastsMs: 10_000,
      what: { ...calm, gossipTwice: 0.25, gossipLate: 0.25 },
    },
    { id: 'F18 a bit flips', kind: 'noise', lastsMs: 20_000, what: { machines: [three], share: 0.001 } },
  ]
}

/** What befalls machines as they grow old: updates, forgetful firewalls, disks that fill and that die. */
function ofWear(machines: readonly string[]): Act[] {
  const [one, two, three = two] = machines
  const others = machines.filter((each) => each !== three)
  return [
    ...machines.map((machine) => ({
      id: `F45 restart of ${machine}`,
      kind: 'restart',
      lastsMs: 1_000,
      what: { machine },
    })),
    { id: 'F21 forgotten connections', kind: 'resets', lastsMs: 2_000, what: { ways: bothWays([three!], others) } },
    { id: 'F27 full disk', kind: 'disk', lastsMs: 5_000, what: { machine: one, trouble: { isFull: true } } },
    { id: 'F7 lost disk', kind: 'wipe', lastsMs: 6_000, what: { machine: two } },
  ]
}

/** Machines join while those that are there cannot see each other, one in each half, and then have to stand on their own. */
function ofGrowth(machines: readonly string[]): Act[] {
  const half = Math.ceil(machines.length / 2)
  const [left, right] = [machines.slice(0, half), machines.slice(half)]
  const [first, second] = [machineName(machines.length), machineName(machines.length + 1)]
  return [
    {
      id: 'F40 joins in two halves',
      kind: 'split',
      lastsMs: 20_000,
      // A newcomer stands where its door does.
      what: {
        groups: [
          [...left, first],
          [...right, second],
        ],
      },
      joins: [
        { afterMs: 2_000, via: left.at(-1)! },
        { afterMs: 5_000, via: right.at(-1)! },
      ],
    },
    // Who has met through others alone.
    { id: 'F9 newcomers alone', kind: 'split', lastsMs: 6_000, what: { groups: [[first, second], machines] } },
    { id: 'F2 newcomer', kind: 'power', lastsMs: 4_000, what: { machine: first } },
    { id: 'F45 restart of a newcomer', kind: 'restart', lastsMs: 1_000, what: { machine: second } },
  ]
}

function joinsOf(acts: readonly Act[], faults: readonly Fault[]): Operation[] {
  return acts.flatMap(({ joins = [] }, at) =>
    joins.map(({ afterMs, via }, number) => ({
      id: `join-${at}-${number}`,
      workload: 'members',
      atMs: faults[at]!.fromMs + afterMs,
      via: [via],
      what: { verb: 'join' },
    })),
  )
}

/** Clocks that are set, and machines that do not get to run. */
function ofClocks([one, two, three = two]: readonly string[]): Act[] {
  return [
    { id: 'F32 set on', kind: 'clock', lastsMs: 6_000, what: { machine: one, byMs: 30_000 } },
    { id: 'F32 set back', kind: 'clock', lastsMs: 6_000, what: { machine: two, byMs: -30_000 } },
    { id: 'F32 to and fro', kind: 'strobe', lastsMs: 6_000, what: { machine: three, byMs: 2_000, everyMs: 100 } },
    { id: 'F23 starves', kind: 'starve', lastsMs: 8_000, what: { machine: one, share: 0.1 } },
    { id: 'F23 starves more', kind: 'starve', lastsMs: 8_000, what: { machine: three, share: 0.03 } },
    { id: 'F34 stands still', kind: 'freeze', lastsMs: 6_000, what: { machine: two, frozenMs: 4_000 } },
  ]
}

function bothWays(some: readonly string[], others: readonly string[]): OneWay[] {
  return some.flatMap((one) =>
    others.flatMap((other) => [
      { from: one, to: other },
      { from: other, to: one },
    ]),
  )
}

/** Each hears its two neighbours alone. */
function ringOf(machines: readonly string[]): OneWay[] {
  return machines.flatMap((from, at) =>
    machines.flatMap((to, place) => {
      const apart = Math.abs(at - place)
      return Math.min(apart, machines.length - apart) > 1 ? [{ from, to }] : []
    }),
  )
}

function operationsOf(machines: readonly string[], untilMs: number): Operation[] {
  const doors = (index: number): readonly string[] => machines.map((_, at) => machines[(index + at) % machines.length]!)
  const of = (workload: string, atMs: number, what: unknown): Omit<Operation, 'id' | 'via'> => ({
    workload,
    atMs,
    what,
  })
  const every = (stepMs: number, fromMs: number): number[] =>
    Array.from({ length: Math.floor((untilMs - fromMs) / stepMs) }, (_, index) => fromMs + index * stepMs)
  const { name, nodePort } = SERVED
  return [
    of('traffic', 0, { verb: 'create', name, replicas: machines.length }),
    of('traffic', 1, { verb: 'add-service', name, port: 80, nodePort }),
    ...[0, 1].map((index) => of('steady', 2 + index, { verb: 'create', name: `steady${index}`, replicas: 2 })),
    ...every(VISIT_EVERY_MS, BEGIN_MS).map((atMs, index) =>
      of('traffic', atMs, { verb: 'visit', door: machines[index % machines.length] }),
    ),
    ...every(WRITE_EVERY_MS, BEGIN_MS).map((atMs, index) =>
      of('steady', atMs, { verb: 'note', name: `steady${index % 2}`, text: `note ${index}` }),
    ),
  ]
    .toSorted((one, other) => one.atMs - other.atMs)
    .map((operation, index) => ({ ...operation, id: `${operation.workload}-${index}`, via: doors(index) }))
}
