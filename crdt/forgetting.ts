/**
 * What time ends: ephemeral records, tombstones past their horizon, held envelopes that nothing released.
 *
 * @module
 */
import type { FactName } from './facts.ts'
import { diedAtMs, lostWith } from './housing.ts'
import { TOMBSTONE_MS } from './limits.ts'
import type { State } from './state.ts'
import { forgetRecord } from './take-record.ts'

export function forgetOver(state: State, nowMs: number): void {
  state.held.expire(nowMs)
  forgetRecords(state, nowMs)
  forgetDocuments(state, nowMs)
}

function forgetDocuments(state: State, nowMs: number): void {
  const dead = [...state.documents.all()].filter(({ stored }) => stored === undefined)
  for (const document of dead) {
    const lost = lostWith(state, document)
    const atMs = diedAtMs(state, document)
    if (atMs === undefined) continue
    const lastMs = lost.reduce((latest, each) => Math.max(latest, each.changedAtMs()), atMs)
    if (lastMs + TOMBSTONE_MS <= nowMs) for (const each of [...lost, document]) state.forget(each)
  }
}

function forgetRecords(state: State, nowMs: number): void {
  const { ended, forgotten } = state.records.expire(nowMs)
  for (const { body } of ended) {
    state.note((listener) => listener.recordChanged(body.author, body.name as FactName, undefined))
  }
  for (const record of forgotten) forgetRecord(state, record)
}
