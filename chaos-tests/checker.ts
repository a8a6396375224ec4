/**
 * What must hold, whatever happens: a checker watches while things break, and looks again when they no longer do. It sees
 * a cluster from outside, so that it can be held against simulated and real ones.
 *
 * @module
 */
import type { Cluster } from './cluster.ts'
import type { History } from './history.ts'

/** A promise was broken. */
export class Violation extends Error {
  /** Id of the promise. */
  readonly rule: string

  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`)
    this.name = 'Violation'
    this.rule = rule
  }
}

export interface Checked {
  readonly cluster: Cluster
  readonly history: History
  /** Whether no fault has begun yet. What comes after the safety phase breaks things too. */
  readonly isCalm: () => boolean
}

/** The end of a run: the core is whole and connected, the others are dead for ever. */
export interface Settled extends Checked {
  readonly core: readonly string[]
  /** When the last of them was up and the last fault over. */
  readonly sinceMs: number
  /** Of the core: the one that boots alone when all else has been looked at. Undefined: the run ends without that. */
  readonly lastAlone?: string | undefined
  /** Figures worth telling: how long it took. */
  note(what: string, ms: number): void
}

export interface Checker {
  readonly rule: string
  /** A new one for each run, since it may remember. */
  begin(): {
    /** Throws a `Violation`. Called every `WATCH_MS` while there are faults. */
    watch?(checked: Checked): Promise<void>
    /** A node was started again and its API answers: before anybody can have told it anything. */
    started?(checked: Checked, machine: string): Promise<void>
    /** Called once, one checker after the other in the order of the list. */
    settle?(settled: Settled): Promise<void>
  }
}

/** What is to come right once the faults are over. */
export interface Coming {
  readonly rule: string
  /** From the last fault. A function: asked at each look that finds something wrong. */
  readonly withinMs: number | (() => Promise<number>)
  /** Between two looks. */
  readonly everyMs: number
  /** What is wrong, in words; undefined where nothing is. */
  readonly wrong: () => Promise<string | undefined>
}

/** Looks until nothing is wrong, and notes when that was. Throws a `Violation` where it takes too long. */
export async function comesRight(
  { cluster, sinceMs, note }: Pick<Settled, 'cluster' | 'sinceMs' | 'note'>,
  { rule, withinMs, everyMs, wrong }: Coming,
): Promise<void> {
  for (let what = await wrong(); what !== undefined; what = await wrong()) {
    const boundMs = typeof withinMs === 'number' ? withinMs : await withinMs()
    if (cluster.nowMs() - sinceMs > boundMs) throw new Violation(rule, `after ${boundMs} ms ${what}`)
    await cluster.runFor(everyMs)
  }
  note(rule, cluster.nowMs() - sinceMs)
}

export const WATCH_MS = 200
