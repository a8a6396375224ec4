/**
 * What a server does about a client of whom it could make no request: one that is too slow, or whose bytes are not HTTP.
 *
 * Node judges slowness by the clock, in a timer, and timers run before sockets are read. A process that stood still (SIGSTOP,
 * a virtual machine that was moved) would refuse everything that came meanwhile, so such a client is judged a moment later.
 *
 * @module
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What has come is read within some milliseconds; a client that sends nothing holds its socket so much longer. */
export const MOMENT_MS = 1_000

const TOO_SLOW = 'ERR_HTTP_REQUEST_TIMEOUT'

/** By code of Node's error. */
const REFUSALS: Readonly<Record<string, string>> = {
  [TOO_SLOW]: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** [API14] [API110] From here on. */
export function answerUnheard(server: Server): void {
  const exchanges = new WeakMap<Duplex, Exchange>()
  server.on('request', (incoming, outgoing) => void exchanges.set(incoming.socket, { incoming, outgoing }))
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== TOO_SLOW) return refuse(socket, error.code, exchanges.get(socket))
    const last = exchanges.get(socket)
    const wasWhole = last?.incoming.complete === true
    setTimeout(() => {
      const now = exchanges.get(socket)
      const isHeard = now?.incoming.complete === true && (now !== last || !wasWhole)
      if (!isHeard) refuse(socket, TOO_SLOW, now)
    }, MOMENT_MS).unref()
  })
}

function refuse(socket: Duplex, code = '', exchange?: Exchange): void {
  // Amid an answer it would be read as a part of that.
  const isAmid = exchange?.outgoing.headersSent === true && !exchange.outgoing.writableFinished
  if (socket.writable && !isAmid)
    socket.write(`HTTP/1.1 ${REFUSALS[code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`)
  socket.destroy()
}
