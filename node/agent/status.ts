/**
 * What a pod's record says: the machine's state in Kubernetes' words, so that whoever knows `kubectl describe` knows ours. Pure.
 *
 * `reason` is one word, `message` says what happened to what, and holds the last lines of a run that ended. Both are empty when
 * all is well. Nothing in a record counts time down: it changes when something changed, since every node gets it.
 *
 * @module
 */
import type { ContainerFact, ContainerState, PodFact } from '../../crdt/index.ts'
import type { RunningContainer } from '../runtime/runtime.ts'
import { clipEnd, clipStart, MESSAGE_BYTES_MAX } from './bounds.ts'
import {
  seenContainer,
  type ContainerMemory,
  type Exit,
  type PodMemory,
  type Retry,
  type Trouble,
} from './pod-memory.ts'
import type { PodState } from './pod-machine.ts'
import { backOffMs, mayRestart } from './restarts.ts'

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

export function podFact(input: StatusInput): PodFact {
  const { before, memory, runtime, hostIP, released, runtimeTrouble, nowMs } = input
  const containers = memory.containers.map((container) => containerFact(container, input))
  const isUp = memory.state === 'live' && runtimeTrouble === undefined && released === undefined
  const ready = isUp && containers.length > 0 && containers.every((container) => container.ready)
  const startedAtMs = before.startedAtMs ?? firstStart(memory)
  const readyAtMs = before.ready && ready ? (before.readyAtMs ?? nowMs) : nowMs
  const { startedAtMs: _, readyAtMs: __, ...rest } = before
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
    containers,
  }
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
  const containers = claim.containers.map((container) => ({ ...container, ready: false }))
  return { ...claim, ready: false, reason, message: clipEnd(message), containers }
}

function phase({ before, memory }: StatusInput): PodFact['phase'] {
  if (memory.state === 'finished') {
    return memory.containers.every(({ exit }) => exit?.exitCode === 0) ? 'Succeeded' : 'Failed'
  }
  const haveRun = memory.containers.every(({ readiness, exit }) => readiness !== undefined || exit !== undefined)
  return haveRun || before.phase === 'Running' ? 'Running' : 'Pending'
}

function firstStart(memory: PodMemory): number | undefined {
  const starts = memory.containers.flatMap(({ runningSinceMs }) => runningSinceMs ?? [])
  return starts.length === 0 ? undefined : Math.min(...starts)
}

function containerFact(container: ContainerMemory, input: StatusInput): ContainerFact {
  const { memory, runtime, images, released, runtimeTrouble } = input
  const seen = seenContainer(memory, container.name)
  const isTrusted = memory.state === 'live' && runtimeTrouble === undefined && released === undefined
  const { now, last } = containerStates(container, seen, memory)
  return {
    name: container.name,
    image: images.get(container.name) ?? seen?.image ?? '',
    ready: isTrusted && seen?.run.state === 'running' && container.readiness?.ready === true,
    restarts: container.attempt,
    now,
    ...(last === undefined ? {} : { last }),
    ...(seen === undefined ? {} : { id: `${runtime}://${seen.id}` }),
  }
}

function containerStates(
  container: ContainerMemory,
  seen: RunningContainer | undefined,
  memory: PodMemory,
): { now: ContainerState; last?: ContainerState } {
  const last = container.exit === undefined ? {} : { last: terminated(container.exit) }
  if (seen?.run.state === 'running') return { now: { state: 'running', startedAtMs: seen.run.startedAtMs }, ...last }
  const { exit } = container
  const isOver = exit !== undefined && seen?.run.state === 'exited' && !isToRunAgain(container, memory)
  if (isOver) return { now: terminated(exit) }
  return { now: { state: 'waiting', ...whyWaiting(container, memory) }, ...last }
}

function isToRunAgain({ exit }: ContainerMemory, { state, restartPolicy }: PodMemory): boolean {
  return state === 'live' && exit !== undefined && mayRestart(restartPolicy, exit.exitCode)
}

function terminated({ exitCode, oomKilled, finishedAtMs, lastLines }: Exit): ContainerState {
  const reason = oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error'
  const message = lastLines === undefined || lastLines === '' ? {} : { message: clipStart(lastLines) }
  return { state: 'terminated', exitCode, reason, finishedAtMs, ...message }
}

/** Why a pod is not ready: the nearest thing the reader can do something about. */
function whyNot(input: StatusInput): Why {
  const { memory, released, runtimeTrouble } = input
  if (released !== undefined) return { reason: STOPPING, message: stoppingMessage(released, memory) }
  if (runtimeTrouble !== undefined) return { reason: 'RuntimeUnavailable', message: runtimeTrouble }
  if (memory.state === 'finished') return whyFinished(memory)
  if (memory.state === 'preparing' || memory.state === 'clearing') return whyPreparing(memory)
  const waiting = memory.containers.find(({ name }) => seenContainer(memory, name)?.run.state !== 'running')
  if (waiting !== undefined) return whyWaiting(waiting, memory)
  const unready = memory.containers.find(({ readiness }) => readiness?.ready !== true)
  return { reason: 'NotReady', message: `container ${unready?.name ?? ''}: ${unready?.readiness?.message ?? ''}` }
}

const STOP_OPERATION: Partial<Record<PodState, 'stop' | 'remove'>> = { stopping: 'stop', removing: 'remove' }

function stoppingMessage(released: string, { state, retries }: PodMemory): string {
  const operation = STOP_OPERATION[state]
  const trouble = operation === undefined ? undefined : retries[operation].trouble
  return trouble === undefined ? released : `${released}; that fails so far: ${trouble.message}`
}

function whyFinished({ containers }: PodMemory): Why {
  const failed = containers.find(({ exit }) => exit?.exitCode !== 0)
  if (failed?.exit === undefined) return { reason: 'Completed', message: '' }
  return { reason: 'Error', message: endSentence(failed.name, failed.exit, 'is not started again (restartPolicy)') }
}

function whyPreparing({ retries }: PodMemory): Why {
  const { trouble } = retries.look.trouble === undefined ? retries.create : retries.look
  if (trouble === undefined) return { reason: 'ContainerCreating', message: '' }
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
      return 'RuntimeUnavailable'
    case 'config':
      return 'CreateContainerConfigError'
    case 'bad-command':
    case 'not-found':
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
    const reason = pauseMs === 0 ? 'Restarting' : 'CrashLoopBackOff'
    return { reason, message: endSentence(name, exit, again) }
  }
  return { reason: 'ContainerCreating', message: '' }
}

function startReason({ code }: Trouble): string {
  switch (code) {
    case 'unavailable':
      return 'RuntimeUnavailable'
    case 'port-in-use':
      return 'PortInUse'
    case 'image-missing':
    case 'wrong-platform':
    case 'bad-command':
    case 'not-found':
    case 'failed':
      return 'RunContainerError'
    case 'config':
      return 'CreateContainerConfigError'
  }
}

function endSentence(name: string, { exitCode, oomKilled, lastLines = '' }: Exit, next: string): string {
  const how = oomKilled ? `was killed for using more memory than its limit` : `ended with exit code ${exitCode}`
  const start = `container ${name} ${how} and ${next}`
  if (lastLines === '') return start
  const room = MESSAGE_BYTES_MAX - Buffer.byteLength(start) - 32
  return `${start}; its last lines: ${clipStart(lastLines, room)}`
}
