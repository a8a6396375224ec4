/**
 * What clients asked of a cluster and what they were told: the ground that checkers of writes stand on.
 *
 * @module
 */
import type { Answer } from './cluster.ts'

export interface Operation {
  readonly id: string
  /** Of a workload. */
  readonly workload: string
  readonly atMs: number
  /** Machines to ask, one after the other while nobody listens. */
  readonly via: readonly string[]
  /** What its workload drew; plain JSON. */
  readonly what: unknown
}

export type Outcome =
  | { readonly is: 'acked'; readonly answer: Answer; readonly machine: string }
  | { readonly is: 'refused'; readonly answer: Answer; readonly machine: string }
  /** Nobody was reached: it has no effect. */
  | { readonly is: 'unreached' }
  /** Asked and not answered: it may have an effect, or get one. */
  | { readonly is: 'unknown'; readonly machine: string }

export interface Done {
  readonly operation: Operation
  readonly startMs: number
  readonly endMs: number
  readonly outcome: Outcome
}

export class History {
  /** Sent, answered or not: it may have an effect already. */
  readonly begun: Operation[] = []
  readonly done: Done[] = []
}
