/**
 * The client's side of a SPDY connection, for tests: it opens streams as kubectl does and keeps what comes.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { constants, createDeflate, type Deflate } from 'node:zlib'
import { DICTIONARY } from './dictionary.ts'

export interface Frame {
  /** 0: data. */
  readonly type: number
  readonly id: number
  readonly isLast: boolean
  readonly payload: Buffer
}

export class SpdyClient {
  readonly frames: Frame[] = []
  readonly #socket: Duplex
  readonly #deflate: Deflate = createDeflate({ dictionary: DICTIONARY })
  #lastId = -1

  constructor(socket: Duplex) {
    this.#socket = socket
    let rest = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 8 && rest.length >= 8 + rest.readUIntBE(5, 3)) {
        const end = 8 + rest.readUIntBE(5, 3)
        this.frames.push(frameIn(rest.subarray(0, end)))
        rest = rest.subarray(end)
      }
    })
  }

  /** Gives the stream's number. */
  async open(
    headers: Readonly<Record<string, string>>,
    { isFinal = false, id = this.#lastId + 2 } = {},
  ): Promise<number> {
    this.#lastId = id
    this.control(1, Buffer.concat([number(id), Buffer.alloc(6), await this.packed(headers)]), isFinal)
    return id
  }

  async packed(headers: Readonly<Record<string, string>>): Promise<Buffer> {
    const words = Object.entries(headers).flat()
    const plain = [number(words.length / 2), ...words.flatMap((word) => [number(word.length), Buffer.from(word)])]
    this.#deflate.write(Buffer.concat(plain))
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    return this.#deflate.read() as Buffer
  }

  control(type: number, payload: Buffer, isFinal = false): boolean {
    const head = Buffer.from([0x80, 3, 0, type, 0, 0, 0, 0])
    head.writeUInt32BE(payload.length, 4)
    head[4] = isFinal ? 1 : 0
    return this.#socket.write(Buffer.concat([head, payload]))
  }

  /** Whether there is room for more. */
  data(id: number, bytes: Uint8Array | string, isLast = false): boolean {
    const payload = Buffer.from(bytes)
    const head = Buffer.concat([number(id), number(payload.length)])
    head[4] = isLast ? 1 : 0
    return this.#socket.write(Buffer.concat([head, payload]))
  }

  /** What came on a stream. */
  said(id: number): string {
    return Buffer.concat(this.#of(0, id).map(({ payload }) => payload)).toString()
  }

  hasEnded(id: number): boolean {
    return this.#of(0, id).some(({ isLast }) => isLast)
  }

  isReset(id: number): boolean {
    return this.#of(3, id).length > 0
  }

  #of(type: number, id: number): readonly Frame[] {
    return this.frames.filter((frame) => frame.type === type && frame.id === id)
  }
}

function frameIn(bytes: Buffer): Frame {
  const [first, fourth] = [bytes[0] as number, bytes[4] as number]
  const isLast = (fourth & 1) === 1
  if (first < 0x80) return { type: 0, id: bytes.readUInt32BE(0), isLast, payload: bytes.subarray(8) }
  return { type: bytes.readUInt16BE(2), id: bytes.readUInt32BE(8), isLast, payload: bytes.subarray(8) }
}

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
