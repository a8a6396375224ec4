/**
 * TCP of the machine. Connections keep their half-close, send small packets at once and notice a dead peer in the end.
 *
 * @module
 */
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Listening, Sockets } from './world.ts'

const CONNECTION = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  /** Silence after which the kernel asks whether the peer is still there. */
  keepAliveInitialDelay: 30_000,
} as const

/** Connections the kernel may hold that are not accepted yet; as much as Linux gives by default. */
const BACKLOG = 4_096

export const realSockets: Sockets = {
  listen({ host, port }, onConnection) {
    const server = createServer(CONNECTION)
    server.on('connection', (socket) => {
      // A reset before anybody listens for it would otherwise end the process.
      socket.on('error', ignoreError)
      onConnection(socket)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, backlog: BACKLOG, exclusive: true }, () => {
        server.off('error', reject)
        // Out of file descriptors while accepting: that connection is lost, the listener stays.
        server.on('error', ignoreError)
        resolve(listening(server))
      })
    })
  },

  connect({ host, port, timeoutMs }) {
    return new Promise<Duplex>((resolve, reject) => {
      const socket = connect({ host, port, ...CONNECTION })
      // [SOCK5] After a stall Node runs the timers first: the answer may be there, so it is looked for once more.
      const giveUp = (): void => void (socket.connecting && socket.destroy(timeoutError(host, port, timeoutMs)))
      const timer = setTimeout(() => setImmediate(giveUp), timeoutMs)
      // Stays for the life of the connection: whoever takes it over may be late with a listener of its own.
      socket.on('error', ignoreError)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(socket)
      })
      socket.once('connect', () => clearTimeout(timer))
      socket.once('close', () => clearTimeout(timer))
    })
  },
}

function listening(server: Server): Listening {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has an address and a port')
  return {
    host: address.address,
    port: address.port,
    // The kernel gives the port back at once; Node's callback would wait for every connection to end.
    async close() {
      server.close()
    },
  }
}

function timeoutError(host: string, port: number, timeoutMs: number): Error {
  const error = new Error(`no answer from ${host}:${port} within ${timeoutMs} ms`)
  return Object.assign(error, { code: 'ETIMEDOUT', address: host, port })
}

function ignoreError(): void {}
