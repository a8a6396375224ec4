/**
 * Whether a node keeps its word: what it tells of its own changes, and confirms of those of others, is on its platter when it
 * says so ([SPREAD5], [DUR3]); and no client is answered before.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import { openEnvelope } from '../../crdt/envelope.ts'
import { sha256Hex } from '../../crdt/sha256.ts'
import { decodeFrame } from '../../crdt/sync-frames.ts'
import type { ApiRequest, ApiResponse } from '../../node/api/message.ts'
import { decodeHashes, FRAME } from '../../node/store/frames.ts'

/** What it breaks; of its journal, that what was synced is found again. */
export const WORD_RULES = ['P5', 'SPREAD5', 'DUR3', 'LOG4'] as const
export type WordRule = (typeof WORD_RULES)[number]

export interface WordOptions {
  readonly self: NodeId
  /** What would be left of its log and its snapshot if the power was cut now. */
  readonly platter: () => Buffer
  readonly alarm: (rule: WordRule, what: string) => void
}

export class Word {
  readonly #options: WordOptions
  /** Changes of its own it told of, and writes it answered. */
  #told = 0
  #answered = 0
  /** Own changes that another node confirmed, and writes it said two disks have. */
  readonly #own = new Set<string>()
  readonly #confirmed = new Set<string>()
  #answeredForTwo = 0

  constructor(options: WordOptions) {
    this.#options = options
  }

  publishes(bytes: Uint8Array): void {
    if (!this.#isOwnChange(bytes)) return
    this.#told += 1
    this.#own.add(sha256Hex(bytes))
    if (!this.#isKept(bytes)) this.#options.alarm('SPREAD5', 'a change was told by gossip before it was on disk')
  }

  hears(frame: Uint8Array): void {
    if (frame[0] !== FRAME.stored) return
    for (const hash of decodeHashes(frame) ?? []) if (this.#own.has(hash)) this.#confirmed.add(hash)
  }

  sends(frame: Uint8Array): void {
    if (frame[0] === FRAME.stored) this.#confirms(decodeHashes(frame) ?? [])
    if (frame[0] !== FRAME.sync) return
    const sync = decodeFrame(frame.subarray(1))
    if ('error' in sync || sync.is !== 'push') return
    if (sync.envelopes.some((bytes) => this.#isOwnChange(bytes) && !this.#isKept(bytes)))
      this.#options.alarm('SPREAD5', 'a change was told by sync before it was on disk')
  }

  answers({ method }: ApiRequest, { status, headers }: ApiResponse): void {
    if (status >= 300 || method === 'GET') return
    const isWrite = method === 'DELETE' || (headers['shoal-durable'] ?? '') !== ''
    if (!isWrite || headers['shoal-change'] === 'unchanged') return
    this.#answered += 1
    if (this.#answered > this.#told) this.#options.alarm('P5', 'a write was answered before it was on disk')
    if (Number.parseInt(headers['shoal-durable'] ?? '1', 10) < 2) return
    this.#answeredForTwo += 1
    if (this.#answeredForTwo > this.#confirmed.size)
      this.#options.alarm('P5', 'a write was said to be on two disks before another node had confirmed it')
  }

  #confirms(hashes: readonly string[]): void {
    const kept = new Set(envelopesIn(this.#options.platter()).map(sha256Hex))
    if (!hashes.every((hash) => kept.has(hash)))
      this.#options.alarm('DUR3', 'a change of another node was confirmed before it was on disk')
  }

  #isOwnChange(bytes: Uint8Array): boolean {
    const opened = openEnvelope(bytes)
    return 'body' in opened && opened.body.type === 'change' && opened.body.author === this.#options.self
  }

  #isKept(bytes: Uint8Array): boolean {
    return this.#options.platter().includes(Buffer.from(bytes))
  }
}

const RECORD_MAGIC = 0x53484c31
const RECORD_HEAD_BYTES = 16

/** The records of a log and a snapshot (journal.ts), damage passed over. */
function envelopesIn(platter: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at + RECORD_HEAD_BYTES <= platter.length;) {
    const isRecord = platter.readUInt32BE(at) === RECORD_MAGIC
    const end = at + RECORD_HEAD_BYTES + platter.readUInt32BE(at + 4)
    if (isRecord && end <= platter.length) found.push(platter.subarray(at + RECORD_HEAD_BYTES, end))
    at = isRecord && end <= platter.length ? end : at + 1
  }
  return found
}
