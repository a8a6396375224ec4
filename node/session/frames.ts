/**
 * How a session with a container travels on one byte stream, between nodes and to the command line: frames of a kind, a
 * length and bytes. The kinds are numbered as the channels of Kubernetes' `channel.k8s.io`, as far as that goes.
 *
 *     kind (1 byte), length of the payload (3 bytes, the highest first), payload
 *
 * Whoever reads them believes nothing: an unknown kind, one that the other side has no business sending, and a length over
 * the bound end the session.
 *
 * @module
 */

/** `taken`: so many bytes of input have gone into the command (4 bytes); `begun`: it runs, or the connection stands. */
export const FRAME = { stdin: 0, stdout: 1, stderr: 2, end: 3, resize: 4, taken: 5, begun: 6 } as const
export type FrameKind = keyof typeof FRAME

export interface Frame {
  readonly kind: FrameKind
  readonly payload: Buffer
}

export const HEADER_BYTES = 4

/** What a pipe gives at a time; more would hold up the others on the stream. */
export const PAYLOAD_BYTES_MAX = 32 * 1024

const KINDS = new Map<number, FrameKind>(Object.entries(FRAME).map(([kind, number]) => [number, kind as FrameKind]))

/** The other side says what it must not, or the stream broke. */
export class SessionError extends Error {
  readonly code: 'protocol' | 'broken'

  constructor(code: SessionError['code'], message: string) {
    super(message)
    this.name = 'SessionError'
    this.code = code
  }
}

/** @throws RangeError for a payload over the bound: a defect of ours. */
export function frame(kind: FrameKind, payload: Uint8Array = new Uint8Array()): Buffer {
  if (payload.length > PAYLOAD_BYTES_MAX) throw new RangeError(`a frame of ${payload.length} bytes`)
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  bytes[0] = FRAME[kind]
  bytes.writeUIntBE(payload.length, 1, 3)
  bytes.set(payload, HEADER_BYTES)
  return bytes
}

/** Bytes as frames, none larger than it may be. No bytes, no frames. */
export function* framesOf(kind: FrameKind, bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PAYLOAD_BYTES_MAX)
    yield frame(kind, bytes.subarray(at, at + PAYLOAD_BYTES_MAX))
}

/** Frames out of a stream, wherever it is cut. Holds at most one frame that is not whole. */
export class FrameReader {
  readonly #allowed: ReadonlySet<FrameKind>
  #rest: Buffer = Buffer.alloc(0)

  /** `allowed`: what the other side may send. */
  constructor(allowed: readonly FrameKind[]) {
    this.#allowed = new Set(allowed)
  }

  /** [SESS2] @throws SessionError where the bytes are no frame. */
  *read(chunk: Uint8Array): Generator<Frame> {
    this.#rest = Buffer.concat([this.#rest, chunk])
    for (let next = this.#next(); next !== undefined; next = this.#next()) yield next
  }

  /** What came after the last whole frame. */
  get rest(): Buffer {
    return this.#rest
  }

  #next(): Frame | undefined {
    const number = this.#rest[0]
    if (number === undefined) return undefined
    const kind = KINDS.get(number)
    if (kind === undefined || !this.#allowed.has(kind))
      throw new SessionError('protocol', `a frame of kind ${number}, which has no place here`)
    if (this.#rest.length < HEADER_BYTES) return undefined
    const length = this.#rest.readUIntBE(1, 3)
    if (length > PAYLOAD_BYTES_MAX)
      throw new SessionError('protocol', `a frame of ${length} bytes, where ${PAYLOAD_BYTES_MAX} are the most`)
    const end = HEADER_BYTES + length
    if (this.#rest.length < end) return undefined
    const payload = this.#rest.subarray(HEADER_BYTES, end)
    this.#rest = this.#rest.subarray(end)
    return { kind, payload }
  }
}
