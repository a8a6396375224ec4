/**
 * The links of a node, at most one per neighbour: opens, accepts, and settles which of two stays.
 *
 * @module
 */
import type { Connection, Stream } from '@libp2p/interface'
import { firstFrame } from './first-frame.ts'
import { ADDRESSES_MAX, Link, readOffer } from './link.ts'
import type { Introduction } from './link.ts'
import { settle } from './tie.ts'
import type { LinkId } from './tie.ts'
import { NetError, shunned } from './transport.ts'
import type { DownReason, PeerId } from './transport.ts'

/** An opening frame holds some addresses. */
const OPENING_BYTES_MAX = 8192
/** The opening frame follows the stream at once. */
const OPENING_MS_MAX = 3000
/** Neighbours whose last link is remembered; forgetting one costs a tie a second try. */
const LAST_MAX = 4096
/** 16 hex digits, for links and for starts of the process. */
const MARK_BYTES = 8

export interface LinksEvents {
  mayLink(peer: PeerId): boolean
  frame(from: PeerId, bytes: Uint8Array): void
  up(link: Link): void
  down(link: Link, reason: DownReason): void
}

export interface LinksOptions {
  self: PeerId
  random(bytes: number): Uint8Array
  /** Where this node can be dialled, told to each neighbour. */
  addresses(): readonly string[]
  events: LinksEvents
}

/** A stream for a link, and what it runs on. */
export interface Opened {
  readonly stream: Stream
  readonly connection: Connection
}

interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

export class Links {
  readonly #options: LinksOptions
  readonly #boot: string
  readonly #standing = new Map<PeerId, Link>()
  /** Ours, not answered yet. */
  readonly #opening = new Map<PeerId, Link>()
  /** The last link with each neighbour, which the next opening names. */
  readonly #last = new Map<PeerId, LinkId>()
  readonly #waiting = new Map<PeerId, Set<Waiter>>()
  readonly #attempts = new Set<PeerId>()
  #isStopped = false

  constructor(options: LinksOptions) {
    this.#options = options
    this.#boot = this.#mark()
  }

  get(peer: PeerId): Link | undefined {
    return this.#standing.get(peer)
  }

  peers(): readonly PeerId[] {
    return [...this.#standing.keys()]
  }

  isOn(connection: Connection): boolean {
    return this.#standing.get(connection.remotePeer.toString())?.connection === connection
  }

  /** Whether a link stands on it or is being opened. */
  uses(connection: Connection): boolean {
    const peer = connection.remotePeer.toString()
    return this.isOn(connection) || this.#opening.get(peer)?.connection === connection
  }

  send(to: PeerId, frame: Uint8Array): 'sent' | 'full' | 'no-link' {
    return this.#standing.get(to)?.send(frame) ?? 'no-link'
  }

  /** Opens a link over the stream that `newStream` gives, unless one comes up meanwhile. Rejects with a `NetError`. */
  async open(peer: PeerId, newStream: () => Promise<Opened>, signal: AbortSignal): Promise<void> {
    if (this.#standing.has(peer)) return
    if (!this.#options.events.mayLink(peer)) throw shunned(peer)
    const up = this.#whenUp(peer, signal)
    if (!this.#attempts.has(peer)) {
      this.#attempts.add(peer)
      void this.#attempt(peer, newStream).finally(() => this.#attempts.delete(peer))
    }
    await up
  }

  /** Somebody opened a stream for a link to us. */
  async accept(stream: Stream, connection: Connection): Promise<void> {
    const peer = connection.remotePeer.toString()
    if (!this.#options.events.mayLink(peer)) return stream.abort(new Error('no link with this peer for now'))
    const signal = AbortSignal.timeout(OPENING_MS_MAX)
    const frame = await firstFrame(stream, { bytesMax: OPENING_BYTES_MAX, signal })
    const offer = readOffer(frame, peer)
    if (offer === undefined || this.#isStopped) return stream.abort(new Error('no opening of a link'))
    if (settle(this.#standing.get(peer) ?? this.#opening.get(peer), offer) === 'refuse') {
      return stream.abort(new Error('our own link crossed it, and stays'))
    }
    this.#yield(peer)
    const link = this.#linkOf(offer.id, peer, { stream, connection })
    link.welcome(this.#introduction(), offer)
    this.#raise(link)
  }

  stop(): void {
    this.#isStopped = true
    for (const link of this.#standing.values()) this.#drop(link, 'stopped')
    for (const link of this.#opening.values()) link.abort('stopped')
    for (const peer of this.#waiting.keys())
      this.#fail(peer, new NetError('stopped', 'The node was stopped while it connected'))
  }

  async #attempt(peer: PeerId, newStream: () => Promise<Opened>): Promise<void> {
    try {
      const opened = await newStream()
      if (this.#standing.has(peer) || this.#isStopped) return opened.stream.abort(new Error('a link came up meanwhile'))
      const link = this.#linkOf(this.#mark(), this.#options.self, opened)
      this.#opening.set(peer, link)
      link.introduce(this.#introduction(), this.#last.get(peer) ?? '')
    } catch (error) {
      this.#fail(peer, error)
    }
  }

  #linkOf(id: LinkId, opener: PeerId, { stream, connection }: Opened): Link {
    return new Link({
      id,
      opener,
      connection,
      stream,
      events: {
        accepted: (link) => this.#raise(link),
        frame: (link, bytes) => this.#options.events.frame(link.peer, bytes),
        ended: (link, isClean) => this.#ended(link, isClean),
      },
    })
  }

  #raise(link: Link): void {
    const { peer } = link
    if (!link.isOpen || (link.opener === this.#options.self && this.#opening.get(peer) !== link)) return
    this.#opening.delete(peer)
    if (!this.#options.events.mayLink(peer)) {
      link.abort('no link with this peer for now')
      return this.#fail(peer, shunned(peer))
    }
    this.#standing.set(peer, link)
    this.#remember(peer, link.id)
    this.#options.events.up(link)
    for (const waiter of this.#waiting.get(peer) ?? []) waiter.resolve()
    this.#waiting.delete(peer)
  }

  #ended(link: Link, isClean: boolean): void {
    const { peer, connection } = link
    if (this.#standing.get(peer) === link) return this.#drop(link, isClean ? 'closed' : 'reset')
    if (this.#opening.get(peer) !== link) return
    this.#opening.delete(peer)
    // refused on a healthy connection: the other side's own opening crossed ours and is on its way to us
    if (connection.status === 'open') return
    this.#fail(peer, new NetError('unreachable', `${peer} closed the connection while a link was opened: try again`))
  }

  #drop(link: Link, reason: DownReason): void {
    this.#standing.delete(link.peer)
    link.close()
    this.#options.events.down(link, reason)
  }

  /** Our own link, standing or being opened, gives way to the one offered. */
  #yield(peer: PeerId): void {
    const opening = this.#opening.get(peer)
    this.#opening.delete(peer)
    opening?.abort('crossed')
    const standing = this.#standing.get(peer)
    if (standing !== undefined) this.#drop(standing, 'replaced')
  }

  #whenUp(peer: PeerId, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(peer) ?? new Set()
      const waiter = { resolve, reject }
      this.#waiting.set(peer, waiters.add(waiter))
      signal.addEventListener('abort', () => {
        waiters.delete(waiter)
        // what answers no opening is dead, and would be taken again by the next attempt
        this.#opening.get(peer)?.connection.abort(new Error('no answer'))
        reject(new NetError('timeout', `No link with ${peer} came up in time: is it overloaded?`))
      })
    })
  }

  #fail(peer: PeerId, error: unknown): void {
    for (const waiter of this.#waiting.get(peer) ?? []) waiter.reject(error)
    this.#waiting.delete(peer)
  }

  #remember(peer: PeerId, id: LinkId): void {
    this.#last.delete(peer)
    this.#last.set(peer, id)
    const [oldest] = this.#last.keys()
    if (this.#last.size > LAST_MAX && oldest !== undefined) this.#last.delete(oldest)
  }

  #introduction(): Introduction {
    return { boot: this.#boot, addresses: this.#options.addresses().slice(0, ADDRESSES_MAX) }
  }

  #mark(): string {
    return Buffer.from(this.#options.random(MARK_BYTES)).toString('hex')
  }
}
