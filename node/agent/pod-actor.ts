/**
 * Drives one pod through `pod-machine.ts`: takes in what it is told, follows the events that are due, writes the pod's record
 * if it reads differently, and begins the one operation that is next. All work in the runtime is piped back as messages.
 *
 * One operation is under way at a time, so a stop waits for the end of a start. An operation that outlives its bound is
 * disowned: its answer no longer counts, and the next step is to look at what it has done.
 *
 * @module
 */
import type { DocumentKey, PodFact } from '../../crdt/index.ts'
import type { Actor, Context, Ref } from '../actor/actor.ts'
import type { PodLaunch, Runtime } from '../runtime/runtime.ts'
import type { Cancel, World } from '../world/world.ts'
import { configKeys } from './config.ts'
import { isRefused } from './environment.ts'
import { GivenFiles } from './given-files.ts'
import type { LaunchInput } from './launch.ts'
import { boundMs, failed, isRefusal, launchOrThrow, overdue, perform, succeeded, troubleOf } from './operations.ts'
import { nextStep, settle, transition, type Operation, type Step } from './pod-machine.ts'
import {
  agrees,
  changeContainer,
  configChanged,
  doubt,
  newPodMemory,
  observe,
  runtimeReturned,
  type PodMemory,
  type Trouble,
} from './pod-memory.ts'
import type { PodGone, PodMessage, PodOutcome } from './pod-message.ts'
import { graceMs, podPlan } from './pod-plan.ts'
import type { AgentListener, AgentNode, AgentView, FailureCode, PodRecords } from './ports.ts'
import { probe } from './prober.ts'
import { probed, type ProbeAnswer } from './readiness.ts'
import { podFact } from './status.ts'
import { allContainers, type PodTemplate } from './template.ts'
import type { Turns } from './turns.ts'
import { podVolumes } from './volumes.ts'

export interface PodActorOptions {
  readonly claim: PodFact
  readonly runtime: Runtime
  readonly node: AgentNode
  readonly view: Pick<AgentView, 'template' | 'serviceEnv' | 'config'>
  readonly records: PodRecords
  readonly listener: Pick<AgentListener, 'podFailed'>
  readonly world: Pick<World, 'clock' | 'sockets' | 'timers'>
  readonly turns: Turns
  readonly agent: Ref<PodGone>
  /** Between leaving the routes and SIGTERM. */
  readonly drainMs: number
}

interface UnderWay {
  readonly operation: Operation
  readonly number: number
  readonly cancelBound: Cancel
}

export class PodActor implements Actor<PodMessage> {
  readonly #options: PodActorOptions
  #memory: PodMemory
  /** The record as last written. */
  #fact: PodFact
  #template: PodTemplate | undefined
  #underWay: UnderWay | undefined
  #operations = 0
  /** Until the first look nothing is written: the record of an earlier agent is better than a guess. */
  #isKnown = false
  #isToldSinceStart = false
  /** Something happened while a look was under way: it may have looked too early. */
  #hasNewDoubt = false
  /** Why it is to stop. Its record may have said so before this actor was. */
  #released: string | undefined
  #runtimeTrouble: string | undefined
  #cancelWake: Cancel = () => {}
  readonly #probing = new Set<string>()
  #files = new GivenFiles()

  constructor(options: PodActorOptions) {
    const { claim, view, drainMs } = options
    this.#options = options
    this.#fact = claim
    this.#released = claim.stopping ? claim.message : undefined
    this.#template = view.template(claim.workload, claim.revision)
    this.#memory = newPodMemory(podPlan({ claim, template: this.#template, drainMs }))
  }

  receive(message: PodMessage, context: Context<PodMessage>): void {
    this.#hear(message, context)
    this.#follow(context)
    this.#publish(context)
    if (this.#memory.state === 'gone') return
    this.#askReadiness(context)
    this.#act(context)
  }

  #hear(message: PodMessage, context: Context<PodMessage>): void {
    switch (message.type) {
      case 'begin':
        this.#memory = observe(this.#memory, message.found, context.mono())
        this.#isKnown = true
        return
      case 'look':
        this.#doubt()
        return
      case 'listed':
        if (!agrees(this.#memory, message.pod)) this.#doubt()
        this.#refresh(context)
        return
      case 'release':
        this.#released ??= message.reason
        return
      case 'runtime-silent':
        this.#runtimeTrouble = message.reason
        return
      case 'runtime-returned':
        this.#runtimeTrouble = undefined
        this.#memory = runtimeReturned(this.#memory)
        this.#files = new GivenFiles()
        this.#disown()
        return
      case 'config-changed':
        if (!this.#reads(message.keys)) return
        this.#memory = configChanged(this.#memory)
        this.#refresh(context)
        return
      case 'refreshed':
        this.#files.done(message.error === undefined)
        if (message.error === undefined) return this.#refresh(context) // what changed meanwhile
        context.note('pod-refresh-failed', { uid: this.#fact.uid, ...troubleOf(message.error) })
        return
      case 'wake':
        return
      case 'done':
      case 'failed':
      case 'overdue':
        this.#hearOutcome(message, context)
        return
      case 'probed':
        this.#hearProbe(message, context)
        return
    }
  }

  /** Whether its template names one of these. */
  #reads(keys: ReadonlySet<DocumentKey>): boolean {
    if (this.#template === undefined) return false
    const named = configKeys(this.#template, this.#options.claim.namespace)
    return [...named].some((key) => keys.has(key))
  }

  /** [CFG8] What mounts a changed ConfigMap or Secret sees it. Where it cannot be read any more the files stay as they are. */
  #refresh(context: Context<PodMessage>): void {
    if (this.#memory.state !== 'live' || this.#template === undefined) return
    const volumes = podVolumes({ ...this.#launchInput(), template: this.#template })
    const files = isRefused(volumes) ? [] : this.#files.next(volumes)
    if (files.length === 0) return
    context.pipe(
      this.#options.runtime.refresh(this.#fact.uid, files),
      () => ({ type: 'refreshed' }),
      (error) => ({ type: 'refreshed', error }),
    )
  }

  #doubt(): void {
    this.#memory = doubt(this.#memory)
    this.#hasNewDoubt = this.#underWay?.operation.do === 'look'
  }

  #hearOutcome(message: PodOutcome, context: Context<PodMessage>): void {
    if (this.#underWay?.number !== message.number) return
    const { operation } = this.#underWay
    this.#disown()
    if (message.type === 'done') {
      this.#memory = succeeded(this.#memory, message.outcome, context.mono())
      if (message.outcome.did === 'look') this.#looked()
      if (message.outcome.did === 'create') this.#files.given(message.outcome.launch.volumes)
      if (message.outcome.did === 'read-end') this.#reportCrash(message.outcome.container, context)
      return
    }
    const error = message.type === 'failed' ? message.error : overdue(operation, this.#options.runtime.name)
    this.#hearTrouble(operation, troubleOf(error), context)
  }

  #looked(): void {
    this.#isKnown = true
    if (this.#hasNewDoubt) this.#memory = doubt(this.#memory)
    this.#hasNewDoubt = false
  }

  #hearTrouble(operation: Operation, trouble: Trouble, context: Context<PodMessage>): void {
    context.note('pod-operation-failed', { uid: this.#fact.uid, operation: operation.do, ...trouble })
    this.#memory = failed(this.#memory, operation, { trouble, monoMs: context.mono() })
    if (operation.do !== 'create' && operation.do !== 'start' && operation.do !== 'recreate') return
    if (trouble.code === 'unavailable') return
    const refused = isRefusal(trouble.code)
    this.#report({ code: trouble.code, reason: trouble.message, refused }, context)
    if (refused) this.#released ??= trouble.message
  }

  #hearProbe({ container, readiness, answer }: PodMessage & { type: 'probed' }, context: Context<PodMessage>): void {
    this.#probing.delete(container)
    this.#memory = changeContainer(this.#memory, container, (known) =>
      // An answer about an earlier run says nothing about this one.
      known.readiness === readiness ? { ...known, readiness: probed(readiness, answer, context.mono()) } : known,
    )
  }

  /** What is due by now; a release counts once it is known what there is to stop. */
  #follow(context: Context<PodMessage>): void {
    const monoMs = context.mono()
    const before = this.#memory.state
    this.#memory = settle(this.#memory, monoMs)
    if (this.#released !== undefined && this.#isKnown) {
      this.#memory = settle(transition(this.#memory, 'released', monoMs), monoMs)
    }
    if (this.#memory.state !== before) {
      context.note('pod-state', { uid: this.#fact.uid, pod: this.#fact.name, from: before, to: this.#memory.state })
    }
  }

  #publish(context: Context<PodMessage>): void {
    const { records, agent } = this.#options
    const { uid } = this.#fact
    if (this.#memory.state === 'gone') {
      this.#cancelWake()
      records.put(`pod/${uid}`, undefined)
      context.tell(agent, { type: 'pod-gone', uid })
      return
    }
    if (!this.#isKnown) return
    const fact = this.#nextFact(context)
    // The first look is written in any case: the record of an earlier start says nothing of this one.
    if (this.#isToldSinceStart && JSON.stringify(fact) === JSON.stringify(this.#fact)) return
    this.#isToldSinceStart = true
    this.#fact = fact
    records.put(`pod/${uid}`, fact)
  }

  #nextFact(context: Context<PodMessage>): PodFact {
    return podFact({
      before: this.#fact,
      memory: this.#memory,
      runtime: this.#options.runtime.name,
      hostIP: this.#options.node.hostAddress,
      images: new Map(allContainers(this.#template).map(({ name, image = '' }) => [name, image])),
      released: this.#released,
      runtimeTrouble: this.#runtimeTrouble,
      nowMs: context.now(),
    })
  }

  #askReadiness(context: Context<PodMessage>): void {
    if (this.#memory.state !== 'live') return
    const podIP = this.#memory.seen?.podIP ?? ''
    for (const { name, readiness } of this.#memory.containers) {
      const isDue = readiness?.nextProbeMs !== undefined && readiness.nextProbeMs <= context.mono()
      if (!isDue || readiness.rule.kind === 'running' || this.#probing.has(name)) continue
      this.#probing.add(name)
      const { target, timeoutMs } = readiness.rule
      const tell = (answer: ProbeAnswer): PodMessage => ({ type: 'probed', container: name, readiness, answer })
      const asked = probe(this.#options.world, { target, podIP, timeoutMs })
      context.pipe(asked, tell, (error) => tell({ ok: false, reason: String(error) }))
    }
  }

  #act(context: Context<PodMessage>): void {
    this.#cancelWake()
    const step: Step = this.#underWay === undefined ? nextStep(this.#memory, context.mono()) : { do: 'rest' }
    if (step.do !== 'rest' && step.do !== 'wait') this.#perform(step, context)
    const waits = this.#nextProbesMs()
    if (step.do === 'wait') waits.push(step.untilMs)
    if (waits.length === 0) return
    this.#cancelWake = context.after(Math.max(0, Math.min(...waits) - context.mono()), { type: 'wake' })
  }

  /** [AGT17] A question that is due and is asked no more would wake a pod that is ending again and again, at once. */
  #nextProbesMs(): number[] {
    if (this.#memory.state !== 'live') return []
    return this.#memory.containers.flatMap(({ name, readiness }) =>
      this.#probing.has(name) ? [] : (readiness?.nextProbeMs ?? []),
    )
  }

  #perform(operation: Operation, context: Context<PodMessage>): void {
    const number = ++this.#operations
    const grace = graceMs(this.#template)
    const cancelBound = context.after(boundMs(operation, grace), { type: 'overdue', number })
    this.#underWay = { operation, number, cancelBound }
    const work = perform(operation, {
      uid: this.#fact.uid,
      runtime: this.#options.runtime,
      timers: this.#options.world.timers,
      clock: this.#options.world.clock,
      turns: this.#options.turns,
      graceMs: grace,
      containers: this.#memory.containers,
      launch: () => this.#launch(operation),
      isWanted: () => this.#released === undefined && this.#underWay?.number === number,
    })
    context.pipe(
      work,
      (outcome) => ({ type: 'done', number, outcome }),
      (error) => ({ type: 'failed', number, error }),
    )
  }

  /** Forgets what is under way, if anything is; its answer will not count. */
  #disown(): void {
    this.#underWay?.cancelBound()
    this.#underWay = undefined
  }

  #launch(operation: Operation): PodLaunch {
    const { claim, view } = this.#options
    this.#template ??= view.template(claim.workload, claim.revision)
    const next = operation.do === 'recreate' ? operation.container : undefined
    return launchOrThrow({
      ...this.#launchInput(),
      template: this.#template,
      attempts: new Map(
        this.#memory.containers.map(({ name, attempt }) => [name, name === next ? attempt + 1 : attempt]),
      ),
    })
  }

  #launchInput(): Omit<LaunchInput, 'template' | 'attempts'> {
    const { claim, view, node, runtime } = this.#options
    return {
      claim,
      serviceEnv: view.serviceEnv(claim.namespace, runtime.name),
      nodeName: node.name,
      hostAddress: node.hostAddress,
      capacity: node.capacity,
      config: (kind, name) => view.config(kind, claim.namespace, name),
    }
  }

  #reportCrash(name: string, context: Context<PodMessage>): void {
    const exit = this.#memory.containers.find((container) => container.name === name)?.exit
    if (exit === undefined || exit.exitCode === 0) return
    const reason = `container ${name} ended with exit code ${exit.exitCode}`
    this.#report({ code: 'crashed', reason, refused: false }, context)
  }

  #report(failure: { code: FailureCode; reason: string; refused: boolean }, context: Context<PodMessage>): void {
    const { uid, workload, revision } = this.#fact
    this.#options.listener.podFailed({ uid, workload, revision, atMs: context.now(), ...failure })
  }
}
