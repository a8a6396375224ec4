/**
 * The gate for the first change of an epoch (see `compaction.ts`), behind what is checked of every change.
 *
 * Whoever has the history that is cut checks that it came to this. Whoever has not, a newcomer or a node that was forgotten
 * and is back, believes the member who signed it, as it would believe that member's edit.
 *
 * @module
 */
import type { Fault } from './chunk.ts'
import { type Coming, knownChange, waitForTime } from './coming.ts'
import { type CutDraft, draftCut, isCuttable, lateChanges } from './compaction.ts'
import type { Document } from './document.ts'
import { refuse } from './arrival.ts'
import { readAnew } from './housing.ts'
import type { Inspected } from './inspect.ts'
import { readLife } from './judge.ts'
import { EPOCH_MAX } from './limits.ts'
import type { Receipt } from './receipt.ts'
import type { State } from './state.ts'
import { reached } from './reached.ts'

export function takeCut(state: State, document: Document, coming: Coming): Receipt {
  const { inspected } = coming
  const { epoch } = inspected.body
  if (epoch < 1 || epoch > EPOCH_MAX) return refuse('CUT1', `A cut cannot begin epoch ${epoch}.`)
  if (!isNews(document, inspected)) return { verdict: 'known' }
  const wait = waitForTime(state, coming)
  if (wait !== undefined) return wait
  const fault = coming.arrival.isReplayed ? undefined : faultIn(state, document, inspected)
  if (fault !== undefined) return refuse(fault.rule, fault.reason)
  const known = knownChange(inspected, coming.arrival)
  const lack = document.size === 0 ? state.documents.lackOfRoom(document, known) : undefined
  if (lack !== undefined) return { verdict: 'held', reason: `The cut is not kept: ${lack}.` }
  adopt(state, document, coming)
  return { verdict: 'new', envelope: known.envelope, released: [] }
}

/** The later epoch stands; of two cuts that begin one epoch, which should not be, the greater by time and hash. */
function isNews(document: Document, { body, change, chunk }: Inspected): boolean {
  if (body.epoch !== document.epoch) return body.epoch > document.epoch
  const rival = document.change(document.cut?.base ?? '')
  if (rival === undefined) return true
  return change.timeMs === rival.timeMs ? chunk.hash > rival.hash : change.timeMs > rival.timeMs
}

function faultIn(state: State, document: Document, inspected: Inspected): Fault | undefined {
  return checkContent(state, inspected) ?? checkAgainstHistory(state, document, inspected)
}

function checkContent(state: State, { body, change, life, does }: Inspected): Fault | undefined {
  if (does === 'delete') return undefined
  const entries = new Map(change.operations.map(({ key, text }) => [key, text ?? '']))
  const read = readLife(body.key, { entries, life, kinds: state.kinds })
  if ('object' in read) return undefined
  return {
    rule: 'GATE17',
    reason: `What the cut says is not valid: ${read.errors[0]?.field} ${read.errors[0]?.message}`,
  }
}

function checkAgainstHistory(state: State, document: Document, inspected: Inspected): Fault | undefined {
  const heads = inspected.body.cut?.heads ?? []
  const isFollowing = inspected.body.epoch === document.epoch + 1 && document.size > 0
  if (!isFollowing || !heads.every((head) => document.change(head) !== undefined)) return undefined
  if (!isCuttable(document, heads, state.cutBounds)) {
    return { rule: 'CUT2', reason: `The history of ${document.key} is cut before it is long.` }
  }
  const expected = draftCut(document, heads, state)
  const isTrue = expected !== undefined && isSame(expected, inspected)
  return isTrue
    ? undefined
    : { rule: 'CUT3', reason: `The cut of ${document.key} does not say what its history came to.` }
}

function isSame({ draft, cut }: CutDraft, { change, body }: Inspected): boolean {
  const rows = (operations: CutDraft['draft']['operations']): string =>
    JSON.stringify(operations.map(({ key, text }) => [key, text]))
  return (
    draft.timeMs === change.timeMs &&
    cut.generation === body.cut?.generation &&
    (body.cut.chains === undefined || JSON.stringify(cut.chains) === JSON.stringify(body.cut.chains)) &&
    rows(draft.operations) === rows(change.operations)
  )
}

function adopt(state: State, document: Document, { inspected, arrival }: Coming): void {
  const { body, chunk } = inspected
  if (body.cut === null) throw new Error('Only a cut can be adopted.')
  const late = document.size === 0 ? undefined : lateChanges(document, body.cut)
  const before = { envelopes: [...document.changes()].map(({ envelope }) => envelope), bytes: document.weight.bytes }
  const known = knownChange(inspected, arrival)
  document.restart(known, chunk.plain, { ...body.cut, base: chunk.hash, epoch: body.epoch })
  for (const envelope of before.envelopes) state.forgetChange(envelope)
  state.documents.keep(document, known.envelope.bytes.length - before.bytes)
  state.known.set(known.envelope.hash, known.hash)
  if (arrival.isReplayed) state.unread.add(document)
  else {
    state.noteHeads(document)
    readAnew(state, document, arrival)
    reached('history-cut')
  }
  if (late !== undefined) state.late.push({ key: document.key, late })
}
