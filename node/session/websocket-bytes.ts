/**
 * Bytes over a WebSocket as a byte stream: kubectl from 1.31 has SPDY within one, since proxies let it through.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import { push } from '../runtime/push.ts'
import { listenTo, sayGoodbye } from './websocket-client.ts'
import { binaryFrame, CLOSE } from './websocket.ts'

export function bytesOver(socket: Duplex): Duplex {
  return new WebSocketBytes(socket)
}

class WebSocketBytes extends Duplex {
  readonly #socket: Duplex

  constructor(socket: Duplex) {
    super()
    this.#socket = socket
    socket.on('error', () => socket.destroy())
    socket.once('end', () => this.push(null))
    socket.once('close', () => this.destroy())
    listenTo(socket, {
      piece: ({ payload }) => {
        if (payload.length > 0 && !this.push(payload)) socket.pause()
      },
      over: (code) => this.#over(code),
    })
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    void Promise.resolve(push(this.#socket, binaryFrame(bytes))).then(() => done())
  }

  override _final(done: () => void): void {
    sayGoodbye(this.#socket, CLOSE.normal)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // What was written before is on its way still.
    if (this.writableFinished && !this.#socket.writableFinished)
      this.#socket.once('finish', () => this.#socket.destroy())
    else this.#socket.destroy()
    done(error)
  }

  /** After a goodbye, what was asked before it is answered still. */
  #over(code: number): void {
    if (code === CLOSE.normal) return void this.push(null)
    sayGoodbye(this.#socket, code)
    this.destroy()
  }
}
