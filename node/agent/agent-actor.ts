/**
 * Makes this node's claims true: what is claimed and does not run is started, what runs and is claimed is adopted as it is,
 * what runs and nobody claims is removed. `claim-plan.ts` decides, an actor for each pod does the work.
 *
 * It may be killed at any moment. Containers run on, and the next agent learns all it needs from the records on its disk, the
 * runtimes' listings, and the claim that each pod carries.
 *
 * @module
 */
import { hasEnded, reached, type PodFact } from '../../crdt/index.ts'
import type { Actor, Context } from '../actor/actor.ts'
import type { RunningPod, RuntimeName } from '../runtime/runtime.ts'
import type { World } from '../world/world.ts'
import {
  adoptedFact,
  claimStep,
  lostFact,
  renewedFact,
  strayStep,
  type ClaimStep,
  type FoundPod,
} from './claim-plan.ts'
import { PodActor } from './pod-actor.ts'
import type { PodGone, PodMessage } from './pod-message.ts'
import type { AgentListener, AgentNews, AgentNode, AgentView, PodRecords } from './ports.ts'
import { BELIEVED_MS } from './engine-health.ts'
import { Recent } from './recent.ts'
import { Roster } from './roster.ts'
import type { RuntimeNews } from './runtime-actor.ts'
import { stoppingFact, waitingFact } from './status.ts'
import { Turns } from './turns.ts'

export type AgentMessage = AgentNews | PodGone | RuntimeNews | { readonly type: 'sync-waited' | 'lists-waited' }

export interface AgentOptions {
  readonly node: AgentNode
  readonly view: AgentView
  readonly records: PodRecords
  readonly listener: AgentListener
  readonly world: Pick<World, 'clock' | 'sockets' | 'timers' | 'runtimes'>
  /** To the farthest neighbour that answers. */
  readonly roundTripMs?: () => number
}

/** How long a node alone waits for a neighbour before it starts what it does not find running. */
const SYNC_WAIT_MS = 1_000
/** [AGT10] Between leaving the routes and SIGTERM, where all nodes are side by side. */
const DRAIN_MS = 150
/** Where they are not: the word has to get there, over another node if need be, and what was sent before it came has to get here. */
const DRAIN_ROUND_TRIPS = 3
const DRAIN_MS_MAX = 2_000
/** Pods that were just removed, so that a listing made before that does not bring them back. */
const GONE_MAX = 1_000

export class AgentActor implements Actor<AgentMessage> {
  readonly #options: AgentOptions
  readonly #turns: Turns
  readonly #roster: Roster
  /** Listed at boot and not yet given to an actor. */
  readonly #found = new Map<string, FoundPod>()
  /** Claims from before this agent. */
  #old: Set<string> | undefined
  readonly #gone = new Recent<string>(GONE_MAX)
  #isSynced = false
  #isPatient = true

  constructor(options: AgentOptions) {
    this.#options = options
    this.#turns = new Turns(options.world.timers)
    this.#roster = new Roster(this.#turns)
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
      case 'lists-waited':
        this.#isPatient = false
        this.#settleClaims(context)
        return
      case 'config-changed':
        for (const { runtime } of this.#roster.runtimes()) this.#tellAll(runtime.name, message, context)
        return
      case 'release':
        this.#release(message, context)
        return
      case 'hasten':
        this.#roster.tell(message.uid, message, context)
        return
      case 'runtime-event':
        this.#roster.tell(message.uid, { type: 'look' }, context)
        return
      case 'runtime-trouble': {
        const cell = this.#roster.runtime(message.runtime)
        if (cell !== undefined) context.tell(cell.actor, { type: 'trouble', reason: message.reason })
        return
      }
      case 'runtime-listed':
        this.#hearListing(message, context)
        return
      case 'runtime-state':
        this.#hearState(message, context)
        return
      case 'pod-gone':
        this.#forget(message.uid, context)
        return
    }
  }

  #boot(context: Context<AgentMessage>): Set<string> {
    context.after(SYNC_WAIT_MS, { type: 'sync-waited' })
    context.after(BELIEVED_MS, { type: 'lists-waited' })
    this.#roster.begin(this.#options.world.runtimes, context.self, context)
    return new Set(this.#claims().map(({ uid }) => uid))
  }

  #claims(): readonly PodFact[] {
    const { view, node } = this.#options
    return view.pods().flatMap((row) => (row.node === node.id ? [row.fact] : []))
  }

  #settleClaims(context: Context<AgentMessage>): void {
    for (const claim of this.#claims()) {
      if (this.#roster.has(claim.uid)) continue
      const told = this.#told(claim)
      this.#apply(told, this.#step(told), context)
    }
  }

  /** [FIN4] Nothing of what was deleted is begun, also where placement has not said yet that it is to end. */
  #told(claim: PodFact): PodFact {
    if (claim.stopping || hasEnded(claim) || !this.#options.view.isEnding(claim.workload)) return claim
    const told = stoppingFact(claim, 'it was deleted')
    this.#put(claim.uid, told)
    return told
  }

  #step(claim: PodFact): ClaimStep {
    return claimStep({
      claim,
      isOld: this.#old?.has(claim.uid) === true,
      isSynced: this.#isSynced,
      isPatient: this.#isPatient,
      template: this.#options.view.template(claim.workload, claim.revision),
      podSecurity: this.#options.view.podSecurity(claim.namespace),
      runtimes: this.#roster.runtimes().map(({ runtime, state, isListed }) => ({
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
        if (step.renewed) reached('claim-renewed')
        else if (step.found !== undefined) reached('pod-adopted')
        const fact = step.renewed ? renewedFact(claim, context.now()) : claim
        if (step.renewed) this.#put(claim.uid, fact)
        this.#spawn(fact, step, context)
        return
      }
      case 'end':
        reached('end-carried-on')
        this.#spawn(claim, step, context)
        return
      case 'wait': {
        const fact = waitingFact(claim, step)
        if (JSON.stringify(fact) !== JSON.stringify(claim)) this.#put(claim.uid, fact)
        return
      }
      case 'fail':
        this.#put(claim.uid, lostFact(claim))
        return
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
    this.#gone.add(uid)
    const failure = { uid, workload, revision, code: 'no-runtime', reason, atMs: context.now(), refused: true } as const
    this.#options.listener.podFailed(failure)
  }

  #spawn(
    claim: PodFact,
    place: { runtime: RuntimeName; found: RunningPod | undefined },
    context: Context<AgentMessage>,
  ): void {
    const cell = this.#roster.runtime(place.runtime)
    if (cell === undefined) return
    const { node, view, records, listener, world, roundTripMs = () => 0 } = this.#options
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
        agent: context.self,
        drainMs: () => Math.min(DRAIN_MS + DRAIN_ROUND_TRIPS * roundTripMs(), DRAIN_MS_MAX),
      })
    this.#roster.add(claim.uid, place.runtime, create, context)
    this.#found.delete(claim.uid)
    this.#roster.tell(claim.uid, { type: 'begin', found: place.found }, context)
  }

  #release({ uid, reason }: { uid: string; reason: string }, context: Context<AgentMessage>): void {
    if (this.#roster.has(uid)) {
      this.#roster.tell(uid, { type: 'release', reason }, context)
      return
    }
    const claim = this.#claims().find((own) => own.uid === uid)
    if (claim === undefined) return
    const stopping = stoppingFact(claim, reason)
    this.#put(uid, stopping)
    this.#apply(stopping, this.#step(stopping), context)
  }

  #hearListing({ runtime, pods }: RuntimeNews & { type: 'runtime-listed' }, context: Context<AgentMessage>): void {
    const cell = this.#roster.runtime(runtime)
    if (cell === undefined) return
    const isFirst = !cell.isListed
    cell.isListed = true
    const listed = new Set(pods.map(({ uid }) => uid))
    for (const pod of pods) {
      if (this.#roster.has(pod.uid)) this.#roster.tell(pod.uid, { type: 'listed', pod }, context)
      else if (isFirst) this.#found.set(pod.uid, { runtime, pod })
      else if (!this.#found.has(pod.uid)) this.#sweep({ runtime, pod }, 'its claim was given up', context)
    }
    if (isFirst) {
      this.#settleClaims(context)
      this.#settleStrays(context)
      return
    }
    for (const uid of this.#roster.podsOf(runtime)) {
      if (!listed.has(uid)) this.#roster.tell(uid, { type: 'look' }, context)
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
      if (step.do === 'remove') this.#sweep(found, step.reason, context)
      if (step.do !== 'adopt') continue
      const fact = adoptedFact(step.claim, found.pod, { runtime: found.runtime, hostIP: node.hostAddress })
      this.#put(uid, fact)
      this.#spawn(fact, { runtime: found.runtime, found: found.pod }, context)
    }
  }

  #sweep({ runtime, pod }: FoundPod, reason: string, context: Context<AgentMessage>): void {
    const cell = this.#roster.runtime(runtime)
    if (cell === undefined) return
    reached('leftover-swept')
    this.#found.delete(pod.uid)
    this.#roster.sweep({ type: 'sweep', runtime: cell.runtime, pod, reason }, context)
  }

  #hearState(message: RuntimeNews & { type: 'runtime-state' }, context: Context<AgentMessage>): void {
    const { runtime, state, reason, check } = message
    const cell = this.#roster.runtime(runtime)
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
    if (state === 'answers') this.#tellAll(runtime, { type: 'runtime-returned' }, context)
    else this.#settleClaims(context)
    if (state === 'unknown') this.#tellAll(runtime, { type: 'runtime-silent', reason }, context)
  }

  #forget(uid: string, context: Context<AgentMessage>): void {
    this.#roster.drop(uid, context)
    this.#gone.add(uid)
  }

  #put(uid: string, fact: PodFact | undefined): void {
    this.#options.records.put(`pod/${uid}`, fact)
  }

  #tellAll(runtime: RuntimeName, message: PodMessage, context: Context<AgentMessage>): void {
    for (const uid of this.#roster.podsOf(runtime)) this.#roster.tell(uid, message, context)
  }
}
