/**
 * The transport over libp2p. What it adds to a bare host: nobody is a peer who is not a member (`channel.ts`), neighbours are
 * links (`link.ts`), gossip runs on links (`gossip.ts`), and bulk has streams of its own (`streams.ts`).
 *
 * @module
 */
import './node20.ts'
import type { Duplex } from 'node:stream'
import type { Connection, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { Door, helloFrame, readHello } from './admission.ts'
import type { HelloRefusal, JoinRefusal } from './admission.ts'
import type { Certificate } from './certificate.ts'
import { CONNECT_MS_MAX, NO_MEMBER, dialAny, peerOf } from './dial.ts'
import type { Dialer } from './dial.ts'
import { Gossip } from './gossip.ts'
import { createHost } from './host.ts'
import type { Identity } from './identity.ts'
import { LINK_PROTOCOL } from './link.ts'
import { Links } from './links.ts'
import type { Members } from './members.ts'
import { reasonOf } from './reason.ts'
import { PeerStream, STREAMS_PER_PEER_MAX, STREAM_PROTOCOL, checkHeader, receiveHeader, sendHeader } from './streams.ts'
import { NetError } from './transport.ts'
import type { PeerId, StreamProtocol, Topic, Transport, TransportHandlers } from './transport.ts'

/** For the log: whom this node did not let in, and why. Never told to the stranger. */
export interface Refusal {
  readonly reason: HelloRefusal | JoinRefusal
  readonly peer: PeerId
  readonly remote: string
}

export interface SwarmOptions {
  identity: Identity
  /** Holds this node's own certificate already. */
  members: Members
  /** What members share and newcomers are handed. */
  dataKey?: Uint8Array | undefined
  /** Multiaddrs to listen on, e.g. `/ip4/0.0.0.0/tcp/7946`. */
  listen: readonly string[]
  /** Multiaddrs to be dialled at, where they are not those listened on. */
  announce?: readonly string[]
  /** Wall clock: tickets expire. */
  now(): number
  random(bytes: number): Uint8Array
  refused?(refusal: Refusal): void
}

/** Addresses of members remembered for streams to those we have no link with. */
const KNOWN_MAX = 4096
/** The header follows the opening of a stream at once. */
const HEADER_MS_MAX = 5000
/** A connection that carries neither link nor stream is closed after this: the next question often follows soon. */
const UNUSED_MS = 10_000
/** For the goodbyes of a connection; then it is cut. */
const CLOSE_MS_MAX = 500

type Services = { gossip: Gossip; dialer: { dial: Dialer; listening(): Multiaddr[] } }
type Host = Awaited<ReturnType<typeof createHost<Services>>>

export class Swarm implements Transport {
  readonly self: PeerId
  readonly #options: SwarmOptions
  readonly #door: Door
  readonly #known = new Map<PeerId, readonly string[]>()
  readonly #dials = new Map<PeerId, Promise<Connection>>()
  readonly #links: Links
  #host: Host | undefined
  #handlers: TransportHandlers | undefined

  constructor(options: SwarmOptions) {
    this.#options = options
    this.self = options.identity.node
    this.#door = new Door(options)
    this.#links = new Links({
      self: this.self,
      random: options.random,
      addresses: () => this.addresses(),
      events: {
        mayLink: (peer) => this.#handlers?.mayLink(peer) ?? false,
        frame: (from, bytes) => this.#handlers?.frame(from, bytes),
        up: (link) => {
          this.#remember(link.peer, link.addresses)
          this.#host?.services.gossip.linkUp(link.connection)
          this.#handlers?.up(link.peer, link.addresses)
        },
        down: (link, reason) => {
          this.#host?.services.gossip.linkDown(link.connection)
          this.#handlers?.down(link.peer, reason)
          // after the goodbye of the link itself
          queueMicrotask(() => this.#closeIfUnused(link.connection))
        },
      },
    })
  }

  async start(handlers: TransportHandlers): Promise<void> {
    const { identity, members, listen, announce = [] } = this.#options
    if (!members.isMember(this.self)) {
      throw new NetError(
        'not-admitted',
        `This node has no certificate of cluster ${members.genesis.name}: join with a ticket first`,
      )
    }
    this.#handlers = handlers
    this.#host = await createHost<Services>({
      identity,
      listen,
      announce,
      words: {
        ask: () => helloFrame(members, this.self),
        accept: (peer, reply) => this.#accept(peer, reply),
        answer: (peer, remote, frame) => this.#answer(peer, remote, frame),
      },
      services: {
        gossip: (components) =>
          new Gossip(
            {
              clusterId: members.clusterId,
              isLinked: (connection) => this.#links.isOn(connection),
              events: {
                message: (message) => handlers.gossip(message),
                stuck: (peer) => this.#links.get(peer)?.abort('its gossip streams did not come up'),
              },
            },
            components,
          ),
        // straight to the transport: libp2p's queue dials a peer's addresses one after the other
        dialer: ({ transportManager }) => ({
          dial: (address: Multiaddr, options: { signal: AbortSignal }) => transportManager.dial(address, options),
          listening: () => transportManager.getAddrs(),
        }),
      },
    }).catch((error: unknown) => {
      throw listenTrouble(listen, error)
    })
    await this.#serve(this.#host)
  }

  async stop(): Promise<void> {
    const host = this.#host
    this.#host = undefined
    this.#links.stop()
    await host?.stop()
  }

  addresses(): readonly string[] {
    return this.#host?.getMultiaddrs().map(String) ?? []
  }

  /** TCP ports bound, also those chosen by the system for `/tcp/0`. */
  listeningPorts(): readonly number[] {
    const bound = this.#host?.services.dialer.listening() ?? []
    return bound.map((address) => Number(address.getComponents().find(({ name }) => name === 'tcp')?.value ?? 0))
  }

  publish(topic: Topic, bytes: Uint8Array): void {
    this.#running().services.gossip.publish(topic, bytes)
  }

  send(to: PeerId, frame: Uint8Array): 'sent' | 'full' | 'no-link' {
    return this.#links.send(to, frame)
  }

  links(): readonly PeerId[] {
    return this.#links.peers()
  }

  async connect(addresses: readonly string[]): Promise<PeerId> {
    const peer = peerOf(addresses)
    if (peer === this.self)
      throw new NetError('protocol', 'These addresses are this node itself: nothing to connect to')
    if (this.#links.get(peer) !== undefined) return peer
    this.#remember(peer, addresses)
    const signal = AbortSignal.timeout(CONNECT_MS_MAX)
    await this.#links.open(peer, () => this.#newStream(peer, LINK_PROTOCOL, signal), signal)
    return peer
  }

  async disconnect(peer: PeerId): Promise<void> {
    this.#links.get(peer)?.close()
  }

  async open(to: PeerId, protocol: StreamProtocol, header: Uint8Array): Promise<Duplex> {
    checkHeader(header)
    const { stream } = await this.#newStream(to, STREAM_PROTOCOL, AbortSignal.timeout(CONNECT_MS_MAX))
    sendHeader(stream, protocol, header)
    return new PeerStream(stream)
  }

  async #serve(host: Host): Promise<void> {
    await host.handle(LINK_PROTOCOL, (stream, connection) => this.#links.accept(stream, connection), {
      maxInboundStreams: 4,
      maxOutboundStreams: 4,
      runOnLimitedConnection: true,
    })
    await host.handle(STREAM_PROTOCOL, (stream, connection) => this.#acceptStream(stream, connection), {
      maxInboundStreams: STREAMS_PER_PEER_MAX,
      maxOutboundStreams: STREAMS_PER_PEER_MAX,
      runOnLimitedConnection: true,
    })
    await host.start()
  }

  async #acceptStream(stream: Stream, connection: Connection): Promise<void> {
    stream.addEventListener('close', () => this.#closeWhenUnused(connection))
    const { protocol, header } = await receiveHeader(stream, AbortSignal.timeout(HEADER_MS_MAX))
    this.#handlers?.stream(connection.remotePeer.toString(), protocol, header, new PeerStream(stream))
  }

  /** On the link's connection, or another that is there, or a new one. */
  async #newStream(
    peer: PeerId,
    protocol: string,
    signal: AbortSignal,
  ): Promise<{ connection: Connection; stream: Stream }> {
    const connection = this.#connectionTo(peer) ?? (await this.#dial(peer))
    try {
      const stream = await connection.newStream(protocol, { signal, runOnLimitedConnection: true })
      stream.addEventListener('close', () => this.#closeWhenUnused(connection))
      return { connection, stream }
    } catch (error) {
      // a connection that answers nothing is dead, and would be taken again by the next attempt
      if (signal.aborted) connection.abort(new Error('no answer'))
      if (signal.aborted) throw new NetError('timeout', `${peer} did not open a stream in time: is it overloaded?`)
      throw new NetError('protocol', `${peer} could not open a stream: ${reasonOf(error)}`)
    }
  }

  #connectionTo(peer: PeerId): Connection | undefined {
    const linked = this.#links.get(peer)?.connection
    if (linked?.status === 'open') return linked
    return this.#running()
      .getConnections()
      .find((connection) => connection.remotePeer.toString() === peer && connection.status === 'open')
  }

  #dial(peer: PeerId): Promise<Connection> {
    const present = this.#dials.get(peer)
    if (present !== undefined) return present
    const addresses = this.#known.get(peer) ?? []
    if (addresses.length === 0)
      throw new NetError('unreachable', `No address of ${peer} is known: connect to one of its neighbours`)
    const dial = dialAny(this.#running().services.dialer.dial, addresses, CONNECT_MS_MAX).finally(() =>
      this.#dials.delete(peer),
    )
    this.#dials.set(peer, dial)
    return dial
  }

  #remember(peer: PeerId, addresses: readonly string[]): void {
    if (addresses.length === 0) return
    this.#known.delete(peer)
    this.#known.set(peer, addresses)
    const [oldest] = this.#known.keys()
    if (this.#known.size > KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest)
  }

  /** At once after a link has fallen: its connection may be dead, and must not be in the way of a new one. */
  #closeIfUnused(connection: Connection): void {
    // an empty name: still being opened
    const isUsed = connection.streams.some(({ protocol }) => protocol === '' || protocol === STREAM_PROTOCOL)
    if (isUsed || this.#links.uses(connection) || connection.status !== 'open') return
    connection.close({ signal: AbortSignal.timeout(CLOSE_MS_MAX) }).catch(() => connection.abort(new Error('unused')))
  }

  #closeWhenUnused(connection: Connection): void {
    setTimeout(() => this.#closeIfUnused(connection), UNUSED_MS).unref()
  }

  #accept(peer: PeerId, reply: Uint8Array): void {
    const read = readHello(reply, peer, this.#options.members)
    if ('refusal' in read) throw new Error(`${peer} ${NO_MEMBER} (${read.refusal})`)
    this.#announce(read.fresh)
  }

  #answer(peer: PeerId, remote: string, frame: Uint8Array): Uint8Array {
    const neighboursFor = this.#handlers?.neighboursFor
    const answer = this.#door.answer({ frame, peer, remote, nowMs: this.#options.now(), neighboursFor })
    if (answer.verdict === 'refused') {
      this.#options.refused?.({ reason: answer.reason, peer, remote })
      throw new Error(`refused: ${answer.reason}`)
    }
    this.#announce(answer.fresh)
    return answer.reply
  }

  #announce(certificates: readonly Certificate[]): void {
    for (const certificate of certificates) this.#handlers?.admitted(certificate.bytes)
  }

  #running(): Host {
    if (this.#host === undefined)
      throw new NetError('stopped', 'The node is not connected to the network: it has been stopped')
    return this.#host
  }
}

/** libp2p names the addresses and what the system said, in a text for its own users. */
function listenTrouble(addresses: readonly string[], error: unknown): Error {
  const text = reasonOf(error)
  const code = /\b(EADDRINUSE|EADDRNOTAVAIL|EACCES)\b/.exec(text)?.[1]
  if (code === undefined) return error instanceof Error ? error : new Error(text)
  const why = {
    EADDRINUSE: 'the port is in use: choose another with --listen',
    EADDRNOTAVAIL: 'this machine has no such address: choose another with --listen',
    EACCES: 'this user may not listen there: choose a port from 1024 on with --listen',
  }[code]
  return new NetError('listen', `cannot listen for members on ${addresses.join(', ')}: ${why}`)
}
