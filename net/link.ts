/**
 * One kept stream per neighbour, for what is frequent: beats, deltas, digests. Opened once, framed, bounded both ways, and the
 * measure of neighbourhood: gossip runs where a link stands, and `down` is said when it falls.
 *
 *     opener:   open {id, boot, after, addresses}     acceptor:  accepted {boot, addresses}, or a reset (see `tie.ts`)
 *     then frames of the layers above, either way
 *
 * A reset of the connection closes the stream within milliseconds; silence is for the failure detector above to notice.
 *
 * @module
 */
import type { Connection, Stream } from '@libp2p/interface'
import { FRAME_OVERHEAD, FrameReader, frameOf } from './frames.ts'
import type { Chunk } from './frames.ts'
import { reasonOf } from './reason.ts'
import { packPlain, unpackPlain } from './statement.ts'
import type { Held, LinkId, Offer } from './tie.ts'
import { FRAME_BYTES_MAX } from './transport.ts'
import type { PeerId } from './transport.ts'

export const LINK_PROTOCOL = '/shoal/link/1'

/** Bytes that may wait for a neighbour that does not read: four of the largest frames. */
export const LINK_BUFFER_BYTES_MAX = 4 * FRAME_BYTES_MAX

/** For what is on its way to a neighbour that does not read any more. */
const GOODBYE_MS_MAX = 1000

/** A machine has a handful of addresses; each is short. */
export const ADDRESSES_MAX = 16
const ADDRESS_LENGTH_MAX = 256

/** What both sides tell of themselves as a link opens. */
export interface Introduction {
  readonly boot: string
  readonly addresses: readonly string[]
}

export interface LinkEvents {
  /** The other side has taken the link we opened. */
  accepted(link: Link): void
  frame(link: Link, bytes: Uint8Array): void
  /** Once, when the stream has ended, whoever ended it. */
  ended(link: Link, isClean: boolean): void
}

export class Link implements Held {
  readonly peer: PeerId
  readonly id: LinkId
  readonly opener: PeerId
  readonly connection: Connection
  boot: string | undefined
  addresses: readonly string[] = []
  readonly #stream: Stream
  readonly #events: LinkEvents
  readonly #reader = new FrameReader({ bytesMax: FRAME_BYTES_MAX })
  /** Takes the first frame, which is no frame of the layers above. */
  #first: ((frame: Uint8Array) => void) | undefined
  #hasEnded = false

  constructor(options: { id: LinkId; opener: PeerId; connection: Connection; stream: Stream; events: LinkEvents }) {
    this.id = options.id
    this.opener = options.opener
    this.connection = options.connection
    this.peer = options.connection.remotePeer.toString()
    this.#stream = options.stream
    this.#events = options.events
    this.#stream.addEventListener('message', (event) => this.#receive(event.data))
    this.#stream.addEventListener('remoteCloseWrite', () => this.close())
    // without a word of goodbye before it: also a killed process closes its sockets in good order
    this.#stream.addEventListener('close', () => this.#end(false))
  }

  get isOpen(): boolean {
    return !this.#hasEnded && this.#stream.status === 'open'
  }

  /** The opener's part: says who we are. `accepted` or `ended` follows. */
  introduce(self: Introduction, after: LinkId): void {
    this.#first = (frame) => {
      const introduction = readAccepted(frame)
      if (introduction === undefined) return this.abort('answered the opening of a link with something else')
      this.boot = introduction.boot
      this.addresses = introduction.addresses
      // at once: the next frame may lie in the same chunk
      this.#events.accepted(this)
    }
    this.#write(packPlain(['open', this.id, self.boot, after, self.addresses]))
  }

  /** The acceptor's part. */
  welcome(self: Introduction, offer: Offer & Introduction): void {
    this.boot = offer.boot
    this.addresses = offer.addresses
    this.#write(packPlain(['accepted', self.boot, self.addresses]))
  }

  send(frame: Uint8Array): 'sent' | 'full' | 'no-link' {
    if (frame.length > FRAME_BYTES_MAX) {
      throw new RangeError(`A frame of ${frame.length} bytes is over the ${FRAME_BYTES_MAX} a link carries: split it`)
    }
    if (!this.isOpen) return 'no-link'
    if (this.#stream.writeBufferLength + frame.length + FRAME_OVERHEAD > LINK_BUFFER_BYTES_MAX) return 'full'
    return this.#write(frame) ? 'sent' : 'no-link'
  }

  /** Tells the other side; what is on its way still arrives. */
  close(): void {
    if (this.#hasEnded) return
    const signal = AbortSignal.timeout(GOODBYE_MS_MAX)
    this.#stream.close({ signal }).catch((error: unknown) => this.abort(reasonOf(error)))
    this.#end(true)
  }

  abort(reason: string): void {
    this.#stream.abort(new Error(reason))
    this.#end(false)
  }

  #write(frame: Uint8Array): boolean {
    try {
      this.#stream.send(frameOf(frame))
      return true
    } catch {
      // the stream closed between our look and the write; `ended` is on its way
      return false
    }
  }

  #receive(chunk: Chunk): void {
    try {
      this.#reader.push(chunk)
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#dispatch(frame)
    } catch (error) {
      this.abort(reasonOf(error))
    }
  }

  #dispatch(frame: Uint8Array): void {
    const first = this.#first
    this.#first = undefined
    if (first !== undefined) first(frame)
    else if (!this.#hasEnded) this.#events.frame(this, frame)
  }

  #end(isClean: boolean): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#events.ended(this, isClean)
  }
}

/** The first frame of a link somebody opens to us. Undefined: not in our language. */
export const readOffer = (frame: Uint8Array, opener: PeerId): (Offer & Introduction) | undefined => {
  const [word, id, boot, after, addresses, ...rest] = unpackPlain(frame) ?? []
  if (word !== 'open' || !isMark(id) || !isMark(boot) || typeof after !== 'string' || rest.length > 0) return undefined
  return isAddressList(addresses) ? { id, opener, boot, after, addresses } : undefined
}

const readAccepted = (frame: Uint8Array): Introduction | undefined => {
  const [word, boot, addresses, ...rest] = unpackPlain(frame) ?? []
  return word === 'accepted' && isMark(boot) && isAddressList(addresses) && rest.length === 0
    ? { boot, addresses }
    : undefined
}

const isMark = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)

const isAddressList = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= ADDRESSES_MAX &&
  value.every((address) => typeof address === 'string' && address.length <= ADDRESS_LENGTH_MAX)
