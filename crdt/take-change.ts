/**
 * A change, from its signature to its effect.
 *
 * @module
 */
import { findConflicts } from './conflicts.ts'
import type { Document, KnownChange } from './document.ts'
import { readAnew } from './housing.ts'
import type { ChangeBody } from './envelope.ts'
import { type Arrival, refuse } from './arrival.ts'
import { type Coming, knownChange, waitForTime } from './coming.ts'
import { inspectChange, type Inspected } from './inspect.ts'
import { judgeChange } from './judge.ts'
import type { KubeObject } from './object.ts'
import type { Receipt } from './receipt.ts'
import type { State } from './state.ts'
import { takeCut } from './take-cut.ts'
import { reached } from './reached.ts'

export function takeChange(state: State, body: ChangeBody, arrival: Arrival): Receipt {
  const inspected = inspectChange(body, state.clusterId)
  if ('rule' in inspected) return refuse(inspected.rule, inspected.reason)
  const document = state.documents.open(body.key)
  if (document.change(inspected.chunk.hash) !== undefined) return { verdict: 'known' }
  const coming = { inspected, arrival }
  const receipt = body.cut === null ? placeChange(state, document, coming) : takeCut(state, document, coming)
  state.documents.used(document)
  return receipt
}

/** Waits for what it follows and for its time; then is judged, applied and told of. */
function placeChange(state: State, document: Document, coming: Coming): Receipt {
  const { inspected, arrival } = coming
  const wait = reasonToWait(state, document, coming)
  if (wait !== undefined) return wait
  const known = knownChange(inspected, arrival)
  const lack = state.documents.lackOfRoom(document, known)
  if (lack !== undefined) return { verdict: 'held', reason: `The change is not kept: ${lack}.` }
  return arrival.isReplayed ? takeBack(state, document, coming, known) : takeNew(state, document, coming, known)
}

/** [REPLAY1] It was judged when it came, and people were told. */
function takeBack(state: State, document: Document, { inspected }: Coming, known: KnownChange): Receipt {
  document.takeBack(known)
  keepChange(state, document, known)
  state.chains.note(inspected.body, known.hash)
  state.unread.add(document)
  return { verdict: 'new', envelope: known.envelope, released: [] }
}

function takeNew(state: State, document: Document, { inspected, arrival }: Coming, known: KnownChange): Receipt {
  const judged = judgeChange(inspected, document, state.kinds)
  if ('rule' in judged) return refuse(judged.rule, judged.reason)
  const isAlone = known.deps.length === document.heads.length && known.deps.every((dep) => document.heads.includes(dep))
  const failure = document.take(known, inspected.change, inspected.chunk.plain)
  if (failure !== undefined) return refuse('GATE19', failure.error)
  noteChange(state, document, {
    known,
    inspected,
    arrival,
    ...(isAlone && judged.object ? { merged: judged.object } : {}),
  })
  if (!isAlone) markMeeting(document, known)
  return { verdict: 'new', envelope: known.envelope, released: [] }
}

function reasonToWait(state: State, document: Document, coming: Coming): Receipt | undefined {
  const { change, body } = coming.inspected
  const { bytes, hash, nowMs } = coming.arrival
  if (body.epoch !== document.epoch) {
    return {
      verdict: 'held',
      reason: `The change is of epoch ${body.epoch}; ${body.key} is at epoch ${document.epoch}.`,
    }
  }
  const missing = change.deps.filter((dep) => document.change(dep) === undefined)
  const wait = waitForTime(state, coming)
  if (wait !== undefined || missing.length === 0) return wait
  reached('change-waited-for-parent')
  state.held.hold({ bytes, hash, author: body.author, sinceMs: nowMs, waitsFor: missing[0] ?? '', readyAtMs: 0 })
  return {
    verdict: 'held',
    reason: `${missing.length} changes that it follows are missing, the first is ${missing[0]}.`,
  }
}

/** A change met others that its writer had not seen. */
function markMeeting({ stored }: Document, { does, life }: KnownChange): void {
  if (does === 'create') reached('created-twice')
  else if (does === 'edit' && stored === undefined) reached('delete-beat-update')
  else if (does === 'edit' && stored !== undefined && stored.life > life) reached('old-life-updated')
}

interface Taken {
  readonly known: KnownChange
  readonly inspected: Inspected
  readonly arrival: Arrival
  /** The object as it reads now, where that is known. */
  readonly merged?: KubeObject
}

function keepChange(state: State, document: Document, { envelope, hash }: KnownChange): void {
  state.documents.keep(document, envelope.bytes.length)
  state.known.set(envelope.hash, hash)
}

/** Keeps the change, reads the document anew, and tells the listener. */
function noteChange(state: State, document: Document, { known, inspected, arrival, merged }: Taken): void {
  keepChange(state, document, known)
  state.noteHeads(document)
  const proof = state.chains.note(inspected.body, known.hash)
  const reading = readAnew(state, document, { ...arrival, ...(merged === undefined ? {} : { merged }) })
  if (merged === undefined) {
    const conflicts = findConflicts(document, {
      known,
      change: inspected.change,
      insteadOfMerge: reading.insteadOfMerge,
    })
    if (conflicts.length > 0) reached('fields-conflicted')
    for (const conflict of conflicts) state.note((listener) => listener.conflict(conflict))
  }
  if (proof !== undefined) state.note((listener) => listener.equivocation?.(proof))
}
