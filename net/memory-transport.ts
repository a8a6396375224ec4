/**
 * One node's end of a `MemoryNetwork`. Gossip floods over links: each message once to the layers above, on only when accepted.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Members } from './members.ts'
import { checkHeader } from './streams.ts'
import { FRAME_BYTES_MAX, GOSSIP_BYTES_MAX, NetError } from './transport.ts'
import type { DownReason, PeerId, StreamProtocol, Topic, Transport, TransportHandlers } from './transport.ts'

export interface MemoryNodeOptions {
  self: PeerId
  /** With it, links need the same hello as over libp2p; without it, everybody is a member. */
  members?: Members
}

/** What the network knows of a node on it. */
export interface Station {
  readonly self: PeerId
  readonly members: Members | undefined
  readonly handlers: TransportHandlers
  gossip(from: PeerId, topic: Topic, bytes: Uint8Array): void
}

/** What a node's end needs of the network. */
export interface Wires {
  attach(station: Station): void
  detach(node: PeerId): void
  linksOf(node: PeerId): ReadonlySet<PeerId>
  link(from: PeerId, to: PeerId): Promise<void>
  unlink(from: PeerId, to: PeerId, reason: DownReason): void
  send(from: PeerId, to: PeerId, bytes: number, deliver: (to: Station) => void): 'sent' | 'full' | 'no-link'
  stream(from: PeerId, to: PeerId, protocol: StreamProtocol, header: Uint8Array): Promise<Duplex>
}

export const addressOf = (peer: PeerId): string => `/memory/${peer}/p2p/${peer}`

/** Messages known by their hash; older ones could only come back from somebody who kept them for that. */
const SEEN_MAX = 8192

export class MemoryTransport implements Transport {
  readonly self: PeerId
  readonly #network: Wires
  readonly #options: MemoryNodeOptions
  readonly #seen = new Set<string>()
  #station: Station | undefined

  constructor(network: Wires, options: MemoryNodeOptions) {
    this.self = options.self
    this.#network = network
    this.#options = options
  }

  async start(handlers: TransportHandlers): Promise<void> {
    const { members } = this.#options
    if (members !== undefined && !members.isMember(this.self)) {
      throw new NetError('not-admitted', 'This node has no certificate of its cluster: join with a ticket first')
    }
    this.#station = {
      self: this.self,
      members,
      handlers,
      gossip: (from, topic, bytes) => this.#receiveGossip(handlers, from, topic, bytes),
    }
    this.#network.attach(this.#station)
  }

  async stop(): Promise<void> {
    this.#station = undefined
    this.#network.detach(this.self)
  }

  addresses(): readonly string[] {
    return [addressOf(this.self)]
  }

  publish(topic: Topic, bytes: Uint8Array): void {
    this.#running()
    if (bytes.length > GOSSIP_BYTES_MAX) {
      throw new RangeError(
        `A gossip message of ${bytes.length} bytes is over the ${GOSSIP_BYTES_MAX} allowed: send it on links`,
      )
    }
    if (this.#isNew(topic, bytes)) this.#spread(topic, bytes)
  }

  send(to: PeerId, frame: Uint8Array): 'sent' | 'full' | 'no-link' {
    if (frame.length > FRAME_BYTES_MAX) {
      throw new RangeError(`A frame of ${frame.length} bytes is over the ${FRAME_BYTES_MAX} a link carries: split it`)
    }
    // a copy, as over a socket: the sender may use its buffer again
    const bytes = Uint8Array.from(frame)
    return this.#network.send(this.self, to, bytes.length, (station) => station.handlers.frame(this.self, bytes))
  }

  links(): readonly PeerId[] {
    return [...this.#network.linksOf(this.self)]
  }

  async connect(addresses: readonly string[]): Promise<PeerId> {
    this.#running()
    const peer = addresses[0]?.split('/p2p/')[1]
    if (peer === undefined) throw new NetError('protocol', `"${addresses[0]}" does not end in /p2p/<peer id>`)
    if (peer === this.self)
      throw new NetError('protocol', 'These addresses are this node itself: nothing to connect to')
    if (!this.#network.linksOf(this.self).has(peer)) await this.#network.link(this.self, peer)
    return peer
  }

  async disconnect(peer: PeerId): Promise<void> {
    if (this.#network.linksOf(this.self).has(peer)) this.#network.unlink(this.self, peer, 'closed')
  }

  async open(to: PeerId, protocol: StreamProtocol, header: Uint8Array): Promise<Duplex> {
    this.#running()
    checkHeader(header)
    return await this.#network.stream(this.self, to, protocol, Uint8Array.from(header))
  }

  #receiveGossip(handlers: TransportHandlers, from: PeerId, topic: Topic, bytes: Uint8Array): void {
    if (!this.#isNew(topic, bytes)) return
    handlers.gossip({
      topic,
      bytes,
      from,
      accept: () => this.#spread(topic, bytes, from),
      ignore: () => {},
      reject: () => {},
    })
  }

  #spread(topic: Topic, bytes: Uint8Array, except?: PeerId): void {
    for (const peer of this.links()) {
      if (peer === except) continue
      this.#network.send(this.self, peer, bytes.length, (station) => station.gossip(this.self, topic, bytes))
    }
  }

  #isNew(topic: Topic, bytes: Uint8Array): boolean {
    const hash = createHash('sha256').update(topic).update(bytes).digest('base64')
    if (this.#seen.has(hash)) return false
    this.#seen.add(hash)
    const [oldest] = this.#seen
    if (this.#seen.size > SEEN_MAX && oldest !== undefined) this.#seen.delete(oldest)
    return true
  }

  #running(): void {
    if (this.#station === undefined)
      throw new NetError('stopped', 'The node is not connected to the network: it has been stopped')
  }
}
