/**
 * A network within a process, for tests and the simulator: the same port, no sockets, and a hand on every wire.
 *
 * Delivery is never within the caller's stack. By default it is a microtask later; a simulator hands in `later` and gets every
 * delivery, with its delay, to schedule in virtual time. On one wire things arrive in the order they were sent, as over TCP.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { helloFrame, readHello } from './admission.ts'
import { duplexPair } from './duplex-pair.ts'
import { LINK_BUFFER_BYTES_MAX } from './link.ts'
import { MemoryTransport, addressOf } from './memory-transport.ts'
import type { MemoryNodeOptions, Station, Wires } from './memory-transport.ts'
import { NetError, shunned } from './transport.ts'
import type { DownReason, PeerId, StreamProtocol } from './transport.ts'

export interface MemoryNetworkOptions {
  /** Schedules a delivery. Default: the next microtask, or a timer when there is a delay. */
  later?: (deliver: () => void, delayMs: number) => void
  /** One way, from one node to another. Default: none. */
  delayMs?: (from: PeerId, to: PeerId) => number
}

/** `up`; `silent`: everything waits, nobody is told; `cut`: neighbours see a reset, dials time out. */
export type WireState = 'up' | 'silent' | 'cut'

interface Parcel {
  readonly bytes: number
  deliver(): void
}

/** One direction between two nodes. */
interface Lane {
  readonly parcels: Parcel[]
  waitingBytes: number
}

export class MemoryNetwork implements Wires {
  readonly #later: (deliver: () => void, delayMs: number) => void
  readonly #delayMs: (from: PeerId, to: PeerId) => number
  readonly #stations = new Map<PeerId, Station>()
  readonly #lanes = new Map<string, Lane>()
  readonly #states = new Map<string, WireState>()
  readonly #links = new Map<PeerId, Set<PeerId>>()
  readonly #streams = new Map<string, Set<Duplex>>()

  constructor(options: MemoryNetworkOptions = {}) {
    this.#later = options.later ?? soon
    this.#delayMs = options.delayMs ?? (() => 0)
  }

  transport(options: MemoryNodeOptions): MemoryTransport {
    return new MemoryTransport(this, options)
  }

  // ---- for tests: the hand on the wires

  setWire(one: PeerId, other: PeerId, state: WireState): void {
    this.#states.set(pair(one, other), state)
    if (state === 'cut') this.unlink(one, other, 'reset')
    if (state === 'up') for (const [from, to] of bothWays(one, other)) this.#flush(from, to)
  }

  /** Cuts every wire between nodes of different groups. */
  partition(...groups: readonly (readonly PeerId[])[]): void {
    groups.forEach((group, index) => {
      for (const one of group) {
        for (const other of groups.slice(index + 1).flat()) this.setWire(one, other, 'cut')
      }
    })
  }

  heal(): void {
    for (const wire of this.#states.keys()) {
      const [one = '', other = ''] = wire.split(' ')
      this.setWire(one, other, 'up')
    }
  }

  /** The process is gone and its machine is not: neighbours see a reset, dials are refused. */
  crash(node: PeerId): void {
    this.#stations.delete(node)
    for (const other of this.linksOf(node)) this.unlink(node, other, 'reset')
  }

  // ---- for transports

  attach(station: Station): void {
    this.#stations.set(station.self, station)
  }

  detach(node: PeerId): void {
    for (const other of this.linksOf(node)) this.unlink(node, other, 'stopped')
    this.#stations.delete(node)
  }

  linksOf(node: PeerId): ReadonlySet<PeerId> {
    return this.#links.get(node) ?? new Set()
  }

  /** A hello both ways, then the link. Resolves when it stands on the dialling side. */
  link(from: PeerId, to: PeerId): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stations.get(from)?.handlers.mayLink(to) === false) return reject(shunned(to))
      this.#reach(from, to, reject, () => {
        const error = this.#greet(from, to)
        if (error !== undefined) return this.#post(to, from, 0, () => reject(error))
        this.#raise(to, from)
        this.#raise(from, to)
        this.#post(to, from, 0, resolve)
      })
    })
  }

  unlink(from: PeerId, to: PeerId, reason: DownReason): void {
    const wire = pair(from, to)
    for (const stream of this.#streams.get(wire) ?? [])
      stream.destroy(new NetError('unreachable', 'The stream broke: reset'))
    this.#streams.delete(wire)
    for (const [one, other] of bothWays(from, to)) {
      this.#lanes.delete(lane(one, other))
      if (this.#links.get(one)?.delete(other) !== true) continue
      const theirs = reason === 'stopped' && one !== from ? 'closed' : reason
      const down = (): void => this.#stations.get(one)?.handlers.down(other, theirs)
      if (one === from) down()
      else this.#later(down, this.#delayMs(from, one))
    }
  }

  /** A frame, or whatever goes on the link. */
  send(from: PeerId, to: PeerId, bytes: number, deliver: (to: Station) => void): 'sent' | 'full' | 'no-link' {
    if (!this.linksOf(from).has(to)) return 'no-link'
    if (this.#laneOf(from, to).waitingBytes + bytes > LINK_BUFFER_BYTES_MAX) return 'full'
    this.#post(from, to, bytes, () => {
      const station = this.#stations.get(to)
      if (station !== undefined && this.linksOf(to).has(from)) deliver(station)
    })
    return 'sent'
  }

  stream(from: PeerId, to: PeerId, protocol: StreamProtocol, header: Uint8Array): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      this.#reach(from, to, reject, () => {
        const [near, far] = duplexPair()
        this.#track(pair(from, to), near, far)
        this.#stations.get(to)?.handlers.stream(from, protocol, header, far)
        this.#post(to, from, 0, () => resolve(near))
      })
    })
  }

  /** Calls `then` at the other end, or `reject` with what a dial would say. A cut wire, or one cut meanwhile, is silence. */
  #reach(from: PeerId, to: PeerId, reject: (error: NetError) => void, then: () => void): void {
    let isOver = false
    this.#later(() => {
      isOver = true
      reject(new NetError('timeout', `${to} did not answer in time: is the machine up?`))
    }, DIAL_TIMEOUT_MS)
    this.#post(from, to, 0, () => {
      if (isOver) return
      if (this.#stations.has(to)) return then()
      reject(
        new NetError(
          'refused',
          `Nobody listens at ${to}: the machine is up, the node is not (start it there with shoal up)`,
        ),
      )
    })
  }

  #greet(from: PeerId, to: PeerId): NetError | undefined {
    const dialler = this.#stations.get(from)
    const listener = this.#stations.get(to)
    if (dialler === undefined || listener === undefined)
      return new NetError('stopped', 'The node was stopped while it connected')
    if (!listener.handlers.mayLink(from)) return shunned(from)
    if (listener.members === undefined) return undefined
    if (dialler.members === undefined) return new NetError('not-admitted', `${to} closed without a word`)
    for (const [one, other] of [
      [dialler, listener],
      [listener, dialler],
    ] as const) {
      if (one.members === undefined || other.members === undefined) continue
      const read = readHello(helloFrame(one.members, one.self), one.self, other.members)
      if ('refusal' in read) return new NetError('not-admitted', `${other.self} does not take ${one.self} for a member`)
      for (const certificate of read.fresh) other.handlers.admitted(certificate.bytes)
    }
    return undefined
  }

  #raise(at: PeerId, peer: PeerId): void {
    const links = this.#links.get(at) ?? new Set()
    if (links.has(peer)) return
    this.#links.set(at, links.add(peer))
    this.#stations.get(at)?.handlers.up(peer, [addressOf(peer)])
  }

  #track(wire: string, ...ends: readonly Duplex[]): void {
    const streams = this.#streams.get(wire) ?? new Set()
    this.#streams.set(wire, streams)
    for (const end of ends) streams.add(end.once('close', () => streams.delete(end)))
  }

  #post(from: PeerId, to: PeerId, bytes: number, deliver: () => void): void {
    const { parcels } = this.#laneOf(from, to)
    parcels.push({ bytes, deliver })
    this.#laneOf(from, to).waitingBytes += bytes
    if (this.#stateOf(from, to) === 'up') this.#later(() => this.#next(from, to), this.#delayMs(from, to))
  }

  /** The oldest, whichever delivery this call was scheduled for: that keeps the order under any delays. */
  #next(from: PeerId, to: PeerId): void {
    if (this.#stateOf(from, to) !== 'up') return
    const waiting = this.#laneOf(from, to)
    const parcel = waiting.parcels.shift()
    if (parcel === undefined) return
    waiting.waitingBytes -= parcel.bytes
    parcel.deliver()
  }

  #flush(from: PeerId, to: PeerId): void {
    const count = this.#laneOf(from, to).parcels.length
    for (let index = 0; index < count; index++) this.#later(() => this.#next(from, to), this.#delayMs(from, to))
  }

  #laneOf(from: PeerId, to: PeerId): Lane {
    const key = lane(from, to)
    const present = this.#lanes.get(key) ?? { parcels: [], waitingBytes: 0 }
    this.#lanes.set(key, present)
    return present
  }

  #stateOf(one: PeerId, other: PeerId): WireState {
    return this.#states.get(pair(one, other)) ?? 'up'
  }
}

/** As `dial.ts` has it. */
const DIAL_TIMEOUT_MS = 3000

const pair = (one: PeerId, other: PeerId): string => (one < other ? `${one} ${other}` : `${other} ${one}`)
const lane = (from: PeerId, to: PeerId): string => `${from} ${to}`
const bothWays = (one: PeerId, other: PeerId): [PeerId, PeerId][] => [
  [one, other],
  [other, one],
]

const soon = (deliver: () => void, delayMs: number): void => {
  if (delayMs <= 0) queueMicrotask(deliver)
  else setTimeout(deliver, delayMs).unref()
}
