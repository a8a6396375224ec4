/**
 * A libp2p stream as a Node `Duplex`, for logs, forwarded connections and questions: anything that pipes.
 *
 *     header frame [protocol, header], then raw bytes both ways, each side ends its own
 *
 * What has to be known of libp2p 3.3 (read in its source, measured in `streams.test.ts`):
 * - `onDrain()` resolves for ever after its first drain, so it holds nobody back. `writeBufferLength` tells the truth, and `idle`
 *   comes when it is empty.
 * - `end` is also said when the connection dies. Only after `remoteCloseWrite` are the bytes complete; else it is an error.
 * - A receiver's window grows up to 16 MiB while its buffer may hold 4: a paused reader would be cut off. `swarm.ts` caps the
 *   window.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import type { Stream } from '@libp2p/interface'
import { firstFrame } from './first-frame.ts'
import { frameOf } from './frames.ts'
import type { Chunk } from './frames.ts'
import { isBytes, packPlain, unpackPlain } from './statement.ts'
import { NetError } from './transport.ts'
import type { StreamProtocol } from './transport.ts'

export const STREAM_PROTOCOL = '/shoal/stream/1'

/** Streams one neighbour may have open to us. With the window below: 64 MiB that a hostile one can make us hold. */
export const STREAMS_PER_PEER_MAX = 128

/** Bytes a sender may be ahead of its reader: 50 MB/s at 10 ms round trip. */
export const WINDOW_BYTES_MAX = 512 * 1024

/** Bytes handed to libp2p and not yet taken by the other side; above it the writer waits. */
const UNSENT_BYTES_MAX = 256 * 1024

/** Largest header: says what is wanted, not the thing itself. */
export const HEADER_BYTES_MAX = 64 * 1024
/** The header with its CBOR around it. */
const HEADER_FRAME_BYTES_MAX = HEADER_BYTES_MAX + 64

const PROTOCOLS: Record<StreamProtocol, true> = { logs: true, forward: true, session: true, ask: true }

/** @throws NetError when `header` is too large. */
export const sendHeader = (stream: Stream, protocol: StreamProtocol, header: Uint8Array): void => {
  stream.send(frameOf(packPlain([protocol, header])))
}

/** @throws NetError `protocol` before anything is opened. */
export const checkHeader = (header: Uint8Array): void => {
  if (header.length <= HEADER_BYTES_MAX) return
  throw new NetError(
    'protocol',
    `A stream's header is at most ${HEADER_BYTES_MAX} bytes, not ${header.length}: send the rest in it`,
  )
}

export const receiveHeader = async (
  stream: Stream,
  signal: AbortSignal,
): Promise<{ protocol: StreamProtocol; header: Uint8Array }> => {
  const frame = await firstFrame(stream, { bytesMax: HEADER_FRAME_BYTES_MAX, signal })
  const [protocol, header, ...rest] = unpackPlain(frame) ?? []
  if (!isProtocol(protocol) || !isBytes(header) || rest.length > 0)
    throw new Error('a stream with a header we cannot read')
  return { protocol, header }
}

const isProtocol = (value: unknown): value is StreamProtocol =>
  typeof value === 'string' && Object.hasOwn(PROTOCOLS, value)

export class PeerStream extends Duplex {
  readonly #stream: Stream
  /** The other side said that it has sent all: what we hold then is complete. */
  #isComplete = false

  constructor(stream: Stream) {
    super({ allowHalfOpen: true })
    this.#stream = stream
    // [STREAM6] a stream breaks whenever a peer likes: without a listener Node would end the process over it
    this.on('error', () => {})
    // both may have happened while the header was read
    this.#isComplete = stream.status === 'open' && stream.remoteWriteStatus === 'closed'
    if (stream.status !== 'open') this.destroy(broken(undefined))
    stream.addEventListener('remoteCloseWrite', () => {
      this.#isComplete = true
      this.#finishReading()
    })
    stream.addEventListener('message', (event) => this.#receive(event.data))
    stream.addEventListener('end', () => this.#finishReading())
    stream.addEventListener('close', (event) => {
      if (event.error !== undefined || !this.#isComplete) this.destroy(broken(event.error))
      else this.#finishReading()
    })
  }

  override _read(): void {
    if (this.#stream.readStatus === 'paused') this.#stream.resume()
    this.#finishReading()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    try {
      this.#stream.send(chunk)
    } catch (error) {
      done(error as Error)
      return
    }
    if (this.#stream.writeBufferLength <= UNSENT_BYTES_MAX) done()
    else this.#whenIdle(done)
  }

  override _final(done: (error?: Error) => void): void {
    this.#stream.close().then(
      () => done(),
      (error: Error) => done(error),
    )
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // a stream both sides have ended is gone already; another one is cut, so that the other side learns of it
    if (this.#stream.status === 'open') this.#stream.abort(error ?? new Error('the stream was given up'))
    done(error)
  }

  #whenIdle(done: (error?: Error) => void): void {
    const settle = (error?: Error): void => {
      this.#stream.removeEventListener('idle', onIdle)
      this.#stream.removeEventListener('close', onClose)
      done(error)
    }
    const onIdle = (): void => settle()
    const onClose = (): void => settle(broken(undefined))
    this.#stream.addEventListener('idle', onIdle)
    this.#stream.addEventListener('close', onClose)
  }

  #receive(data: Chunk): void {
    const bytes = data instanceof Uint8Array ? data : data.subarray()
    if (!this.push(bytes) && this.#stream.readStatus === 'readable') this.#stream.pause()
  }

  #finishReading(): void {
    if (this.#isComplete && this.#stream.readBufferLength === 0 && !this.readableEnded) this.push(null)
  }
}

const broken = (cause: unknown): NetError =>
  new NetError('unreachable', `The stream broke before its end${cause instanceof Error ? `: ${cause.message}` : ''}`)
