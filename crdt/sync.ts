/**
 * Sync: two replicas find out what differs and send each other exactly that. Sans-IO: frames in, frames out.
 *
 * ```
 * A                           B
 *   root  ------------------>
 *         <------------------   same                          equal: one small frame each way
 *         <------------------   buckets                       not equal
 *   entries of those that differ, complete in their ranges -->
 *         <------------------   push: what A lacks
 *         <------------------   want: what B lacks, with what it has of it
 *   push  ------------------>
 *   want  ------------------>   only where B named changes that A does not know
 *   root  ------------------>   until they agree, or a round brings nothing
 * ```
 *
 * Either side may begin, also both at once: what a side does depends on the frame, not on a role. Nothing is sent twice in a
 * session. Certificates go first, so that what follows finds its authors known. Every answer is bounded; what does not fit
 * waits for the next round.
 *
 * @module
 */
import { BUCKET_BYTES, BUCKETS, type DigestEntry, idOf } from './digest.ts'
import type { Envelope } from './envelope.ts'
import type { Replica } from './replica.ts'
import { answerWant, compareEntry, type Difference } from './sync-compare.ts'
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type Listing,
  PUSHED_MAX,
  SYNC_FRAME_BYTES_MAX,
  SYNC_LIST_BYTES_MAX,
  type Want,
} from './sync-frames.ts'
import { reached } from './reached.ts'

export interface SyncLimits {
  /** Bytes of envelopes that answer one frame. A link holds 4 MiB before it drops. */
  readonly answerBytes: number
  /** Rounds of one session: 20,000 documents of 2 KB take 40. */
  readonly rounds: number
}

export const SYNC_LIMITS: SyncLimits = { answerBytes: 1024 * 1024, rounds: 64 }

/** Refused envelopes of one session, after which the peer is given up. */
const REFUSED_MAX = 8

export interface SyncOutcome {
  readonly replies: Uint8Array[]
  /** What was taken in: to be made durable. */
  readonly news: Envelope[]
  /** Both sides hold the same. */
  readonly agreed: boolean
  /** The peer is to blame; the session answers no more where `isOver`. */
  readonly refused?: { readonly rule: string; readonly reason: string; readonly isOver: boolean }
}

export class SyncSession {
  readonly #replica: Replica
  readonly #limits: SyncLimits
  /** Hashes of envelopes that the peer has, from us or by its own word. */
  readonly #theirs = new Set<string>()
  /** What was asked for since something last came: to ask again would bring nothing. */
  readonly #asked = new Set<string>()
  #rounds = 0
  #refusals = 0
  #agreed = false
  #isOver = false
  /** Whether anything went over since roots were last compared. */
  #isMoving = true

  constructor(replica: Replica, limits: Partial<SyncLimits> = {}) {
    this.#replica = replica
    this.#limits = { ...SYNC_LIMITS, ...limits }
  }

  begin(): Uint8Array[] {
    return [encodeFrame({ is: 'root', root: this.#root() })]
  }

  receive(bytes: Uint8Array, nowMs: number): SyncOutcome {
    if (this.#isOver) return { replies: [], news: [], agreed: false }
    const frame = decodeFrame(bytes)
    if ('error' in frame) return this.#giveUp('SYNC2', `The sync frame is refused: ${frame.error}.`)
    return this.#answer(frame, nowMs)
  }

  #answer(frame: Frame, nowMs: number): SyncOutcome {
    switch (frame.is) {
      case 'root':
        return this.#reply(this.#onRoot(frame.root))
      case 'same':
        this.#agreed = frame.root === this.#root()
        return this.#reply([])
      case 'buckets':
        return this.#reply(this.#onBuckets(frame.buckets))
      case 'entries':
        return this.#reply(this.#onEntries(frame.listings, frame.isLast))
      case 'want':
        return this.#reply(this.#onWant(frame.wants, frame.isLast))
      case 'push':
        return this.#onPush(frame.envelopes, nowMs)
    }
  }

  #onRoot(theirs: string): Frame[] {
    const root = this.#root()
    this.#agreed = theirs === root
    if (this.#agreed) return [{ is: 'same', root }]
    if (!this.#isMoving || this.#rounds >= this.#limits.rounds) return []
    this.#rounds++
    this.#isMoving = false
    return [{ is: 'buckets', buckets: this.#replica.digest().buckets }]
  }

  #onBuckets(theirs: Uint8Array): Frame[] {
    if (this.#rounds++ >= this.#limits.rounds) return []
    this.#isMoving = false
    const ours = this.#replica.digest().buckets
    const listings = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
      .filter((bucket) => !sameBucket(ours, theirs, bucket))
      .flatMap((bucket) => this.#listBucket(bucket))
    return listings.length === 0
      ? [{ is: 'root', root: this.#root() }]
      : packListings(listings, this.#limits.answerBytes)
  }

  /** In pieces that fit a frame, each with the range in which it is complete. */
  #listBucket(bucket: number): Listing[] {
    const pieces: DigestEntry[][] = [[]]
    let bytes = 0
    for (const entry of this.#replica.state.digest.bucket(bucket)) {
      bytes += entryBytes(entry)
      if (bytes > LIST_BYTES) {
        pieces.push([])
        bytes = entryBytes(entry)
      }
      pieces.at(-1)?.push(entry)
    }
    return pieces.map((entries, at) => ({
      bucket,
      after: lastId(pieces[at - 1]),
      until: at + 1 < pieces.length ? lastId(entries) : '',
      entries,
    }))
  }

  #onEntries(listings: readonly Listing[], isLast: boolean): Frame[] {
    const { state } = this.#replica
    const differences: Difference[] = []
    for (const { bucket, after, until, entries } of listings) {
      const theirs = new Map(entries.map((entry) => [idOf(entry.type, entry.key), entry]))
      for (const entry of theirs.values()) differences.push(compareEntry(state, entry, entry.state))
      for (const entry of state.digest.bucket(bucket)) {
        const id = idOf(entry.type, entry.key)
        const isInRange = id > after && (until === '' || id <= until)
        if (isInRange && !theirs.has(id)) differences.push(compareEntry(state, entry, undefined))
      }
    }
    const { wants, pushes } = this.#gather(differences)
    return [...pushes, { is: 'want', wants, isLast }]
  }

  /** Where they named what we lack, it is our turn to want; else roots are compared again. */
  #onWant(asked: readonly Want[], isLast: boolean): Frame[] {
    const once = new Map(asked.map((want) => [idOf(want.type, want.key), want]))
    const { wants, pushes } = this.#gather([...once.values()].map((want) => answerWant(this.#replica.state, want)))
    if (wants.length > 0) return [...pushes, { is: 'want', wants, isLast }]
    return isLast ? [...pushes, { is: 'root', root: this.#root() }] : pushes
  }

  #onPush(envelopes: readonly Uint8Array[], nowMs: number): SyncOutcome {
    const news: Envelope[] = []
    for (const bytes of envelopes) {
      const receipt = this.#replica.receive(bytes, nowMs)
      if (receipt.verdict === 'refused' && ++this.#refusals >= REFUSED_MAX) {
        return { ...this.#giveUp(receipt.rule, receipt.reason), news }
      }
      if (receipt.verdict === 'new') news.push(receipt.envelope, ...receipt.released)
    }
    for (const { hash } of news) this.#theirs.add(hash)
    if (news.length > 0) {
      reached('sync-repaired')
      this.#isMoving = true
      this.#asked.clear()
    }
    return { replies: [], news, agreed: false }
  }

  #gather(differences: readonly Difference[]): { wants: Want[]; pushes: Frame[] } {
    const wants = fitting(differences.flatMap(({ want }) => (want === undefined || this.#isAsked(want) ? [] : [want])))
    for (const { type, key } of wants) this.#asked.add(idOf(type, key))
    const pushes = this.#packPushes(differences.flatMap(({ push }) => push))
    if (wants.length > 0 || pushes.length > 0) this.#isMoving = true
    return { wants, pushes }
  }

  #isAsked({ type, key }: Want): boolean {
    return this.#asked.has(idOf(type, key))
  }

  /** Members before all else; what does not fit the answer is left for the next round. */
  #packPushes(envelopes: readonly Envelope[]): Frame[] {
    const members = envelopes.filter(({ type }) => type === 'member')
    const others = envelopes.filter(({ type }) => type !== 'member')
    const frames: Uint8Array[][] = []
    let left = this.#limits.answerBytes
    let room = 0
    for (const { hash, bytes } of [...members, ...others]) {
      if (this.#theirs.has(hash)) continue
      const size = bytes.length + 4
      if (size > left) break
      left -= size
      if (size > room || frames.at(-1)?.length === PUSHED_MAX) {
        frames.push([])
        room = SYNC_FRAME_BYTES_MAX - 2
      }
      room -= size
      frames.at(-1)?.push(bytes)
      this.#theirs.add(hash)
    }
    return frames.map((pushed) => ({ is: 'push', envelopes: pushed }))
  }

  #root(): string {
    return this.#replica.digest().root
  }

  #reply(frames: readonly Frame[]): SyncOutcome {
    return { replies: frames.map(encodeFrame), news: [], agreed: this.#agreed }
  }

  #giveUp(rule: string, reason: string): SyncOutcome {
    this.#isOver = true
    return { replies: [], news: [], agreed: false, refused: { rule, reason, isOver: true } }
  }
}

/** What the lists of a frame may take; the rest is for the frame itself. */
const LIST_BYTES = SYNC_LIST_BYTES_MAX - 1024

/** Upper bound of an entry's size in a frame: a character may take three bytes. */
function entryBytes({ key, state }: DigestEntry): number {
  return 3 * key.length + state.length + 24
}

function lastId(entries: readonly DigestEntry[] | undefined): string {
  const last = entries?.at(-1)
  return last === undefined ? '' : idOf(last.type, last.key)
}

function packListings(listings: readonly Listing[], answerBytes: number): Frame[] {
  const frames: Listing[][] = [[]]
  let room = LIST_BYTES
  let left = answerBytes
  for (const listing of listings) {
    const size = 3 * (listing.after.length + listing.until.length) + 16 + sum(listing.entries.map(entryBytes))
    left -= size
    if (left < 0) break
    if (size > room && frames.at(-1)?.length !== 0) {
      frames.push([])
      room = LIST_BYTES
    }
    room -= size
    frames.at(-1)?.push(listing)
  }
  return frames.map((pack, at) => ({ is: 'entries', listings: pack, isLast: at + 1 === frames.length }))
}

/** As many wants as fit a frame. */
function fitting(wants: readonly Want[]): Want[] {
  let left = LIST_BYTES
  return wants.filter(({ key, have }) => (left -= 3 * key.length + have.length + 24) >= 0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function sameBucket(a: Uint8Array, b: Uint8Array, bucket: number): boolean {
  const from = bucket * BUCKET_BYTES
  for (let at = from; at < from + BUCKET_BYTES; at++) if (a[at] !== b[at]) return false
  return true
}
