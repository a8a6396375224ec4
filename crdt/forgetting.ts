/**
 * What time ends: ephemeral records, tombstones past their horizon, held envelopes that nothing released.
 *
 * @module
 */
import type { FactName } from './facts.ts'
import { TOMBSTONE_MS } from './limits.ts'
import type { State } from './state.ts'

export function forgetOver(state: State, nowMs: number): void {
  state.held.expire(nowMs)
  forgetRecords(state, nowMs)
  const dead = [...state.documents.all()].filter(({ stored }) => stored === undefined)
  for (const document of dead) if (document.changedAtMs() + TOMBSTONE_MS <= nowMs) state.forget(document)
}

function forgetRecords(state: State, nowMs: number): void {
  const { ended, forgotten } = state.records.expire(nowMs)
  for (const { body } of ended) {
    state.note((listener) => listener.recordChanged(body.author, body.name as FactName, undefined))
  }
  for (const { body, envelope } of forgotten) {
    state.known.delete(envelope.hash)
    if (body.ttlMs === 0) state.digest.set('record', envelope.key, undefined)
  }
}
