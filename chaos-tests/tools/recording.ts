/**
 * What a person wants to see of a run: how each machine was, what ran on it, what was broken when, what users asked, and where
 * it went wrong. It is kept while the run goes on, and drawn when it is over.
 *
 * @module
 */
import type { Breach } from '../breach.ts'
import type { MachineState, OneWay } from '../cluster.ts'
import type { Checked } from '../checker.ts'
import type { Fault } from '../fault.ts'
import type { Done, Outcome } from '../history.ts'
import type { Onlooker } from '../run.ts'
import type { TraceEntry } from '../sim/trace.ts'

/** Something that holds from one time to another. */
export interface Span<T> {
  readonly fromMs: number
  readonly toMs: number
  readonly is: T
}

export interface LaneOfMachine {
  readonly machine: string
  readonly states: readonly Span<MachineState>[]
  /** Pods that run on it. */
  readonly pods: readonly Span<number>[]
  /** When its node took and gave up claims. */
  readonly claims: readonly { readonly atMs: number; readonly is: 'claimed' | 'released' }[]
  readonly writes: readonly { readonly atMs: number; readonly is: Outcome['is']; readonly label: string }[]
}

export interface Recording {
  readonly title: string
  readonly endMs: number
  /** When all faults were over; undefined: it did not come so far. */
  readonly healedMs: number | undefined
  readonly lanes: readonly LaneOfMachine[]
  readonly faults: readonly Span<Fault>[]
  readonly breach: (Breach & { readonly atMs: number }) | undefined
}

interface OpenLane {
  readonly states: Spans<MachineState>
  readonly pods: Spans<number>
  readonly claims: { atMs: number; is: 'claimed' | 'released' }[]
  readonly writes: { atMs: number; is: Outcome['is']; label: string }[]
}

export class Recorder implements Onlooker {
  readonly #lanes = new Map<string, OpenLane>()
  readonly #faults = new Map<string, { readonly fault: Fault; readonly fromMs: number; toMs?: number }>()
  #healedMs: number | undefined

  async look({ cluster }: Checked): Promise<void> {
    const nowMs = cluster.nowMs()
    const runs = await cluster.runs()
    for (const machine of cluster.machines) {
      const lane = this.#lane(machine)
      lane.states.add(nowMs, cluster.stateOf(machine))
      lane.pods.add(nowMs, runs.filter((run) => run.machine === machine).length)
    }
  }

  fault(fault: Fault, is: 'begun' | 'over', atMs: number): void {
    const known = this.#faults.get(fault.id)
    if (known === undefined) this.#faults.set(fault.id, { fault, fromMs: atMs })
    else if (is === 'over') known.toMs = atMs
  }

  answered({ operation, endMs, outcome }: Done): void {
    const machine = outcome.is === 'unreached' ? operation.via[0] : outcome.machine
    if (machine === undefined) return
    this.#lane(machine).writes.push({ atMs: endMs, is: outcome.is, label: labelOf(operation.what) })
  }

  healed(_: readonly string[], atMs: number): void {
    this.#healedMs = atMs
  }

  /** For the trace. */
  readonly see = ({ atMs, node, what }: TraceEntry): void => {
    if (what === 'log:claimed') this.#lane(node).claims.push({ atMs, is: 'claimed' })
    if (what === 'log:released') this.#lane(node).claims.push({ atMs, is: 'released' })
  }

  finish(end: { readonly title: string; readonly atMs: number; readonly breach?: Breach }): Recording {
    const { title, atMs: endMs, breach } = end
    return {
      title,
      endMs,
      healedMs: this.#healedMs,
      lanes: [...this.#lanes].map(([machine, { states, pods, claims, writes }]) => ({
        machine,
        states: states.until(endMs),
        pods: pods.until(endMs),
        claims,
        writes,
      })),
      faults: [...this.#faults.values()].map(({ fault, fromMs, toMs = this.#healedMs ?? endMs }) => ({
        fromMs,
        toMs,
        is: fault,
      })),
      breach: breach === undefined ? undefined : { ...breach, atMs: endMs },
    }
  }

  #lane(machine: string): OpenLane {
    const lane = this.#lanes.get(machine) ?? {
      states: new Spans<MachineState>(),
      pods: new Spans<number>(),
      claims: [],
      writes: [],
    }
    this.#lanes.set(machine, lane)
    return lane
  }
}

/** Looked at now and then; kept where it is another than before. */
class Spans<T> {
  readonly #changes: { readonly fromMs: number; readonly is: T }[] = []

  add(atMs: number, is: T): void {
    if (this.#changes.at(-1)?.is !== is) this.#changes.push({ fromMs: atMs, is })
  }

  until(endMs: number): Span<T>[] {
    return this.#changes.map((change, at) => ({ ...change, toMs: this.#changes[at + 1]?.fromMs ?? endMs }))
  }
}

/** What an operation does, in its own words: `scale app1 3`. */
export function labelOf(what: unknown): string {
  if (typeof what !== 'object' || what === null) return String(what)
  return Object.values(what)
    .filter((value) => typeof value !== 'object')
    .join(' ')
}

/** Whom a fault is about: one machine, or the network between several. */
export function machinesIn(what: unknown, machines: readonly string[]): readonly string[] {
  if (typeof what === 'string') return machines.includes(what) ? [what] : []
  if (typeof what !== 'object' || what === null) return []
  return Object.values(what).flatMap((part) => machinesIn(part, machines))
}

/** What it does to whom, in a few words: `amber | basil cedar`, `from amber, to basil`, `loss 0.1`. */
export function describeFault({ what }: Fault): string {
  if (typeof what !== 'object' || what === null) return ''
  return Object.entries(what)
    .filter(([, value]) => value !== 0)
    .map(([name, value]: [string, unknown]) => {
      if (name === 'machine') return String(value)
      if (name === 'groups')
        return groupsIn(what)
          .map((group) => group.join(' '))
          .join(' | ')
      if (name === 'ways') return (value as readonly OneWay[]).map(({ from, to }) => `${from}>${to}`).join(' ')
      return `${name} ${Array.isArray(value) ? value.flat().join(' ') : JSON.stringify(value)}`
    })
    .join(', ')
}

/** The parts that a split makes; none for other faults. */
export function groupsIn(what: unknown): readonly (readonly string[])[] {
  const { groups } = (what ?? {}) as { readonly groups?: unknown }
  return Array.isArray(groups) ? (groups as string[][]) : []
}

/** Into as few rows as it takes for no two in a row to touch; `widthOf` says from where to where each is drawn. */
export function inRows<T>(things: readonly T[], widthOf: (thing: T) => readonly [from: number, to: number]): T[][] {
  const rows: { end: number; readonly things: T[] }[] = []
  for (const thing of things.toSorted((one, other) => widthOf(one)[0] - widthOf(other)[0])) {
    const [from, to] = widthOf(thing)
    const row = rows.find(({ end }) => end < from)
    if (row === undefined) rows.push({ end: to, things: [thing] })
    else {
      row.things.push(thing)
      row.end = to
    }
  }
  return rows.map(({ things: inRow }) => inRow)
}

const TICK_STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600]

/** Round times, at most so many of them. */
export function ticksOf(endMs: number, ticksMax: number): number[] {
  const stepMs = 1_000 * (TICK_STEPS_S.find((step) => endMs / (step * 1_000) <= ticksMax) ?? 7_200)
  return Array.from({ length: Math.floor(endMs / stepMs) + 1 }, (_, at) => at * stepMs)
}

export function clockOf(ms: number): string {
  const seconds = ms / 1_000
  const text = Number.isInteger(seconds) ? String(seconds % 60) : (seconds % 60).toFixed(1)
  return seconds < 60 ? `${text} s` : `${Math.floor(seconds / 60)}:${text.padStart(2, '0')}`
}

export const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
