/**
 * Applies what the detector, the overlay and the probes decide: sends, gossips, dials, and lets the view know who is there.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import type { DownReason } from '../../net/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { Cancel } from '../world/world.ts'
import { Detector, type DetectorEffect } from './detector.ts'
import { decodeFrame, encodeFrame } from './frames.ts'
import { excessLinks, NEW_LINK_MS, wantedLinks } from './overlay.ts'
import type { IncomingGossip, MembershipPorts } from './ports.ts'
import { Probes, type Asked } from './probes.ts'
import { Redial } from './redial.ts'

/**
 * Members and their addresses are looked at again this often, beside every change of them and of a link. In a large cluster
 * more seldom: a thousand members that are looked at every second would cost each of them a thousand times what ten do.
 */
const LOOK_MS = 1_000
const LOOK_MS_PER_MEMBER = 10

type DialOutcome = 'linked' | 'refused' | 'unanswered' | 'failed'

export type MembershipMessage =
  /** Once, when the network is up. */
  | { readonly type: 'start' }
  | { readonly type: 'up'; readonly peer: NodeId }
  | { readonly type: 'down'; readonly peer: NodeId; readonly reason: DownReason }
  /** Without the byte that marks it. */
  | { readonly type: 'frame'; readonly from: NodeId; readonly bytes: Uint8Array }
  | { readonly type: 'gossip'; readonly message: IncomingGossip }
  /** Somebody was admitted, departed, or can be dialled elsewhere. */
  | { readonly type: 'members-changed' }
  | { readonly type: 'tick' }
  | { readonly type: 'dialled'; readonly node: NodeId; readonly outcome: DialOutcome }
  | { readonly type: 'probed'; readonly asked: Asked }

type Its = Context<MembershipMessage>

/** What the rest of the node may ask of membership, at any time. */
export interface MembershipAnswers {
  verdictMs(node: NodeId): number
  holdMs(node: NodeId): number
  roundTripMs(node: NodeId): number | undefined
  neighbours(): readonly NodeId[]
}

export class MembershipActor implements Actor<MembershipMessage> {
  readonly #ports: MembershipPorts
  readonly #probes: Probes
  readonly #redial = new Redial()
  /** Since when each stands; -Infinity where that is not known. */
  readonly #links: Map<NodeId, number>
  readonly #onDetector: (answers: MembershipAnswers) => void
  #detector: Detector | undefined
  #addresses: ReadonlyMap<NodeId, readonly string[]> = new Map()
  #wanted: ReadonlySet<NodeId> = new Set()
  #lookedMs = -Infinity
  #cancelTick: Cancel = () => {}
  #tickAtMs = Infinity

  /** `links`: peers with a link already, where this actor was made anew. */
  constructor({
    ports,
    links,
    onDetector,
  }: {
    ports: MembershipPorts
    links: readonly NodeId[]
    onDetector: (answers: MembershipAnswers) => void
  }) {
    this.#ports = ports
    this.#probes = new Probes(ports)
    this.#links = new Map(links.map((peer) => [peer, -Infinity]))
    this.#onDetector = onDetector
  }

  receive(message: MembershipMessage, context: Its): void {
    const detector = this.#detector ?? this.#begin(context)
    this.#receive(message, detector, context)
    this.#tickAt(detector.dueMs, context)
  }

  #receive(message: MembershipMessage, detector: Detector, context: Its): void {
    const nowMs = context.mono()
    switch (message.type) {
      case 'start':
        return
      case 'tick':
        return this.#tick(detector, context)
      case 'members-changed':
        return this.#look(detector, context)
      case 'up':
        this.#links.set(message.peer, nowMs)
        this.#look(detector, context)
        return this.#apply(detector.linkUp(message.peer, nowMs), context)
      case 'down':
        if (message.reason === 'replaced') return // Another link with the same peer takes its place.
        this.#links.delete(message.peer)
        return this.#apply(detector.linkDown(message.peer, nowMs), context)
      case 'frame':
        return this.#frame(detector, message, context)
      case 'gossip':
        return this.#gossip(detector, message.message, context)
      case 'dialled':
        return this.#dialled(detector, message, context)
      case 'probed':
        return this.#probes.answered(message.asked)
    }
  }

  #begin(context: Its): Detector {
    const { self, start } = this.#ports
    const detector = new Detector({ self, start, nowMs: context.mono() })
    this.#detector = detector
    this.#onDetector({
      verdictMs: (node) => detector.verdictMs(node, context.mono()),
      holdMs: (node) => detector.holdMs(node, context.mono()),
      roundTripMs: (node) => (this.#links.has(node) ? detector.rttMs(node) : undefined),
      neighbours: () => detector.neighbours(),
    })
    this.#look(detector, context)
    for (const peer of this.#links.keys()) this.#apply(detector.linkUp(peer, context.mono()), context)
    this.#dialDue(detector, context)
    return detector
  }

  /** One timer: the earliest tick that the detector asked for. */
  #tickAt(atMs: number, context: Its): void {
    if (atMs >= this.#tickAtMs) return
    this.#cancelTick()
    this.#tickAtMs = atMs
    this.#cancelTick = context.after(Math.max(0, atMs - context.mono()), { type: 'tick' })
  }

  #tick(detector: Detector, context: Its): void {
    this.#tickAtMs = Infinity
    const nowMs = context.mono()
    this.#apply(detector.tick(nowMs), context)
    if (nowMs - this.#lookedMs >= Math.max(LOOK_MS, this.#addresses.size * LOOK_MS_PER_MEMBER))
      this.#look(detector, context)
    this.#dialDue(detector, context)
    this.#ask(this.#probes.due(nowMs), context)
  }

  // ---- members and links

  #look(detector: Detector, context: Its): void {
    this.#lookedMs = context.mono()
    const { self, view, wire } = this.#ports
    this.#addresses = new Map(view.members().map(({ node, addresses }) => [node, addresses]))
    // A member just admitted may have its link before its certificate is in the view.
    const members = [...new Set([self, ...this.#addresses.keys(), ...this.#links.keys()])]
    const isAway = (node: NodeId): boolean => detector.isAway(node)
    this.#wanted = wantedLinks({ self, members, isAway })
    this.#apply(detector.setMembers({ members, wanted: this.#wanted }, context.mono()), context)
    const isNew = (node: NodeId): boolean => this.#lookedMs - this.#links.get(node)! < NEW_LINK_MS
    for (const node of excessLinks({ self, members, isAway, links: [...this.#links.keys()], isNew }))
      void wire.disconnect(node).catch(() => {})
  }

  #dialDue(detector: Detector, context: Its): void {
    const isKnown = (node: NodeId): boolean => (this.#addresses.get(node)?.length ?? 0) > 0
    const due = this.#redial.due({
      wanted: new Set([...this.#wanted].filter(isKnown)),
      away: [...detector.away()].filter(isKnown),
      isLinked: (node) => this.#links.has(node),
      nowMs: context.mono(),
      unit: this.#ports.unit,
    })
    for (const node of due) this.#dial(node, context)
  }

  #dial(node: NodeId, context: Its): void {
    const dialled = (outcome: DialOutcome): MembershipMessage => ({ type: 'dialled', node, outcome })
    context.pipe(
      this.#ports.wire.connect(this.#addresses.get(node) ?? []),
      () => dialled('linked'),
      (error) => {
        context.note('dial-failed', { node, error: error instanceof Error ? error.message : String(error) })
        return dialled(outcomeOf(error))
      },
    )
  }

  #dialled(detector: Detector, { node, outcome }: { node: NodeId; outcome: DialOutcome }, context: Its): void {
    const nowMs = context.mono()
    this.#redial.ended(node, outcome === 'linked' ? 'linked' : 'failed', { nowMs, unit: this.#ports.unit })
    if (outcome !== 'linked') detector.tried(node)
    if (outcome === 'refused') this.#apply(detector.refused(node, nowMs), context)
    if (outcome === 'unanswered') this.#apply(detector.unanswered(node, nowMs), context)
  }

  // ---- what comes in

  #frame(detector: Detector, { from, bytes }: { from: NodeId; bytes: Uint8Array }, context: Its): void {
    const frame = decodeFrame(bytes)
    if (frame === undefined)
      return this.#ports.onBlamed(from, 'membership', `a frame of ${bytes.length} bytes that is none`)
    this.#apply(detector.receive(from, frame, context.mono()), context)
  }

  /** [FRM3] Nobody's word travels no further. */
  #gossip(detector: Detector, message: IncomingGossip, context: Its): void {
    const sealed = this.#ports.seal.open(message.bytes)
    if (sealed === 'unknown') return message.ignore()
    if (sealed === 'bad') {
      this.#ports.onBlamed(message.from, 'verdict', `a statement of ${message.bytes.length} bytes that is none`)
      return message.reject()
    }
    message.accept()
    this.#apply(detector.hear(sealed, context.mono()), context)
  }

  // ---- what goes out

  #apply(effects: readonly DetectorEffect[], context: Its): void {
    const { wire, seal } = this.#ports
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          wire.send(effect.to, encodeFrame(effect.frame))
          break
        case 'spread':
          wire.gossip(seal.seal(effect.statement))
          break
        case 'dial':
          if ((this.#addresses.get(effect.node)?.length ?? 0) > 0 && this.#redial.hint(effect.node))
            this.#dial(effect.node, context)
          break
        case 'hang-up':
          if (this.#links.has(effect.node)) void wire.disconnect(effect.node).catch(() => {})
          break
        case 'verdict':
          this.#verdict(effect, context)
          break
        case 'note':
          context.note(effect.what, effect.facts)
          break
      }
    }
  }

  #verdict({ node, verdict }: DetectorEffect & { type: 'verdict' }, context: Its): void {
    this.#ports.view.setVerdict(node, verdict, context.now())
    if (verdict === 'agent-gone') this.#ask(this.#probes.agentGone(node, context.mono()), context)
    else this.#probes.agentBack(node)
  }

  #ask(questions: readonly Promise<Asked>[], context: Its): void {
    for (const question of questions) {
      context.pipe(
        question,
        (asked) => ({ type: 'probed', asked }),
        () => ({ type: 'members-changed' }),
      )
    }
  }
}

/** Whether the machine answered says more than that nobody came. */
function outcomeOf(error: unknown): DialOutcome {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'refused') return 'refused'
  return code === 'unreachable' || code === 'timeout' ? 'unanswered' : 'failed'
}
