/**
 * Signatures that were made and checked. They are real, and checking one takes 70 us or more. One that a node of this run made
 * is good; of any other, what the first node found out that saw it is true for all.
 *
 * @module
 */
import { parseCertificate, type Certificate } from '../../net/certificate.ts'
import { verify, type Identity } from '../../net/identity.ts'
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
    const known = this.#checked.get(keyOf(signature))
    if (known?.node === node && Buffer.compare(known.bytes, bytes) === 0) return known.isGood
    const isGood = verify(node, bytes, signature)
    this.#note(signature, { node, bytes, isGood })
    return isGood
  }

  /** As that of the identity. */
  signingOf({ node, sign }: Identity): Identity['sign'] {
    return (bytes) => {
      const signature = sign(bytes)
      this.#note(signature, { node, bytes, isGood: true })
      return signature
    }
  }

  #note(signature: Uint8Array, { bytes, ...checked }: Checked): void {
    this.#checked.set(keyOf(signature), { ...checked, bytes: Uint8Array.from(bytes) })
    if (this.#checked.size <= KEPT_MAX) return
    const [oldest] = this.#checked.keys()
    if (oldest !== undefined) this.#checked.delete(oldest)
  }

  /** As `Members.parse`: what was read once is the same for all, and is kept once. */
  readonly parse = (bytes: Uint8Array): Certificate | undefined => {
    const key = keyOf(bytes)
    const known = this.#certificates.get(key)
    if (known !== undefined) return known
    const certificate = parseCertificate(bytes)
    if (certificate !== undefined) this.#certificates.set(key, certificate)
    return certificate
  }
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
