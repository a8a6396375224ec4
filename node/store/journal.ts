/**
 * What this node has promised to remember: an append-only file of envelopes and, now and then, a snapshot of all of them.
 *
 * A record is `magic, length, checksum, bytes`. A crash in the middle of an append leaves a torn tail, which is cut; damage
 * further up (a flipped bit, a lost block) costs the records it hit and no more, since the next magic is looked for: they
 * are fetched again from peers. Nothing is ever emptied in silence, and a file of another cluster is refused.
 *
 * Appends are grouped: while one group is being made durable the next one gathers, so that a burst of writes pays for one
 * fsync and a lone write waits for none but its own.
 *
 * @module
 */
import type { Disk } from '../world/world.ts'
import { reached, sha256 } from '../../crdt/index.ts'

const LOG = 'log'
const SNAPSHOT = 'snapshot'
/** Bytes of a head that a bad disk may have changed, of some seventy; of another cluster's some sixty differ. */
const HEAD_CHANGED_MAX = 4
const FILE_MAGIC = 'shoal-log-1 '
const RECORD_MAGIC = 0x53484c31
const RECORD_HEAD_BYTES = 4 + 4 + 8
/** No envelope is larger (the gate's bound is 256 KiB); a longer length is damage. */
const RECORD_BYTES_MAX = 1024 * 1024
/** A log longer than this is replaced by a snapshot, once it is also twice as long as the last one. */
export const LOG_BYTES_MAX = 4 * 1024 * 1024

/** What was found wrong when the files were read; all of it was mended. */
export interface Damage {
  readonly file: string
  readonly tornTailBytes: number
  /** Stretches in the middle that could not be read. */
  readonly lostStretches: number
  readonly lostBytes: number
}

export class JournalRefused extends Error {
  readonly code: 'other-cluster' | 'not-a-log'

  constructor(code: JournalRefused['code'], message: string) {
    super(message)
    this.name = 'JournalRefused'
    this.code = code
  }
}

export class Journal {
  readonly #disk: Disk
  readonly #head: Buffer
  readonly #logBytesMax: number
  #logBytes = 0
  #snapshotBytes = 0
  /** What is appended until the disk is free for it: one write, one fsync. */
  #group: { readonly envelopes: Uint8Array[]; readonly done: Promise<void> } | undefined
  /** Work on the disk, one piece after the other. */
  #last: Promise<void> = Promise.resolve()
  #broken: Error | undefined

  constructor(disk: Disk, clusterId: string, logBytesMax = LOG_BYTES_MAX) {
    this.#disk = disk
    this.#logBytesMax = logBytesMax
    this.#head = Buffer.from(`${FILE_MAGIC}${clusterId}\n`)
  }

  /** Reads all that was kept, oldest first, and mends the files. Rejects with `JournalRefused` before it touches what is not ours. */
  async open(): Promise<{ readonly envelopes: readonly Uint8Array[]; readonly damage: readonly Damage[] }> {
    const snapshot = await this.#readFile(SNAPSHOT)
    const log = await this.#readFile(LOG)
    this.#snapshotBytes = snapshot.goodBytes
    this.#logBytes = log.goodBytes
    if (log.goodBytes === 0) {
      await this.#disk.replace(LOG, this.#head)
      this.#logBytes = this.#head.length
    } else if (log.damage.tornTailBytes > 0) {
      reached('torn-tail-cut')
      await this.#disk.truncate(LOG, log.goodBytes)
    }
    if (isWithin(log.records[0], snapshot.records)) reached('snapshot-beside-log')
    const damage = [snapshot.damage, log.damage].filter((one) => one.tornTailBytes > 0 || one.lostStretches > 0)
    return { envelopes: [...snapshot.records, ...log.records], damage }
  }

  /**
   * Durable when it resolves. After a failed write or fsync nothing is acknowledged any more: what the disk holds is then
   * unknown, and only a restart from what it really holds is safe.
   */
  append(envelopes: readonly Uint8Array[]): Promise<void> {
    this.#group ??= this.#newGroup()
    for (const each of envelopes) this.#group.envelopes.push(each)
    return this.#group.done
  }

  /** [LOG12] When it resolves all that was appended before is durable; at once where nothing waits. Rejects as `append`. */
  settled(): Promise<void> {
    return this.#queue(async () => {})
  }

  #newGroup(): { envelopes: Uint8Array[]; done: Promise<void> } {
    const envelopes: Uint8Array[] = []
    const done = this.#queue(() => {
      if (this.#group?.envelopes === envelopes) this.#group = undefined
      return this.#write(Buffer.concat(envelopes.map(encodeRecord)))
    })
    return { envelopes, done }
  }

  /** Whether the log has grown enough for a snapshot to pay. */
  get wantsSnapshot(): boolean {
    return this.#logBytes > this.#logBytesMax && this.#logBytes > 2 * this.#snapshotBytes
  }

  /** Replaces snapshot and log by `envelopes`, which must hold everything that was ever handed to `append`. */
  snapshot(envelopes: Iterable<Uint8Array>): Promise<void> {
    const bytes = Buffer.concat([this.#head, ...[...envelopes].map(encodeRecord)])
    // [LOG9] What comes from now on is not among them: it must not reach the log before that is emptied.
    if (this.#group !== undefined) reached('snapshot-amid-appends')
    this.#group = undefined
    return this.#queue(async () => {
      // In this order: a crash in between leaves records twice, which is harmless, never none.
      await this.#disk.replace(SNAPSHOT, bytes)
      await this.#disk.replace(LOG, this.#head)
      this.#snapshotBytes = bytes.length
      this.#logBytes = this.#head.length
    })
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#disk.append(LOG, bytes)
    await this.#disk.sync(LOG)
    this.#logBytes += bytes.length
  }

  /** Runs behind all work before it; after a failure nothing runs any more. */
  #queue(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#broken !== undefined) throw this.#broken
      try {
        await work()
      } catch (error) {
        this.#broken = error instanceof Error ? error : new Error(String(error))
        throw this.#broken
      }
    })
    this.#last = done.catch(() => {})
    return done
  }

  async #readFile(file: string): Promise<{ records: Uint8Array[]; goodBytes: number; damage: Damage }> {
    const bytes = await this.#disk.read(file)
    const none = { file, tornTailBytes: 0, lostStretches: 0, lostBytes: 0 }
    if (bytes === undefined || bytes.length === 0) return { records: [], goodBytes: 0, damage: none }
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const headLostBytes = this.#checkHead(file, buffer)
    const { damage, ...read } = decodeRecords(file, buffer, Math.min(this.#head.length, buffer.length))
    const { lostStretches, lostBytes } = damage
    const isHeadHit = headLostBytes > 0
    const all = { lostStretches: lostStretches + (isHeadHit ? 1 : 0), lostBytes: lostBytes + headLostBytes }
    return { ...read, damage: { ...damage, ...all } }
  }

  /** How much of it the disk has changed; throws where it is another's. */
  #checkHead(file: string, buffer: Buffer): number {
    const head = buffer.subarray(0, this.#head.length)
    if (head.length === this.#head.length) {
      // [LOG10] Heads of two clusters have next to nothing in common behind the magic.
      const changed = head.filter((byte, at) => byte !== this.#head[at]).length
      if (changed <= HEAD_CHANGED_MAX) return changed
    }
    const text = head.toString('latin1')
    if (text.startsWith(FILE_MAGIC)) {
      const other = text.slice(FILE_MAGIC.length, FILE_MAGIC.length + 8)
      throw new JournalRefused(
        'other-cluster',
        `the data directory's ${file} belongs to cluster ${other}…: use another --data directory, or move this one away`,
      )
    }
    throw new JournalRefused(
      'not-a-log',
      `the data directory's ${file} does not start like a Shoal ${file}: it is damaged or not Shoal's; move it away to start without it (peers send back what it held)`,
    )
  }
}

function isWithin(record: Uint8Array | undefined, records: readonly Uint8Array[]): boolean {
  return record !== undefined && records.some((one) => Buffer.compare(one, record) === 0)
}

function checksum(bytes: Uint8Array): Buffer {
  return sha256(bytes).subarray(0, 8)
}

function encodeRecord(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(RECORD_HEAD_BYTES)
  head.writeUInt32BE(RECORD_MAGIC, 0)
  head.writeUInt32BE(bytes.length, 4)
  checksum(bytes).copy(head, 8)
  return Buffer.concat([head, bytes])
}

/** The record at `offset`, or undefined where there is no whole and sound one. */
function recordAt(buffer: Buffer, offset: number): Uint8Array | undefined {
  if (offset + RECORD_HEAD_BYTES > buffer.length || buffer.readUInt32BE(offset) !== RECORD_MAGIC) return undefined
  const length = buffer.readUInt32BE(offset + 4)
  const start = offset + RECORD_HEAD_BYTES
  if (length > RECORD_BYTES_MAX || start + length > buffer.length) return undefined
  const bytes = buffer.subarray(start, start + length)
  return checksum(bytes).equals(buffer.subarray(offset + 8, offset + 16)) ? bytes : undefined
}

const MAGIC_BYTES = Buffer.from([0x53, 0x48, 0x4c, 0x31])

/** Offset of the next sound record at or after `from`, or -1. */
function nextRecord(buffer: Buffer, from: number): number {
  for (let at = buffer.indexOf(MAGIC_BYTES, from); at !== -1; at = buffer.indexOf(MAGIC_BYTES, at + 1)) {
    if (recordAt(buffer, at) !== undefined) return at
  }
  return -1
}

function decodeRecords(
  file: string,
  buffer: Buffer,
  start: number,
): { records: Uint8Array[]; goodBytes: number; damage: Damage } {
  const records: Uint8Array[] = []
  let offset = start
  let lostStretches = 0
  let lostBytes = 0
  while (offset < buffer.length) {
    const record = recordAt(buffer, offset)
    if (record !== undefined) {
      records.push(record)
      offset += RECORD_HEAD_BYTES + record.length
      continue
    }
    const next = nextRecord(buffer, offset + 1)
    if (next === -1) break
    lostStretches += 1
    lostBytes += next - offset
    offset = next
  }
  return {
    records,
    goodBytes: offset,
    damage: { file, tornTailBytes: buffer.length - offset, lostStretches, lostBytes },
  }
}
