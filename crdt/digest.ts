/**
 * A digest of everything a replica holds, kept up as it changes: two replicas with equal roots hold the same.
 *
 * Every entry (a document, a record, a member) has an id and a state, a short text that differs where the content differs.
 * Its hash falls into one of 256 buckets by the hash of its id; a bucket is the XOR of its entries' hashes, so that an entry
 * goes in and out at the same small cost; the root is the hash of all buckets.
 *
 * Who writes many records of its own can find some whose hashes cancel each other out. It hides its own records, no others.
 *
 * @module
 */
import { sha256, sha256Hex } from './sha256.ts'

export const BUCKETS = 256
export const BUCKET_BYTES = 16

export type EntryType = 'document' | 'record' | 'member'

/** `type` and `key` name it: a document's key, `node/name` of a record, the member. */
export interface DigestEntry {
  readonly type: EntryType
  readonly key: string
  readonly state: string
}

export interface Digest {
  /** SHA-256, hex. */
  readonly root: string
  readonly documents: number
  readonly records: number
  readonly members: number
  /** 256 times 16 bytes. */
  readonly buckets: Uint8Array
}

interface Kept extends DigestEntry {
  /** Its bytes as characters: kept for every entry, it takes a fifth of what a buffer takes. */
  readonly hash: string
}

export class DigestIndex {
  readonly #entries: Map<string, Kept>[] = Array.from({ length: BUCKETS }, () => new Map<string, Kept>())
  readonly #sums = new Uint8Array(BUCKETS * BUCKET_BYTES)
  readonly #counts: Record<EntryType, number> = { document: 0, record: 0, member: 0 }
  #digest: Digest | undefined

  /** State undefined: the entry goes. */
  set(type: EntryType, key: string, state: string | undefined): void {
    const id = idOf(type, key)
    const bucket = bucketOf(id)
    const entries = this.#entries[bucket] as Map<string, Kept>
    const before = entries.get(id)
    if (before?.state === state) return
    this.#digest = undefined
    if (before !== undefined) {
      this.#mix(bucket, before.hash)
      this.#counts[type]--
      entries.delete(id)
    }
    if (state === undefined) return
    const hash = entryHash(id, state)
    this.#mix(bucket, hash)
    this.#counts[type]++
    entries.set(id, { type, key, state, hash })
  }

  get(type: EntryType, key: string): string | undefined {
    const id = idOf(type, key)
    return this.#entries[bucketOf(id)]?.get(id)?.state
  }

  digest(): Digest {
    this.#digest ??= {
      root: sha256Hex(this.#sums),
      documents: this.#counts.document,
      records: this.#counts.record,
      members: this.#counts.member,
      buckets: this.#sums.slice(),
    }
    return this.#digest
  }

  /** Entries of one bucket, by id. */
  bucket(bucket: number): DigestEntry[] {
    const entries = this.#entries[bucket]
    if (entries === undefined) return []
    return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
  }

  #mix(bucket: number, hash: string): void {
    const from = bucket * BUCKET_BYTES
    for (let at = 0; at < BUCKET_BYTES; at++) this.#sums[from + at] = (this.#sums[from + at] ?? 0) ^ hash.charCodeAt(at)
  }
}

export function idOf(type: EntryType, key: string): string {
  return `${type}/${key}`
}

export function bucketOf(id: string): number {
  return sha256(id)[0] as number
}

function entryHash(id: string, state: string): string {
  return sha256(`${id}\0${state}`).toString('latin1', 0, BUCKET_BYTES)
}
