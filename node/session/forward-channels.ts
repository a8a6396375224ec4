/**
 * Connections to a pod's ports as client libraries ask for them over WebSocket (`v4.channel.k8s.io`, `?ports=80`): for each port
 * a channel for its bytes and one for why they ended, both beginning with the port's number.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { push } from '../runtime/push.ts'
import { Channels, listenTo, sayGoodbye, type Piece } from './websocket-client.ts'
import { binaryFrame, CLOSE, WebSocketError } from './websocket.ts'

export interface Forwarded {
  readonly port: number
  readonly connection: Duplex
}

/** [KUBE54] Resolves when the client has gone or all connections have ended. Never rejects. */
export async function serveForwardChannels(socket: Duplex, ports: readonly Forwarded[]): Promise<void> {
  const connections = ports.map(({ connection }) => connection)
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.once('end', () => socket.destroy())
  const gone = new Promise<void>((resolve) => socket.once('close', resolve))
  void gone.then(() => {
    for (const each of connections) each.destroy()
  })
  for (const [index, { port }] of ports.entries()) {
    const number = Buffer.alloc(2)
    number.writeUInt16LE(port)
    socket.write(binaryFrame(Buffer.of(2 * index), number))
    socket.write(binaryFrame(Buffer.of(2 * index + 1), number))
  }
  const incoming = new Incoming(connections, socket)
  listenTo(socket, {
    piece: (piece) => incoming.take(piece),
    over: (code) => sayGoodbye(socket, code),
  })
  const over = connections.map((each, index) => carry(each, index, socket))
  await Promise.race([Promise.all(over), gone])
  sayGoodbye(socket, CLOSE.normal)
  await gone
}

class Incoming {
  readonly #connections: readonly Duplex[]
  readonly #socket: Duplex
  readonly #channels = new Channels()

  constructor(connections: readonly Duplex[], socket: Duplex) {
    this.#connections = connections
    this.#socket = socket
  }

  take(piece: Piece): void {
    const said = this.#channels.of(piece)
    if (said === undefined) return
    const { channel, bytes } = said
    const connection = channel % 2 === 0 ? this.#connections[channel / 2] : undefined
    if (connection === undefined) throw new WebSocketError(CLOSE.protocol, 'nobody writes to this channel')
    this.#write(connection, bytes)
  }

  #write(connection: Duplex, bytes: Buffer): void {
    const waits = push(connection, bytes)
    if (waits === undefined) return
    this.#socket.pause()
    void waits.then(() => this.#socket.resume())
  }
}

/** Resolves when the connection has ended; one that broke says so. */
async function carry(connection: Duplex, index: number, socket: Duplex): Promise<void> {
  try {
    for await (const chunk of connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>)
      await push(socket, binaryFrame(Buffer.of(2 * index), chunk))
  } catch (error) {
    await push(socket, binaryFrame(Buffer.of(2 * index + 1), Buffer.from((error as Error).message)))
  }
}
