/**
 * Placement cores of many nodes against each other, for tests: virtual time, a bus that delays, loses and reorders, and an
 * agent on each node that starts what was claimed. Deterministic: one seed, one run.
 *
 * Bids are lost for good, as gossip loses them; records arrive late instead, since sync repairs them.
 *
 * @module
 */
import {
  hasEnded,
  type BidFact,
  type Budget,
  type NodeFact,
  type NodeId,
  type PodFact,
  type Verdict,
} from '../../crdt/index.ts'
import type { NodeRow, PodRow, Workload } from '../control/rows.ts'
import { aNode } from '../control/sample.ts'
import { seeded } from '../control/seeded.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import { History } from './history.ts'
import { Placement, type PlacementEffect } from './placement.ts'

const COALESCE_MS = 10

/** A lost record comes with the next sync. */
const SYNC_MS = 1_500

export interface SimulationOptions {
  readonly nodes: number
  readonly seed?: number
  readonly latencyMs?: readonly [min: number, max: number]
  /** Share of messages lost. */
  readonly loss?: number
  readonly startMs?: number
  readonly fact?: (index: number) => Partial<NodeFact>
  /** How much later than records the bids of a node are; their beats show it. */
  readonly bidDelayMs?: (node: NodeId) => readonly [min: number, max: number]
  readonly calmMs?: number
}

type Wish = Partial<Pick<NodeRow, 'drain'>> & { readonly fact?: Partial<NodeFact> }

interface SimNode {
  readonly id: NodeId
  readonly core: Placement
  readonly history: History
  readonly pods: Map<string, PodRow>
  /** `sinceMs`: of its wall clock, as a row has it; `atMs`: of the time that nobody sets. */
  readonly verdicts: Map<NodeId, { verdict: Verdict; sinceMs: number; atMs: number }>
  workloads: readonly Workload[]
  budgets: readonly Budget[]
  /** What people want of nodes. */
  readonly wishes: Map<NodeId, Wish>
  lookAtMs: number
  up: boolean
  /** Difference of its wall clock. */
  skewMs: number
}

export class Simulation {
  bidsSent = 0
  claimsWritten = 0
  /** Nodes whose pods start and never get ready. */
  readonly stuck = new Set<NodeId>()
  /** How many slots each node calls pending, by node and workload. */
  readonly pending = new Map<string, number>()
  /** Bids by auction, to see that a round has no more than its set. */
  readonly bidsOf = new Map<string, number>()
  readonly nodes: SimNode[]
  readonly #options: Required<Omit<SimulationOptions, 'calmMs'>> & { readonly calmMs: number | undefined }
  readonly #time = new VirtualTime()
  readonly #dice: () => number
  /** Messages cross only between nodes of one part. */
  #part: (node: NodeId) => number = () => 0

  constructor(options: SimulationOptions) {
    this.#options = {
      seed: 1,
      latencyMs: [2, 62],
      loss: 0,
      startMs: 200,
      fact: () => ({}),
      bidDelayMs: () => [0, 0],
      calmMs: undefined,
      ...options,
    }
    this.#dice = seeded(this.#options.seed)
    this.nodes = Array.from({ length: options.nodes }, (_, index) => this.#node(`n${index}`))
    this.#everyFrom(0)
  }

  #node(id: NodeId): SimNode {
    const verdicts: SimNode['verdicts'] = new Map()
    const history = new History()
    const core = new Placement({
      self: id,
      history,
      verdictMs: (node) => this.nowMs - (verdicts.get(node)?.atMs ?? -Infinity),
      holdMs: () => 1_000,
      isBriefed: () => true,
      isDeleted: () => true,
      calmMs: this.#options.calmMs,
      roundTripMs: (node) => this.#options.bidDelayMs(id)[0] + this.#options.bidDelayMs(node)[0],
    })
    const skewMs = 1_000_000 + Math.floor(this.#dice() * 50)
    return {
      id,
      core,
      history,
      pods: new Map(),
      verdicts,
      workloads: [],
      budgets: [],
      wishes: new Map(),
      lookAtMs: Infinity,
      up: true,
      skewMs,
    }
  }

  #everyFrom(atMs: number): void {
    for (const node of this.nodes) this.#lookAt(node, atMs)
  }

  get nowMs(): number {
    return this.#time.clock.mono()
  }

  // ---- what a test does

  apply(workload: Workload): void {
    for (const node of this.nodes) {
      this.#after(this.#latency(), () => {
        node.workloads = [...node.workloads.filter(({ key }) => key !== workload.key), workload]
        this.#changed(node)
      })
    }
  }

  /** What people want of a node, as everybody hears it. */
  wish(id: NodeId, wish: Wish): void {
    this.#tell((node) => void node.wishes.set(id, wish))
  }

  guard(...budgets: Budget[]): void {
    this.#tell((node) => (node.budgets = budgets))
  }

  #tell(change: (node: SimNode) => void): void {
    for (const node of this.nodes) {
      this.#after(this.#latency(), () => {
        change(node)
        this.#changed(node)
      })
    }
  }

  remove(key: string): void {
    for (const node of this.nodes) {
      this.#after(this.#latency(), () => {
        node.workloads = node.workloads.filter((workload) => workload.key !== key)
        this.#changed(node)
      })
    }
  }

  /** The node is gone at once; the others get to know within 20 ms of one another. */
  kill(id: NodeId, verdict: Verdict, { afterMs = 0, probe }: { afterMs?: number; probe?: PodRow['probe'] } = {}): void {
    this.#find(id).up = false
    for (const node of this.nodes.filter((each) => each.up)) {
      this.#after(afterMs + this.#dice() * 20, () => this.#judge(node, id, { verdict, probe }))
    }
  }

  split(part: (node: NodeId) => number): void {
    this.#part = part
    for (const node of this.nodes)
      for (const other of this.nodes)
        if (part(node.id) !== part(other.id)) this.#judge(node, other.id, { verdict: 'lost' })
  }

  heal(): void {
    this.#part = () => 0
    for (const node of this.nodes) {
      for (const other of this.nodes) {
        this.#judge(node, other.id, { verdict: 'alive' })
        if (other !== node)
          for (const row of this.#own(other)) this.#after(this.#latency(), () => this.#take(node, row))
      }
    }
  }

  /** Somebody sets the wall clocks of all. */
  setClocks(byMs: number): void {
    for (const node of this.nodes) node.skewMs += byMs
  }

  run(forMs: number): void {
    this.#time.advance(forMs)
  }

  /** Runs until it holds; how long that took. Throws when it does not come true. */
  runUntil(holds: () => boolean, withinMs: number): number {
    const startMs = this.nowMs
    while (!holds()) {
      if (this.nowMs - startMs >= withinMs) throw new Error(`not so within ${withinMs} ms`)
      this.run(5)
    }
    return this.nowMs - startMs
  }

  /** All pods of a workload end by themselves. */
  end(key: string, phase: PodFact['phase']): void {
    for (const node of this.nodes)
      for (const { fact } of this.#own(node))
        if (fact.workload === key) this.#write(node, { node: node.id, fact: { ...fact, phase, ready: false } })
  }

  /** Claims as their own nodes have them, of nodes that are up. */
  claims(): PodRow[] {
    return this.nodes
      .filter(({ up }) => up)
      .flatMap((node) => this.#own(node))
      .filter(({ fact }) => !fact.stopping)
  }

  /** Slots with a claim, sorted; one with two claims is there twice. */
  held(): string[] {
    return this.claims()
      .map(({ fact }) => `${fact.revision}/${fact.index}`)
      .sort()
  }

  // ---- how it goes on

  #own({ id, pods }: SimNode): PodRow[] {
    return [...pods.values()].filter(({ node }) => node === id)
  }

  #judge(node: SimNode, other: NodeId, { verdict, probe }: { verdict: Verdict; probe?: PodRow['probe'] }): void {
    node.verdicts.set(other, { verdict, sinceMs: this.nowMs + node.skewMs, atMs: this.nowMs })
    for (const [uid, row] of node.pods) if (row.node === other) node.pods.set(uid, { ...row, probe })
    this.#changed(node)
  }

  #changed(node: SimNode): void {
    this.#lookAt(node, this.nowMs + COALESCE_MS)
  }

  #lookAt(node: SimNode, atMs: number): void {
    if (atMs >= node.lookAtMs) return
    node.lookAtMs = atMs
    this.#after(atMs - this.nowMs, () => this.#look(node, atMs))
  }

  #look(node: SimNode, atMs: number): void {
    if (node.lookAtMs !== atMs || !node.up) return
    node.lookAtMs = Infinity
    const nodes = this.nodes.map(({ id }, index) =>
      aNode(id, {
        isSelf: id === node.id,
        ...node.wishes.get(id),
        fact: { ...this.#options.fact(index), ...node.wishes.get(id)?.fact },
        ...node.verdicts.get(id),
      }),
    )
    const snapshot = { nodes, pods: [...node.pods.values()], workloads: node.workloads, budgets: node.budgets }
    this.#apply(node, node.core.evaluate(snapshot, this.#instant(node)))
    this.#lookAt(node, Math.max(this.nowMs + 1, node.core.dueMs))
  }

  #instant = (node: SimNode) => ({ nowMs: Math.floor(this.nowMs + node.skewMs), monoMs: this.nowMs })

  #apply(node: SimNode, effects: readonly PlacementEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'bid') this.#sendBid(node, effect.bid)
      if (effect.type === 'claim') this.#claim(node, effect.fact)
      if (effect.type === 'release') this.#release(node, effect.uid)
      if (effect.type === 'pending') this.pending.set(`${node.id} ${effect.workload}`, effect.slots.length)
    }
  }

  #sendBid(node: SimNode, bid: BidFact): void {
    this.bidsSent += 1
    this.bidsOf.set(bid.auction, (this.bidsOf.get(bid.auction) ?? 0) + 1)
    const delayMs = (): number => this.#between(this.#options.bidDelayMs(node.id))
    this.#broadcast(node, { isRecord: false, delayMs }, (other) => {
      this.#apply(other, other.core.heard(node.id, bid, this.#instant(other)))
      this.#lookAt(other, Math.max(this.nowMs + 1, other.core.dueMs))
    })
  }

  #claim(node: SimNode, fact: PodFact): void {
    this.claimsWritten += 1
    this.#write(node, { node: node.id, fact })
    this.#after(this.#options.startMs, () => {
      const row = node.pods.get(fact.uid)
      if (row === undefined || row.fact.stopping || this.stuck.has(node.id)) return
      const readyAtMs = this.#instant(node).nowMs
      this.#write(node, { node: node.id, fact: { ...row.fact, phase: 'Running', reason: '', ready: true, readyAtMs } })
    })
  }

  #release(node: SimNode, uid: string): void {
    const row = node.pods.get(uid)
    if (row === undefined || row.fact.stopping) return
    this.#write(node, { node: node.id, fact: { ...row.fact, stopping: true, ready: false } })
    this.#after(100, () => {
      node.pods.delete(uid)
      this.#changed(node)
      this.#broadcast(node, { isRecord: true }, (other) => {
        other.pods.delete(uid)
        this.#changed(other)
      })
    })
  }

  #write(node: SimNode, row: PodRow): void {
    this.#take(node, row)
    this.#broadcast(node, { isRecord: true }, (other) => this.#take(other, row))
  }

  /** Records carry a version: what comes late and is older changes nothing. */
  #take(node: SimNode, row: PodRow): void {
    const known = node.pods.get(row.fact.uid)
    if (known !== undefined && progress(known.fact) >= progress(row.fact)) return
    node.pods.set(row.fact.uid, row)
    this.#changed(node)
  }

  #broadcast(
    from: SimNode,
    { isRecord, delayMs = () => 0 }: { isRecord: boolean; delayMs?: () => number },
    deliver: (to: SimNode) => void,
  ): void {
    for (const to of this.nodes) {
      if (to === from) continue
      const isLost = this.#dice() < this.#options.loss
      if (isLost && !isRecord) continue
      this.#after(this.#latency() + delayMs() + (isLost ? SYNC_MS : 0), () => {
        if (to.up && from.up && this.#part(from.id) === this.#part(to.id)) deliver(to)
      })
    }
  }

  #after(delayMs: number, run: () => void): void {
    this.#time.timers.after(delayMs, run)
  }

  #latency(): number {
    return this.#between(this.#options.latencyMs)
  }

  #between([min, max]: readonly [number, number]): number {
    return min + this.#dice() * (max - min)
  }

  #find(id: NodeId): SimNode {
    return this.nodes.find((node) => node.id === id)!
  }
}

const progress = (fact: PodFact): number => (fact.stopping ? 3 : hasEnded(fact) ? 2 : fact.ready ? 1 : 0)
