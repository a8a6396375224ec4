/**
 * Reads bytes and LEB128 numbers, and gives undefined where there are none. Never throws.
 *
 * @module
 */

/** Bytes of a LEB128 number below 2^53. */
const LEB_BYTES_MAX = 8

export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  byte(): number | undefined {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at++] : undefined
  }

  bytes(length: number | undefined): Uint8Array | undefined {
    if (length === undefined || length > this.left) return undefined
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  rest(): Uint8Array {
    return this.bytes(this.left) as Uint8Array
  }

  /** Unsigned. */
  uleb(): number | undefined {
    return this.#leb()?.value
  }

  /** Signed. */
  sleb(): number | undefined {
    const read = this.#leb()
    if (read === undefined) return undefined
    return read.last & 0x40 ? read.value - 2 ** (7 * read.length) : read.value
  }

  #leb(): { value: number; last: number; length: number } | undefined {
    let value = 0
    for (let length = 1; length <= LEB_BYTES_MAX; length++) {
      const byte = this.byte()
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * 2 ** (7 * (length - 1))
      if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? { value, last: byte, length } : undefined
    }
    return undefined
  }
}

export function ulebBytes(value: number): Uint8Array {
  const bytes: number[] = []
  let left = value
  do {
    const low = left % 128
    left = Math.floor(left / 128)
    bytes.push(left > 0 ? low | 0x80 : low)
  } while (left > 0)
  return Uint8Array.from(bytes)
}
