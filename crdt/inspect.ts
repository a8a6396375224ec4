/**
 * First half of the gate for changes: what can be told from the bytes alone. Cheap checks first, and nothing is handed to
 * Automerge before its size is known in every direction.
 *
 * @module
 */
import { type Change, type Operation, readChange } from './automerge.ts'
import { type Chunk, type Fault, openChunk } from './chunk.ts'
import { isDefinedGroup } from './definitions/custom.ts'
import type { ChangeBody } from './envelope.ts'
import { isDerived } from './intent.ts'
import { parseKey } from './key.ts'
import { type FieldKey, isMarker, markerOf, parseFieldKey } from './lives.ts'
import { DOCUMENT_KEY_CHARS_MAX, FIELDS_MAX, MESSAGE_CHARS_MAX } from './limits.ts'
import { meaningOf } from './unflatten.ts'
import { WRITER_SEQ, writerId } from './writer.ts'

/** A change whose form is good. */
export interface Inspected {
  readonly body: ChangeBody
  readonly chunk: Chunk
  readonly change: Change
  readonly opMax: number
  readonly life: number
  readonly does: 'create' | 'edit' | 'delete'
  readonly touchesSpec: boolean
  /** Of a creation and a deletion: the life of the namespace that it says it happened in. */
  readonly within: number | undefined
}

/** Time of a change: a millisecond between 1970 and the year 10889, which a resourceVersion can carry. */
const TIME_MS_MAX = 2 ** 48

/** Highest number of an operation. Automerge refuses from 2^32 on; an honest document stays below a million. */
const OPERATION_MAX = 2 ** 31

export function inspectChange(body: ChangeBody, clusterId: string): Inspected | Fault {
  const parts = body.key.length <= DOCUMENT_KEY_CHARS_MAX ? parseKey(body.key) : undefined
  if (parts === undefined) return refuse('GATE8', `"${body.key.slice(0, 80)}" names no document`)
  const chunk = openChunk(body.chunk)
  if ('rule' in chunk) return chunk
  const change = readChange(chunk.plain)
  if ('error' in change) return refuse('GATE9', change.error)
  const fault = checkHeader(change) ?? checkWriter(body, { chunk, change, clusterId })
  if (fault !== undefined) return fault
  const touched = body.cut === null ? readLife(change, isDefinedGroup(parts.group)) : readCut(change)
  if ('rule' in touched) return touched
  if (parts.namespace === '' && touched.within !== undefined)
    return refuse('GATE13', `"${body.key}" is in no namespace, and it names a life of one`)
  return { body, chunk, change, opMax: change.startOp + change.operations.length - 1, ...touched }
}

function checkHeader({ seq, startOp, timeMs, message, deps, operations }: Change): Fault | undefined {
  if (seq !== WRITER_SEQ) return refuse('GATE10', `its writer's number is ${seq}, not ${WRITER_SEQ}`)
  if (!(startOp >= 1 && startOp <= OPERATION_MAX))
    return refuse('GATE10', `its first operation has the number ${startOp}`)
  if (!(timeMs >= 0 && timeMs <= TIME_MS_MAX)) return refuse('GATE10', `its time is ${timeMs}`)
  if (message.length > MESSAGE_CHARS_MAX) return refuse('GATE10', 'its message is too long')
  if (new Set(deps).size !== deps.length) return refuse('GATE10', 'it follows one change twice')
  if (operations.length === 0) return refuse('GATE10', 'it does nothing')
  if (operations.length > FIELDS_MAX) return refuse('GATE10', `it has more than ${FIELDS_MAX} operations`)
  return undefined
}

function checkWriter(
  body: ChangeBody,
  { chunk, change, clusterId }: { chunk: Chunk; change: Change; clusterId: string },
): Fault | undefined {
  const isPlaced = body.cut === null ? isLink(body) : isOutsideChains(body)
  if (!isPlaced) return refuse('GATE11', 'its place in its chain is no place')
  return change.writer === writerId(clusterId, body, chunk)
    ? undefined
    : refuse('GATE11', 'its writer id is not the one that its author and content make')
}

function isLink({ seq, prev }: ChangeBody): boolean {
  return seq >= 1 && (seq === 1) === (prev.length === 0)
}

/** A cut is the same whoever makes it. */
function isOutsideChains({ seq, prev, nonce }: ChangeBody): boolean {
  return seq === 0 && prev.length === 0 && nonce.every((byte) => byte === 0)
}

type Touched = Pick<Inspected, 'life' | 'does' | 'touchesSpec' | 'within'>

/** Reads the operations one by one; all are about one life, each about a key of its own. */
function readLife({ operations, timeMs }: Change, isOfDefinition: boolean): Touched | Fault {
  const read = readOperations(operations)
  if ('rule' in read) return read
  const lives = new Set(read.map(({ life }) => life))
  const [life = 0, ...others] = lives
  if (others.length > 0) return refuse('GATE12', 'it is about more than one life of its object')
  const misdated = operations.find(({ text }, at) => read[at]?.is !== 'field' && markerOf(text)?.atMs !== timeMs)
  if (misdated !== undefined) return refuse('GATE12', 'it dates a beginning or an end otherwise than itself')
  const isDeletion = read.some((key) => key.is === 'deleted')
  if (isDeletion && read.length > 1) return refuse('GATE12', 'it edits what it deletes')
  const isCreation = read.some((key) => key.is === 'created')
  return {
    life,
    does: isDeletion ? 'delete' : isCreation ? 'create' : 'edit',
    touchesSpec: read.some(isOfDefinition ? isContent : isSpec),
    within: withinOf(operations),
  }
}

/** The first change of an epoch says all that the last life of the object came to, and follows nothing. */
function readCut({ operations, deps, startOp }: Change): Touched | Fault {
  const read = readOperations(operations)
  if ('rule' in read) return read
  const life = read[0]?.life ?? 0
  const isDead = read.some((key) => key.is === 'deleted')
  const isWhole = read.every((key) => key.life === life) && read.some((key) => key.is === 'created')
  const isBare = !isDead || read.every((key) => key.is !== 'field')
  const isFirst =
    deps.length === 0 &&
    startOp === 1 &&
    operations.every(({ text, predecessors }) => text !== undefined && predecessors.length === 0)
  const within = withinOf(operations)
  const isOneHome = operations.every(({ key, text }) => !isMarker(key) || markerOf(text)?.within === within)
  if (!isWhole || !isBare || !isFirst || !isOneHome)
    return refuse('CUT1', 'a cut says what one life came to, and nothing else')
  return { life, does: isDead ? 'delete' : 'create', touchesSpec: false, within }
}

/** All markers of a cut name one life of the namespace. */
function withinOf(operations: readonly Operation[]): number | undefined {
  return markerOf(operations.find(({ key }) => isMarker(key))?.text)?.within
}

function readOperations(operations: readonly Operation[]): FieldKey[] | Fault {
  const keys: FieldKey[] = []
  const seen = new Set<string>()
  for (const operation of operations) {
    const key = parseFieldKey(operation.key)
    const fault = 'error' in key ? key.error : (faultInOperation(key, operation) ?? again(seen, operation.key))
    if (fault !== undefined) return refuse('GATE13', `its key "${operation.key.slice(0, 80)}" ${fault}`)
    keys.push(key as FieldKey)
  }
  return keys
}

function again(seen: Set<string>, key: string): string | undefined {
  if (seen.has(key)) return 'comes twice'
  seen.add(key)
  return undefined
}

const MARKER_SHAPE = '{"at":ms} or, in the second life of its namespace, {"at":ms,"in":2}'

function faultInOperation(key: FieldKey, { text }: Operation): string | undefined {
  if (key.is !== 'field') return markerOf(text) === undefined ? `does not say when, as ${MARKER_SHAPE}` : undefined
  if (isDerived(key.pointer)) return 'is computed when it is read, never written'
  if (text === undefined) return undefined
  const meaning = meaningOf(text)
  return 'error' in meaning ? `has a value that cannot stand: ${meaning.error}` : undefined
}

function isSpec(key: FieldKey): boolean {
  return key.is === 'field' && (key.pointer === '/spec' || key.pointer.startsWith('/spec/'))
}

/** Objects of defined kinds may say what they want in any field. */
function isContent(key: FieldKey): boolean {
  const field = key.is === 'field' ? key.pointer.split('/', 2)[1] : 'metadata'
  return field !== 'metadata' && field !== 'shoal' && field !== 'apiVersion'
}

function refuse(rule: string, reason: string): Fault {
  return { rule, reason: `the change is refused: ${reason}` }
}
