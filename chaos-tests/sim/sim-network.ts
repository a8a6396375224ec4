/**
 * The network between simulated nodes: `net/`'s port over the wiring. Links are kept streams with all that TCP does to them;
 * gossip spreads from neighbour to neighbour. A stranger gets as far as the hello, which is the real one.
 *
 * There is at most one link between two processes. Each side has its own end of it, and learns of the other's fate as a
 * machine would: by a reset that takes the time of the way, or not at all where nobody is left to send one.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { helloFrame, readHello } from '../../net/admission.ts'
import { LINK_BUFFER_BYTES_MAX } from '../../net/link.ts'
import type { Members } from '../../net/members.ts'
import { NetError, shunned } from '../../net/transport.ts'
import type { DownReason, PeerId, StreamProtocol, Topic, TransportHandlers } from '../../net/transport.ts'
import type { Deliver, Lane } from './lane.ts'
import type { Ticking } from './sim-time.ts'
import { streamPair, type SimStream } from './sim-stream.ts'
import type { Cut } from '../cluster.ts'
import type { Host, Wiring } from './wiring.ts'

/** One start of one node, as the network knows it. */
export interface Station {
  readonly self: PeerId
  readonly host: Host
  /** Multiaddr with `/p2p/`. */
  readonly address: string
  /** Absent: everybody is a member. */
  readonly members: Members | undefined
  readonly handlers: TransportHandlers
  /** Its process does this, at once or when it no longer stands still. */
  enter(run: () => void): void
  /** The door for newcomers. Throws what a refused one is told. */
  admit?(frame: Uint8Array, newcomer: PeerId): Uint8Array
  /** Gossip that came from a neighbour. */
  hear(from: PeerId, gossip: SentGossip): void
  hasHeard(gossip: SentGossip): boolean
}

export interface SentGossip {
  readonly topic: Topic
  readonly bytes: Uint8Array
  readonly id: string
}

/** One side of a link. */
interface End {
  readonly station: Station
  /** Towards the other side. */
  readonly out: Lane
  state: 'opening' | 'up' | 'over'
  upMs: number
}

interface Link {
  readonly ends: readonly [End, End]
  readonly streams: Set<SimStream>
}

/** What a parcel is, for the books: nothing goes another way for it. */
export interface Sending {
  readonly extraMs?: number
  /** What it carries, in a word. */
  readonly kind: string
  /** Its bytes on the wire where they are fewer than what is delivered, asked when it leaves. */
  readonly bytesOnWire?: (there: Station) => number
}

/** What was put on links: bytes of frames and gossip, without what TCP, noise and yamux add. */
export interface Traffic {
  frames: number
  bytes: number
}

/** As `dial.ts` has it. */
const DIAL_MS_MAX = 3_000
/** TCP, then noise, then the hello: round trips until a link stands. */
const HANDSHAKE_TRIPS = 3

export class SimNetwork {
  readonly wiring: Wiring
  readonly #time: Ticking
  readonly #stations = new Map<PeerId, Station>()
  /** Where a peer was last seen to listen. */
  readonly #hosts = new Map<PeerId, Host>()
  /** Of each station: its links by peer. */
  readonly #links = new Map<Station, Map<PeerId, Link>>()

  /** Put on links so far. */
  frames = 0
  /** The same by kind. */
  readonly traffic = new Map<string, Traffic>()

  constructor(time: Ticking, wiring: Wiring) {
    this.#time = time
    this.wiring = wiring
  }

  // ---- processes come and go

  attach(station: Station): void {
    this.#stations.set(station.self, station)
    this.#hosts.set(station.self, station.host)
    this.#links.set(station, new Map())
  }

  /** The node leaves in good order: its neighbours hear of it. */
  detach(station: Station): void {
    for (const [peer, link] of this.#linksOf(station)) this.#close(link, station, peer, 'stopped')
    this.#forget(station)
  }

  /** The process is gone and its machine is not: the kernel resets what was open. */
  crash(station: Station): void {
    for (const [peer, link] of this.#linksOf(station)) {
      this.#endOf(link, station).state = 'over'
      this.#announce(link, station, 'reset')
      for (const stream of link.streams) stream.destroy(new Error('the process was killed'))
      this.#linksOf(station).delete(peer)
    }
    this.#forget(station)
  }

  /** The machine is gone: not a word. */
  cutPower(station: Station): void {
    for (const link of this.#linksOf(station).values()) {
      const end = this.#endOf(link, station)
      end.state = 'over'
      for (const { out } of link.ends) this.wiring.endLane(out)
      for (const stream of link.streams) stream.vanish()
    }
    this.#forget(station)
  }

  #forget(station: Station): void {
    this.#links.delete(station)
    if (this.#stations.get(station.self) === station) this.#stations.delete(station.self)
  }

  /** Something on the way between these machines forgot the connections that go through it. */
  reset(isHit: Cut): void {
    this.wiring.reset(isHit)
    const links = new Set([...this.#links.values()].flatMap((own) => [...own.values()]))
    for (const link of links) {
      const [one, other] = [link.ends[0].station.host, link.ends[1].station.host]
      if (isHit(one, other) || isHit(other, one)) for (const end of link.ends) this.#fall(link, end, 'reset')
    }
  }

  // ---- links

  peersOf(station: Station): readonly PeerId[] {
    return [...this.#linksOf(station)].flatMap(([peer, link]) =>
      this.#endOf(link, station).state === 'up' ? [peer] : [],
    )
  }

  /** How long the link with the peer has stood on this side; 0: there is none. */
  linkAgeMs(station: Station, peer: PeerId): number {
    const link = this.#standing(station, peer)
    return link === undefined ? 0 : this.#time.nowMs - this.#endOf(link, station).upMs
  }

  hasLink(station: Station, peer: PeerId): boolean {
    return this.#standing(station, peer) !== undefined
  }

  /** Rejects with a `NetError`. */
  dial(from: Station, to: PeerId): Promise<void> {
    if (this.hasLink(from, to)) return Promise.resolve()
    if (!from.handlers.mayLink(to)) return Promise.reject(shunned(to))
    return this.#reach(from.host, to, HANDSHAKE_TRIPS, (listener) => this.#meet(from, listener))
  }

  /** What a member answers to the first frame of a newcomer. Rejects with a `NetError`. */
  knock(from: Host, to: PeerId, frame: Uint8Array, newcomer: PeerId): Promise<Uint8Array> {
    return this.#reach(from, to, HANDSHAKE_TRIPS, async ({ admit }) => {
      if (admit === undefined) throw new NetError('not-admitted', `${to} admits nobody`)
      return admit(frame, newcomer)
    })
  }

  hangUp(station: Station, peer: PeerId): void {
    const link = this.#linksOf(station).get(peer)
    if (link !== undefined) this.#close(link, station, peer, 'closed')
  }

  send(
    from: Station,
    to: PeerId,
    bytes: number,
    deliver: (there: Station) => void,
    { extraMs, kind, bytesOnWire }: Sending,
  ): 'sent' | 'full' | 'no-link' {
    const link = this.#standing(from, to)
    if (link === undefined) return 'no-link'
    const near = this.#endOf(link, from)
    if (near.out.waitingBytes + bytes > LINK_BUFFER_BYTES_MAX) return 'full'
    this.frames += 1
    const far = this.#otherEnd(link, from)
    const arrive = (isGarbled: boolean): void => {
      // What is encrypted is whole or refused, and the connection with it.
      if (far.state === 'up' && isGarbled) this.#close(link, far.station, from.self, 'reset')
      else if (far.state === 'up') deliver(far.station)
      // the machine is there and knows no such connection
      else if (far.state === 'over') this.#sink(link, far)
    }
    const put = (): void => {
      this.#count(kind, bytesOnWire?.(far.station) ?? bytes)
      this.#put(link, near, far, bytes, arrive)
    }
    if (extraMs === undefined) put()
    else this.#time.after(extraMs, put)
    return 'sent'
  }

  #count(kind: string, bytes: number): void {
    const traffic = this.traffic.get(kind) ?? { frames: 0, bytes: 0 }
    traffic.frames += 1
    traffic.bytes += bytes
    this.traffic.set(kind, traffic)
  }

  /** The other side's process is gone: if its machine is up, it says so. */
  #put(link: Link, near: End, far: End, bytes: number, arrive: Deliver): void {
    if (near.state === 'over') return
    if (far.state !== 'over') return near.out.put(bytes, arrive)
    const { host } = far.station
    const tripMs = this.wiring.roundTripMs(near.station.host, host)
    this.#time.after(tripMs, () => {
      const isSilent = this.wiring.isBlocked(near.station.host, host) || this.wiring.isBlocked(host, near.station.host)
      if (!isSilent) this.#fall(link, near, 'reset')
    })
  }

  /** Bytes reached a machine where the link's end is gone. */
  #sink(link: Link, gone: End): void {
    const near = link.ends.find((end) => end !== gone)!
    this.#put(link, near, gone, 0, () => {})
  }

  async #meet(from: Station, listener: Station): Promise<void> {
    if (!this.#links.has(from)) throw new NetError('stopped', 'The node was stopped while it connected')
    const error = this.#greet(from, listener)
    if (error !== undefined) throw error
    const present = this.#linksOf(listener).get(from.self)
    if (present !== undefined) {
      // both dialled at once: one link is enough
      if (this.#linksOf(from).get(listener.self) === present) return this.#whenUp(from, listener.self)
      this.#fall(present, this.#endOf(present, listener), 'replaced')
    }
    const old = this.#linksOf(from).get(listener.self)
    if (old !== undefined) this.#fall(old, this.#endOf(old, from), 'replaced')
    const out = (one: Station, other: Station): Lane => this.wiring.lane(one.host, other.host)
    const near: End = { station: from, out: out(from, listener), state: 'opening', upMs: Infinity }
    const far: End = { station: listener, out: out(listener, from), state: 'opening', upMs: Infinity }
    const link: Link = { ends: [near, far], streams: new Set() }
    this.#linksOf(from).set(listener.self, link)
    this.#linksOf(listener).set(from.self, link)
    this.#raise(far, from)
    far.out.put(0, () => this.#raise(near, listener))
    return this.#whenUp(from, listener.self)
  }

  #raise(end: End, other: Station): void {
    if (end.state !== 'opening') return
    end.state = 'up'
    end.upMs = this.#time.nowMs
    end.station.handlers.up(other.self, [other.address])
  }

  /** Until the link stands on this side, or the dial has taken too long. */
  #whenUp(station: Station, peer: PeerId): Promise<void> {
    return new Promise((resolve, reject) => {
      const endMs = this.#time.nowMs + DIAL_MS_MAX
      const look = (): void => {
        if (this.hasLink(station, peer)) return resolve()
        const isOver = !this.#linksOf(station).has(peer)
        if (isOver) return reject(new NetError('unreachable', `${peer} closed the connection while a link was opened`))
        if (this.#time.nowMs >= endMs) {
          this.hangUp(station, peer)
          return reject(new NetError('timeout', `No link with ${peer} came up in time: is it overloaded?`))
        }
        this.#time.after(1, look)
      }
      this.#time.after(this.wiring.roundTripMs(station.host, this.#hosts.get(peer) ?? station.host) / 2, look)
    })
  }

  /** The real hello, both ways. */
  #greet(dialler: Station, listener: Station): NetError | undefined {
    if (!listener.handlers.mayLink(dialler.self)) return shunned(dialler.self)
    if (listener.members === undefined) return undefined
    if (dialler.members === undefined) return new NetError('not-admitted', `${listener.self} closed without a word`)
    for (const [one, other] of [
      [dialler, listener],
      [listener, dialler],
    ] as const) {
      const frame = helloFrame(one.members!, one.self)
      const read = readHello(frame, one.self, other.members!)
      if ('refusal' in read) return new NetError('not-admitted', `${other.self} does not take ${one.self} for a member`)
      for (const certificate of read.fresh) other.handlers.admitted(certificate.bytes)
    }
    return undefined
  }

  #close(link: Link, station: Station, peer: PeerId, reason: DownReason): void {
    const end = this.#endOf(link, station)
    this.#announce(link, station, 'closed')
    const wasUp = end.state === 'up'
    end.state = 'over'
    this.#linksOf(station).delete(peer)
    for (const stream of link.streams) stream.destroy(new Error('the link was closed'))
    if (wasUp) station.handlers.down(peer, reason)
  }

  /** The other side will hear that this one has ended, behind all that is on the way to it. */
  #announce(link: Link, station: Station, reason: DownReason): void {
    const far = this.#otherEnd(link, station)
    this.#endOf(link, station).out.put(0, () => this.#fall(link, far, reason))
  }

  /** This side knows that the link has ended. */
  #fall(link: Link, end: End, reason: DownReason): void {
    if (end.state === 'over') return
    const wasUp = end.state === 'up'
    end.state = 'over'
    for (const { out } of link.ends) this.wiring.endLane(out)
    const other = link.ends.find((one) => one !== end)!
    const peer = other.station.self
    if (this.#linksOf(end.station).get(peer) === link) this.#linksOf(end.station).delete(peer)
    for (const stream of link.streams) stream.destroy(new Error('the link broke'))
    if (wasUp) end.station.handlers.down(peer, reason)
  }

  // ---- streams

  open(from: Station, to: PeerId, protocol: StreamProtocol, header: Uint8Array): Promise<Duplex> {
    return this.#reach(from.host, to, this.hasLink(from, to) ? 1 : HANDSHAKE_TRIPS, async (listener) => {
      const link = this.#standing(from, to)
      const [near, far] = streamPair(this.wiring, from.host, listener.host)
      near.onGarbled = far.onGarbled = () => this.#breakOff(listener, from.self, [near, far])
      for (const stream of [near, far]) this.#track(link, stream)
      listener.handlers.stream(from.self, protocol, header, far)
      return near
    })
  }

  /** A stream is of its link's connection, which ends where a bit of it flips; one without a link is all there is. */
  #breakOff(station: Station, peer: PeerId, streams: readonly SimStream[]): void {
    const link = this.#standing(station, peer)
    if (link === undefined) for (const stream of streams) stream.break()
    else this.#close(link, station, peer, 'reset')
  }

  #track(link: Link | undefined, stream: SimStream): void {
    if (link === undefined) return
    link.streams.add(stream)
    stream.once('close', () => link.streams.delete(stream))
  }

  /**
   * `then` with whoever listens there, after so many round trips; or what a dial would say. The kernel takes a connection for a
   * process that stands still, but nobody answers on it: until the timeout that is silence, too ([SIM8]).
   */
  #reach<T>(from: Host, to: PeerId, trips: number, then: (listener: Station) => Promise<T>): Promise<T> {
    const host = this.#hosts.get(to)
    return new Promise((resolve, reject) => {
      const lane = host === undefined ? undefined : this.wiring.lane(from, host)
      let isOver = false
      const end = (): void => {
        isOver = true
        timeout()
        if (lane !== undefined) this.wiring.endLane(lane)
      }
      const timeout = this.#time.after(DIAL_MS_MAX, () => {
        end()
        reject(new NetError('timeout', `${to} did not answer in time: is the machine up, and the port open?`))
      })
      if (host === undefined || lane === undefined) return
      const trip = (left: number): void =>
        lane.put(64, (isGarbled) => {
          if (isGarbled) {
            end()
            return reject(new NetError('unreachable', `${to} closed the connection amid the handshake`))
          }
          // no answer comes back: until the timeout it is silence
          if (this.wiring.isBlocked(host, from)) return
          if (left > 1) return void this.#time.after(this.wiring.roundTripMs(from, host) / 2, () => trip(left - 1))
          const listener = this.#stations.get(to)
          if (listener !== undefined)
            return listener.enter(() => {
              if (isOver) return
              end()
              void then(listener).then(resolve, reject)
            })
          end()
          // [DIAL3] Another peer at the address is not taken for the one meant.
          if (this.#isOccupied(host))
            return reject(new NetError('unreachable', `Somebody else listens at ${to}'s address`))
          reject(new NetError('refused', `Nobody listens at ${to}: the machine is up, the node is not`))
        })
      trip(trips)
    })
  }

  // ---- in short

  #isOccupied(host: Host): boolean {
    return [...this.#stations.values()].some((station) => station.host === host)
  }

  #linksOf(station: Station): Map<PeerId, Link> {
    return this.#links.get(station) ?? new Map<PeerId, Link>()
  }

  #standing(station: Station, peer: PeerId): Link | undefined {
    const link = this.#links.get(station)?.get(peer)
    return link !== undefined && this.#endOf(link, station).state === 'up' ? link : undefined
  }

  #endOf({ ends: [one, other] }: Link, station: Station): End {
    return one.station === station ? one : other
  }

  #otherEnd({ ends: [one, other] }: Link, station: Station): End {
    return one.station === station ? other : one
  }
}
