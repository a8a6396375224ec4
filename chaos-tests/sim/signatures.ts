/**
 * Signatures that were checked. They are real, and checking one takes 70 us or more; what one node found out about some bytes and
 * a signature is true for all, so each is checked once in a run, by whoever comes first.
 *
 * @module
 */
import { parseCertificate, type Certificate } from '../../net/certificate.ts'
import { verify } from '../../net/identity.ts'
import type { PeerId } from '../../net/transport.ts'

/** Older ones come seldom; checking again is no harm. */
const KEPT_MAX = 65_536

interface Checked {
  readonly node: PeerId
  readonly bytes: Uint8Array
  readonly isGood: boolean
}

export class Signatures {
  readonly #checked = new Map<string, Checked>()
  readonly #certificates = new Map<string, Certificate>()

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

  /** As `Members.parse`: what was read once is the same for all, and is kept once. */
  readonly parse = (bytes: Uint8Array): Certificate | undefined => {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    const known = this.#certificates.get(key)
    if (known !== undefined) return known
    const certificate = parseCertificate(bytes)
    if (certificate !== undefined) this.#certificates.set(key, certificate)
    return certificate
  }
}
