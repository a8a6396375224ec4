/**
 * A session as kubectl speaks it over WebSocket (`v5.channel.k8s.io`, `v4.channel.k8s.io`): each message begins with the
 * number of a channel. The last word is a `Status` on the channel for errors.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream'
import { push } from '../runtime/push.ts'
import type { ExecSession } from '../runtime/runtime.ts'
import { sizeIn, statusOf } from './kubelet-words.ts'
import { Size } from './serve.ts'
import { Channels, listenTo, sayGoodbye, type Piece } from './websocket-client.ts'
import { binaryFrame, CLOSE, WebSocketError } from './websocket.ts'

/** Best first. Only v5 can say that input has ended. */
export const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** Of input that the command has not taken; then the client is not read from until it has. */
const INPUT_BYTES_MAX = 256 * 1024

/** [KUBE50] Resolves when the session is over and told. Never rejects. */
export async function serveChannels(stream: Duplex, session: ExecSession): Promise<void> {
  stream.on('error', () => stream.destroy())
  stream.once('close', () => session.close())
  if (stream.destroyed) session.close()
  session.stdin.on('error', () => {}) // it has ended without reading all
  const input = new Input(stream, session)
  listenTo(stream, {
    piece: (piece) => input.take(piece),
    // [KUBE51] The command ends with it. Who says goodbye does not wait for it.
    over: (code) => {
      sayGoodbye(stream, code)
      session.close()
    },
  })
  stream.once('end', () => stream.destroy())
  const outputs = [carry(session.stdout, CHANNEL.stdout, stream), carry(session.stderr, CHANNEL.stderr, stream)]
  const status = await statusOf(session.exit)
  await Promise.all(outputs)
  if (stream.destroyed || stream.writableEnded) return
  stream.write(binaryFrame(Uint8Array.of(CHANNEL.error), Buffer.from(JSON.stringify(status))))
  sayGoodbye(stream, CLOSE.normal)
}

/** What comes in, by channel. */
class Input {
  readonly #stream: Duplex
  readonly #session: ExecSession
  readonly #size: Size
  readonly #channels = new Channels()
  #waiting = 0

  constructor(stream: Duplex, session: ExecSession) {
    this.#stream = stream
    this.#session = session
    this.#size = new Size(session)
  }

  take(piece: Piece): void {
    const said = this.#channels.of(piece)
    if (said === undefined) return
    const { channel, bytes } = said
    switch (channel) {
      case CHANNEL.stdin:
        return this.#write(bytes)
      case CHANNEL.resize:
        return this.#resize(bytes)
      case CHANNEL.close:
        if (bytes[0] === CHANNEL.stdin) this.#session.stdin.end()
        return
      default:
        throw new WebSocketError(CLOSE.protocol, 'nobody writes to this channel')
    }
  }

  #write(bytes: Buffer): void {
    const { stdin } = this.#session
    // What nobody reads any more is let go by.
    if (bytes.length === 0 || stdin.destroyed || stdin.writableEnded) return
    this.#waiting += bytes.length
    if (this.#waiting > INPUT_BYTES_MAX) this.#stream.pause()
    stdin.write(bytes, () => {
      this.#waiting -= bytes.length
      if (this.#waiting <= INPUT_BYTES_MAX) this.#stream.resume()
    })
  }

  #resize(bytes: Buffer): void {
    const size = sizeIn(bytes)
    if (size !== undefined) this.#size.set(size)
  }
}

async function carry(source: Readable, channel: number, stream: Duplex): Promise<void> {
  const first = Uint8Array.of(channel)
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) await push(stream, binaryFrame(first, chunk))
  } catch {
    // it broke off; how it ended is told by its exit
  }
}
