/**
 * Frames of sync: `[version, type, payload]`, one byte, one byte, the rest. How much a frame may hold depends on its type and
 * is checked before anything is decoded.
 *
 * | frame   | says                                                                                          |
 * |---------|-----------------------------------------------------------------------------------------------|
 * | root    | this is my digest's root                                                                      |
 * | same    | it is mine, too                                                                               |
 * | buckets | it is not mine: these are my buckets                                                          |
 * | entries | these are my entries, complete within each range, of buckets in which we differ               |
 * | want    | of these entries I have that much; send me the rest                                           |
 * | push    | envelopes                                                                                     |
 *
 * @module
 */
import { encode } from 'cborg'
import { ByteReader, ulebBytes } from './byte-reader.ts'
import { BUCKET_BYTES, BUCKETS, type DigestEntry, type EntryType } from './digest.ts'
import { decodeStrictly, fromHex, toHex } from './envelope.ts'
import { ENVELOPE_BYTES_MAX } from './limits.ts'

/** Largest frame: two of the largest envelopes, or hundreds of usual ones. */
export const SYNC_FRAME_BYTES_MAX = 512 * 1024

/** Largest frame that is not full of envelopes. Decoding it takes a few milliseconds at worst. */
export const SYNC_LIST_BYTES_MAX = 64 * 1024

/** At 0.3 to 1 ms each, a frame of pushed envelopes keeps the receiver busy for some 100 ms at most (P10). */
export const PUSHED_MAX = 128

/** The entries of one bucket with an id greater than `after` and not greater than `until`; '' is the end. */
export interface Listing {
  readonly bucket: number
  readonly after: string
  readonly until: string
  readonly entries: readonly DigestEntry[]
}

export interface Want {
  readonly type: EntryType
  readonly key: string
  /** First 16 bytes of the hashes of the changes that are here already, one after the other. */
  readonly have: Uint8Array
}

export type Frame =
  | { readonly is: 'root' | 'same'; readonly root: string }
  | { readonly is: 'buckets'; readonly buckets: Uint8Array }
  /** `isLast`: the sender is done and waits for an answer. */
  | { readonly is: 'entries'; readonly listings: readonly Listing[]; readonly isLast: boolean }
  | { readonly is: 'want'; readonly wants: readonly Want[]; readonly isLast: boolean }
  | { readonly is: 'push'; readonly envelopes: readonly Uint8Array[] }

const VERSION = 1
const HEADER_BYTES = 2
const TYPES = ['root', 'same', 'buckets', 'entries', 'want', 'push'] as const
const BYTES_MAX: Record<Frame['is'], number> = {
  root: HEADER_BYTES + 32,
  same: HEADER_BYTES + 32,
  buckets: HEADER_BYTES + BUCKETS * BUCKET_BYTES,
  entries: SYNC_LIST_BYTES_MAX,
  want: SYNC_LIST_BYTES_MAX,
  push: SYNC_FRAME_BYTES_MAX,
}

export function encodeFrame(frame: Frame): Uint8Array {
  const header = Uint8Array.of(VERSION, TYPES.indexOf(frame.is))
  return new Uint8Array(Buffer.concat([header, ...payloadOf(frame)]))
}

function payloadOf(frame: Frame): Uint8Array[] {
  switch (frame.is) {
    case 'root':
    case 'same':
      return [fromHex(frame.root)]
    case 'buckets':
      return [frame.buckets]
    case 'entries': {
      const listings = frame.listings.map(({ bucket, after, until, entries }) => [
        bucket,
        after,
        until,
        entries.map(rowOf),
      ])
      return [encode([frame.isLast, listings])]
    }
    case 'want':
      return [encode([frame.isLast, frame.wants.map(({ type, key, have }) => [type, key, have])])]
    case 'push':
      return frame.envelopes.flatMap((bytes) => [ulebBytes(bytes.length), bytes])
  }
}

function rowOf({ type, key, state }: DigestEntry): string[] {
  return [type, key, state]
}

/** What is wrong with it, as `error`, where it is no frame. */
export function decodeFrame(bytes: Uint8Array): Frame | { readonly error: string } {
  const [version, number] = bytes
  const is = TYPES[number ?? -1]
  if (version !== VERSION || is === undefined) return { error: 'its version or type is unknown' }
  if (bytes.length > BYTES_MAX[is]) return { error: `it has ${bytes.length} bytes; "${is}" may have ${BYTES_MAX[is]}` }
  return readPayload(is, bytes.subarray(HEADER_BYTES)) ?? { error: `it is malformed as "${is}"` }
}

function readPayload(is: Frame['is'], payload: Uint8Array): Frame | undefined {
  switch (is) {
    case 'root':
    case 'same':
      return payload.length === 32 ? { is, root: toHex(payload) } : undefined
    case 'buckets':
      return payload.length === BUCKETS * BUCKET_BYTES ? { is, buckets: payload } : undefined
    case 'entries':
      return readList(payload, readListing, (listings, isLast) => ({ is, listings, isLast }))
    case 'want':
      return readList(payload, readWant, (wants, isLast) => ({ is, wants, isLast }))
    case 'push':
      return readPush(payload)
  }
}

function readList<T>(
  payload: Uint8Array,
  readItem: (item: unknown) => T | undefined,
  frameOf: (items: T[], isLast: boolean) => Frame,
): Frame | undefined {
  const list = decodeStrictly(payload)
  if (!Array.isArray(list) || list.length !== 2) return undefined
  const [isLast, rows] = list as [unknown, unknown]
  if (typeof isLast !== 'boolean' || !Array.isArray(rows)) return undefined
  const items = rows.map(readItem)
  return items.every((item) => item !== undefined) ? frameOf(items, isLast) : undefined
}

function readListing(item: unknown): Listing | undefined {
  if (!Array.isArray(item) || item.length !== 4) return undefined
  const [bucket, after, until, rows] = item as unknown[]
  const isBucket = typeof bucket === 'number' && Number.isInteger(bucket) && bucket >= 0 && bucket < BUCKETS
  if (!isBucket || typeof after !== 'string' || typeof until !== 'string' || !Array.isArray(rows)) return undefined
  const entries = rows.map(readEntry)
  return entries.every((entry) => entry !== undefined) ? { bucket, after, until, entries } : undefined
}

function readEntry(row: unknown): DigestEntry | undefined {
  if (!Array.isArray(row) || row.length !== 3) return undefined
  const [type, key, state] = row as unknown[]
  return isEntryType(type) && typeof key === 'string' && typeof state === 'string' ? { type, key, state } : undefined
}

function readWant(row: unknown): Want | undefined {
  if (!Array.isArray(row) || row.length !== 3) return undefined
  const [type, key, have] = row as unknown[]
  const isHave = have instanceof Uint8Array && have.length % HAVE_BYTES === 0
  return isEntryType(type) && typeof key === 'string' && isHave ? { type, key, have } : undefined
}

/** So much of a hash tells two changes apart, also where somebody tries to find two alike. */
export const HAVE_BYTES = 16

function isEntryType(value: unknown): value is EntryType {
  return value === 'document' || value === 'record' || value === 'member'
}

function readPush(payload: Uint8Array): Frame | undefined {
  const reader = new ByteReader(payload)
  const envelopes: Uint8Array[] = []
  while (reader.left > 0) {
    const length = reader.uleb()
    const bytes = length === undefined || length > ENVELOPE_BYTES_MAX ? undefined : reader.bytes(length)
    if (bytes === undefined || envelopes.length >= PUSHED_MAX) return undefined
    envelopes.push(bytes)
  }
  return { is: 'push', envelopes }
}
