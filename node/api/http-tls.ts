/**
 * The API over TLS, for other machines: whoever comes in shows a certificate of the cluster's authority (decision 23), whose
 * CN is the user and whose O are the groups. Without one there are the probes and the version, and nothing else.
 *
 * It listens before there is an API to ask: what a node says of itself names the port that it got.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Authority } from '../../net/index.ts'
import { ANONYMOUS, OPEN_PATHS } from './access.ts'
import type { Api } from './api.ts'
import { closeServers, openDoor, SERVER_OPTIONS } from './http.ts'
import type { User } from './message.ts'
import { ApiError } from './status.ts'
import type { Readers } from './unread.ts'
import { isUserName } from './user-name.ts'

export interface TlsOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly authority: Authority
  /** Name of the node. */
  readonly name: string
  /** Under which clients may reach it: DNS names and addresses. Asked again at each new certificate. */
  readonly names: () => readonly string[]
  readonly now: () => number
  /** [API59] One bound for all who watch, through whichever door. */
  readonly readers: Readers
}

export interface TlsDoor {
  readonly port: number
  /** Until then it answers that the node is starting. */
  open(api: Pick<Api, 'handle'>): void
  close(): Promise<void>
}

/** Other addresses and a later end get into the certificate so often. */
const SERVER_RENEW_MS = 6 * 3_600_000

/** Who connects and does not go on holds a socket. */
const HANDSHAKE_MS = 10_000

/** Rejects with what `listen` says: the caller knows whether the port was wished for. */
export async function listenTls(options: TlsOptions): Promise<TlsDoor> {
  const { authority, now } = options
  let hosts: ReadonlySet<string> = new Set()
  const certified = (): { key: string; cert: string; ca: string } => {
    const names = options.names()
    hosts = new Set(names.map((name) => (name.includes(':') ? `[${name}]` : name)))
    const { key, certificate } = authority.serverCertificate({ name: options.name, names, nowMs: now() })
    return { key, cert: certificate, ca: authority.certificate }
  }
  const server = createServer({
    ...SERVER_OPTIONS,
    ...certified(),
    requestCert: true,
    // Who shows none is answered, with a Status.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: HANDSHAKE_MS,
  })
  const renewal = setInterval(() => server.setSecureContext(certified()), SERVER_RENEW_MS).unref()
  const upgraded = new Set<Duplex>()
  let api: Pick<Api, 'handle'> | undefined
  const starting = new ApiError('ServiceUnavailable', 'the node is starting', { retryAfterSeconds: 1 })
  openDoor(
    server,
    { handle: (request) => (api === undefined ? Promise.reject(starting) : api.handle(request)) },
    {
      asker: (incoming) => asker(incoming, now()),
      hosts: () => hosts,
      hint: ', or begin the node with --api-name for another',
      readers: options.readers,
      upgraded,
    },
  )
  const close = async (): Promise<void> => {
    clearInterval(renewal)
    await closeServers([server], upgraded)
  }
  try {
    return { port: await listening(server, options), open: (opened) => void (api = opened), close }
  } catch (error) {
    clearInterval(renewal)
    throw error
  }
}

function listening(server: Server, { host, port }: TlsOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      // One client's broken handshake is its own affair; node tells of it on `tlsClientError` alone.
      server.on('error', () => {})
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

interface Known {
  readonly user: User
  readonly untilMs: number
}

/** A connection shows one certificate, once. */
const known = new WeakMap<object, Known | { readonly why: string }>()

function asker(incoming: IncomingMessage, nowMs: number): { by: string; user: User } {
  const socket = incoming.socket as TLSSocket
  const found = known.get(socket) ?? shown(socket)
  known.set(socket, found)
  if ('user' in found && nowMs <= found.untilMs) return { by: `tls:${found.user.name}`, user: found.user }
  if (OPEN_PATHS.has((incoming.url ?? '').split('?', 1)[0] as string)) return { by: 'tls', user: ANONYMOUS }
  throw new ApiError(
    'Unauthorized',
    `Unauthorized: ${'why' in found ? found.why : 'the certificate has ended'}; \`shoal kubeconfig\` makes one`,
  )
}

function shown(socket: TLSSocket): Known | { readonly why: string } {
  const certificate = socket.getPeerCertificate()
  // An empty object where there is none.
  if (Object.keys(certificate).length === 0) return { why: 'this door asks for a client certificate of the cluster' }
  if (!socket.authorized) return { why: `the client certificate is not taken: ${String(socket.authorizationError)}` }
  const { CN: name, O: groups } = certificate.subject as { CN?: string | string[]; O?: string | string[] }
  if (!isUserName(name)) return { why: 'the CN of the client certificate names no user' }
  const list = groups === undefined ? [] : typeof groups === 'string' ? [groups] : groups
  return { user: { name, groups: list }, untilMs: Date.parse(certificate.valid_to) }
}
