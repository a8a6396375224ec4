/**
 * Whether somebody else writes as this node. Two processes that were started from copies of one data directory have one key:
 * to all others they are one node that says now this, now that. Only the two of them can know, by what comes back to them that
 * was signed with their key since they started, and that they have not written.
 *
 * @module
 */
import { type Envelope, openEnvelope, toHex } from './envelope.ts'
import type { State } from './state.ts'

/** One process: what it has signed with so far. */
export interface Start {
  readonly bootNonce: Uint8Array
  /** All that it wrote records with. */
  readonly incarnations: ReadonlySet<number>
  /** By its wall clock. */
  readonly startedAtMs: number
}

/** What the other one wrote. */
export interface Copied {
  /** A document's key, or `node/name` of a record. */
  readonly key: string
  readonly atMs: number
}

/** [REC11] `envelope`: of this node's key, taken in from the network just now. What it wrote before it started it may have
 *  forgotten. */
export function writtenByCopy(state: State, { bytes, hash, key }: Envelope, start: Start): Copied | undefined {
  const opened = openEnvelope(bytes)
  if (!('body' in opened)) return undefined
  const { body } = opened
  const isOurs =
    body.type === 'record'
      ? start.incarnations.has(body.incarnation)
      : body.type !== 'change' || body.cut !== null || toHex(body.nonce) === toHex(start.bootNonce)
  if (isOurs) return undefined
  const atMs = body.type === 'record' ? body.atMs : changedAtMs(state, key, hash)
  return atMs > start.startedAtMs ? { key, atMs } : undefined
}

function changedAtMs(state: State, key: string, hash: string): number {
  return state.documents.get(key)?.change(state.known.get(hash) ?? '')?.timeMs ?? 0
}
