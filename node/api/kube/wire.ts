/**
 * Reads and writes the wire format of Protocol Buffers: varints, lengths, tags. What is read is somebody else's: every length
 * is held to what is there.
 *
 * @module
 */

/** What is wrong with bytes from outside, in words for who sent them. */
export class WireError extends Error {}

export type Wire = 'varint' | 'eight' | 'bytes' | 'four'

const WIRES: Readonly<Record<number, Wire>> = { 0: 'varint', 1: 'eight', 2: 'bytes', 5: 'four' }

export interface Tag {
  readonly number: number
  readonly wire: Wire
}

export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  tag(): Tag {
    const value = this.varint()
    const wire = WIRES[Number(value & 7n)]
    const number = Number(value >> 3n)
    if (wire === undefined || number < 1 || number > 536_870_911) throw new WireError('it has a field of no known kind')
    return { number, wire }
  }

  /** As unsigned 64 bits. */
  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) throw new WireError('it ends within a number')
      this.#at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new WireError('it has a number of more than 64 bits')
  }

  bytes(): Buffer {
    const length = this.varint()
    const end = BigInt(this.#at) + length
    if (end > BigInt(this.#bytes.length)) throw new WireError('it ends within a field')
    return this.#take(Number(length))
  }

  double(): number {
    return this.#fixed(8).readDoubleLE()
  }

  skip(wire: Wire): void {
    if (wire === 'varint') this.varint()
    else if (wire === 'bytes') this.bytes()
    else this.#fixed(wire === 'eight' ? 8 : 4)
  }

  #fixed(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new WireError('it ends within a number')
    return this.#take(length)
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + length)
    this.#at += length
    return taken
  }
}

/** Lengths are known when what they are of is written: room for them is left, and they are written as long as that. */
const LENGTH_BYTES = 4

/** Writes into one buffer: what is written is ours, and known to end. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(64 * 1024)
  #at = 0

  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  text(number: number, text: string): void {
    const length = Buffer.byteLength(text)
    this.#varint(number * 8 + 2)
    this.#varint(length)
    this.#room(length)
    this.#at += this.#bytes.write(text, this.#at)
  }

  flag(number: number): void {
    this.#varint(number * 8)
    this.#varint(1)
  }

  message(number: number, write: () => void): void {
    this.#varint(number * 8 + 2)
    this.#room(LENGTH_BYTES)
    const start = (this.#at += LENGTH_BYTES)
    write()
    const length = this.#at - start
    for (let byte = 0; byte < LENGTH_BYTES; byte += 1) {
      const more = byte < LENGTH_BYTES - 1 ? 0x80 : 0
      this.#bytes[start - LENGTH_BYTES + byte] = ((length >> (7 * byte)) & 0x7f) | more
    }
  }

  #varint(value: number): void {
    this.#room(5)
    let rest = value
    for (; rest >= 0x80; rest >>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80
    this.#bytes[this.#at++] = rest
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#at + length))
    this.#bytes.copy(larger)
    this.#bytes = larger
  }
}
