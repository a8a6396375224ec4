/**
 * The API on its sockets: loopback TCP, and a unix socket for those whom the machine's owner lets in (0660); `http-tls.ts`
 * has the door for everybody else. Only these two know HTTP; what is asked and answered are values (`message.ts`).
 *
 * A browser on this machine can be made to talk to loopback by any page. So the `Host` must be one of ours (a page that
 * rebinds its name to 127.0.0.1 sends its own) and a request that names an `Origin` must come from ourselves.
 *
 * @module
 */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, ServerResponse } from 'node:http'
import type { IncomingMessage, Server, ServerOptions } from 'node:http'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { Duplex, Writable } from 'node:stream'
import { localUser, OPEN_PATHS } from './access.ts'
import { makeDirectories } from '../world/real-directories.ts'
import type { Api } from './api.ts'
import { BODY_BYTES_MAX } from './body.ts'
import { gzipped, takesGzip } from './http-gzip.ts'
import { countPlaces } from './http-places.ts'
import { answerUnheard } from './http-unheard.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { CHARS_PER_TURN, inOneRow, isLong, jsonSlices } from './slices.ts'
import { ApiError, errorResponse } from './status.ts'
import { Readers } from './unread.ts'
import { WARNINGS_MAX, warningHeader } from './warnings.ts'

export interface HttpOptions {
  /** `port` 0: any free one. Absent: no TCP. */
  readonly tcp?: { readonly host: string; readonly port: number }
  /** Path of the unix socket. Absent: none. */
  readonly socket?: string
  /** Names beside loopback's own under which clients may reach the TCP port. */
  readonly hosts?: readonly string[]
  /** Those who watch through other doors too. Absent: there are no others. */
  readonly readers?: Readers
}

export interface ApiServer {
  /** `http://127.0.0.1:7443`, `unix:/run/shoal/shoal.sock` */
  readonly urls: readonly string[]
  close(): Promise<void>
}

/** Bounds of every door. */
export const SERVER_OPTIONS = {
  /** Kubernetes' clients send some 2 KB of headers. */
  maxHeaderSize: 16 * 1024,
  /** A client that needs longer for its headers, or its whole request, holds a socket and sends nothing. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  insecureHTTPParser: false,
} as const satisfies ServerOptions

/** Watches and logs hold a connection each, of some 20 KB: a thousand informers, and as many others. */
const CONNECTIONS_MAX = 2_048

/** Who was told to come later. */
const SURPLUS_RETRY_SECONDS = 2

/** A server that closes gives answers under way so long: who wrote last hears why the node ends. */
const CLOSING_MS = 250

/** Rejects with a sentence where an address is taken; then nothing listens. */
export async function serveApi(api: Pick<Api, 'handle'>, options: HttpOptions): Promise<ApiServer> {
  const servers: Server[] = []
  const { readers = new Readers() } = options
  const upgraded = new Set<Duplex>()
  const close = (): Promise<void> => closeServers(servers, upgraded)
  try {
    const urls: string[] = []
    if (options.socket !== undefined) {
      const server = newServer(api, { asker: named('unix'), hosts: undefined, readers, upgraded })
      urls.push(await listenUnix(server, options.socket))
      servers.push(server)
    }
    if (options.tcp !== undefined) {
      const hosts = new Set(['localhost', '127.0.0.1', '[::1]', options.tcp.host, ...(options.hosts ?? [])])
      const server = newServer(api, { asker: named('loopback'), hosts: () => hosts, readers, upgraded })
      urls.push(await listenTcp(server, options.tcp))
      servers.push(server)
    }
    return { urls, close }
  } catch (error) {
    await close()
    throw error
  }
}

export interface Door {
  /** Who asks. Throws an `ApiError` where nobody unknown is answered. */
  readonly asker: (incoming: IncomingMessage) => Pick<ApiRequest, 'by' | 'user'>
  /** Names that a `Host` header may carry. Undefined: any, since no browser comes in through here. */
  readonly hosts: (() => ReadonlySet<string>) | undefined
  /** What else may be done about a name that is none. */
  readonly hint?: string
  /** Those who watch, through whichever door. */
  readonly readers: Readers
  /** Connections that go on as something else. */
  readonly upgraded: Set<Duplex>
  /** Connections of one door. Default: 2,048. */
  readonly connectionsMax?: number
}

function newServer(api: Pick<Api, 'handle'>, door: Door): Server {
  const server = createServer(SERVER_OPTIONS)
  openDoor(server, api, door)
  return server
}

/** What a server is asked goes to the API from here on. */
export function openDoor(server: Server, api: Pick<Api, 'handle'>, door: Door): void {
  const entrance = { ...door, isSurplus: countPlaces(server, door.connectionsMax ?? CONNECTIONS_MAX) }
  server.on('request', (incoming, outgoing) => void answer(api, entrance, incoming, outgoing))
  server.on('upgrade', (incoming, socket, head) => void upgrade(api, entrance, incoming, { socket, head }))
  answerUnheard(server)
}

/** A door, and whether a request came over one connection too many. */
type Entrance = Door & { readonly isSurplus: (incoming: IncomingMessage) => boolean }

/** [LOAD6] */
function assertPlace(incoming: IncomingMessage, { isSurplus }: Entrance): void {
  if (!isSurplus(incoming) || OPEN_PATHS.has(splitUrl(incoming.url ?? '/')[0])) return
  throw new ApiError(
    'TooManyRequests',
    `this node has all the connections that it serves at once: ask again in ${SURPLUS_RETRY_SECONDS} s, or ask another node`,
    { retryAfterSeconds: SURPLUS_RETRY_SECONDS },
  )
}

async function answer(
  api: Pick<Api, 'handle'>,
  door: Entrance,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  // Its next request may find a place.
  if (door.isSurplus(incoming)) outgoing.setHeader('connection', 'close')
  outgoing.on('error', () => outgoing.destroy())
  const response = await responseTo(api, door, incoming)
  // Cut while it was asking: nobody is there to be answered.
  if (response === undefined || outgoing.destroyed) return drop(response)
  send(response, { incoming, outgoing, readers: door.readers })
}

/** [PROC15] A log that was opened for an asker who has gone meanwhile. */
function drop(response: ApiResponse | undefined): void {
  if (response?.body.type === 'bytes') response.body.stream.destroy()
}

/** [API93] A request to go on with another protocol is one like any other, until it is answered. */
async function upgrade(
  api: Pick<Api, 'handle'>,
  door: Entrance,
  incoming: IncomingMessage,
  { socket, head }: { socket: Duplex; head: Buffer },
): Promise<void> {
  const { upgraded } = door
  socket.on('error', () => socket.destroy())
  socket.once('close', () => upgraded.delete(socket))
  upgraded.add(socket)
  const response = await responseTo(api, door, incoming)
  const { body } = response ?? {}
  if (body?.type === 'upgrade') {
    if (socket.destroyed) return body.close()
    const headers = Object.entries({ connection: 'Upgrade', upgrade: body.protocol, ...body.headers })
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
    if (head.length > 0) socket.unshift(head)
    return body.open(socket)
  }
  if (response === undefined || socket.destroyed) return drop(response)
  const outgoing = new ServerResponse(incoming)
  outgoing.assignSocket(socket as Socket)
  // [FUZZ5] A socket that nobody reads learns not even that its client has gone.
  outgoing.once('finish', () => {
    socket.resume().end()
    setTimeout(() => socket.destroy(), CLOSING_MS).unref()
  })
  outgoing.setHeader('connection', 'close')
  send(response, { incoming, outgoing, readers: door.readers })
}

async function responseTo(
  api: Pick<Api, 'handle'>,
  door: Entrance,
  incoming: IncomingMessage,
): Promise<ApiResponse | undefined> {
  try {
    assertOurs(incoming, door)
    assertPlace(incoming, door)
    const asker = door.asker(incoming)
    const body = await bodyOf(incoming)
    return body === undefined ? undefined : await api.handle({ ...requestOf(incoming, body), ...asker })
  } catch (error) {
    if (error instanceof ApiError) return errorResponse(error)
    throw error
  }
}

/** [API10] [API11] Before anything is read. */
function assertOurs({ headers }: IncomingMessage, { hosts, hint }: Door): void {
  if (hosts === undefined) return
  const host = withoutPort(headers.host ?? '')
  if (!hosts().has(host)) {
    throw new ApiError(
      'Forbidden',
      `the Host header says "${host.slice(0, 100)}", which is none of this API's names: use 127.0.0.1 or localhost${hint ?? ''}`,
    )
  }
  const { origin } = headers
  if (origin === undefined) return
  const from = /^https?:\/\/([^/]+)$/.exec(origin)?.[1]
  if (from === undefined || from !== headers.host) {
    throw new ApiError(
      'Forbidden',
      `requests from the origin "${origin.slice(0, 100)}" are not taken: a web page of another address sent this`,
    )
  }
}

function withoutPort(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '')
}

/** Undefined: the client went away. */
async function bodyOf(incoming: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(incoming.headers['content-length'] ?? 0) > BODY_BYTES_MAX) throw tooLarge(incoming)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > BODY_BYTES_MAX) throw tooLarge(incoming)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof ApiError) throw error
    return undefined
  }
  return Buffer.concat(chunks)
}

function tooLarge(incoming: IncomingMessage): ApiError {
  // What is still coming is let go by, not kept; `connection: close` ends it after the answer.
  incoming.resume()
  return new ApiError('RequestEntityTooLarge', `the body is larger than ${BODY_BYTES_MAX} bytes: split it`)
}

function requestOf(incoming: IncomingMessage, body: Uint8Array): Omit<ApiRequest, 'by' | 'user'> {
  const [path, query] = splitUrl(incoming.url ?? '/')
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
  return {
    method: incoming.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers,
    body,
  }
}

function splitUrl(url: string): [path: string, query: string] {
  const at = url.indexOf('?')
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

/** The name is the client's own word; the door is ours, and whoever comes through it may do everything. */
function named(door: string): Door['asker'] {
  return ({ headers }) => {
    const said = headers['shoal-user']
    const by = typeof said === 'string' && /^[\w.@-]{1,64}$/.test(said) ? `${door}:${said}` : door
    return { by, user: localUser(by) }
  }
}

interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly readers: Readers
}

function send(response: ApiResponse, { incoming, outgoing, readers }: Exchange): void {
  for (const [name, value] of Object.entries(response.headers)) outgoing.setHeader(name, value)
  if (response.warnings.length > 0)
    outgoing.setHeader('warning', response.warnings.slice(0, WARNINGS_MAX).map(warningHeader))
  if (!outgoing.hasHeader('cache-control')) outgoing.setHeader('cache-control', 'no-store')
  outgoing.setHeader('x-content-type-options', 'nosniff')
  if (!incoming.complete) outgoing.setHeader('connection', 'close')
  outgoing.statusCode = response.status
  sendBody(response.body, { incoming, outgoing, readers })
}

function sendBody(body: ApiResponse['body'], { incoming, outgoing, readers }: Exchange): void {
  switch (body.type) {
    case 'upgrade':
      body.close()
      outgoing.statusCode = 426
      outgoing.setHeader('upgrade', body.protocol)
      outgoing.end()
      break
    case 'json':
      // Discovery says more of its JSON than that it is some.
      if (!outgoing.hasHeader('content-type')) outgoing.setHeader('content-type', 'application/json')
      void sendSlices(body.value, { incoming, outgoing })
      break
    case 'whole': {
      outgoing.setHeader('content-type', body.contentType)
      const packs = body.bytes.length >= CHARS_PER_TURN && takesGzip(incoming)
      const to = packs ? gzipped(outgoing) : outgoing
      to.end(body.bytes)
      break
    }
    case 'text':
      outgoing.setHeader('content-type', 'text/plain; charset=utf-8')
      outgoing.end(body.text)
      break
    case 'bytes':
      outgoing.setHeader('content-type', body.contentType)
      outgoing.flushHeaders()
      body.stream.pipe(outgoing)
      body.stream.once('error', () => outgoing.destroy())
      outgoing.once('close', () => body.stream.destroy())
      break
    case 'lines':
      outgoing.setHeader('content-type', body.contentType)
      // Informers wait for the headers before they count as started, and the first event may be an hour away.
      outgoing.flushHeaders()
      sendLines(body.open, { outgoing, readers })
      break
  }
}

const turn = inOneRow((run) => void setImmediate(run))

/** [API36] The next slice is made in a turn of its own, and when the one before it is on its way. */
async function sendSlices(value: unknown, { incoming, outgoing }: Omit<Exchange, 'readers'>): Promise<void> {
  if (isLong(value)) await turn()
  const slices = jsonSlices(value)
  const first = slices.next()
  // Most answers are one slice, and say how long they are.
  let next = slices.next()
  if (next.done === true) return void outgoing.end(first.value)
  // [PROTO7] Of more than that each is worth packing.
  const to = takesGzip(incoming) ? gzipped(outgoing) : outgoing
  let isOnItsWay = to.write(first.value)
  while (next.done !== true) {
    if (!isOnItsWay) await drained(to)
    await turn()
    if (to.destroyed) return
    isOnItsWay = to.write(next.value)
    next = slices.next()
  }
  to.end()
}

function drained(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      to.off('drain', over).off('close', over)
      resolve()
    }
    to.on('drain', over).on('close', over)
  })
}

type Open = Extract<ApiResponse['body'], { type: 'lines' }>['open']

function sendLines(open: Open, { outgoing, readers }: Omit<Exchange, 'incoming'>): void {
  let opened: { close(): void } | undefined
  let closed = false
  readers.add(outgoing)
  outgoing.once('close', () => {
    closed = true
    readers.remove(outgoing)
    opened?.close()
  })
  opened = open({
    write: (line) => {
      // [LOAD5] What comes at once goes at once: each write to the socket costs as much as some twenty lines.
      if (outgoing.writableCorked === 0) {
        outgoing.cork()
        process.nextTick(() => outgoing.uncork())
      }
      readers.write(outgoing, line)
    },
    drained: () => (outgoing.writableNeedDrain ? drained(outgoing) : Promise.resolve()),
    end: () => outgoing.end(),
  })
  if (closed) opened.close()
}

function listenTcp(server: Server, { host, port }: { host: string; port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is in use: choose another with --api' : error.message
      reject(new Error(`the API cannot listen on ${host}:${port}: ${why}`))
    })
    server.listen({ host, port }, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`)
    })
  })
}

/** [API111] `/run` is empty after each start of a machine. */
async function listenUnix(server: Server, path: string): Promise<string> {
  try {
    makeDirectories(dirname(path), 0o755)
  } catch (error) {
    throw new Error(`the API cannot listen on ${path}: ${(error as Error).message}`, { cause: error })
  }
  await removeStale(path)
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new Error(`the API cannot listen on ${path}: ${error.message}`)))
    server.listen(path, () => {
      chmodSync(path, 0o660)
      resolve(`unix:${path}`)
    })
  })
}

/** A socket that a killed node left behind is in the way; one that answers belongs to a node that runs. */
async function removeStale(path: string): Promise<void> {
  const state = await new Promise<'alive' | 'stale' | 'absent'>((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => resolve('alive'))
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENOENT' ? 'absent' : 'stale'))
    probe.once('close', () => probe.destroy())
    probe.once('connect', () => probe.destroy())
  })
  if (state === 'alive')
    throw new Error(
      `the API cannot listen on ${path}: another node answers there, stop it or choose another --api-socket`,
    )
  if (state === 'stale') rmSync(path, { force: true })
}

export async function closeServers(servers: readonly Server[], upgraded: ReadonlySet<Duplex>): Promise<void> {
  // Watches never end by themselves, nor do those of whom no server knows any more.
  const cut = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
    for (const socket of upgraded) socket.destroy()
  }, CLOSING_MS)
  await Promise.all(servers.map((server) => new Promise<void>((closed) => server.close(() => closed()))))
  clearTimeout(cut)
}
