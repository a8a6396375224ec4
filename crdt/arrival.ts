/**
 * What the gate hands to the steps behind it, and how they say no.
 *
 * @module
 */
import type { Opened } from './envelope.ts'
import type { Receipt } from './receipt.ts'

/** What came in, with all that the steps behind the gate want to know. */
export interface Arrival {
  readonly bytes: Uint8Array
  readonly hash: string
  readonly opened: Opened
  readonly nowMs: number
  /** What this node took in before, from its own disk: its time was judged then. */
  readonly isReplayed: boolean
}

/** Stands in `State.known` for what is no change. */
export const NO_CHANGE = ''

export type Refused = Extract<Receipt, { verdict: 'refused' }>

export function refuse(rule: string, reason: string): Refused {
  return { verdict: 'refused', rule, reason }
}
