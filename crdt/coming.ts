/**
 * A change whose form is good, on its way to its document.
 *
 * @module
 */
import type { Arrival } from './arrival.ts'
import type { KnownChange } from './document.ts'
import { changeEnvelope } from './envelope.ts'
import type { Inspected } from './inspect.ts'
import { AHEAD_MS_MAX } from './limits.ts'
import type { Receipt } from './receipt.ts'
import type { State } from './state.ts'

export interface Coming {
  readonly inspected: Inspected
  readonly arrival: Arrival
}

/** A change from the future is held until it is the present: to refuse it by this node's clock would divide the nodes. */
export function waitForTime(state: State, { inspected, arrival }: Coming): Receipt | undefined {
  const { bytes, hash, nowMs, isReplayed } = arrival
  const { timeMs } = inspected.change
  if (isReplayed || timeMs <= nowMs + AHEAD_MS_MAX) return undefined
  const { author } = inspected.body
  state.held.hold({ bytes, hash, author, sinceMs: nowMs, waitsFor: '', readyAtMs: timeMs - AHEAD_MS_MAX })
  return { verdict: 'held', reason: `The change is dated ${timeMs - nowMs} ms ahead of this node's clock.` }
}

export function knownChange({ body, change, chunk, ...touched }: Inspected, arrival: Arrival): KnownChange {
  return {
    hash: chunk.hash,
    writer: change.writer,
    author: body.author,
    message: change.message,
    timeMs: change.timeMs,
    deps: change.deps,
    opMax: touched.opMax,
    operations: change.operations.length,
    plainBytes: chunk.plain.length,
    life: touched.life,
    does: touched.does,
    touchesSpec: touched.touchesSpec,
    envelope: changeEnvelope(body, arrival),
  }
}
