/**
 * The client's end of a WebSocket, as all who serve one see it: pieces of messages; pings are answered and goodbyes understood here.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { CLOSE, closeFrame, pongFrame, WebSocketError, WebSocketReader, type Received } from './websocket.ts'

export type Piece = Extract<Received, { type: 'data' }>

export interface Listener {
  /** Throws a `WebSocketError` for what has no place here. */
  piece(piece: Piece): void
  /** Told once, with the code to end with: the client has said goodbye, or something that has no place. Then nothing is read. */
  over(code: number): void
}

export function listenTo(socket: Duplex, listener: Listener): void {
  const reader = new WebSocketReader()
  const stop = (code: number): void => {
    socket.removeAllListeners('data').resume()
    listener.over(code)
  }
  socket.on('data', (chunk: Uint8Array) => {
    try {
      for (const each of reader.read(chunk)) {
        if (each.type === 'close') return stop(CLOSE.normal)
        if (each.type === 'data') listener.piece(each)
        else if (!socket.writableEnded) socket.write(pongFrame(each.payload))
      }
    } catch (error) {
      stop(error instanceof WebSocketError ? error.code : CLOSE.protocol)
    }
  })
}

/** Unless it has been said. */
export function sayGoodbye(socket: Duplex, code: number): void {
  if (!socket.destroyed && !socket.writableEnded) socket.end(closeFrame(code))
}

/** Tells pieces by the channel of their message: a message that is cut into fragments has it in the first one. */
export class Channels {
  #channel: number | undefined

  /** Undefined: an empty message says nothing. */
  of({ isStart, payload }: Piece): { readonly channel: number; readonly bytes: Buffer } | undefined {
    if (isStart) this.#channel = payload[0]
    return this.#channel === undefined
      ? undefined
      : { channel: this.#channel, bytes: isStart ? payload.subarray(1) : payload }
  }
}
