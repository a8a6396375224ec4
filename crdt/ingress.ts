/**
 * The gate: everything that comes from the network or the disk passes here, once, before it has any effect.
 *
 * In order, cheap first: size and known copies, form, member?, signature, then what is particular to changes (`inspect.ts`,
 * `judge.ts`, and a scratch copy in Automerge), records and certificates. Nothing in here throws, whatever comes in.
 *
 * @module
 */
import { type Arrival, NO_CHANGE, refuse, type Refused } from './arrival.ts'
import { type Envelope, isSignedBy, type Opened, openEnvelope } from './envelope.ts'
import { sha256Hex } from './sha256.ts'
import type { NodeId } from './identity.ts'
import { ENVELOPE_BYTES_MAX, REFUSED_MAX, RELEASED_MAX } from './limits.ts'
import type { Receipt } from './receipt.ts'
import type { State } from './state.ts'
import { takeChange } from './take-change.ts'
import { takeMember } from './take-member.ts'
import { takeRecord } from './take-record.ts'
import { reached } from './reached.ts'

/** `proven`: signed here just now, or checked before it was held. `replayed`: from this node's own disk. */
export type Origin = 'foreign' | 'proven' | 'replayed'

interface Circumstances {
  readonly hash: string
  readonly nowMs: number
  readonly origin: Origin
}

export class Ingress {
  readonly #state: State
  /** Verdicts on poison, by hash, the oldest first. They never change: no rule that refuses looks at what is held here. */
  readonly #refused = new Map<string, Refused>()

  constructor(state: State) {
    this.#state = state
  }

  receive(bytes: Uint8Array, nowMs: number, origin: Origin = 'foreign'): Receipt {
    const receipt = this.#receiveOne(bytes, { nowMs, origin })
    return receipt.verdict === 'new'
      ? { ...receipt, released: this.#releasedBy(receipt.envelope, nowMs, origin) }
      : receipt
  }

  /** Takes in what was ahead of the clock, and what was over the bound of a call before. */
  receiveReady(nowMs: number): Envelope[] {
    const ready = this.#state.held.release(nowMs, { cause: '', max: RELEASED_MAX })
    return ready.flatMap((held) => {
      const receipt = this.#receiveOne(held.bytes, { nowMs, origin: 'proven' })
      return receipt.verdict === 'new' ? [receipt.envelope, ...this.#releasedBy(receipt.envelope, nowMs, 'proven')] : []
    })
  }

  #receiveOne(bytes: Uint8Array, at: Omit<Circumstances, 'hash'>): Receipt {
    if (bytes.length > ENVELOPE_BYTES_MAX) {
      return refuse('GATE1', `The envelope has ${bytes.length} bytes; ${ENVELOPE_BYTES_MAX} are allowed.`)
    }
    const hash = sha256Hex(bytes)
    if (this.#state.known.has(hash)) return { verdict: 'known' }
    const receipt = this.#refused.get(hash) ?? this.#admitSafely(bytes, { ...at, hash })
    if (receipt.verdict === 'refused') this.#remember(hash, receipt)
    return receipt
  }

  /** A change may be what others were held for, and those what yet others were. */
  #releasedBy(envelope: Envelope, nowMs: number, origin: Origin): Envelope[] {
    const released: Envelope[] = []
    const at = { nowMs, origin: origin === 'replayed' ? origin : 'proven' } as const
    const causes = [envelope]
    let max = RELEASED_MAX
    for (let cause = causes.shift(); cause !== undefined; cause = causes.shift()) {
      const change = this.#state.known.get(cause.hash)
      if (change === undefined || change === NO_CHANGE) continue
      for (const held of this.#state.held.release(nowMs, { cause: change, max })) {
        max--
        const receipt = this.#receiveOne(held.bytes, at)
        if (receipt.verdict !== 'new') continue
        reached('held-change-taken')
        released.push(receipt.envelope)
        causes.push(receipt.envelope)
      }
    }
    return released
  }

  /** A throw in here is a defect of ours or a new kind of poison: neither may stop the node (P10). */
  #admitSafely(bytes: Uint8Array, at: Circumstances): Receipt {
    try {
      return this.#admit(bytes, at)
    } catch (error) {
      return refuse('GATE20', `The envelope made the gate itself fail: ${String(error).slice(0, 200)}`)
    }
  }

  #admit(bytes: Uint8Array, { hash, nowMs, origin }: Circumstances): Receipt {
    const opened = openEnvelope(bytes)
    if ('failure' in opened) {
      // An envelope of a later release is nobody's fault.
      return opened.failure === 'malformed'
        ? refuse('GATE1', opened.reason)
        : { verdict: 'held', reason: opened.reason }
    }
    // A copy of our own (to slice a Buffer would make none): the sender's frame, of which `bytes` may be a part, is not to stay in
    // memory for it.
    const arrival = { bytes: new Uint8Array(bytes), hash, opened, nowMs, isReplayed: origin === 'replayed' }
    const { body } = opened
    if (body.type === 'member') return takeMember(this.#state, body, arrival)
    const unauthored = origin === 'proven' ? undefined : this.#checkAuthor(body.author, opened, origin)
    return unauthored ?? this.#take(arrival)
  }

  #take(arrival: Arrival): Receipt {
    const { body } = arrival.opened
    switch (body.type) {
      case 'member':
        return takeMember(this.#state, body, arrival)
      case 'record':
        return takeRecord(this.#state, body, arrival)
      case 'change':
        return takeChange(this.#state, body, arrival)
    }
  }

  #checkAuthor(author: NodeId, opened: Opened, origin: Origin): Receipt | undefined {
    const { trust, clusterId } = this.#state
    if (!trust.isMember(author)) {
      reached('author-unknown')
      return { verdict: 'unknown-author', author }
    }
    // [REPLAY1] What is on this node's own disk was signed when it came; its checksum says that it is the same.
    if (origin === 'replayed' || isSignedBy(opened, author, clusterId, trust)) return undefined
    reached('forged-envelope-refused')
    return refuse('GATE3', `The signature is not that of ${author}, or is of another cluster.`)
  }

  #remember(hash: string, receipt: Refused): void {
    this.#refused.set(hash, receipt)
    for (const oldest of this.#refused.keys()) {
      if (this.#refused.size <= REFUSED_MAX) return
      this.#refused.delete(oldest)
    }
  }
}
