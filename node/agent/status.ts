/**
 * What a pod's record says: the machine's state in Kubernetes' words, so that whoever knows `kubectl describe` knows ours. Pure.
 *
 * `reason` is one word, `message` says what happened to what, and holds the last lines of a run that ended. Both are empty when
 * all is well. Nothing in a record counts time down: it changes when something changed, since every node gets it.
 *
 * @module
 */
import { RUNTIME_SILENT, type ContainerFact, type ContainerState, type PodFact } from '../../crdt/index.ts'
import type { RunningContainer } from '../runtime/runtime.ts'
import { clipEnd, clipStart, MESSAGE_BYTES_MAX } from './bounds.ts'
import {
  hasStarted,
  isHookDue,
  isPassed,
  seenContainer,
  wordsOf,
  type ContainerMemory,
  type Exit,
  type PodMemory,
  type Retry,
  type Trouble,
} from './pod-memory.ts'
import type { PodState } from './pod-machine.ts'
import { backOffMs, mayRestart, policyOf } from './restarts.ts'

export interface StatusInput {
  /** The record as it stands; what is not observed is kept from it. */
  readonly before: PodFact
  readonly memory: PodMemory
  readonly runtime: string
  readonly hostIP: string
  /** Of each container, as its template names it. */
  readonly images: ReadonlyMap<string, string>
  /** Why it was told to stop. */
  readonly released: string | undefined
  /** The runtime has not answered for so long that what was last seen proves nothing. */
  readonly runtimeTrouble: string | undefined
  readonly nowMs: number
}

/** A reason and what is behind it. */
interface Why {
  readonly reason: string
  readonly message: string
}

const STOPPING = 'Stopping'
const ALL_WELL: Why = { reason: '', message: '' }
const CREATING: Why = { reason: 'ContainerCreating', message: '' }
const INITIALIZING: Why = { reason: 'PodInitializing', message: '' }

export function podFact(input: StatusInput): PodFact {
  const { before, memory, runtime, hostIP, released, runtimeTrouble, nowMs } = input
  const [initContainers, containers] = [false, true].map((isMain) =>
    memory.containers
      .filter(({ role }) => (role === 'main') === isMain)
      .map((container) => containerFact(container, input)),
  ) as [ContainerFact[], ContainerFact[]]
  const isUp =
    memory.state === 'live' && memory.evicted === undefined && runtimeTrouble === undefined && released === undefined
  const ready =
    isUp && containers.length > 0 && [...initContainers, ...containers].every((container) => container.ready)
  const startedAtMs = before.startedAtMs ?? firstStart(memory)
  const readyAtMs = before.ready && ready ? (before.readyAtMs ?? nowMs) : nowMs
  const { startedAtMs: _, readyAtMs: __, initContainers: ___, initialized: ____, ...rest } = before
  const why = ready ? ALL_WELL : whyNot(input)
  return {
    ...rest,
    phase: phase(input),
    ready,
    stopping: released !== undefined,
    reason: why.reason,
    message: clipEnd(why.message),
    podIP: memory.seen?.podIP ?? '',
    hostIP,
    runtime,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(ready ? { readyAtMs } : {}),
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...(initContainers.length > 0 && memory.isInitialized ? { initialized: true } : {}),
    containers,
  }
}

/**
 * [AGT31] Whether the next record of a pod tells nothing but that its start is under way: nothing of it has run, it is not asked to
 * stop, and nothing is amiss.
 */
export function isProgress(before: PodFact, next: PodFact): boolean {
  const isStarting = ({ phase, stopping }: PodFact): boolean => phase === 'Pending' && !stopping
  const isWaiting = ({ now, last }: ContainerFact): boolean => now.state === 'waiting' && last === undefined
  return (
    [before, next].every(isStarting) &&
    next.reason === CREATING.reason &&
    before.containers.every(isWaiting) &&
    next.containers.every(isWaiting) &&
    next.initContainers === undefined
  )
}

/** A claim that waits for something before anything is done about it. One that is to stop goes on saying why. */
export function waitingFact(claim: PodFact, why: Why): PodFact {
  return unready(claim, claim.stopping ? claim : why)
}

/** [STA5] A claim that is told to stop before anything was done about it. */
export function stoppingFact(claim: PodFact, why: string): PodFact {
  return { ...unready(claim, { reason: STOPPING, message: why }), stopping: true }
}

function unready(claim: PodFact, { reason, message }: Why): PodFact {
  const unreadied = (containers: readonly ContainerFact[]): ContainerFact[] =>
    containers.map((container) => ({ ...container, ready: false }))
  const { initContainers, containers } = claim
  return {
    ...claim,
    ready: false,
    reason,
    message: clipEnd(message),
    ...(initContainers === undefined ? {} : { initContainers: unreadied(initContainers) }),
    containers: unreadied(containers),
  }
}

function phase({ before, memory }: StatusInput): PodFact['phase'] {
  if (memory.state === 'finished') {
    if (memory.evicted !== undefined) return 'Failed'
    return mains(memory).every(({ exit }) => exit?.exitCode === 0) ? 'Succeeded' : 'Failed'
  }
  const haveRun = mains(memory).every(({ readiness, exit }) => readiness !== undefined || exit !== undefined)
  return haveRun || before.phase === 'Running' ? 'Running' : 'Pending'
}

function mains({ containers }: PodMemory): readonly ContainerMemory[] {
  return containers.filter(({ role }) => role === 'main')
}

function firstStart(memory: PodMemory): number | undefined {
  const starts = mains(memory).flatMap(({ runningSinceMs }) => runningSinceMs ?? [])
  return starts.length === 0 ? undefined : Math.min(...starts)
}

function containerFact(container: ContainerMemory, input: StatusInput): ContainerFact {
  const { before, memory, runtime, images, released, runtimeTrouble } = input
  const seen = seenContainer(memory, container.name)
  if (seen === undefined && isDone(container, memory)) {
    // It has been cleaned away since: the record knows how it ended.
    const known = before.initContainers?.find(({ name }) => name === container.name)
    if (known !== undefined) return known
  }
  const isTrusted = memory.state === 'live' && runtimeTrouble === undefined && released === undefined
  const { now, last } = containerStates(container, seen, memory)
  return {
    name: container.name,
    image: images.get(container.name) ?? seen?.image ?? '',
    ready: isTrusted && isReady(container, memory),
    restarts: container.attempt,
    ...(seen?.run.state === 'running' && !hasStarted(container) ? { starting: true } : {}),
    now,
    ...(last === undefined ? {} : { last }),
    ...(seen === undefined ? {} : { id: `${runtime}://${seen.id}` }),
  }
}

/** An init container that has done its work is called ready, for good. */
function isReady(container: ContainerMemory, memory: PodMemory): boolean {
  if (container.role === 'init') return isDone(container, memory)
  return isRunning(container, memory) && hasStarted(container) && container.readiness?.ready === true
}

/** Its work is done, or must have been, since others have begun theirs. */
function isDone(container: ContainerMemory, memory: PodMemory): boolean {
  return container.role === 'init' && (memory.isInitialized || isPassed(memory, container))
}

function containerStates(
  container: ContainerMemory,
  seen: RunningContainer | undefined,
  memory: PodMemory,
): { now: ContainerState; last?: ContainerState } {
  const last = container.exit === undefined ? {} : { last: terminated(container.exit) }
  if (seen?.run.state === 'running') return { now: { state: 'running', startedAtMs: seen.run.startedAtMs }, ...last }
  const end = endForGood(container, memory)
  if (end !== undefined) return { now: terminated(end) }
  return { now: { state: 'waiting', ...whyWaiting(container, memory) }, ...last }
}

/** How it ended, where its pod leaves it at that. */
function endForGood(container: ContainerMemory, memory: PodMemory): Exit | undefined {
  const hasEnded = seenContainer(memory, container.name)?.run.state === 'exited'
  return hasEnded && !isToRunAgain(container, memory) ? container.exit : undefined
}

function isToRunAgain({ role, exit }: ContainerMemory, { state, restartPolicy }: PodMemory): boolean {
  return state === 'live' && exit !== undefined && mayRestart(policyOf(role, restartPolicy), exit.exitCode)
}

function terminated(exit: Exit): ContainerState {
  const { exitCode, oomKilled, finishedAtMs, cause } = exit
  const lastLines = wordsOf(exit)
  const said = cause === undefined ? lastLines : `${cause}\n${lastLines}`.trimEnd()
  const reason = oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error'
  const message = said === '' ? {} : { message: cause === undefined ? clipStart(said) : clipEnd(said) }
  return { state: 'terminated', exitCode, reason, finishedAtMs, ...message }
}

/** Why a pod is not ready: the nearest thing the reader can do something about. */
function whyNot(input: StatusInput): Why {
  const { memory, released, runtimeTrouble } = input
  if (released !== undefined) return { reason: STOPPING, message: stoppingMessage(released, memory) }
  if (runtimeTrouble !== undefined) return { reason: RUNTIME_SILENT, message: runtimeTrouble }
  if (memory.evicted !== undefined) return { reason: 'Evicted', message: memory.evicted }
  if (memory.state === 'finished') return whyFinished(memory)
  if (memory.state === 'preparing' || memory.state === 'clearing') return whyPreparing(memory)
  return whyLive(memory)
}

/** [STA10] What is to start, what has failed for good, what runs and is not ready, what is done: in this order. */
function whyLive(memory: PodMemory): Why {
  const unready = memory.containers.filter((one) => !isReady(one, memory))
  const ended = unready.filter((one) => endForGood(one, memory) !== undefined)
  // All that is missing is the last lines of its end.
  const isFinishing = memory.isInitialized ? mains(memory).every((one) => ended.includes(one)) : ended.length > 0
  if (isFinishing) return whyFinished(memory)
  const waiting = unready.find((one) => !isRunning(one, memory) && !ended.includes(one))
  if (waiting !== undefined) return whyWaiting(waiting, memory)
  const failed = ended.find(({ exit }) => exit?.exitCode !== 0)
  if (failed?.exit !== undefined) return whyFailed(failed.name, failed.exit)
  const running = unready.find((one) => isRunning(one, memory))
  if (running !== undefined) return whyUnready(running)
  const [completed] = ended
  return completed === undefined ? ALL_WELL : whyCompleted(completed)
}

function whyCompleted({ name }: ContainerMemory): Why {
  return { reason: 'Completed', message: `container ${name} has completed and is not started again (restartPolicy)` }
}

function whyFailed(name: string, exit: Exit): Why {
  return { reason: 'Error', message: endSentence(name, exit, 'is not started again (restartPolicy)') }
}

function whyUnready(container: ContainerMemory): Why {
  const { name, vigils, readiness } = container
  // [LIV4] What the probe answered, before the container is ended for it.
  if (vigils?.verdict !== undefined) {
    return { reason: 'Unhealthy', message: `container ${name}: ${vigils.verdict.message}; it is being ended` }
  }
  if (isHookDue(container)) return { reason: 'NotReady', message: `container ${name}: its postStart hook is running` }
  if (vigils?.startup !== undefined) {
    const { message } = vigils.startup
    const why = message === '' ? 'not probed yet' : `startup probe failed: ${message}`
    return { reason: 'NotReady', message: runsSentence(container, `it is starting, ${why}`) }
  }
  return { reason: 'NotReady', message: runsSentence(container, readiness?.message ?? '') }
}

/** [STA9] How it is; where it has failed before, that comes first: it may be the cause. */
function runsSentence({ name, exit }: ContainerMemory, how: string): string {
  return exit !== undefined && hasFailed(exit)
    ? endSentence(name, exit, `runs again: ${how}`)
    : `container ${name}: ${how}`
}

function hasFailed(exit: Exit): boolean {
  return exit.exitCode !== 0 || exit.oomKilled
}

function isRunning({ name }: ContainerMemory, memory: PodMemory): boolean {
  return seenContainer(memory, name)?.run.state === 'running'
}

const STOP_OPERATION: Partial<Record<PodState, 'stop' | 'remove'>> = { stopping: 'stop', removing: 'remove' }

function stoppingMessage(released: string, { state, retries }: PodMemory): string {
  const operation = STOP_OPERATION[state]
  const trouble = operation === undefined ? undefined : retries[operation].trouble
  return trouble === undefined ? released : `${released}; that fails so far: ${trouble.message}`
}

function whyFinished(memory: PodMemory): Why {
  const { isInitialized, containers } = memory
  const enders = containers.filter(({ role }) => role === (isInitialized ? 'main' : 'init'))
  const failed = enders.find((one) => !isDone(one, memory) && one.exit?.exitCode !== 0)
  if (failed?.exit === undefined) return { reason: 'Completed', message: '' }
  return whyFailed(failed.name, failed.exit)
}

function whyPreparing({ retries, containers }: PodMemory): Why {
  const { trouble } = retries.look.trouble === undefined ? retries.create : retries.look
  const isInitializing = containers.some(({ role }) => role !== 'main')
  if (trouble === undefined) return whyStarting(containers, isInitializing)
  return { reason: createReason(retries.create, trouble), message: trouble.message }
}

function createReason({ failures }: Retry, { code }: Trouble): string {
  switch (code) {
    case 'image-missing': // the first time it is news, later a state: Kubernetes' two words for it
      return failures <= 1 ? 'ErrImagePull' : 'ImagePullBackOff'
    case 'wrong-platform':
      return 'WrongPlatform'
    case 'port-in-use':
      return 'PortInUse'
    case 'unavailable':
      return RUNTIME_SILENT
    case 'config':
    case 'not-supported':
      return 'CreateContainerConfigError'
    case 'bad-command':
    case 'not-found':
    case 'no-previous':
    case 'failed':
      return 'CreateContainerError'
  }
}

function whyWaiting(container: ContainerMemory, memory: PodMemory): Why {
  const { name, exit, restarts, trouble } = container
  if (memory.state === 'preparing' || memory.state === 'clearing') return whyPreparing(memory)
  const pauseMs = backOffMs(restarts.crashes)
  const again = pauseMs === 0 ? 'is started again at once' : `is started again ${pauseMs / 1_000} s after that`
  if (trouble !== undefined) {
    const isLooping = pauseMs > 0 && trouble.code !== 'unavailable' && trouble.code !== 'config'
    return {
      reason: isLooping ? 'CrashLoopBackOff' : startReason(trouble),
      message: `container ${name}: ${trouble.message}`,
    }
  }
  if (exit?.attempt === container.attempt) {
    return { reason: restartReason(container), message: endSentence(name, exit, again) }
  }
  return whyStarting([container], !memory.isInitialized)
}

/** [STA9] Nothing is in the way of these. */
function whyStarting(containers: readonly ContainerMemory[], isInitializing: boolean): Why {
  const failed = containers.find(({ exit }) => exit !== undefined && hasFailed(exit))
  if (failed?.exit === undefined) return isInitializing ? INITIALIZING : CREATING
  return { reason: restartReason(failed), message: endSentence(failed.name, failed.exit, 'is being started again') }
}

function restartReason({ restarts }: ContainerMemory): string {
  return backOffMs(restarts.crashes) === 0 ? 'Restarting' : 'CrashLoopBackOff'
}

function startReason({ code }: Trouble): string {
  switch (code) {
    case 'unavailable':
      return RUNTIME_SILENT
    case 'port-in-use':
      return 'PortInUse'
    case 'image-missing':
    case 'wrong-platform':
    case 'bad-command':
    case 'not-found':
    case 'no-previous':
    case 'not-supported':
    case 'failed':
      return 'RunContainerError'
    case 'config':
      return 'CreateContainerConfigError'
  }
}

function endSentence(name: string, exit: Exit, next: string): string {
  const { exitCode, oomKilled, cause } = exit
  const lastLines = wordsOf(exit)
  const ended =
    cause === undefined ? `ended with exit code ${exitCode}` : `was ended (exit code ${exitCode}) since ${cause},`
  const how = oomKilled ? `was killed for using more memory than its limit` : ended
  const start = `container ${name} ${how} and ${next}`
  if (lastLines === '') return start
  const room = MESSAGE_BYTES_MAX - Buffer.byteLength(start) - 32
  return `${start}; its last lines: ${clipStart(lastLines, room)}`
}
