/**
 * Records: what each node says of itself. `(node, name) -> value`, the version (incarnation, seq) decides, nothing else is kept.
 *
 * A record has no field for whose it is: it is its author's. So nobody can write another's (P8); there is no check to forget.
 * A dropped record leaves a tombstone for a day, so that an old copy does not bring it back; of an author with very many the
 * newest are kept. An ephemeral record is gone after its ttl, its version a while later.
 *
 * @module
 */
import type { Envelope, RecordBody } from './envelope.ts'
import type { FactName } from './facts.ts'
import type { NodeId } from './identity.ts'
import type { StoredRecord } from './listener.ts'
import {
  RECORD_TOMBSTONE_MS,
  RECORD_TOMBSTONES_PER_AUTHOR_MAX,
  RECORDS_BYTES_PER_AUTHOR_MAX,
  RECORDS_PER_AUTHOR_MAX,
  TTL_MS_MAX,
} from './limits.ts'

export interface KeptRecord {
  readonly body: RecordBody
  /** Breaks the tie between two values that an author gave one version. */
  readonly bodyHash: string
  readonly envelope: Envelope
  /** Undefined: dropped, or an ephemeral one that is over. */
  readonly stored: StoredRecord | undefined
  readonly receivedAtMs: number
}

interface OfAuthor {
  readonly records: Map<string, KeptRecord>
  bytes: number
  tombstones: number
}

export class RecordStore {
  readonly #byNode = new Map<NodeId, OfAuthor>()
  /** Before this there is nothing to expire. */
  #dueMs = Infinity

  /** The lasting and the ephemeral record of one name do not meet. */
  get(node: NodeId, name: string, isEphemeral: boolean): KeptRecord | undefined {
    return this.#byNode.get(node)?.records.get(slot(name, isEphemeral))
  }

  *of(node: NodeId): Iterable<KeptRecord> {
    yield* this.#byNode.get(node)?.records.values() ?? []
  }

  *all(): Iterable<KeptRecord> {
    for (const { records } of this.#byNode.values()) yield* records.values()
  }

  /** Whether this version comes after the one that is kept. */
  isNews(body: RecordBody, bodyHash: string): boolean {
    const kept = this.get(body.author, body.name, body.ttlMs > 0)
    if (kept !== undefined) return compareVersions({ body, bodyHash }, kept) > 0
    return !(isTombstone(body) && this.isForgotten({ body, bodyHash }))
  }

  /** [REC12] Whether its author's tombstones of that time have been forgotten, since there are so many later ones. */
  isForgotten(version: Version & { readonly body: Pick<RecordBody, 'author'> }): boolean {
    const node = this.#byNode.get(version.body.author)
    if (node === undefined || node.tombstones < RECORD_TOMBSTONES_PER_AUTHOR_MAX) return false
    return compareVersions(version, oldestTombstone(node)!) < 0
  }

  /** Why an author's record cannot be kept beside its others; undefined where it can. */
  lackOfRoom(body: RecordBody, envelopeBytes: number): string | undefined {
    const node = this.#byNode.get(body.author)
    if (node === undefined) return undefined
    const before = this.get(body.author, body.name, body.ttlMs > 0)
    const count = node.records.size + (before === undefined ? 1 : 0)
    const bytes = node.bytes - (before?.envelope.bytes.length ?? 0) + envelopeBytes
    if (count > RECORDS_PER_AUTHOR_MAX)
      return `its author has ${RECORDS_PER_AUTHOR_MAX} records, as many as are allowed`
    if (bytes > RECORDS_BYTES_PER_AUTHOR_MAX) return `its author's records take ${RECORDS_BYTES_PER_AUTHOR_MAX} bytes`
    return undefined
  }

  /** The tombstone that had to go for it, if any. */
  put(record: KeptRecord): KeptRecord | undefined {
    const { author, name, ttlMs } = record.body
    const node = this.#byNode.get(author) ?? { records: new Map<string, KeptRecord>(), bytes: 0, tombstones: 0 }
    const before = node.records.get(slot(name, ttlMs > 0))
    node.bytes += record.envelope.bytes.length - (before?.envelope.bytes.length ?? 0)
    node.tombstones += countTombstone(record) - countTombstone(before)
    node.records.set(slot(name, ttlMs > 0), record)
    this.#byNode.set(author, node)
    this.#dueMs = Math.min(this.#dueMs, endsAtMs(record))
    const spare = node.tombstones > RECORD_TOMBSTONES_PER_AUTHOR_MAX ? oldestTombstone(node) : undefined
    if (spare !== undefined) this.#remove(spare)
    return spare
  }

  #remove(record: KeptRecord): void {
    const { body, envelope } = record
    const node = this.#byNode.get(body.author)
    if (node?.records.delete(slot(body.name, body.ttlMs > 0)) !== true) return
    node.bytes -= envelope.bytes.length
    node.tombstones -= countTombstone(record)
    if (node.records.size === 0) this.#byNode.delete(body.author)
  }

  /** `ended`: ephemeral values that are over. `forgotten`: tombstones past their horizon. */
  expire(nowMs: number): { ended: KeptRecord[]; forgotten: KeptRecord[] } {
    const ended: KeptRecord[] = []
    const forgotten: KeptRecord[] = []
    if (nowMs < this.#dueMs) return { ended, forgotten }
    this.#dueMs = Infinity
    // A copy: what is over is put anew while we go.
    for (const record of Array.from(this.all())) {
      if (endsAtMs(record) > nowMs) this.#dueMs = Math.min(this.#dueMs, endsAtMs(record))
      else if (record.stored !== undefined) {
        this.put(remainsOf(record))
        ended.push(record)
      } else {
        this.#remove(record)
        forgotten.push(record)
      }
    }
    return { ended, forgotten }
  }
}

function slot(name: string, isEphemeral: boolean): string {
  return isEphemeral ? `~${name}` : name
}

/** Of an ephemeral record only its version: nobody is told of it any more. */
const remainsOf = (record: KeptRecord): KeptRecord => ({
  ...record,
  body: { ...record.body, text: null },
  envelope: { ...record.envelope, bytes: new Uint8Array(0) },
  stored: undefined,
})

const isTombstone = ({ text, ttlMs }: RecordBody): boolean => text === null && ttlMs === 0
const countTombstone = (record: KeptRecord | undefined): number =>
  record !== undefined && isTombstone(record.body) ? 1 : 0

function oldestTombstone({ records }: OfAuthor): KeptRecord | undefined {
  let oldest: KeptRecord | undefined
  for (const record of records.values())
    if (isTombstone(record.body) && (oldest === undefined || compareVersions(record, oldest) < 0)) oldest = record
  return oldest
}

type Version = Pick<KeptRecord, 'bodyHash'> & { readonly body: Pick<RecordBody, 'incarnation' | 'seq'> }

export function compareVersions(a: Version, b: Version): number {
  const byNumber = a.body.incarnation - b.body.incarnation || a.body.seq - b.body.seq
  return byNumber || (a.bodyHash === b.bodyHash ? 0 : a.bodyHash > b.bodyHash ? 1 : -1)
}

/** Of a value, when it is over; of what is left of one, when it may be forgotten: by the author's clock for what lasts, so that
 *  all nodes forget together; by ours for what was short-lived. */
function endsAtMs({ stored, body, receivedAtMs }: KeptRecord): number {
  if (body.ttlMs > 0) return receivedAtMs + (stored === undefined ? 2 * TTL_MS_MAX : body.ttlMs)
  return stored === undefined ? body.atMs + RECORD_TOMBSTONE_MS : Infinity
}

/** `node`, `usage`, `pod/<uid>` or `bid/<hash>`. */
export function isFactName(name: string): name is FactName {
  return /^(node|usage|(pod|bid)\/[\w.:-]{1,128})$/.test(name)
}
