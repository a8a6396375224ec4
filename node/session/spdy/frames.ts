/**
 * Frames of SPDY/3.1 (draft 3, section 2.2) as a server reads and writes them: sans-IO. Settings and windows are read over:
 * kubectl knows no flow control but that of the connection.
 *
 * @module
 */

/** A piece of what kubectl reads from a pipe is 32 KiB. */
const DATA_BYTES_MAX = 256 * 1024
/** A dozen short headers, packed. */
const CONTROL_BYTES_MAX = 16 * 1024
const HEADER_BYTES = 8
const VERSION = 3
/** The highest bit is not the number's. */
const ID_MASK = 0x7f_ff_ff_ff
const FINAL = 0x01

const TYPE = { open: 1, reply: 2, reset: 3, settings: 4, ping: 6, goaway: 7, headers: 8, window: 9 } as const
/** Of a control frame's payload before its header block. */
const BLOCK_AT: Readonly<Record<number, number>> = { [TYPE.open]: 10, [TYPE.headers]: 4 }

/** Why a stream was reset (2.6.3). */
export const RESET = { refused: 3, cancel: 5 } as const
/** Why a connection ends (2.6.6): the other side spoke no SPDY. */
const PROTOCOL_ERROR = 1

/** `block`: headers as they were packed; all of them have to be unpacked, in order. */
export type Received =
  | { readonly type: 'open'; readonly id: number; readonly isFinal: boolean; readonly block: Buffer }
  | { readonly type: 'headers'; readonly block: Buffer }
  | { readonly type: 'data'; readonly id: number; readonly isFinal: boolean; readonly payload: Buffer }
  | { readonly type: 'reset'; readonly id: number }
  | { readonly type: 'ping'; readonly payload: Buffer }
  | { readonly type: 'goaway' }

/** The other side says what it must not. */
export class SpdyError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SpdyError'
  }
}

export class SpdyReader {
  #rest: Buffer = Buffer.alloc(0)

  /** Frames out of a stream, wherever it is cut. @throws SpdyError */
  read(chunk: Uint8Array): readonly Received[] {
    const received: Received[] = []
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= HEADER_BYTES) {
      const [isControl, length] = [(this.#rest[0] as number) >= 0x80, this.#rest.readUIntBE(5, 3)]
      if (length > (isControl ? CONTROL_BYTES_MAX : DATA_BYTES_MAX)) throw new SpdyError('a frame is too long')
      if (this.#rest.length < HEADER_BYTES + length) break
      const head = this.#rest.subarray(0, HEADER_BYTES)
      const payload = this.#rest.subarray(HEADER_BYTES, HEADER_BYTES + length)
      this.#rest = this.#rest.subarray(HEADER_BYTES + length)
      const frame = isControl ? control(head, payload) : data(head, payload)
      if (frame !== undefined) received.push(frame)
    }
    return received
  }
}

const data = (head: Buffer, payload: Buffer): Received => ({
  type: 'data',
  id: head.readUInt32BE(0),
  isFinal: isFinal(head),
  payload,
})

const isFinal = (head: Buffer): boolean => ((head[4] as number) & FINAL) !== 0

function control(head: Buffer, payload: Buffer): Received | undefined {
  if ((head.readUInt16BE(0) & 0x7f_ff) !== VERSION) throw new SpdyError('this is not SPDY/3.1')
  const type = head.readUInt16BE(2)
  if (payload.length < (BLOCK_AT[type] ?? 4)) throw new SpdyError('a frame is too short')
  const block = payload.subarray(BLOCK_AT[type] ?? 0)
  const id = payload.readUInt32BE(0) & ID_MASK
  switch (type) {
    case TYPE.open:
      return { type: 'open', id, isFinal: isFinal(head), block }
    case TYPE.headers:
      return { type: 'headers', block }
    case TYPE.reset:
      return { type: 'reset', id }
    case TYPE.ping:
      return { type: 'ping', payload }
    case TYPE.goaway:
      return { type: 'goaway' }
    case TYPE.settings:
    case TYPE.window:
      return undefined
    default:
      // A reply among them: nothing was opened from here.
      throw new SpdyError(`a frame of type ${type}, which has no place here`)
  }
}

/** That a stream was taken. `block`: of no headers, as `HeaderWriter` packs them. */
export const replyFrame = (id: number, block: Buffer): Buffer => controlFrame(TYPE.reply, number(id), block)

export const resetFrame = (id: number, why: number): Buffer => controlFrame(TYPE.reset, number(id), number(why))

export const pongFrame = (payload: Buffer): Buffer => controlFrame(TYPE.ping, payload)

export const goawayFrame = (lastId: number): Buffer => controlFrame(TYPE.goaway, number(lastId), number(PROTOCOL_ERROR))

export function dataFrame(id: number, payload: Uint8Array, isLast = false): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(payload.length)
  length[0] = isLast ? FINAL : 0
  return Buffer.concat([number(id), length, payload])
}

function controlFrame(type: number, ...parts: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.writeUInt16BE(0x80_00 | VERSION, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(
    parts.reduce((sum, { length }) => sum + length, 0),
    4,
  )
  return Buffer.concat([head, ...parts])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
