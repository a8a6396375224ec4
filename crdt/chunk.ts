/**
 * Automerge's binary form of one change, opened without Automerge.
 *
 * Automerge believes what it is given: `applyChanges` skips the checksum (finding 0.4), inflates without a cap (0.7), and
 * builds as many operations as the run-length encoded columns claim, five million from 79 bytes. So the frame is checked,
 * inflated and counted here first, and only columns that a change of a flat map needs are let through: no nested object, no
 * list, no text.
 *
 * Chunk: magic, checksum (4 bytes of the SHA-256 of the rest, uncompressed), type (1 plain, 2 deflated), length, body.
 *
 * @module
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { ByteReader, ulebBytes } from './byte-reader.ts'
import {
  CHANGE_BYTES_MAX,
  DEPS_MAX,
  FIELDS_MAX,
  INFLATE_RATIO_MAX,
  MESSAGE_CHARS_MAX,
  PREDECESSORS_MAX,
} from './limits.ts'
import { countRows, readColumns } from './columns.ts'
import { sha256, sha256Hex } from './sha256.ts'

export interface Chunk {
  /** Uncompressed, as Automerge is to get it. */
  readonly plain: Uint8Array
  /** Hash of the change: SHA-256, hex. */
  readonly hash: string
  /** What is said, but for who says it: all bytes of the body around the writer id. */
  readonly said: readonly [Uint8Array, Uint8Array]
}

export interface Fault {
  readonly rule: string
  readonly reason: string
}

const MAGIC = [0x85, 0x6f, 0x4a, 0x83]
const HEADER_BYTES = 8
const PLAIN = 1
const DEFLATED = 2
export const WRITER_BYTES = 16

/** Below this, deflating saves less than it costs. Automerge itself deflates from 256 bytes. */
const DEFLATE_FROM_BYTES = 512

/** Small changes are exempt from the ratio: a page of zeroes is no bomb. */
const RATIO_FREE_BYTES = 16 * 1024

export function openChunk(bytes: Uint8Array): Chunk | Fault {
  const reader = new ByteReader(bytes)
  if (!MAGIC.every((byte) => reader.byte() === byte))
    return fault('GATE6', 'it does not begin like an Automerge change')
  const checksum = reader.bytes(4)
  const type = reader.byte()
  const length = reader.uleb()
  if (checksum === undefined || (type !== PLAIN && type !== DEFLATED))
    return fault('GATE6', 'it is no Automerge change')
  if (length !== reader.left) return fault('GATE6', `it claims ${length} bytes and has ${reader.left}`)
  const body = type === PLAIN ? reader.rest() : inflate(reader.rest())
  if (body === undefined) return fault('GATE5', `it inflates to more than ${CHANGE_BYTES_MAX} bytes, or to none`)
  if (body.length > CHANGE_BYTES_MAX)
    return fault('GATE5', `it has ${body.length} bytes; ${CHANGE_BYTES_MAX} are allowed`)
  // Written anew, a frame has one form: with another length or checksum in it, it is another's.
  const plain = plainChunk(body)
  const isSame = type === PLAIN ? equal(bytes, plain) : equal(checksum, plain.subarray(4, HEADER_BYTES))
  if (!isSame) return fault('GATE6', 'its checksum does not fit')
  const checked = checkBody(body)
  if ('rule' in checked) return checked
  const hash = sha256Hex(plain.subarray(HEADER_BYTES))
  const at = checked.writerAt
  return { plain, hash, said: [body.subarray(0, at), body.subarray(at + WRITER_BYTES)] }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** A plain chunk with another writer id in it. */
export function withWriter({ said: [before, after] }: Chunk, writer: Uint8Array): Uint8Array {
  return plainChunk(Buffer.concat([before, writer, after]))
}

function inflate(deflated: Uint8Array): Uint8Array | undefined {
  const allowed = Math.max(RATIO_FREE_BYTES, deflated.length * INFLATE_RATIO_MAX)
  try {
    return inflateRawSync(deflated, { maxOutputLength: Math.min(CHANGE_BYTES_MAX, allowed) })
  } catch {
    return undefined
  }
}

/** A plain chunk around a body, with its checksum. */
export function plainChunk(body: Uint8Array): Uint8Array {
  const rest = Buffer.concat([Uint8Array.of(PLAIN), ulebBytes(body.length), body])
  const checksum = sha256(rest).subarray(0, 4)
  return new Uint8Array(Buffer.concat([Uint8Array.from(MAGIC), checksum, rest]))
}

/** The smaller of a plain chunk and its deflated twin, unless that would look like a bomb to the gate of others. */
export function packChunk(plain: Uint8Array): Uint8Array {
  if (plain.length < DEFLATE_FROM_BYTES) return plain
  const reader = new ByteReader(plain)
  reader.bytes(HEADER_BYTES + 1)
  reader.uleb()
  const body = reader.rest()
  const deflated = deflateRawSync(body)
  const isSuspicious = body.length > Math.max(RATIO_FREE_BYTES, deflated.length * INFLATE_RATIO_MAX)
  if (isSuspicious || deflated.length >= body.length) return plain
  const head = [plain.subarray(0, HEADER_BYTES), Uint8Array.of(DEFLATED), ulebBytes(deflated.length)]
  return new Uint8Array(Buffer.concat([...head, deflated]))
}

/** The plain form of a chunk that passed the gate before. */
export function unpackChunk(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes)
  reader.bytes(HEADER_BYTES)
  if (reader.byte() === PLAIN) return bytes
  reader.uleb()
  return plainChunk(inflateRawSync(reader.rest(), { maxOutputLength: CHANGE_BYTES_MAX }))
}

/** Everything that Automerge would loop over or allocate for has its bound before Automerge sees it. */
function checkBody(body: Uint8Array): { readonly writerAt: number } | Fault {
  const reader = new ByteReader(body)
  const deps = reader.uleb()
  if (deps === undefined || deps > DEPS_MAX) return fault('GATE7', `it follows more than ${DEPS_MAX} changes`)
  reader.bytes(32 * deps)
  const writerBytes = reader.uleb()
  const writerAt = body.length - reader.left
  const isHeaderRead =
    writerBytes === WRITER_BYTES &&
    reader.bytes(writerBytes) !== undefined &&
    reader.uleb() !== undefined && // seq
    reader.uleb() !== undefined && // start op
    reader.sleb() !== undefined // time
  if (!isHeaderRead) return fault('GATE7', 'its header is cut off, names no writer or holds numbers beyond 2^53')
  const message = reader.bytes(reader.uleb())
  if (message === undefined || message.length > 4 * MESSAGE_CHARS_MAX) return fault('GATE7', 'its message is too long')
  const writers = reader.uleb() ?? Infinity
  if (writers > PREDECESSORS_MAX) return fault('GATE7', 'it names too many writers')
  for (let writer = 0; writer < writers; writer++) {
    if (reader.bytes(reader.uleb()) === undefined) return fault('GATE7', 'its list of writers is cut off')
  }
  return checkColumns(reader) ?? { writerAt }
}

function checkColumns(reader: ByteReader): Fault | undefined {
  const columns = readColumns(reader)
  if (columns === undefined) return fault('GATE7', 'it has columns that a flat map does not need, or bytes after them')
  for (const column of columns) {
    const rowsMax = column.perPredecessor ? PREDECESSORS_MAX : FIELDS_MAX
    const rows = countRows(column, rowsMax)
    if (rows === undefined)
      return fault('GATE7', `its column ${column.name} claims more than ${rowsMax} rows or is broken`)
  }
  return undefined
}

function fault(rule: string, reason: string): Fault {
  return { rule, reason: `the change is refused: ${reason}` }
}
