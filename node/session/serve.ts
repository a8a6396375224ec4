/**
 * The side of a session where the command is, or the way to it: its outputs become frames, frames become its input. A slow
 * reader slows the command down; a reader that has gone ends it.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream'
import { push } from '../runtime/push.ts'
import type { ExecSession } from '../runtime/runtime.ts'
import { endFrame } from './end.ts'
import { frame, FrameReader, framesOf, SessionError, type Frame } from './frames.ts'

/** [SESS4] Input that may be on its way without having been taken. So orders are always read, and who leaves is noticed. */
export const INPUT_BYTES_MAX = 256 * 1024

/** Taken input is told in lots: a word for each byte would be more than the bytes. */
const TAKEN_BYTES_MIN = INPUT_BYTES_MAX / 4

/** A terminal wider than this is a mistake. */
const CELLS_MAX = 65_535

/** Resolves when the session is over and told. Never rejects. The stream is closed by who asked. */
export async function serveSession(stream: Duplex, session: ExecSession): Promise<void> {
  stream.on('error', () => stream.destroy())
  stream.once('close', () => session.close())
  if (stream.destroyed) session.close()
  takeOrders(stream, session)
  const outputs = [carry(session.stdout, 'stdout', stream), carry(session.stderr, 'stderr', stream)]
  const result = await session.exit.catch((error: unknown) =>
    error instanceof Error ? error : new Error(String(error)),
  )
  await Promise.all(outputs)
  if (!stream.destroyed && !stream.writableEnded) stream.end(endFrame(result))
}

async function carry(source: Readable, kind: 'stdout' | 'stderr', stream: Duplex): Promise<void> {
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>)
      for (const each of framesOf(kind, chunk)) await push(stream, each)
  } catch {
    // it broke off; how it ended is told by its exit
  }
}

/** [SESS2] What is no order ends the session. */
function takeOrders(stream: Duplex, session: ExecSession): void {
  const reader = new FrameReader(['stdin', 'resize'])
  const [input, size] = [new Input(stream, session), new Size(session)]
  stream.on('data', (chunk: Uint8Array) => {
    try {
      for (const each of reader.read(chunk)) take(each, input, size)
    } catch {
      stream.destroy()
    }
  })
  // [SESS5] Input ends by a frame: a stream that ends has lost its asker.
  stream.once('end', () => stream.destroy())
  stream.resume()
}

function take({ kind, payload }: Frame, input: Input, size: Size): void {
  if (kind === 'stdin') return input.take(payload)
  if (payload.length !== 4) throw new SessionError('protocol', 'a size that is none')
  const [columns, rows] = [payload.readUInt16BE(0), payload.readUInt16BE(2)]
  if (columns === 0 || rows === 0) return // a terminal that knows no size
  size.set({ columns, rows })
}

/** Of the terminal: one order under way, and of those that come meanwhile the last. */
export class Size {
  readonly #session: ExecSession
  #next: { readonly columns: number; readonly rows: number } | undefined
  #isUnderWay = false

  constructor(session: ExecSession) {
    this.#session = session
  }

  set(size: { readonly columns: number; readonly rows: number }): void {
    this.#next = size
    if (!this.#isUnderWay) void this.#order()
  }

  async #order(): Promise<void> {
    this.#isUnderWay = true
    for (let size = this.#next; size !== undefined; size = this.#next) {
      this.#next = undefined
      await this.#session.resize(size).catch(() => {}) // it has ended
    }
    this.#isUnderWay = false
  }
}

/** Input that is handed on, and said to be when it is. */
class Input {
  readonly #stream: Duplex
  readonly #session: ExecSession
  #waiting = 0
  #untold = 0

  constructor(stream: Duplex, session: ExecSession) {
    this.#stream = stream
    this.#session = session
    session.stdin.on('error', () => {}) // it has ended without reading all
  }

  take(bytes: Buffer): void {
    if (bytes.length === 0) return void this.#session.stdin.end()
    this.#waiting += bytes.length
    if (this.#waiting > INPUT_BYTES_MAX) throw new SessionError('protocol', 'more input than was asked for')
    const { stdin } = this.#session
    // What nobody reads any more is let go by.
    if (stdin.destroyed || stdin.writableEnded) return this.#taken(bytes.length)
    stdin.write(bytes, () => this.#taken(bytes.length))
  }

  #taken(bytes: number): void {
    this.#waiting -= bytes
    this.#untold += bytes
    if (this.#untold < TAKEN_BYTES_MIN || this.#stream.destroyed || this.#stream.writableEnded) return
    const count = Buffer.alloc(4)
    count.writeUInt32BE(this.#untold)
    this.#untold = 0
    this.#stream.write(frame('taken', count))
  }
}

export function resizeFrame({ columns, rows }: { readonly columns: number; readonly rows: number }): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt16BE(Math.min(columns, CELLS_MAX), 0)
  size.writeUInt16BE(Math.min(rows, CELLS_MAX), 2)
  return frame('resize', size)
}
