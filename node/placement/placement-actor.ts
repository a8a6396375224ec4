/**
 * Applies what `placement.ts` decides: publishes bids, writes claims, tells the agent what to give up. Looks at the view when
 * it has changed (many changes at once are one look) and when something is due.
 *
 * @module
 */
import type { BidFact, NodeId } from '../../crdt/index.ts'
import type { Actor, Context, Ref } from '../actor/actor.ts'
import type { Cancel } from '../world/world.ts'
import type { Report } from './failures.ts'
import type { History } from './history.ts'
import { Placement, type Instant, type PlacementEffect } from './placement.ts'
import type { PlacementPorts, ReleaseMessage } from './ports.ts'

/** Changes come in bursts (an `apply`, a sync): one look serves for all that came within this time. */
const COALESCE_MS = 10
/** A look goes over all pods there are: of some thousand that start, hundreds of changes come every second. */
const COALESCE_MS_PER_POD = 0.05
/** An award is not to be late for it. */
const COALESCE_MS_MAX = 100

export type PlacementMessage =
  /** The view reads differently, or a neighbour has told what it knows. Also the first message. */
  | { readonly type: 'changed' }
  | { readonly type: 'look' }
  /** A bid record of another node came in. */
  | { readonly type: 'bid'; readonly node: NodeId; readonly bid: BidFact }
  /** The agent here could not start a pod, or gave its claim up. */
  | { readonly type: 'failed'; readonly report: Report }

export class PlacementActor implements Actor<PlacementMessage> {
  readonly #ports: PlacementPorts
  readonly #agent: Ref<ReleaseMessage>
  readonly #placement: Placement
  #cancelLook: Cancel = () => {}
  #lookAtMs = Infinity

  constructor({ ports, agent, history }: { ports: PlacementPorts; agent: Ref<ReleaseMessage>; history: History }) {
    this.#ports = ports
    this.#agent = agent
    this.#placement = new Placement({
      self: ports.self,
      history,
      verdictMs: (node) => ports.verdictMs(node),
      holdMs: (node) => ports.holdMs(node),
      roundTripMs: (node) => ports.roundTripMs(node),
      isBriefed: () => ports.isBriefed(),
      isDeleted: (workload) => ports.isDeleted(workload),
      calmMs: ports.calmMs,
    })
  }

  receive(message: PlacementMessage, context: Context<PlacementMessage>): void {
    switch (message.type) {
      case 'changed':
        return this.#lookAt(context.mono() + this.#coalesceMs, context)
      case 'look':
        return this.#look(context)
      case 'failed':
        return this.#placement.failed(message.report, instant(context))
      case 'bid':
        this.#apply(this.#placement.heard(message.node, message.bid, instant(context)), context)
        return this.#lookAt(this.#placement.dueMs, context)
    }
  }

  /** [PLC11] The more there is to look at, the more changes are looked at at once. */
  get #coalesceMs(): number {
    return Math.min(COALESCE_MS_MAX, Math.max(COALESCE_MS, this.#ports.view.pods().length * COALESCE_MS_PER_POD))
  }

  #look(context: Context<PlacementMessage>): void {
    this.#lookAtMs = Infinity
    const { view } = this.#ports
    const snapshot = { nodes: view.nodes(), pods: view.pods(), workloads: view.workloads(), budgets: view.budgets() }
    this.#apply(this.#placement.evaluate(snapshot, instant(context)), context)
    this.#lookAt(this.#placement.dueMs, context)
  }

  /** One timer: the earliest look that anybody asked for. */
  #lookAt(atMs: number, context: Context<PlacementMessage>): void {
    if (atMs >= this.#lookAtMs) return
    this.#cancelLook()
    this.#lookAtMs = atMs
    this.#cancelLook = context.after(Math.max(0, atMs - context.mono()), { type: 'look' })
  }

  #apply(effects: readonly PlacementEffect[], context: Context<PlacementMessage>): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'bid':
          this.#ports.records.put(effect.name, effect.bid, effect.ttlMs)
          break
        case 'claim':
          this.#ports.records.put(effect.name, effect.fact)
          context.note('claimed', { pod: effect.fact.name, slot: effect.fact.index })
          break
        case 'release':
          context.tell(this.#agent, { type: 'release', uid: effect.uid, reason: effect.reason })
          context.note('released', { uid: effect.uid, reason: effect.reason })
          break
        case 'pending':
          this.#ports.setPending(effect.workload, effect.slots)
          break
        case 'note':
          context.note(effect.what, effect.facts)
          break
      }
    }
  }
}

const instant = (context: Context<PlacementMessage>): Instant => ({ nowMs: context.now(), monoMs: context.mono() })
