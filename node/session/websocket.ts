/**
 * WebSocket frames (RFC 6455) as a server reads and writes them: sans-IO. Data comes out in pieces as it arrives, with its
 * message's first byte told apart; control frames whole. No extension is agreed on, so reserved bits end the connection.
 *
 * @module
 */
import { createHash } from 'node:crypto'

/** What a client's key becomes in the answer (RFC 6455, 4.2.2). */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${GUID}`).digest('base64')
}

const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** kubectl sends what it reads from a pipe, 32 KiB at a time. */
const PAYLOAD_BYTES_MAX = 256 * 1024
const CONTROL_BYTES_MAX = 125

export type Received =
  /** `isStart`: the first of its message. */
  | { readonly type: 'data'; readonly isStart: boolean; readonly payload: Buffer }
  | { readonly type: 'ping'; readonly payload: Buffer }
  | { readonly type: 'close' }

/** Codes of a close frame (RFC 6455, 7.4.1). */
export const CLOSE = { normal: 1000, protocol: 1002, tooLarge: 1009 } as const

export class WebSocketError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.name = 'WebSocketError'
    this.code = code
  }
}

export class WebSocketReader {
  #rest: Buffer = Buffer.alloc(0)
  #isWithinMessage = false

  /** Throws a `WebSocketError`; what came before it is lost, and so is the connection. */
  read(chunk: Uint8Array): readonly Received[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    const received: Received[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if (frame !== 'pong') received.push(frame)
    }
    return received
  }

  #next(): Received | 'pong' | undefined {
    const bytes = this.#rest
    if (bytes.length < 2) return undefined
    const [first, second] = [bytes[0] as number, bytes[1] as number]
    if ((first & 0x70) !== 0) throw new WebSocketError(CLOSE.protocol, 'a reserved bit is set')
    if ((second & 0x80) === 0) throw new WebSocketError(CLOSE.protocol, 'a client masks its frames')
    const size = lengthAt(bytes, second & 0x7f)
    if (size === undefined) return undefined
    if (size.length > PAYLOAD_BYTES_MAX) throw new WebSocketError(CLOSE.tooLarge, 'a frame is too long')
    const end = size.at + 4 + size.length
    if (bytes.length < end) return undefined
    const payload = unmasked(bytes.subarray(size.at + 4, end), bytes.subarray(size.at, size.at + 4))
    this.#rest = bytes.subarray(end)
    return this.#received({ opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload })
  }

  #received({ opcode, isFinal, payload }: { opcode: number; isFinal: boolean; payload: Buffer }): Received | 'pong' {
    if (opcode >= OPCODE.close && (!isFinal || payload.length > CONTROL_BYTES_MAX))
      throw new WebSocketError(CLOSE.protocol, 'a control frame is short and whole')
    switch (opcode) {
      case OPCODE.text:
      case OPCODE.binary:
      case OPCODE.continuation: {
        const isStart = opcode !== OPCODE.continuation
        if (isStart === this.#isWithinMessage) throw new WebSocketError(CLOSE.protocol, 'fragments are out of order')
        this.#isWithinMessage = !isFinal
        return { type: 'data', isStart, payload }
      }
      case OPCODE.close:
        return { type: 'close' }
      case OPCODE.ping:
        return { type: 'ping', payload }
      case OPCODE.pong:
        return 'pong'
      default:
        throw new WebSocketError(CLOSE.protocol, 'a frame of no known kind')
    }
  }
}

/** Where the mask begins, and how long what it covers is; undefined: not there yet. */
function lengthAt(bytes: Buffer, short: number): { at: number; length: number } | undefined {
  if (short < 126) return { at: 2, length: short }
  if (short === 126) return bytes.length < 4 ? undefined : { at: 4, length: bytes.readUInt16BE(2) }
  return bytes.length < 10 ? undefined : { at: 10, length: Number(bytes.readBigUInt64BE(2)) }
}

function unmasked(payload: Buffer, mask: Buffer): Buffer {
  const plain = Buffer.from(payload)
  for (let at = 0; at < plain.length; at += 1) plain[at] = (plain[at] as number) ^ (mask[at & 3] as number)
  return plain
}

export function binaryFrame(...parts: readonly Uint8Array[]): Buffer {
  return framed(OPCODE.binary, Buffer.concat(parts))
}

export function pongFrame(payload: Uint8Array): Buffer {
  return framed(OPCODE.pong, payload)
}

export function closeFrame(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return framed(OPCODE.close, payload)
}

function framed(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcode
  if (length < 126) head[1] = length
  else if (length < 65_536) {
    head[1] = 126
    head.writeUInt16BE(length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}
