/**
 * The serving side of a SPDY/3.1 connection: streams that the other side opens, each a `Duplex`. kubectl has exec, attach and
 * port-forward over it, the older ones alone and the newer ones within a WebSocket.
 *
 * There are no windows: where a stream's reader is behind by 256 KiB the connection is not read from, so that a slow one slows
 * the others of its connection down, and never fills memory.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import { push } from '../../runtime/push.ts'
import {
  dataFrame,
  goawayFrame,
  pongFrame,
  replyFrame,
  RESET,
  resetFrame,
  SpdyError,
  SpdyReader,
  type Received,
} from './frames.ts'
import { HeaderReader, HeaderWriter } from './headers.ts'

/** Open at a time: two for each connection that is forwarded. */
const STREAMS_MAX = 512
/** Of a stream, before its connection waits. */
const WAITING_BYTES_MAX = 256 * 1024
/** One piece does not hold up the others' for long. */
const PIECE_BYTES_MAX = 64 * 1024

export class SpdyStream extends Duplex {
  readonly headers: ReadonlyMap<string, string>
  readonly #id: number
  readonly #send: (frame: Buffer) => Promise<void> | undefined
  #isReset = false
  #isFinal = false
  #whenRoom: () => void = () => {}

  constructor(
    { id, headers }: { id: number; headers: ReadonlyMap<string, string> },
    send: (frame: Buffer) => Promise<void> | undefined,
  ) {
    super({ readableHighWaterMark: WAITING_BYTES_MAX, writableHighWaterMark: PIECE_BYTES_MAX })
    this.#id = id
    this.headers = headers
    this.#send = send
    this.once('close', () => this.#whenRoom())
  }

  /** What came for it. Resolves when there is room for more. */
  async receive(payload: Buffer, isFinal: boolean): Promise<void> {
    if (this.destroyed || this.#isFinal) return
    const hasRoom = payload.length === 0 || this.push(payload)
    this.#isFinal = isFinal
    if (isFinal) this.push(null)
    else if (!hasRoom) await new Promise<void>((resolve) => (this.#whenRoom = resolve))
  }

  /** The other side has let go of it. */
  leave(): void {
    this.#isReset = true
    this.destroy()
  }

  override _read(): void {
    this.#whenRoom()
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    void this.#write(bytes).then(() => done(), done)
  }

  override _final(done: (error?: Error) => void): void {
    void this.#send(dataFrame(this.#id, Buffer.alloc(0), true))
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const isWhole = this.readableEnded && this.writableFinished
    if (!isWhole && !this.#isReset) void this.#send(resetFrame(this.#id, RESET.cancel))
    done(error)
  }

  async #write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES_MAX)
      await this.#send(dataFrame(this.#id, bytes.subarray(at, at + PIECE_BYTES_MAX)))
  }
}

export class SpdyConnection {
  /** Fulfils when nothing more travels on it. Never rejects. */
  readonly closed: Promise<void>
  readonly #socket: Duplex
  readonly #accept: (stream: SpdyStream) => void
  readonly #streams = new Map<number, SpdyStream>()
  readonly #headers = new HeaderReader()
  readonly #replies = new HeaderWriter()
  #lastId = 0

  /** `accept`: takes each stream that is opened, before anything comes on it. */
  constructor(socket: Duplex, accept: (stream: SpdyStream) => void) {
    this.#socket = socket
    this.#accept = accept
    socket.setMaxListeners(0) // each stream may wait for it
    socket.on('error', () => socket.destroy())
    socket.once('finish', () => socket.destroy())
    // Of a stream that waits for its reader too: what it waits for is over.
    socket.once('close', () => this.#over())
    this.closed = this.#read()
  }

  async #read(): Promise<void> {
    const reader = new SpdyReader()
    try {
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        for (const received of reader.read(chunk)) await this.#take(received)
      }
      this.#socket.destroy()
    } catch (error) {
      // [KUBE55] What has no place here ends the connection, and all that goes on over it.
      if (error instanceof SpdyError) this.#end()
    }
    this.#over()
  }

  #end(): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.end(goawayFrame(this.#lastId))
  }

  #over(): void {
    this.#headers.close()
    for (const stream of this.#streams.values()) stream.leave()
  }

  async #take(received: Received): Promise<void> {
    switch (received.type) {
      case 'open':
        return this.#open(received, await this.#headers.read(received.block))
      case 'headers':
        // What they say is nothing to us, but what follows is packed with them.
        return void (await this.#headers.read(received.block))
      case 'data':
        if (received.id > this.#lastId) throw new SpdyError('data for a stream that was never opened')
        return this.#streams.get(received.id)?.receive(received.payload, received.isFinal)
      case 'reset':
        return this.#streams.get(received.id)?.leave()
      case 'ping':
        return this.#send(pongFrame(received.payload))
      case 'goaway':
        return // it opens no more; those there are end by themselves
    }
  }

  async #open({ id, isFinal }: { id: number; isFinal: boolean }, headers: ReadonlyMap<string, string>): Promise<void> {
    if (id <= this.#lastId || id % 2 === 0) throw new SpdyError('streams are numbered upwards, and oddly by a client')
    this.#lastId = id
    if (this.#streams.size >= STREAMS_MAX) return this.#send(resetFrame(id, RESET.refused))
    const stream = new SpdyStream({ id, headers }, (frame) => this.#send(frame))
    this.#streams.set(id, stream)
    stream.on('error', () => {}) // its reset says it
    stream.once('close', () => this.#streams.delete(id))
    const replied = this.#send(replyFrame(id, this.#replies.none()))
    this.#accept(stream)
    if (isFinal) await stream.receive(Buffer.alloc(0), true)
    await replied
  }

  #send(frame: Buffer): Promise<void> | undefined {
    return push(this.#socket, frame)
  }
}
