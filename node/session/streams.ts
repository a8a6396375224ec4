/**
 * A session as kubectl speaks it over SPDY (`v4.channel.k8s.io`): a stream for input, for each output, for sizes, and for the
 * last word, a `Status`. Each says with the header `streamtype` what it is for.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream'
import type { ExecSession } from '../runtime/runtime.ts'
import { SIZE_BYTES_MAX, sizeIn, statusOf } from './kubelet-words.ts'
import { Size } from './serve.ts'
import { SpdyConnection, type SpdyStream } from './spdy/connection.ts'

export const STREAMS_PROTOCOL = 'v4.channel.k8s.io'

const KINDS = ['error', 'stdin', 'stdout', 'stderr', 'resize'] as const
type Kind = (typeof KINDS)[number]

/** `stdout`, `stderr`: whether the client opens a stream for it. What it does not is let go by. */
export interface Wanted {
  readonly stdout: boolean
  readonly stderr: boolean
}

/** [KUBE53] Resolves when the session is over and the client has gone. Never rejects. */
export async function serveStreams(socket: Duplex, session: ExecSession, wanted: Wanted): Promise<void> {
  session.stdin.on('error', () => {}) // it has ended without reading all
  const streams = new Streams((kind, stream) => {
    if (kind === 'stdin') giveInput(stream, session)
    else if (kind === 'resize') takeSizes(stream, session)
    else stream.resume() // nothing comes on it
  })
  const connection = new SpdyConnection(socket, (stream) => streams.take(stream))
  void connection.closed.then(() => {
    streams.close()
    session.close()
  })
  const outputs = [
    carry(session.stdout, wanted.stdout ? streams.of('stdout') : undefined),
    carry(session.stderr, wanted.stderr ? streams.of('stderr') : undefined),
  ]
  const status = await statusOf(session.exit)
  await Promise.all(outputs)
  const last = await streams.of('error')
  last?.end(JSON.stringify(status))
  // The client has the last step: kubectl 1.20 forgets what it has not handed on yet when its connection ends.
  await connection.closed
}

/** By what they are for, as they come: a command may say something before there is a stream for it. */
class Streams {
  readonly #begin: (kind: Kind, stream: SpdyStream) => void
  readonly #come = new Map<Kind, SpdyStream>()
  readonly #awaited = new Map<Kind, (stream: SpdyStream | undefined) => void>()
  #isClosed = false

  constructor(begin: (kind: Kind, stream: SpdyStream) => void) {
    this.#begin = begin
  }

  take(stream: SpdyStream): void {
    const kind = KINDS.find((each) => each === stream.headers.get('streamtype'))
    if (kind === undefined || this.#come.has(kind)) return void stream.destroy()
    this.#come.set(kind, stream)
    this.#begin(kind, stream)
    this.#awaited.get(kind)?.(stream)
  }

  /** Undefined: it never came. */
  of(kind: Kind): Promise<SpdyStream | undefined> {
    const come = this.#come.get(kind)
    if (come !== undefined || this.#isClosed) return Promise.resolve(come)
    return new Promise((resolve) => this.#awaited.set(kind, resolve))
  }

  close(): void {
    this.#isClosed = true
    for (const resolve of this.#awaited.values()) resolve(undefined)
  }
}

function giveInput(stream: SpdyStream, { stdin }: ExecSession): void {
  // What nobody reads any more is let go by.
  const letGo = (): void => void stream.unpipe(stdin).resume()
  if (stdin.destroyed || stdin.writableEnded) return letGo()
  stdin.once('close', letGo)
  stream.pipe(stdin)
}

/** One in each line. */
function takeSizes(stream: SpdyStream, session: ExecSession): void {
  const size = new Size(session)
  let rest = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const next = sizeIn(rest.subarray(0, end))
      if (next !== undefined) size.set(next)
      rest = rest.subarray(end + 1)
    }
    if (rest.length > SIZE_BYTES_MAX) stream.destroy()
  })
}

async function carry(source: Readable, awaited: Promise<SpdyStream | undefined> | undefined): Promise<void> {
  const to = await awaited
  if (to === undefined) return void source.resume()
  // How the command ended is told by its exit, also where its output broke off.
  const over = new Promise<void>((resolve) => to.once('finish', resolve).once('close', resolve))
  source.once('error', () => to.end()).once('close', () => to.end())
  // A client that wants no more of it does not hold the command up.
  to.once('close', () => source.unpipe(to).resume())
  source.pipe(to)
  await over
}
