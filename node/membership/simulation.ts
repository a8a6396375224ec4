/**
 * Detectors of many nodes against each other, for tests: a discrete-event simulation with latency, loss, stalls, one-way
 * links, and nodes that die silently or with a reset. Deterministic: one seed, one run.
 *
 * @module
 */
import type { NodeId, Verdict } from '../../crdt/index.ts'
import { seeded } from '../control/seeded.ts'
import type { Cancel } from '../world/world.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { Detector, type DetectorEffect } from './detector.ts'
import { decodeFrame, encodeFrame } from './frames.ts'
import { wantedLinks } from './overlay.ts'
import { Redial } from './redial.ts'
import { TICK_MS } from './timing.ts'

/** As the actor has it. */
const LOOK_MS = 1_000

/** Until a dial that nobody answers is given up. */
const DIAL_MS = 3_000

/** Hops gossip takes to everybody. */
const GOSSIP_HOPS = 2

export interface SimulationOptions {
  readonly nodes: number
  readonly seed?: number
  readonly latencyMs?: readonly [min: number, max: number]
  readonly loss?: number
}

interface SimNode {
  readonly id: NodeId
  detector: Detector
  redial: Redial
  wanted: ReadonlySet<NodeId>
  state: 'up' | 'down' | 'agent-down'
  stalledUntilMs: number
  starts: number
  tickAtMs: number
  cancelTick: Cancel
}

export interface Change {
  readonly atMs: number
  readonly observer: NodeId
  readonly node: NodeId
  readonly verdict: Verdict
}

export class Simulation {
  frames = 0
  bytes = 0
  statements = 0
  /** Of all detectors. */
  looks = 0
  /** Every change of a verdict. */
  readonly changes: Change[] = []
  readonly nodes: SimNode[]
  readonly #options: Required<SimulationOptions>
  readonly #time = new VirtualTime()
  /** In [0, 1). */
  readonly dice: () => number
  readonly #links = new Set<string>()
  #cut: (from: NodeId, to: NodeId) => boolean = () => false

  constructor(options: SimulationOptions) {
    this.#options = { seed: 1, latencyMs: [2, 62], loss: 0, ...options }
    this.dice = seeded(this.#options.seed)
    this.nodes = Array.from({ length: options.nodes }, (_, index) => this.#newNode(`n${index}`))
    for (const node of this.nodes) this.#start(node)
    for (const node of this.nodes) for (const other of this.#wanted(node)) this.#link(node.id, other)
  }

  #newNode(id: NodeId): SimNode {
    const detector = new Detector({ self: id, start: 1, nowMs: 0 })
    const life = { state: 'up', stalledUntilMs: 0, starts: 1, tickAtMs: 0, cancelTick: () => {} } as const
    return { id, detector, redial: new Redial(), wanted: new Set(), ...life }
  }

  #start(node: SimNode): void {
    node.cancelTick()
    node.detector = new Detector({ self: node.id, start: node.starts, nowMs: this.nowMs })
    node.redial = new Redial()
    this.#apply(
      node,
      node.detector.setMembers({ members: this.nodes.map(({ id }) => id), wanted: this.#wanted(node) }, this.nowMs),
    )
    const life = node.starts
    node.tickAtMs = this.nowMs + this.dice() * TICK_MS
    node.cancelTick = this.#time.timers.after(node.tickAtMs - this.nowMs, () => this.#tick(node))
    const look = (): void => {
      if (node.state !== 'up' || node.starts !== life) return
      this.#look(node)
      this.#after(LOOK_MS, look)
    }
    this.#after((1 + this.dice()) * LOOK_MS, look)
  }

  #tick(node: SimNode): void {
    if (node.state !== 'up') return
    if (node.stalledUntilMs > this.nowMs) return this.#tickAt(node, node.stalledUntilMs)
    node.tickAtMs = Infinity
    this.looks += 1
    this.#handle(node, () => node.detector.tick(this.nowMs))
    this.#dialDue(node)
  }

  /** One timer, as the actor has it. */
  #tickAt(node: SimNode, atMs: number): void {
    node.cancelTick()
    node.tickAtMs = atMs
    node.cancelTick = this.#time.timers.after(atMs - this.nowMs, () => this.#tick(node))
  }

  #look(node: SimNode): void {
    const members = this.nodes.map(({ id }) => id)
    const wanted = this.#wanted(node)
    node.wanted = wanted
    this.#handle(node, () => node.detector.setMembers({ members, wanted }, this.nowMs))
  }

  /** Mends the overlay as the actor does. */
  #dialDue(node: SimNode): void {
    const others = this.nodes.map(({ id }) => id).filter((id) => id !== node.id)
    const due = node.redial.due({
      wanted: node.wanted,
      away: others.filter((id) => node.detector.isAway(id)),
      isLinked: (id) => this.#links.has(linkName(node.id, id)),
      nowMs: this.nowMs,
      unit: this.dice,
    })
    for (const id of due) this.#dial(node, this.find(id))
  }

  #wanted({ id, detector }: SimNode): Set<NodeId> {
    const members = this.nodes.map((node) => node.id)
    return wantedLinks({ self: id, members, isAway: (node) => detector.isAway(node) })
  }

  get nowMs(): number {
    return this.#time.clock.mono()
  }

  // ---- what a test does

  /** The power is cut: silence. */
  die(id: NodeId): void {
    this.find(id).state = 'down'
  }

  /** The process is killed: links break at once, dials are refused. */
  killAgent(id: NodeId): void {
    this.find(id).state = 'agent-down'
    for (const other of this.#linkedWith(id)) this.#unlink(id, other)
  }

  /** Comes back with a higher start number, and dials those it wants. */
  restart(id: NodeId): void {
    const node = this.find(id)
    node.state = 'up'
    node.starts += 1
    for (const other of this.#linkedWith(id)) this.#links.delete(linkName(id, other))
    this.#start(node)
    for (const other of this.#wanted(node)) this.#after(this.latency(), () => this.#link(id, other))
  }

  /** Does nothing for a while; what came meanwhile is handled afterwards. */
  stall(id: NodeId, forMs: number): void {
    this.find(id).stalledUntilMs = this.nowMs + forMs
  }

  /** Frames are lost where it holds; links stay up, as with a silent cut. */
  cut(isCut: (from: NodeId, to: NodeId) => boolean): void {
    this.#cut = isCut
  }

  /** As `cut`, and the links across it break. */
  sever(isCut: (from: NodeId, to: NodeId) => boolean): void {
    this.#cut = isCut
    for (const { id } of this.nodes)
      for (const other of this.#linkedWith(id)) if (isCut(id, other)) this.#unlink(id, other)
  }

  heal(): void {
    this.#cut = () => false
  }

  run(forMs: number): void {
    this.#time.advance(forMs)
  }

  verdict(observer: NodeId, node: NodeId): Verdict {
    return this.find(observer).detector.verdict(node)
  }

  /** What all others that are up think of it, each once. */
  verdicts(node: NodeId): Verdict[] {
    const observers = this.nodes.filter(({ id, state }) => id !== node && state === 'up')
    return [...new Set(observers.map(({ detector }) => detector.verdict(node)))]
  }

  find(id: NodeId): SimNode {
    return this.nodes.find((node) => node.id === id)!
  }

  // ---- how it goes on

  #handle(node: SimNode, run: () => DetectorEffect[]): void {
    if (node.state !== 'up') return
    if (node.stalledUntilMs > this.nowMs) this.#after(node.stalledUntilMs - this.nowMs, () => this.#handle(node, run))
    else {
      this.#apply(node, run())
      if (node.detector.dueMs < node.tickAtMs) this.#tickAt(node, node.detector.dueMs)
    }
  }

  #apply(node: SimNode, effects: readonly DetectorEffect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'send': {
          const bytes = encodeFrame(effect.frame)
          this.frames += 1
          this.bytes += bytes.length
          this.#deliver(node.id, effect.to, bytes)
          break
        }
        case 'verdict':
          this.changes.push({ atMs: this.nowMs, observer: node.id, node: effect.node, verdict: effect.verdict })
          break
        case 'spread':
          this.statements += 1
          this.#gossip(node.id, (to) => to.detector.hear({ by: node.id, statement: effect.statement }, this.nowMs))
          break
        case 'dial':
          if (node.redial.hint(effect.node)) this.#dial(node, this.find(effect.node))
          break
        case 'hang-up':
          if (this.#links.has(linkName(node.id, effect.node))) this.#unlink(node.id, effect.node)
          break
        case 'note':
          break
      }
    }
  }

  #deliver(from: NodeId, to: NodeId, bytes: Uint8Array): void {
    if (!this.#links.has(linkName(from, to)) || this.dice() < this.#options.loss) return
    this.#after(this.latency(), () => {
      if (this.#cut(from, to)) return
      this.#handle(this.find(to), () => this.find(to).detector.receive(from, decodeFrame(bytes)!, this.nowMs))
    })
  }

  /** Reaches whoever is connected with the sender, over whatever way. */
  #gossip(from: NodeId, hear: (to: SimNode) => DetectorEffect[]): void {
    const reached = new Set([from])
    for (const via of reached)
      for (const { id, state } of this.nodes) if (state === 'up' && !this.#cut(via, id)) reached.add(id)
    for (const to of this.nodes) {
      if (to.id === from || !reached.has(to.id) || this.dice() < this.#options.loss) continue
      const delayMs = Array.from({ length: GOSSIP_HOPS }, () => this.latency()).reduce((sum, ms) => sum + ms)
      this.#after(delayMs, () => this.#handle(to, () => hear(to)))
    }
  }

  #dial(node: SimNode, other: SimNode): void {
    const { detector, redial } = node
    const ended = (outcome: 'linked' | 'failed', then: () => DetectorEffect[]): void => {
      // a node that was started anew knows nothing of it
      if (node.detector !== detector) return
      redial.ended(other.id, outcome, { nowMs: this.nowMs, unit: this.dice })
      this.#handle(node, then)
    }
    this.#after(2 * this.latency(), () => {
      if (this.#cut(node.id, other.id) || this.#cut(other.id, node.id) || other.state === 'down') {
        return this.#after(DIAL_MS, () => ended('failed', () => detector.unanswered(other.id, this.nowMs)))
      }
      if (other.state === 'agent-down') return ended('failed', () => detector.refused(other.id, this.nowMs))
      ended('linked', () => [])
      this.#link(node.id, other.id)
    })
  }

  #link(a: NodeId, b: NodeId): void {
    if (this.#links.has(linkName(a, b)) || this.find(a).state !== 'up' || this.find(b).state !== 'up') return
    this.#links.add(linkName(a, b))
    this.#handle(this.find(a), () => this.find(a).detector.linkUp(b, this.nowMs))
    this.#handle(this.find(b), () => this.find(b).detector.linkUp(a, this.nowMs))
  }

  #unlink(a: NodeId, b: NodeId): void {
    this.#links.delete(linkName(a, b))
    for (const [node, other] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#after(this.latency() / 2, () =>
        this.#handle(this.find(node), () => this.find(node).detector.linkDown(other, this.nowMs)),
      )
    }
  }

  #linkedWith(id: NodeId): NodeId[] {
    return this.nodes.map((node) => node.id).filter((other) => this.#links.has(linkName(id, other)))
  }

  #after(delayMs: number, run: () => void): void {
    this.#time.timers.after(delayMs, run)
  }

  latency(): number {
    const [min, max] = this.#options.latencyMs
    return min + this.dice() * (max - min)
  }
}

const linkName = (a: NodeId, b: NodeId): string => (a < b ? `${a} ${b}` : `${b} ${a}`)
