/**
 * Asks each neighbour what time it is, when a link comes up and every ten seconds, and tells people where this node's clock
 * differs. What others say is for this node's own judgement alone (`standing.ts`), and never sets a clock.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { NewEvent } from '../store/event-log.ts'
import { decodeClockFrame, encodeClockFrame } from './clock-frames.ts'
import { clockSentence, clockStanding, type ClockStanding } from './standing.ts'

const ASK_MS = 10_000

/** An answer that took longer says too little: the clock was read at any time meanwhile. */
export const ROUND_TRIP_MS_MAX = 2_000

export type ClockMessage =
  | { readonly type: 'start' }
  | { readonly type: 'up'; readonly peer: NodeId }
  | { readonly type: 'down'; readonly peer: NodeId }
  /** Without the byte that marks it. */
  | { readonly type: 'frame'; readonly from: NodeId; readonly bytes: Uint8Array }
  | { readonly type: 'tick' }

/** What the rest of the node may ask, at any time. */
export interface ClockAnswers {
  /** What the clock of a neighbour is ahead of this node's by. Undefined: not known. */
  offsetMs(node: NodeId): number | undefined
  standing(): ClockStanding
  /** In words. */
  says(standing: ClockStanding): string
}

export interface ClockPorts {
  /** On the link, as a frame of clocks. */
  readonly send: (to: NodeId, bytes: Uint8Array) => void
  readonly nameOf: (node: NodeId) => string
  /** People are told, of this node. */
  readonly tell: (event: Pick<NewEvent, 'type' | 'reason' | 'message'>) => void
  readonly onBlamed: (peer: NodeId, reason: string) => void
  /** `links`: peers with a link already, where this actor was made anew. */
  readonly links: readonly NodeId[]
  readonly onAnswers: (answers: ClockAnswers) => void
}

interface Neighbour {
  asked: { readonly id: number; readonly atMonoMs: number } | undefined
  /** Its wall clock less our monotonic one, which nobody sets: so a clock of ours that is set is seen at once. */
  aheadOfMonoMs: number | undefined
}

type Its = Context<ClockMessage>

export class ClockActor implements Actor<ClockMessage> {
  readonly #ports: ClockPorts
  readonly #neighbours = new Map<NodeId, Neighbour>()
  #isBegun = false
  #lastId = 0
  #told: ClockStanding['is'] = 'alone'

  constructor(ports: ClockPorts) {
    this.#ports = ports
  }

  receive(message: ClockMessage, context: Its): void {
    if (!this.#isBegun) this.#begin(context)
    switch (message.type) {
      case 'start':
        return
      case 'up':
        return this.#ask(message.peer, context)
      case 'down':
        this.#neighbours.delete(message.peer)
        return
      case 'frame':
        return this.#frame(message, context)
      case 'tick':
        context.after(ASK_MS, { type: 'tick' })
        this.#tellPeople(context)
        for (const peer of this.#neighbours.keys()) this.#ask(peer, context)
    }
  }

  #begin(context: Its): void {
    this.#isBegun = true
    const standing = (): ClockStanding => clockStanding([...this.#offsets(context).values()])
    this.#ports.onAnswers({
      offsetMs: (node) => this.#offsets(context).get(node),
      standing,
      says: (stands) => this.#says(stands, context),
    })
    for (const peer of this.#ports.links) this.#ask(peer, context)
    context.after(ASK_MS, { type: 'tick' })
  }

  #ask(peer: NodeId, context: Its): void {
    const neighbour = this.#neighbours.get(peer) ?? { asked: undefined, aheadOfMonoMs: undefined }
    this.#neighbours.set(peer, neighbour)
    this.#lastId += 1
    neighbour.asked = { id: this.#lastId, atMonoMs: context.mono() }
    this.#ports.send(peer, encodeClockFrame({ type: 'ask', id: this.#lastId }))
  }

  #frame({ from, bytes }: { from: NodeId; bytes: Uint8Array }, context: Its): void {
    const frame = decodeClockFrame(bytes)
    if (frame === undefined) return this.#ports.onBlamed(from, `a frame of ${bytes.length} bytes that is none`)
    if (frame.type === 'ask')
      return this.#ports.send(from, encodeClockFrame({ type: 'answer', id: frame.id, wallMs: context.now() }))
    const neighbour = this.#neighbours.get(from)
    // [CLOCK6] Nobody is believed who was not asked, and nobody twice.
    if (neighbour?.asked?.id !== frame.id) return
    const { atMonoMs } = neighbour.asked
    neighbour.asked = undefined
    const nowMs = context.mono()
    if (nowMs - atMonoMs > ROUND_TRIP_MS_MAX) return
    neighbour.aheadOfMonoMs = frame.wallMs - (atMonoMs + nowMs) / 2
    this.#tellPeople(context)
  }

  #offsets(context: Its): Map<NodeId, number> {
    const oursAheadMs = context.now() - context.mono()
    const offsets = new Map<NodeId, number>()
    for (const [node, { aheadOfMonoMs }] of this.#neighbours)
      if (aheadOfMonoMs !== undefined) offsets.set(node, aheadOfMonoMs - oursAheadMs)
    return offsets
  }

  #says(standing: ClockStanding, context: Its): string {
    const [other = ''] = this.#offsets(context).keys()
    return clockSentence(standing, this.#ports.nameOf(other))
  }

  /** [CLOCK2] When it begins to differ, to refuse, and to agree again. */
  #tellPeople(context: Its): void {
    const standing = clockStanding([...this.#offsets(context).values()])
    const before = this.#told
    if (standing.is === before || standing.is === 'alone') return
    this.#told = standing.is
    if (standing.is === 'agrees') {
      if (before === 'alone') return
      const message = `the clock of this node agrees with the ${standing.heard} others that it hears`
      return this.#ports.tell({ type: 'Normal', reason: 'ClockAgrees', message })
    }
    const message = this.#says(standing, context)
    context.note('clock-differs', { ...standing, message })
    this.#ports.tell({ type: 'Warning', reason: 'ClockDiffers', message })
  }
}
