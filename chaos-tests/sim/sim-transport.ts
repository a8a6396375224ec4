/**
 * One node's end of the simulated network: the port that `node/` is written against.
 *
 * Gossip goes to a few neighbours at once and is offered to the rest a little later, as gossipsub does; others' messages go by
 * a link when its mesh has taken that in. Each message is shown to the layers above once, unless the weather doubles it.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Door } from '../../net/admission.ts'
import type { Members } from '../../net/members.ts'
import { checkHeader } from '../../net/streams.ts'
import { FRAME_BYTES_MAX, GOSSIP_BYTES_MAX, NetError } from '../../net/transport.ts'
import type { PeerId, StreamProtocol, Topic, Transport, TransportHandlers } from '../../net/transport.ts'
import { FRAME } from '../../node/store/frames.ts'
import { drawAt, seriesOf } from './random.ts'
import type { SentGossip, SimNetwork, Station } from './sim-network.ts'
import type { Trace } from './trace.ts'
import type { Host } from './wiring.ts'

/** Messages known by their hash; older ones could only come back from somebody who kept them for that. */
const SEEN_MAX = 8_192
/** Neighbours that get a message at once; the others hear of it at the next heartbeat, if they have not by then. */
const FANOUT = 6
const HEARTBEAT_MS = 1_000
/** Draws of one message to one neighbour: lost, late, by how much, twice. */
const DRAWS = 4
/** A neighbour that is offered what it has by now costs the message's id and its frame, as gossipsub's IHAVE. */
const OFFER_BYTES = 24
/** How late a message may come that is out of order. */
const LATE_MS_MAX = 500

/** By the first byte of a frame. */
const KINDS = new Map<number | undefined, string>(Object.entries(FRAME).map(([kind, tag]) => [tag, kind]))

export interface SimTransportOptions {
  readonly self: PeerId
  readonly host: Host
  /** Its machine's, an IP. */
  readonly address: string
  readonly seed: number
  /** Absent: everybody is a member. */
  readonly members?: Members
  /** Absent: it admits nobody. */
  readonly door?: Door
  /** Does what comes from outside in the process of this node. Absent: that never stands still. */
  readonly enter?: (run: () => void) => void
  readonly trace?: Pick<Trace, 'add'>
  /** Of the run. */
  readonly nowMs: () => number
  /** Of its machine. */
  readonly wallMs: () => number
}

export class SimTransport implements Transport {
  readonly self: PeerId
  readonly #network: SimNetwork
  readonly #options: SimTransportOptions
  readonly #seen = new Set<string>()
  readonly #series: number
  #sent = 0
  #station: Station | undefined

  constructor(network: SimNetwork, options: SimTransportOptions) {
    this.self = options.self
    this.#network = network
    this.#options = options
    this.#series = seriesOf(options.seed, `gossip/${options.self}`)
  }

  async start(handlers: TransportHandlers): Promise<void> {
    const { members, host, enter = (run) => run() } = this.#options
    if (members !== undefined && !members.isMember(this.self)) {
      throw new NetError('not-admitted', 'This node has no certificate of its cluster: join with a ticket first')
    }
    this.#station = {
      self: this.self,
      host,
      address: this.#address,
      members,
      handlers,
      enter,
      admit: (frame, newcomer) => this.#admit(handlers, frame, newcomer),
      hear: (from, gossip) => this.#hear(handlers, from, gossip),
      hasHeard: ({ id }) => this.#seen.has(id),
    }
    this.#network.attach(this.#station)
  }

  async stop(): Promise<void> {
    const station = this.#station
    this.#station = undefined
    if (station !== undefined) this.#network.detach(station)
  }

  /** As `kill -9` does. */
  crash(): void {
    const station = this.#station
    this.#station = undefined
    if (station !== undefined) this.#network.crash(station)
  }

  cutPower(): void {
    const station = this.#station
    this.#station = undefined
    if (station !== undefined) this.#network.cutPower(station)
  }

  addresses(): readonly string[] {
    return [this.#address]
  }

  publish(topic: Topic, bytes: Uint8Array): void {
    const station = this.#running()
    if (bytes.length > GOSSIP_BYTES_MAX) {
      throw new RangeError(
        `A gossip message of ${bytes.length} bytes is over the ${GOSSIP_BYTES_MAX} allowed: send it on links`,
      )
    }
    const gossip = { topic, bytes: Uint8Array.from(bytes), id: hashOf(topic, bytes) }
    if (this.#note(gossip.id)) this.#spread(station, gossip)
  }

  send(to: PeerId, frame: Uint8Array): 'sent' | 'full' | 'no-link' {
    if (frame.length > FRAME_BYTES_MAX) {
      throw new RangeError(`A frame of ${frame.length} bytes is over the ${FRAME_BYTES_MAX} a link carries: split it`)
    }
    const station = this.#station
    if (station === undefined) return 'no-link'
    // a copy, as over a socket: the sender may use its buffer again
    const bytes = new Uint8Array(frame)
    this.#options.trace?.add(this.#options.nowMs(), this.#options.host, 'frame', to, bytes)
    const kind = KINDS.get(bytes[0]) ?? 'other'
    return this.#network.send(station, to, bytes.length, (there) => there.handlers.frame(this.self, bytes), { kind })
  }

  links(): readonly PeerId[] {
    return this.#station === undefined ? [] : this.#network.peersOf(this.#station)
  }

  async connect(addresses: readonly string[]): Promise<PeerId> {
    const station = this.#running()
    const peer = addresses[0]?.split('/p2p/')[1]
    if (peer === undefined) throw new NetError('protocol', `"${addresses[0]}" does not end in /p2p/<peer id>`)
    if (peer === this.self)
      throw new NetError('protocol', 'These addresses are this node itself: nothing to connect to')
    await this.#network.dial(station, peer)
    return peer
  }

  async disconnect(peer: PeerId): Promise<void> {
    if (this.#station !== undefined) this.#network.hangUp(this.#station, peer)
  }

  async open(to: PeerId, protocol: StreamProtocol, header: Uint8Array): Promise<Duplex> {
    const station = this.#running()
    checkHeader(header)
    return await this.#network.open(station, to, protocol, Uint8Array.from(header))
  }

  get #address(): string {
    return `/ip4/${this.#options.address}/tcp/7946/p2p/${this.self}`
  }

  /** As `swarm.ts` does it. */
  #admit(handlers: TransportHandlers, frame: Uint8Array, newcomer: PeerId): Uint8Array {
    const { door, host, wallMs } = this.#options
    const answer = door?.answer({
      frame,
      peer: newcomer,
      remote: host,
      nowMs: wallMs(),
      neighboursFor: handlers.neighboursFor,
    })
    if (answer?.verdict !== 'admitted') throw new NetError('not-admitted', `${this.self} closed without a word`)
    for (const certificate of answer.fresh) handlers.admitted(certificate.bytes)
    return answer.reply
  }

  #hear(handlers: TransportHandlers, from: PeerId, gossip: SentGossip): void {
    if (!this.#note(gossip.id)) return
    this.#show(handlers, from, gossip)
  }

  #show(handlers: TransportHandlers, from: PeerId, gossip: SentGossip): void {
    const { topic, bytes } = gossip
    handlers.gossip({
      topic,
      bytes,
      from,
      accept: () => {
        if (this.#station !== undefined) this.#spread(this.#station, gossip, from)
      },
      ignore: () => {},
      reject: () => {},
    })
  }

  #spread(station: Station, gossip: SentGossip, except?: PeerId): void {
    const isMeshed = (peer: PeerId): boolean => this.#network.linkAgeMs(station, peer) >= HEARTBEAT_MS
    // [SIM20] Its own a node shows to all whom it has a link with, as `floodPublish` does.
    const peers = this.links().filter((peer) => except === undefined || (peer !== except && isMeshed(peer)))
    this.#options.trace?.add(this.#options.nowMs(), this.#options.host, 'gossip', gossip.topic, gossip.bytes)
    for (const [index, peer] of peers.entries()) this.#pass(station, peer, gossip, index < FANOUT ? 0 : HEARTBEAT_MS)
  }

  #pass(station: Station, peer: PeerId, gossip: SentGossip, waitMs: number): void {
    const { gossipLoss, gossipLate, gossipTwice } = this.#network.wiring.weather
    const draw = (what: number): number => drawAt(this.#series, this.#sent * DRAWS + what)
    this.#sent += 1
    if (gossipLoss > 0 && draw(0) < gossipLoss) return
    const lateMs = gossipLate > 0 && draw(1) < gossipLate ? draw(2) * LATE_MS_MAX : 0
    const extraMs = waitMs + lateMs
    const isTwice = gossipTwice > 0 && draw(3) < gossipTwice
    const deliver = (there: Station): void => {
      there.hear(this.self, gossip)
      if (isTwice) this.#again(there, gossip)
    }
    this.#network.send(station, peer, gossip.bytes.length, deliver, {
      kind: gossip.topic,
      ...(extraMs > 0 ? { extraMs } : {}),
      ...(waitMs > 0
        ? { bytesOnWire: (there) => (there.hasHeard(gossip) ? OFFER_BYTES : OFFER_BYTES + gossip.bytes.length) }
        : {}),
    })
  }

  /** A doubled message passes by the memory of the far end, as one that came after it had been forgotten. */
  #again(there: Station, { topic, bytes }: SentGossip): void {
    const nothing = (): void => {}
    there.handlers.gossip({ topic, bytes, from: this.self, accept: nothing, ignore: nothing, reject: nothing })
  }

  #note(id: string): boolean {
    if (this.#seen.has(id)) return false
    this.#seen.add(id)
    const [oldest] = this.#seen
    if (this.#seen.size > SEEN_MAX && oldest !== undefined) this.#seen.delete(oldest)
    return true
  }

  #running(): Station {
    if (this.#station === undefined)
      throw new NetError('stopped', 'The node is not connected to the network: it has been stopped')
    return this.#station
  }
}

function hashOf(topic: Topic, bytes: Uint8Array): string {
  return createHash('sha256').update(topic).update(bytes).digest('base64')
}
