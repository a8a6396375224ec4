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
import { diskBounds, overfull, type DiskBound } from './disk-bounds.ts'
import { GivenFiles } from './given-files.ts'
import type { LaunchInput } from './launch.ts'
import { runCommand } from './command.ts'
import { boundMs, failed, isRefusal, launchOrThrow, overdue, perform, succeeded, troubleOf } from './operations.ts'
import { nextStep, settle, transition, type Operation, type Step } from './pod-machine.ts'
import {
  agrees,
  configChanged,
  containerOf,
  doubt,
  evicted,
  newPodMemory,
  observe,
  runtimeReturned,
  type PodMemory,
  type Trouble,
} from './pod-memory.ts'
import type { PodGone, PodMessage, PodOutcome } from './pod-message.ts'
import { hookOf, runHook } from './hooks.ts'
import { graceMs, podPlan } from './pod-plan.ts'
import type { AgentListener, AgentNode, AgentView, FailureCode, PodRecords } from './ports.ts'
import type { ProbeAnswer } from './probe-rule.ts'
import { probe } from './prober.ts'
import { hearAnswer, questions, type Question } from './questions.ts'
import { isProgress, podFact } from './status.ts'
import type { StopContainer } from './stopping.ts'
import { allContainers, serviceAccountName, type PodTemplate } from './template.ts'
import type { Turns } from './turns.ts'
import { podVolumes } from './volumes.ts'

export interface PodActorOptions {
  readonly claim: PodFact
  readonly runtime: Runtime
  readonly node: AgentNode
  readonly view: Pick<AgentView, 'template' | 'serviceEnv' | 'config' | 'serviceAccount'>
  readonly records: PodRecords
  readonly listener: Pick<AgentListener, 'podFailed'>
  readonly world: Pick<World, 'clock' | 'sockets' | 'timers'>
  readonly turns: Turns
  readonly agent: Ref<PodGone>
  /** Between leaving the routes and SIGTERM. */
  readonly drainMs: () => number
}

/** [AGT31] What tells only how far a start is may wait so long: most starts are over by then, and a record goes to every node. */
export const PROGRESS_MS = 2_000
/** Between two looks at what its empty directories hold. */
const MEASURE_MS = 10_000

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
  /** Until when progress that is not told yet may wait. */
  #tellByMs: number | undefined
  /** [ADO11] Runs that had ended before the first look, by container: nobody saw why. */
  #unseenEnds: ReadonlyMap<string, number> = new Map()
  /** Something happened while a look was under way: it may have looked too early. */
  #hasNewDoubt = false
  /** Why it is to stop. Its record may have said so before this actor was. */
  #released: string | undefined
  /** What it was given in the end, where that is not its own. */
  #graceMs: number | undefined
  #runtimeTrouble: string | undefined
  #cancelWake: Cancel = () => {}
  #files = new GivenFiles()
  /** Its empty directories are being measured, or will be. */
  #isMeasuring = false
  /** Questions that were asked and are not answered. */
  readonly #asking = new Set<string>()

  constructor(options: PodActorOptions) {
    const { claim, view, drainMs } = options
    this.#options = options
    this.#fact = claim
    this.#released = claim.stopping ? claim.message : undefined
    this.#template = view.template(claim.workload, claim.revision)
    this.#memory = newPodMemory(podPlan({ claim, template: this.#template, drainMs: drainMs() }))
  }

  receive(message: PodMessage, context: Context<PodMessage>): void {
    this.#hear(message, context)
    this.#follow(context)
    this.#publish(context)
    if (this.#memory.state === 'gone') return
    this.#ask(context)
    this.#act(context)
    this.#measureLater(context)
  }

  #hear(message: PodMessage, context: Context<PodMessage>): void {
    switch (message.type) {
      case 'begin':
        this.#memory = observe(this.#memory, message.found, context.mono())
        this.#looked()
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
        this.#measureWays()
        return
      case 'hasten':
        this.#hasten(message.graceMs, context)
        return
      case 'runtime-silent':
        this.#runtimeTrouble = message.reason
        return
      case 'runtime-returned':
        this.#runtimeTrouble = undefined
        this.#memory = runtimeReturned(this.#memory)
        this.#files = new GivenFiles()
        // [ENG9] Its answer may be lost, so it is asked again; but a start that is asked for twice may be made twice.
        if (this.#underWay?.operation.do !== 'start') this.#disown()
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
      case 'measure':
        return this.#measure(context)
      case 'measured':
        return this.#hearSizes(message.sizes, context)
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

  /** [CFG10] Labels and annotations of a Pod that somebody wrote may change; its spec is that of its revision. */
  #reread(): void {
    const { claim, view } = this.#options
    if (claim.ofPod !== undefined) this.#template = view.template(claim.workload, claim.revision) ?? this.#template
  }

  /** [CFG8] What mounts a changed ConfigMap or Secret sees it. Where it cannot be read any more the files stay as they are. */
  #refresh(context: Context<PodMessage>): void {
    this.#reread()
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

  /** [VOL7] As often as Kubernetes does. */
  #measureLater(context: Context<PodMessage>): void {
    const isDue = this.#memory.state === 'live' && this.#memory.evicted === undefined && !this.#isMeasuring
    if (!isDue || this.#diskBounds().length === 0) return
    this.#isMeasuring = true
    context.after(MEASURE_MS, { type: 'measure' })
  }

  #measure(context: Context<PodMessage>): void {
    const volumes = this.#diskBounds().map(({ volume }) => volume)
    context.pipe(
      this.#options.runtime.emptySizes(this.#fact.uid, volumes),
      (sizes) => ({ type: 'measured', sizes }),
      () => ({ type: 'measured' }),
    )
  }

  #hearSizes(sizes: ReadonlyMap<string, number> | undefined, context: Context<PodMessage>): void {
    this.#isMeasuring = false
    const why = sizes && overfull(this.#diskBounds(), sizes)
    if (why === undefined || this.#memory.state !== 'live') return
    this.#measureWays()
    this.#memory = evicted(this.#memory, why, context.mono())
    this.#report({ code: 'evicted', reason: why, refused: false }, context)
  }

  /** What routes need to notice is as long as the ways are now. */
  #measureWays(): void {
    this.#memory = { ...this.#memory, drainMs: this.#options.drainMs() }
  }

  #diskBounds(): readonly DiskBound[] {
    return this.#template === undefined ? [] : diskBounds(this.#template)
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
      if (message.outcome.did === 'stop' || message.outcome.did === 'halt') {
        for (const complaint of message.outcome.complaints) {
          context.note('pre-stop-failed', { uid: this.#fact.uid, complaint })
        }
      }
      if (message.outcome.did === 'look') this.#looked()
      if (message.outcome.did === 'start') {
        for (const [container, error] of message.outcome.errors)
          this.#hearTrouble({ do: 'start', containers: [container] }, troubleOf(error), context)
      }
      if (message.outcome.did === 'create') this.#files.given(message.outcome.launch.volumes)
      if (message.outcome.did === 'read-end') this.#reportCrash(message.outcome.container, context)
      return
    }
    const error = message.type === 'failed' ? message.error : overdue(operation, this.#options.runtime.name)
    this.#hearTrouble(operation, troubleOf(error), context)
  }

  /** [GRACE3] Also of a stop that is under way, which ends when its containers do. */
  #hasten(graceMs: number, context: Context<PodMessage>): void {
    const { runtime } = this.#options
    const { uid } = this.#fact
    this.#graceMs = graceMs
    if (this.#underWay?.operation.do !== 'stop') return
    const failed = (error: unknown): void => context.note('pod-not-hastened', { uid, error: String(error) })
    runtime.stop(uid, graceMs).catch(failed)
  }

  #looked(): void {
    if (!this.#isKnown) {
      const ended = this.#memory.containers.flatMap(({ name, exit }) =>
        exit === undefined ? [] : [[name, exit.attempt] as const],
      )
      this.#unseenEnds = new Map(ended)
    }
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

  #hearProbe({ question, answer }: PodMessage & { type: 'probed' }, context: Context<PodMessage>): void {
    this.#asking.delete(idOf(question))
    this.#memory = hearAnswer(this.#memory, question, { answer, monoMs: context.mono() })
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
    if (this.#isToldSinceStart && JSON.stringify(fact) === JSON.stringify(this.#fact)) {
      this.#tellByMs = undefined
      return
    }
    if (isProgress(this.#fact, fact)) {
      this.#tellByMs ??= context.mono() + PROGRESS_MS
      if (context.mono() < this.#tellByMs) return
    }
    this.#tellByMs = undefined
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

  #ask(context: Context<PodMessage>): void {
    const { world, runtime } = this.#options
    const { uid } = this.#fact
    const podIP = this.#memory.seen?.podIP ?? ''
    for (const question of questions(this.#memory)) {
      const { container, target, timeoutMs, atMs } = question
      if (atMs > context.mono() || this.#asking.has(idOf(question))) continue
      this.#asking.add(idOf(question))
      const tell = (answer: ProbeAnswer): PodMessage => ({ type: 'probed', question, answer })
      const run = (command: readonly string[], ms: number): ReturnType<typeof runCommand> =>
        runCommand({ runtime, timers: world.timers }, { uid, container, command, timeoutMs: ms })
      const asked = probe(world, { target, podIP, timeoutMs, run })
      context.pipe(asked, tell, (error) => tell({ ok: false, reason: String(error) }))
    }
  }

  #act(context: Context<PodMessage>): void {
    this.#cancelWake()
    this.#letGo()
    const step: Step = this.#underWay === undefined ? nextStep(this.#memory, context.mono()) : { do: 'rest' }
    if (step.do !== 'rest' && step.do !== 'wait') this.#perform(step, context)
    const waits = this.#nextAsksMs()
    if (step.do === 'wait') waits.push(step.untilMs)
    if (this.#tellByMs !== undefined) waits.push(this.#tellByMs)
    if (waits.length === 0) return
    this.#cancelWake = context.after(Math.max(0, Math.min(...waits) - context.mono()), { type: 'wake' })
  }

  /** [AGT30] What a pod does for one container, and may take long, is left when the whole pod is to end. */
  #letGo(): void {
    const doing = this.#underWay?.operation.do
    const isEnding = this.#memory.state === 'stopping' && (doing === 'post-start' || doing === 'halt')
    if (isEnding) this.#disown()
  }

  /** [AGT17] A question that is due and is asked no more would wake a pod that is ending again and again, at once. */
  #nextAsksMs(): number[] {
    return questions(this.#memory).flatMap((question) => (this.#asking.has(idOf(question)) ? [] : question.atMs))
  }

  #perform(operation: Operation, context: Context<PodMessage>): void {
    const number = ++this.#operations
    const grace = this.#graceMs ?? graceMs(this.#template)
    const cancelBound = context.after(boundMs(operation, grace), { type: 'overdue', number })
    this.#underWay = { operation, number, cancelBound }
    const work = perform(operation, {
      uid: this.#fact.uid,
      runtime: this.#options.runtime,
      timers: this.#options.world.timers,
      clock: this.#options.world.clock,
      turns: this.#options.turns,
      graceMs: grace,
      stops: () => this.#stops(),
      haltGraceMs: (name) => containerOf(this.#memory, name)?.vigils?.verdict?.graceMs ?? grace,
      postStart: (name, timeoutMs) => this.#runHook('postStart', name, timeoutMs),
      launch: () => this.#launch(operation),
      isWanted: () => this.#released === undefined && this.#underWay?.number === number,
    })
    context.pipe(
      work,
      (outcome) => ({ type: 'done', number, outcome }),
      (error) => ({ type: 'failed', number, error }),
    )
  }

  /** [HOOK4] Of what does not run there is nothing to be done before its stop. */
  #stops(): StopContainer[] {
    return this.#memory.containers.map(({ name, role, runningSinceMs }) => {
      const hasHook = runningSinceMs !== undefined && hookOf(this.#template, name, 'preStop') !== undefined
      return { name, role, ...(hasHook ? { preStop: (ms: number) => this.#runHook('preStop', name, ms) } : {}) }
    })
  }

  async #runHook(kind: 'postStart' | 'preStop', container: string, timeoutMs: number): Promise<string | undefined> {
    const target = hookOf(this.#template, container, kind)
    if (target === undefined) return undefined
    const podIP = this.#memory.seen?.podIP ?? ''
    return runHook(this.#options, target, { uid: this.#fact.uid, container, podIP, timeoutMs })
  }

  /** Forgets what is under way, if anything is; its answer will not count. */
  #disown(): void {
    this.#underWay?.cancelBound()
    this.#underWay = undefined
  }

  #launch(operation: Operation): PodLaunch {
    const { claim, view, runtime } = this.#options
    this.#template ??= view.template(claim.workload, claim.revision)
    const next = operation.do === 'recreate' ? operation.container : undefined
    return launchOrThrow({
      ...this.#launchInput(),
      template: this.#template,
      serviceEnv: view.serviceEnv(claim.namespace, runtime.name),
      serviceAccount: this.#template && view.serviceAccount(claim.namespace, serviceAccountName(this.#template.spec)),
      attempts: new Map(
        this.#memory.containers.map(({ name, attempt }) => [name, name === next ? attempt + 1 : attempt]),
      ),
    })
  }

  /** What volumes are made of too, and are looked at far more often than a launch. */
  #launchInput(): Omit<LaunchInput, 'template' | 'attempts' | 'serviceEnv' | 'serviceAccount'> {
    const { claim, view, node } = this.#options
    return {
      claim,
      nodeName: node.name,
      hostAddress: node.hostAddress,
      capacity: node.capacity,
      config: (kind, name) => view.config(kind, claim.namespace, name),
    }
  }

  #reportCrash(name: string, context: Context<PodMessage>): void {
    const exit = containerOf(this.#memory, name)?.exit
    if (exit === undefined || exit.exitCode === 0 || this.#unseenEnds.get(name) === exit.attempt) return
    const reason = `container ${name} ended with exit code ${exit.exitCode}`
    this.#report({ code: 'crashed', reason, refused: false }, context)
  }

  #report(failure: { code: FailureCode; reason: string; refused: boolean }, context: Context<PodMessage>): void {
    const { uid, workload, revision } = this.#fact
    this.#options.listener.podFailed({ uid, workload, revision, atMs: context.now(), ...failure })
  }
}

function idOf({ container, kind }: Question): string {
  return `${container}/${kind}`
}
