/**
 * The gate for records, behind the signature: version, form, value.
 *
 * @module
 */
import { type RecordBody, recordEnvelope } from './envelope.ts'
import { sha256Hex } from './sha256.ts'
import type { FactName } from './facts.ts'
import { type Arrival, NO_CHANGE, refuse } from './arrival.ts'
import { parseText } from './json.ts'
import { AHEAD_MS_MAX, RECORD_CHARS_MAX, RECORD_TOMBSTONE_MS, TTL_MS_MAX } from './limits.ts'
import type { StoredRecord } from './listener.ts'
import { deepFreeze } from './object.ts'
import type { Receipt } from './receipt.ts'
import { isFactName, type KeptRecord } from './records.ts'
import type { State } from './state.ts'
import { reached } from './reached.ts'

export function takeRecord(state: State, body: RecordBody, arrival: Arrival): Receipt {
  const { name, atMs, ttlMs } = body
  const { bytes, opened, nowMs, isReplayed } = arrival
  if (!isFactName(name)) return refuse('REC1', `"${name.slice(0, 80)}" names no record.`)
  if (ttlMs > TTL_MS_MAX) return refuse('REC4', `The record is to last ${ttlMs} ms; ${TTL_MS_MAX} are allowed.`)
  if (!isReplayed && atMs > nowMs + AHEAD_MS_MAX) return holdBack(state, body, arrival)
  const bodyHash = sha256Hex(opened.bodyBytes)
  if (isOld(body, nowMs) || !state.records.isNews(body, bodyHash)) {
    reached('record-was-old')
    return { verdict: 'known' }
  }
  const value = readValue(state, name, body)
  if ('error' in value) return refuse('REC5', `The value of ${body.author}/${name} is refused: ${value.error}`)
  const lack = state.records.lackOfRoom(body, bytes.length)
  if (lack !== undefined) return { verdict: 'held', reason: `The record is not kept: ${lack}.` }
  const envelope = recordEnvelope(body, arrival)
  keep(state, { body, bodyHash, envelope, stored: value.stored, receivedAtMs: nowMs })
  return { verdict: 'new', envelope, released: [] }
}

/** Sync must not spread what all others have forgotten, and a replayed ephemeral record must not live again. */
function isOld({ text, atMs, ttlMs }: RecordBody, nowMs: number): boolean {
  if (ttlMs > 0) return atMs + TTL_MS_MAX <= nowMs
  return text === null && atMs + RECORD_TOMBSTONE_MS <= nowMs
}

function holdBack(state: State, { author, atMs, ttlMs }: RecordBody, { bytes, hash, nowMs }: Arrival): Receipt {
  const reason = `The record is dated ${atMs - nowMs} ms ahead of this node's clock.`
  if (ttlMs > 0) return { verdict: 'held', reason }
  state.held.hold({ bytes, hash, author, waitsFor: '', readyAtMs: atMs - AHEAD_MS_MAX, sinceMs: nowMs })
  return { verdict: 'held', reason }
}

function readValue(
  state: State,
  name: FactName,
  { author, incarnation, seq, atMs, ttlMs, text }: RecordBody,
): { readonly stored: StoredRecord | undefined } | { readonly error: string } {
  if (text === null) return { stored: undefined }
  if (text.length > RECORD_CHARS_MAX)
    return { error: `it has ${text.length} characters; ${RECORD_CHARS_MAX} are allowed` }
  const parsed = parseText(text)
  if ('error' in parsed) return parsed
  const read = state.kinds.parseFact(name, parsed.value)
  if ('error' in read) return read
  const lasting = { node: author, name, value: read.fact, incarnation, seq, atMs }
  return { stored: deepFreeze(ttlMs > 0 ? { ...lasting, ttlMs } : lasting) }
}

function keep(state: State, record: KeptRecord): void {
  const { author, name, ttlMs } = record.body
  const before = state.records.get(author, name, ttlMs > 0)
  if (before !== undefined) state.known.delete(before.envelope.hash)
  const spare = state.records.put(record)
  state.known.set(record.envelope.hash, NO_CHANGE)
  if (ttlMs === 0) state.digest.set('record', record.envelope.key, recordState(record))
  if (spare !== undefined) forgetRecord(state, spare)
  if (record.stored !== undefined || before?.stored !== undefined) {
    const news = `${record.envelope.key} ${ttlMs > 0 ? 'ephemeral' : 'lasting'}`
    state.note((listener) => listener.recordChanged(author, name as FactName, record.stored), news)
  }
}

/** Of what the records no longer hold. */
export function forgetRecord(state: State, { body, envelope }: Pick<KeptRecord, 'body' | 'envelope'>): void {
  state.known.delete(envelope.hash)
  if (body.ttlMs === 0) state.digest.set('record', envelope.key, undefined)
}

/** `incarnation.seq.hash`: who reads it can tell which of two is the later. */
export function recordState({ body, bodyHash }: Pick<KeptRecord, 'body' | 'bodyHash'>): string {
  return `${body.incarnation}.${body.seq}.${bodyHash.slice(0, 16)}`
}
