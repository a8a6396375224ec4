/**
 * What each neighbour has not been sent yet. Only the newest version of a record waits, so a status that changes ten times
 * between two frames is sent once; and what a neighbour sent us, or was seen to have, is not sent back.
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

/** Versions of one record, or one change. */
function slotOf(envelope: Envelope): string {
  return envelope.type === 'record' ? `${envelope.author}/${envelope.key}` : envelope.hash
}

export class Outboxes {
  readonly #boxes = new Map<PeerId, Map<string, Envelope>>()

  linkUp(peer: PeerId): void {
    this.#boxes.set(peer, new Map())
  }

  linkDown(peer: PeerId): void {
    this.#boxes.delete(peer)
  }

  /** Waits for every neighbour but the one it came from. */
  offer(envelope: Envelope, from?: PeerId): void {
    for (const [peer, box] of this.#boxes) {
      if (peer === from || peer === envelope.author) continue
      if (box.size >= OUTBOX_MAX) box.clear()
      box.set(slotOf(envelope), envelope)
    }
  }

  /** The neighbour has this very envelope. */
  seen(peer: PeerId, envelope: Envelope): void {
    const box = this.#boxes.get(peer)
    if (box?.get(slotOf(envelope))?.hash === envelope.hash) box.delete(slotOf(envelope))
  }

  get isEmpty(): boolean {
    for (const box of this.#boxes.values()) if (box.size > 0) return false
    return true
  }

  /** Empties the outboxes into batches that each fit a frame. */
  *take(): Generator<{ readonly peer: PeerId; readonly batch: readonly Envelope[] }> {
    for (const [peer, box] of this.#boxes) {
      let batch: Envelope[] = []
      let bytes = 0
      for (const envelope of box.values()) {
        if (bytes + envelope.bytes.length > BATCH_BYTES_MAX && batch.length > 0) {
          yield { peer, batch }
          batch = []
          bytes = 0
        }
        batch.push(envelope)
        bytes += envelope.bytes.length
      }
      box.clear()
      if (batch.length > 0) yield { peer, batch }
    }
  }
}
