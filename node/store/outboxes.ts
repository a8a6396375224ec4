/**
 * What each neighbour has not been sent yet. Only the newest version of a record waits, so a status that changes ten times
 * between two frames is sent once; and what a neighbour sent us, or was seen to have, is not sent back.
 *
 * In a large cluster neighbours who have it from elsewhere by the time it is sent make a dozen copies of everything. So those
 * who say that they do are told hashes, later, and ask for what they lack: what is left are the links of a tree, along which
 * all of it travels once (as in Plumtree).
 *
 * Losing an outbox is harmless: sync finds what differs within seconds. So its bound is met by emptying it.
 *
 * @module
 */
import type { Envelope } from '../../crdt/index.ts'
import type { PeerId } from '../../net/index.ts'

/** Envelopes that may wait for one neighbour; more than this is cheaper to leave to sync. */
export const OUTBOX_MAX = 4096

/** Bytes of envelopes in one frame: well under a frame's bound, and small enough not to hold up a beat behind it. */
export const BATCH_BYTES_MAX = 64 * 1024

/** Hashes in one frame: 32 KiB. */
const TOLD_PER_FRAME_MAX = 1_024

/** Versions of one record, or one change. */
function slotOf(envelope: Envelope): string {
  return envelope.type === 'record' ? `${envelope.author}/${envelope.key}` : envelope.hash
}

interface Outbox {
  readonly waiting: Map<string, Envelope>
  /** Of a tree: what is soon over, and takes every way there is. */
  readonly fleeting: Map<string, Envelope>
  /** It has what we send from elsewhere: it is told hashes. */
  isLazy: boolean
  /** Of what waits, what waited already when hashes were told last. */
  aged: Map<string, Envelope>
  /** What it was told of, and may ask for, by hash. */
  readonly told: Map<string, Envelope>
}

export class Outboxes {
  readonly #boxes = new Map<PeerId, Outbox>()
  /** Whether what lasts travels along a tree. */
  isTree = false

  linkUp(peer: PeerId): void {
    this.#boxes.set(peer, { waiting: new Map(), fleeting: new Map(), isLazy: false, aged: new Map(), told: new Map() })
  }

  linkDown(peer: PeerId): void {
    this.#boxes.delete(peer)
  }

  /** Waits for every neighbour but the one it came from. */
  offer(envelope: Envelope, from?: PeerId): void {
    for (const [peer, box] of this.#boxes) {
      if (peer === from || peer === envelope.author) continue
      const waiting = this.#waitingIn(box, envelope)
      if (waiting.size >= OUTBOX_MAX) waiting.clear()
      waiting.set(slotOf(envelope), envelope)
    }
  }

  /** The neighbour has this very envelope. */
  seen(peer: PeerId, envelope: Envelope): void {
    const box = this.#boxes.get(peer)
    const waiting = box && this.#waitingIn(box, envelope)
    if (waiting?.get(slotOf(envelope))?.hash === envelope.hash) waiting.delete(slotOf(envelope))
  }

  #waitingIn({ waiting, fleeting }: Outbox, { ephemeral }: Envelope): Map<string, Envelope> {
    return this.isTree && ephemeral ? fleeting : waiting
  }

  /** The neighbour has what these are the hashes of. */
  has(peer: PeerId, hashes: ReadonlySet<string>): void {
    const box = this.#boxes.get(peer)
    for (const waiting of box === undefined ? [] : [box.waiting, box.aged])
      for (const [slot, { hash }] of waiting) if (hashes.has(hash)) waiting.delete(slot)
  }

  /** [SPREAD10] From now on it is told hashes. False: it was already. */
  beLazy(peer: PeerId): boolean {
    const box = this.#boxes.get(peer)
    if (box === undefined || box.isLazy) return false
    box.isLazy = true
    return true
  }

  /** [SPREAD10] It lacks something, or we do: from now on it is sent all of it. */
  beEager(peer: PeerId): void {
    const box = this.#boxes.get(peer)
    if (box !== undefined) box.isLazy = false
  }

  get isEmpty(): boolean {
    for (const { waiting, fleeting, isLazy } of this.#boxes.values())
      if (fleeting.size > 0 || (!isLazy && waiting.size > 0)) return false
    return true
  }

  /** Whether there is anything of which hashes are to be told. */
  get isUntold(): boolean {
    for (const { waiting, aged, isLazy } of this.#boxes.values())
      if (isLazy && (waiting.size > 0 || aged.size > 0)) return true
    return false
  }

  /** Empties the outboxes into batches that each fit a frame; of a tree each is of what is soon over, or of what lasts. */
  *take(): Generator<{ readonly peer: PeerId; readonly batch: readonly Envelope[] }> {
    for (const [peer, { waiting, fleeting, isLazy }] of this.#boxes) {
      for (const batch of batchesOf(fleeting)) yield { peer, batch }
      if (!isLazy) for (const batch of batchesOf(waiting)) yield { peer, batch }
    }
  }

  /** To those that are told hashes: of what waits since the last time, the newest version of each. */
  *tell(): Generator<{ readonly peer: PeerId; readonly hashes: readonly string[] }> {
    for (const [peer, box] of this.#boxes) {
      const { waiting, aged, isLazy, told } = box
      if (!isLazy) continue
      const due = [...aged].flatMap(([slot, envelope]) => (waiting.has(slot) ? [] : envelope))
      const hashes = due.map(({ hash }) => hash)
      for (const envelope of due) told.set(envelope.hash, envelope)
      box.aged = new Map(waiting)
      waiting.clear()
      for (const oldest of told.keys()) {
        if (told.size <= OUTBOX_MAX) break
        told.delete(oldest)
      }
      for (let from = 0; from < hashes.length; from += TOLD_PER_FRAME_MAX)
        yield { peer, hashes: hashes.slice(from, from + TOLD_PER_FRAME_MAX) }
    }
  }

  /** Of what it was told of, what it asks for; each once. */
  *asked(peer: PeerId, hashes: readonly string[]): Generator<readonly Envelope[]> {
    const told = this.#boxes.get(peer)?.told
    const wanted = new Map<string, Envelope>()
    for (const hash of hashes) {
      const envelope = told?.get(hash)
      if (envelope !== undefined) wanted.set(hash, envelope)
      told?.delete(hash)
    }
    yield* batchesOf(wanted)
  }
}

/** Empties it. */
function* batchesOf(envelopes: Map<string, Envelope>): Generator<readonly Envelope[]> {
  let batch: Envelope[] = []
  let bytes = 0
  for (const envelope of envelopes.values()) {
    if (bytes + envelope.bytes.length > BATCH_BYTES_MAX && batch.length > 0) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(envelope)
    bytes += envelope.bytes.length
  }
  envelopes.clear()
  if (batch.length > 0) yield batch
}
