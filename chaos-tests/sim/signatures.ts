/**
 * Signatures that were checked. They are real, and checking one takes 70 us or more; what one node found out about some bytes and
 * a signature is true for all, so each is checked once in a run, by whoever comes first.
 *
 * @module
 */
import { verify } from '../../net/identity.ts'
import type { PeerId } from '../../net/transport.ts'

/** Older ones come seldom; checking again is no harm. */
const KEPT_MAX = 4_096

interface Checked {
  readonly node: PeerId
  readonly bytes: Uint8Array
  readonly isGood: boolean
}

export class Signatures {
  readonly #checked = new Map<string, Checked>()

  /** As `verify` of `net/`. */
  readonly verify = (node: PeerId, bytes: Uint8Array, signature: Uint8Array): boolean => {
    const key = Buffer.from(signature.buffer, signature.byteOffset, signature.length).toString('latin1')
    const known = this.#checked.get(key)
    if (known?.node === node && Buffer.compare(known.bytes, bytes) === 0) return known.isGood
    const isGood = verify(node, bytes, signature)
    this.#checked.set(key, { node, bytes: Uint8Array.from(bytes), isGood })
    const [oldest] = this.#checked.keys()
    if (this.#checked.size > KEPT_MAX && oldest !== undefined) this.#checked.delete(oldest)
    return isGood
  }
}
