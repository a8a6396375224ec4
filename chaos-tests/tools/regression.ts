/**
 * A failure, kept: the plan of a run that broke a rule, as a file that every commit runs. Reading is strict: a file that does
 * not say what the simulator of today would make of it is refused by the name of the field, never half understood.
 *
 * @module
 */
import {
  flagOf,
  hostileInput,
  integerOf,
  listOf,
  numberOf,
  objectOf,
  optional,
  refuse,
  textOf,
  wordOf,
  type Reader,
} from '../../crdt/objects/read.ts'
import { BREAKABLE } from '../breach.ts'
import type { Weather } from '../cluster.ts'
import type { Fault } from '../fault.ts'
import type { Operation } from '../history.ts'
import { NEMESES } from '../nemeses/index.ts'
import type { Plan } from '../plan.ts'
import type { ClockFaults } from '../sim/sim-clock.ts'
import { WORKLOADS } from '../workloads/index.ts'
import { likenessOfDeeds, likenessOfDrawings, unlike } from './likeness.ts'

export interface Regression {
  /** What it broke. */
  readonly rule: string
  /** A sentence on why. */
  readonly why: string
  /** With what it was found. */
  readonly found: { readonly git: string; readonly node: string; readonly automerge: string }
  readonly plan: Plan
}

/** The file cannot be run as it was written. */
export class RegressionUnreadable extends Error {
  constructor(file: string, why: string) {
    super(`${file}: ${why}. A kept failure must stay one that can be run: change the file with the plan's format`)
    this.name = 'RegressionUnreadable'
  }
}

export function fileNameOf({ rule, plan }: Pick<Regression, 'rule' | 'plan'>): string {
  return `${rule}-${plan.seed}.json`
}

export function writeRegression(regression: Regression): string {
  return `${JSON.stringify(regression, undefined, 2)}\n`
}

/**
 * @param file - its name, for errors
 * @param namesOf - of so many machines, by number
 */
export function readRegression(
  file: string,
  text: string,
  namesOf: (machines: number) => readonly string[],
): Regression {
  const value = parsed(file, text)
  const read = hostileInput(() => regressionOf(namesOf)(value, ''))
  if ('error' in read) throw new RegressionUnreadable(file, read.error)
  return read.fact
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RegressionUnreadable(file, `is not JSON (${(error as Error).message})`)
  }
}

// ---- readers

const MACHINES_MAX = 1_000
const PARTS_MAX = 10_000
const DAY_MS = 86_400_000

/** On why it failed. */
export const sentence = textOf(2_000, (text) =>
  /\S \S.*[.!?]$/s.test(text) ? undefined : 'must be a sentence, with a full stop',
)

const word = textOf(200)
const time = numberOf({ min: 0, max: DAY_MS })
const share = numberOf({ min: 0, max: 1 })
const amount = numberOf({ min: 0, max: 1e12 })

/** An object with these fields and no others. The compiler asks for a reader of each field that the type has. */
function fieldsOf<T extends object>(readers: { readonly [Name in keyof T]-?: Reader<T[Name]> }): Reader<T> {
  return (value, at) => {
    const object = objectOf(value, at === '' ? 'the file' : at)
    const under = (name: string): string => (at === '' ? name : `${at}.${name}`)
    for (const name of Object.keys(object)) {
      if (!Object.hasOwn(readers, name)) refuse(under(name), 'is not known here: was it written by another version?')
    }
    const names = Object.keys(readers) as (keyof T & string)[]
    return Object.fromEntries(
      names.map((name) => {
        if (!Object.hasOwn(object, name)) refuse(under(name), 'is missing: was it written by another version?')
        return [name, readers[name](object[name], under(name))]
      }),
    ) as T
  }
}

/** As `fieldsOf`, and each may be left out. */
function someOf<T extends object>(readers: { readonly [Name in keyof T]-?: Reader<T[Name]> }): Reader<Partial<T>> {
  return (value, at) => {
    const object = objectOf(value, at)
    for (const name of Object.keys(object)) {
      if (!Object.hasOwn(readers, name))
        refuse(`${at}.${name}`, 'is not known here: was it written by another version?')
    }
    const names = Object.keys(readers) as (keyof T & string)[]
    return Object.assign({}, ...names.map((name) => optional(object, name, at, readers[name]))) as Partial<T>
  }
}

const weather = someOf<Weather>({
  latencyMs: time,
  jitterMs: time,
  loss: share,
  gossipLoss: share,
  gossipTwice: share,
  gossipLate: share,
  bytesPerSecond: amount,
})

const clock = someOf<Required<ClockFaults>>({
  offsetMs: numberOf({ min: -1e12, max: 1e12 }),
  rateError: numberOf({ min: -0.5, max: 0.5 }),
})

const kind = wordOf(NEMESES.map((one) => one.kind))
const workloadName = wordOf(WORKLOADS.map(({ name }) => name))

function faultOf(machines: readonly string[]): Reader<Fault> {
  const read = fieldsOf<Fault>({ id: word, kind, fromMs: time, toMs: time, what: (value) => value })
  return (value, at) => {
    const fault = read(value, at)
    const nemesis = NEMESES.find((one) => one.kind === fault.kind)!
    const why = unlike(fault.what, likenessOfDrawings(nemesis, machines), `${at}.what`)
    return why === undefined ? fault : refuse(why.at, `${why.is}, which the nemesis ${fault.kind} does not draw`)
  }
}

function operationOf(machines: readonly string[]): Reader<Operation> {
  const read = fieldsOf<Operation>({
    id: word,
    workload: workloadName,
    atMs: time,
    via: listOf(wordOf(machines), MACHINES_MAX),
    what: (value) => value,
  })
  return (value, at) => {
    const operation = read(value, at)
    const workload = WORKLOADS.find(({ name }) => name === operation.workload)!
    const why = unlike(operation.what, likenessOfDeeds(workload, machines), `${at}.what`)
    return why === undefined ? operation : refuse(why.at, `${why.is}, which ${operation.workload} do not draw`)
  }
}

function planReaderOf(namesOf: (machines: number) => readonly string[]): Reader<Plan> {
  const count = integerOf({ min: 1, max: MACHINES_MAX })
  return (value, at) => {
    // First, since faults and operations name machines.
    const machines = count(objectOf(value, at)['machines'], `${at}.machines`)
    const names = namesOf(machines)
    const number = integerOf({ min: 0, max: machines - 1 })
    const plan = fieldsOf<Plan>({
      seed: integerOf({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      machines: count,
      absent: listOf(number, machines - 1),
      regions: count,
      weather,
      clocks: listOf(clock, machines),
      kinds: listOf(kind, NEMESES.length),
      workloads: listOf(workloadName, WORKLOADS.length),
      safetyMs: time,
      pauseMs: time,
      pace: count,
      calmMs: (calm, place) => (calm === null ? null : time(calm, place)),
      operations: listOf(operationOf(names), PARTS_MAX),
      faults: listOf(faultOf(names), PARTS_MAX),
      core: listOf(number, machines),
      newcomersStay: flagOf,
      lastAlone: (last, place) => (last === null ? null : number(last, place)),
    })(value, at)
    const size = machines - new Set(plan.absent).size
    if (plan.core.length === 0 || plan.core.some((place) => place >= size))
      refuse(`${at}.core`, `must name one or more of the ${size} machines that are there, by place from 0`)
    if (plan.lastAlone !== null && !plan.core.includes(plan.lastAlone))
      refuse(`${at}.lastAlone`, `must be null or one of the core, ${plan.core.join(', ')}`)
    return plan
  }
}

function regressionOf(namesOf: (machines: number) => readonly string[]): Reader<Regression> {
  return fieldsOf<Regression>({
    rule: wordOf(BREAKABLE),
    why: sentence,
    found: fieldsOf<Regression['found']>({ git: word, node: word, automerge: word }),
    plan: planReaderOf(namesOf),
  })
}
