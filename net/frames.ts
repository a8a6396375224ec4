/**
 * Frames on a byte stream: a length of four bytes, big-endian, then the payload. The length is checked as soon as it is here,
 * before anything is kept for it.
 *
 * @module
 */
const HEADER_BYTES = 4

/** Any chunk that libp2p or Node hands over. */
export type Chunk = Uint8Array | { subarray(): Uint8Array }

export const frameOf = (payload: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(HEADER_BYTES + payload.length)
  new DataView(frame.buffer).setUint32(0, payload.length)
  frame.set(payload, HEADER_BYTES)
  return frame
}

/** Bytes that `frameOf` adds. */
export const FRAME_OVERHEAD = HEADER_BYTES

export class FrameTooLarge extends Error {
  constructor(length: number, max: number) {
    super(`a frame of ${length} bytes was announced, ${max} are the most`)
    this.name = 'FrameTooLarge'
  }
}

/** Puts frames together from chunks cut anywhere. */
export class FrameReader {
  readonly #bytesMax: number
  #chunks: Uint8Array[] = []
  #length = 0

  constructor(options: { bytesMax: number }) {
    this.#bytesMax = options.bytesMax
  }

  push(chunk: Chunk): void {
    const bytes = chunk instanceof Uint8Array ? chunk : chunk.subarray()
    if (bytes.length === 0) return
    this.#chunks.push(bytes)
    this.#length += bytes.length
  }

  /**
   * The next whole frame, a copy of its own; undefined when more bytes are needed.
   * @throws FrameTooLarge
   */
  next(): Uint8Array | undefined {
    if (this.#length < HEADER_BYTES) return undefined
    const length = Buffer.from(this.#peek(HEADER_BYTES)).readUInt32BE()
    if (length > this.#bytesMax) throw new FrameTooLarge(length, this.#bytesMax)
    if (this.#length < HEADER_BYTES + length) return undefined
    this.#take(HEADER_BYTES)
    return this.#take(length)
  }

  /** What came after the last frame. */
  rest(): Uint8Array {
    return this.#take(this.#length)
  }

  #peek(length: number): Uint8Array {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= length) return first.subarray(0, length)
    this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]?.subarray(0, length) ?? new Uint8Array()
  }

  #take(length: number): Uint8Array {
    const out = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) throw new Error('more bytes taken than were pushed')
      const part = chunk.subarray(0, length - filled)
      out.set(part, filled)
      filled += part.length
      if (part.length === chunk.length) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(part.length)
    }
    this.#length -= length
    return out
  }
}
