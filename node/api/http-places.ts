/**
 * How many connections a server serves at once. Some more are let in, only to be told to come later, and so that a probe is
 * answered whoever holds the others: a client that is not let in at all learns nothing.
 *
 * @module
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { Server as TlsServer } from 'node:tls'

const SURPLUS_MAX = 256

/** [LOAD6] Tells of a request whether it came over one connection too many. */
export function countPlaces(server: Server, placesMax: number): (incoming: IncomingMessage) => boolean {
  const opened = new Set<Duplex>()
  const surplus = new WeakSet<Duplex>()
  // Over TLS requests come from the inner socket.
  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Duplex) => {
    if (opened.size >= placesMax) return surplus.add(socket)
    opened.add(socket)
    return socket.once('close', () => opened.delete(socket))
  })
  server.maxConnections = placesMax + SURPLUS_MAX
  return ({ socket }) => surplus.has(socket)
}
