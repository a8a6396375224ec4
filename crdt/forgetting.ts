/**
 * What time ends: ephemeral records, tombstones past their horizon, held envelopes that nothing released.
 *
 * @module
 */
import type { Document } from './document.ts'
import type { FactName } from './facts.ts'
import { diedAtMs, lostWith } from './housing.ts'
import { TOMBSTONE_MS, TOMBSTONES_MAX } from './limits.ts'
import type { State } from './state.ts'
import { forgetRecord } from './take-record.ts'

/** `tombstonesMax`: of objects. */
export function forgetOver(state: State, nowMs: number, tombstonesMax = TOMBSTONES_MAX): void {
  state.held.expire(nowMs)
  forgetRecords(state, nowMs)
  forgetDocuments(state, nowMs, tombstonesMax)
}

/** What is forgotten together, and when the last of it was deleted. */
interface Grave {
  readonly documents: readonly [Document, ...Document[]]
  readonly atMs: number
}

/** [LIFE3] Those past their horizon, and the oldest of very many. */
function forgetDocuments(state: State, nowMs: number, most: number): void {
  const graves = gravesOf(state)
  let spare = graves.reduce((sum, { documents }) => sum + documents.length, 0) - most
  for (const { documents, atMs } of spare > 0 ? graves.toSorted(byAge) : graves) {
    const isSpare = spare > 0 && documents[0].isDead
    if (!isSpare && atMs + TOMBSTONE_MS > nowMs) continue
    for (const document of documents) state.forget(document)
    spare -= documents.length
  }
}

/** The same on all nodes. */
function byAge(a: Grave, b: Grave): number {
  return a.atMs - b.atMs || (a.documents[0].key < b.documents[0].key ? -1 : 1)
}

function gravesOf(state: State): Grave[] {
  const dead = [...state.documents.all()].filter(({ stored }) => stored === undefined)
  return dead.flatMap((document) => {
    const atMs = diedAtMs(state, document)
    if (atMs === undefined) return []
    const lost = lostWith(state, document)
    const lastMs = lost.reduce((latest, each) => Math.max(latest, each.changedAtMs()), atMs)
    return [{ documents: [document, ...lost], atMs: lastMs }]
  })
}

function forgetRecords(state: State, nowMs: number): void {
  const { ended, forgotten } = state.records.expire(nowMs)
  for (const { body } of ended) {
    state.note((listener) => listener.recordChanged(body.author, body.name as FactName, undefined))
  }
  for (const record of forgotten) forgetRecord(state, record)
}
