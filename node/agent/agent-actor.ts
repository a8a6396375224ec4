/**
 * Makes this node's claims true: what is claimed and does not run is started, what runs and is claimed is adopted as it is,
 * what runs and nobody claims is removed. `claim-plan.ts` decides, an actor for each pod does the work.
 *
 * It may be killed at any moment. Containers run on, and the next agent learns all it needs from the records on its disk, the
 * runtimes' listings, and the claim that each pod carries.
 *
 * @module
 */
import type { PodFact } from '../../crdt/index.ts'
import type { Actor, Context, Ref } from '../actor/actor.ts'
import { RuntimeError, type RunningPod, type Runtime, type RuntimeName } from '../runtime/runtime.ts'
import type { World } from '../world/world.ts'
import { adoptedFact, claimStep, renewedFact, strayStep, type ClaimStep, type FoundPod } from './claim-plan.ts'
import type { EngineState } from './engine-health.ts'
import { PodActor, type PodGone, type PodMessage } from './pod-actor.ts'
import type { AgentListener, AgentNews, AgentNode, AgentView, PodRecords } from './ports.ts'
import { RuntimeActor, type RuntimeMessage, type RuntimeNews } from './runtime-actor.ts'
import { waitingFact } from './status.ts'
import { Turns } from './turns.ts'

export type AgentMessage =
  | AgentNews
  | PodGone
  | RuntimeNews
  | { readonly type: 'sync-waited' }
  | { readonly type: 'stray-removed'; readonly uid: string; readonly trouble?: string }

export interface AgentOptions {
  readonly node: AgentNode
  readonly view: AgentView
  readonly records: PodRecords
  readonly listener: AgentListener
  readonly world: Pick<World, 'sockets' | 'timers' | 'runtimes'>
  /** Between leaving the routes and SIGTERM: what a route needs to hear of it. */
  readonly drainMs?: number
}

/** How long a node alone waits for a neighbour before it starts what it does not find running. */
const SYNC_WAIT_MS = 1_000
const DRAIN_MS = 150
const DRAIN_MS_MAX = 10_000
/** Pods that were just removed, so that a listing made before that does not bring them back. */
const GONE_MAX = 1_000

interface RuntimeCell {
  readonly runtime: Runtime
  readonly actor: Ref<RuntimeMessage>
  /** Taken to answer until it does not. */
  state: EngineState
  isListed: boolean
}

interface PodCell {
  readonly runtime: RuntimeName
  readonly actor: Ref<PodMessage>
}

export class AgentActor implements Actor<AgentMessage> {
  readonly #options: AgentOptions
  readonly #turns: Turns
  readonly #runtimes = new Map<RuntimeName, RuntimeCell>()
  readonly #pods = new Map<string, PodCell>()
  /** Listed at boot and not yet given to an actor. */
  readonly #found = new Map<string, FoundPod>()
  /** Claims from before this agent. */
  #old: Set<string> | undefined
  readonly #released = new Map<string, string>()
  readonly #gone = new Set<string>()
  readonly #removing = new Set<string>()
  #isSynced = false

  constructor(options: AgentOptions) {
    this.#options = options
    this.#turns = new Turns(options.world.timers)
  }

  receive(message: AgentMessage, context: Context<AgentMessage>): void {
    this.#old ??= this.#boot(context)
    this.#hear(message, context)
  }

  #hear(message: AgentMessage, context: Context<AgentMessage>): void {
    switch (message.type) {
      case 'boot':
        return
      case 'claims-changed':
        this.#settleClaims(context)
        return
      case 'synced':
      case 'sync-waited':
        if (this.#isSynced) return
        this.#isSynced = true
        this.#settleClaims(context)
        this.#settleStrays(context)
        return
      case 'release':
        this.#release(message, context)
        return
      case 'runtime-event':
        this.#tellPod(message.uid, { type: 'look' }, context)
        return
      case 'runtime-trouble':
        this.#tellRuntime(message.runtime, { type: 'trouble', reason: message.reason }, context)
        return
      case 'runtime-listed':
        this.#hearListing(message, context)
        return
      case 'runtime-state':
        this.#hearState(message, context)
        return
      case 'pod-gone':
        this.#forget(message.uid, context)
        return
      case 'stray-removed':
        this.#removing.delete(message.uid)
        if (message.trouble !== undefined) context.note('stray-not-removed', message)
        return
    }
  }

  /** Also after a failure of its own: actors of its earlier life are replaced, each by one that looks first. */
  #boot(context: Context<AgentMessage>): Set<string> {
    context.after(SYNC_WAIT_MS, { type: 'sync-waited' })
    for (const runtime of this.#options.world.runtimes) {
      const agent = context.self as Ref<RuntimeNews>
      const actor = replace(context, `runtime/${runtime.name}`, () => new RuntimeActor({ runtime, agent }))
      context.tell(actor, { type: 'begin' })
      this.#runtimes.set(runtime.name, { runtime, actor, state: 'answers', isListed: false })
    }
    return new Set(this.#claims().map(({ uid }) => uid))
  }

  #claims(): readonly PodFact[] {
    const { view, node } = this.#options
    return view.pods().flatMap((row) => (row.node === node.id ? [row.fact] : []))
  }

  #settleClaims(context: Context<AgentMessage>): void {
    for (const claim of this.#claims()) {
      if (this.#pods.has(claim.uid) || this.#gone.has(claim.uid)) continue
      this.#apply(claim, this.#step(claim), context)
    }
  }

  #step(claim: PodFact): ClaimStep {
    return claimStep({
      claim,
      isOld: this.#old?.has(claim.uid) === true,
      isReleased: this.#released.has(claim.uid),
      isSynced: this.#isSynced,
      template: this.#options.view.template(claim.workload, claim.revision),
      runtimes: [...this.#runtimes.values()].map(({ runtime, state, isListed }) => ({
        name: runtime.name,
        answers: state === 'answers',
        isListed,
      })),
      found: this.#found.get(claim.uid),
    })
  }

  #apply(claim: PodFact, step: ClaimStep, context: Context<AgentMessage>): void {
    switch (step.do) {
      case 'run': {
        const fact = step.renewed ? renewedFact(claim, context.now()) : claim
        if (step.renewed) this.#put(claim.uid, fact)
        this.#spawn(fact, step, context)
        return
      }
      case 'end':
        this.#spawn(claim, step, context)
        this.#tellPod(claim.uid, { type: 'release', reason: this.#released.get(claim.uid) ?? claim.message }, context)
        return
      case 'wait': {
        const fact = waitingFact(claim, step)
        if (JSON.stringify(fact) !== JSON.stringify(claim)) this.#put(claim.uid, fact)
        return
      }
      case 'refuse':
        this.#refuse(claim, step.message, context)
        return
      case 'drop':
        this.#forget(claim.uid, context)
        this.#put(claim.uid, undefined)
        return
      case 'leave':
        return
    }
  }

  #refuse({ uid, workload, revision }: PodFact, reason: string, context: Context<AgentMessage>): void {
    context.note('claim-refused', { uid, workload, reason })
    this.#put(uid, undefined)
    this.#remember(uid)
    const failure = { uid, workload, revision, code: 'no-runtime', reason, atMs: context.now(), refused: true } as const
    this.#options.listener.podFailed(failure)
  }

  #spawn(
    claim: PodFact,
    place: { runtime: RuntimeName; found: RunningPod | undefined },
    context: Context<AgentMessage>,
  ): void {
    const cell = this.#runtimes.get(place.runtime)
    if (cell === undefined) return
    const { node, view, records, listener, world, drainMs = DRAIN_MS } = this.#options
    const create = (): PodActor =>
      new PodActor({
        // Made anew after a failure, it goes by the record as it stands then.
        claim: this.#claims().find(({ uid }) => uid === claim.uid) ?? claim,
        runtime: cell.runtime,
        node,
        view,
        records,
        listener,
        world,
        turns: this.#turns,
        agent: context.self as Ref<PodGone>,
        drainMs: Math.min(drainMs, DRAIN_MS_MAX),
      })
    const actor = replace<PodMessage>(context, `pod/${claim.uid}`, create)
    this.#pods.set(claim.uid, { runtime: place.runtime, actor })
    this.#found.delete(claim.uid)
    context.tell(actor, { type: 'begin', found: place.found })
  }

  #release({ uid, reason }: { uid: string; reason: string }, context: Context<AgentMessage>): void {
    if (this.#pods.has(uid)) {
      this.#tellPod(uid, { type: 'release', reason }, context)
      return
    }
    const claim = this.#claims().find((own) => own.uid === uid)
    if (claim === undefined) return
    this.#released.set(uid, reason)
    this.#apply(claim, this.#step(claim), context)
  }

  #hearListing({ runtime, pods }: RuntimeNews & { type: 'runtime-listed' }, context: Context<AgentMessage>): void {
    const cell = this.#runtimes.get(runtime)
    if (cell === undefined) return
    const isFirst = !cell.isListed
    cell.isListed = true
    const listed = new Set(pods.map(({ uid }) => uid))
    for (const pod of pods) {
      if (this.#pods.has(pod.uid)) this.#tellPod(pod.uid, { type: 'listed', pod }, context)
      else if (isFirst) this.#found.set(pod.uid, { runtime, pod })
      else if (!this.#found.has(pod.uid)) this.#removeStray({ runtime, pod }, 'its claim was given up', context)
    }
    if (isFirst) {
      this.#settleClaims(context)
      this.#settleStrays(context)
      return
    }
    for (const [uid, own] of this.#pods) {
      if (own.runtime === runtime && !listed.has(uid)) this.#tellPod(uid, { type: 'look' }, context)
    }
  }

  /** What was found at boot and no record claims. */
  #settleStrays(context: Context<AgentMessage>): void {
    const { view, node } = this.#options
    const claimed = new Set(this.#claims().map(({ uid }) => uid))
    for (const [uid, found] of this.#found) {
      if (claimed.has(uid)) continue
      const step = strayStep({
        pod: found.pod,
        isFirstListing: !this.#gone.has(uid),
        isSynced: this.#isSynced,
        hasTemplate: ({ workload, revision }) => view.template(workload, revision) !== undefined,
      })
      if (step.do === 'remove') this.#removeStray(found, step.reason, context)
      if (step.do !== 'adopt') continue
      const fact = adoptedFact(step.claim, found.pod, { runtime: found.runtime, hostIP: node.hostAddress })
      this.#put(uid, fact)
      this.#spawn(fact, { runtime: found.runtime, found: found.pod }, context)
    }
  }

  #removeStray({ runtime, pod }: FoundPod, reason: string, context: Context<AgentMessage>): void {
    const cell = this.#runtimes.get(runtime)
    if (cell === undefined || this.#removing.has(pod.uid)) return
    context.note('stray-removed', { uid: pod.uid, pod: pod.name, reason })
    this.#found.delete(pod.uid)
    this.#removing.add(pod.uid)
    const removed = (trouble?: string): AgentMessage => ({
      type: 'stray-removed',
      uid: pod.uid,
      ...(trouble === undefined ? {} : { trouble }),
    })
    const work = this.#turns.take('last', () => cell.runtime.remove(pod.uid))
    context.pipe(
      work,
      () => removed(),
      (error) => removed(error instanceof RuntimeError ? error.message : String(error)),
    )
  }

  #hearState(message: RuntimeNews & { type: 'runtime-state' }, context: Context<AgentMessage>): void {
    const { runtime, state, reason, check } = message
    const cell = this.#runtimes.get(runtime)
    if (cell === undefined) return
    const before = cell.state
    cell.state = state
    if (state === 'answers' && check !== undefined) {
      const { version, images } = check
      this.#options.listener.runtimeHealth({ runtime, ok: true, version, images })
    } else {
      this.#options.listener.runtimeHealth({ runtime, ok: false, reason })
    }
    if (before === state) return
    context.note('runtime-state', { runtime, state, reason })
    if (state === 'answers') this.#tellPodsOf(runtime, { type: 'runtime-returned' }, context)
    if (state === 'unknown') this.#tellPodsOf(runtime, { type: 'runtime-silent', reason }, context)
  }

  #forget(uid: string, context: Context<AgentMessage>): void {
    const cell = this.#pods.get(uid)
    if (cell !== undefined) context.stop(cell.actor as Ref<never>)
    this.#pods.delete(uid)
    this.#released.delete(uid)
    this.#remember(uid)
  }

  #remember(uid: string): void {
    this.#gone.add(uid)
    const [oldest] = this.#gone
    if (this.#gone.size > GONE_MAX && oldest !== undefined) this.#gone.delete(oldest)
  }

  #put(uid: string, fact: PodFact | undefined): void {
    this.#options.records.put(`pod/${uid}`, fact)
  }

  #tellPod(uid: string, message: PodMessage, context: Context<AgentMessage>): void {
    const cell = this.#pods.get(uid)
    if (cell !== undefined) context.tell(cell.actor, message)
  }

  #tellPodsOf(runtime: RuntimeName, message: PodMessage, context: Context<AgentMessage>): void {
    for (const cell of this.#pods.values()) if (cell.runtime === runtime) context.tell(cell.actor, message)
  }

  #tellRuntime(name: RuntimeName, message: RuntimeMessage, context: Context<AgentMessage>): void {
    const cell = this.#runtimes.get(name)
    if (cell !== undefined) context.tell(cell.actor, message)
  }
}

function replace<Message>(context: Context<AgentMessage>, name: string, create: () => Actor<Message>): Ref<Message> {
  context.stop({ name })
  return context.spawn(name, create)
}
