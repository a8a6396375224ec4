/**
 * What the agent knows of one pod between two steps: as it was last seen, how its runs ended, what failed and when to try
 * again. Plain data and pure updates; `pod-machine.ts` decides by it, `status.ts` tells of it.
 *
 * Instants named `monoMs` or `...BeforeMs` and `...UntilMs` are monotonic, so that a wall clock set back by an hour delays no
 * restart by an hour. Stamps of runs are the runtime's own.
 *
 * @module
 */
import type { RunState, RunningContainer, RunningPod, RuntimeError } from '../runtime/runtime.ts'
import type { PodState } from './pod-machine.ts'
import { beginVigils, type VigilRules, type Vigils } from './vigil.ts'
import { adoptReadiness, beginReadiness, type Readiness, type ReadinessRule } from './readiness.ts'
import {
  adoptedRestarts,
  afterExit,
  afterUnseenExit,
  NO_RESTARTS,
  type RestartPolicy,
  type Restarts,
  type Role,
} from './restarts.ts'

/** Pauses between tries. An image may appear in a registry at any time; an engine's return is told, so this is only a net. */
const CREATE_PAUSE_MS = { min: 1_000, max: 300_000 }
const RUNTIME_PAUSE_MS = { min: 1_000, max: 10_000 }
/** A container that ran this long and was then removed by hand is no crash: it is made anew at once. */
const LIVED_MS = 10_000

export interface PodMemory {
  readonly state: PodState
  /** As last seen; undefined: not there. */
  readonly seen: RunningPod | undefined
  /** Something may have happened since: look before deciding. */
  readonly isStale: boolean
  /** In the order in which they are started: those that initialise the pod first. */
  readonly containers: readonly ContainerMemory[]
  /** All that is to run before the main containers has, once: from then on they go their own ways. */
  readonly isInitialized: boolean
  readonly restartPolicy: RestartPolicy
  readonly retries: Readonly<Record<RetriedOperation, Retry>>
  readonly drainMs: number
  readonly drainUntilMs: number
  /** Why it is ended though nobody told it to stop: it takes what it may not. */
  readonly evicted?: string
}

export type RetriedOperation = 'look' | 'create' | 'stop' | 'remove'

export interface Retry {
  readonly failures: number
  readonly notBeforeMs: number
  readonly trouble?: Trouble
}

export interface Trouble {
  /** `config`: the template cannot be turned into a launch. */
  readonly code: RuntimeError['code'] | 'config'
  readonly message: string
}

export interface ContainerMemory {
  readonly name: string
  readonly role: Role
  readonly rule: ReadinessRule
  readonly vigilRules: VigilRules
  readonly hasPostStart: boolean
  /** Of the container that exists, or of the next to be created. */
  readonly attempt: number
  readonly restarts: Restarts
  /** Of the run that goes on. */
  readonly runningSinceMs?: number
  /** Before the first look: since when it ran when an earlier agent last wrote of it. */
  readonly ranSinceMs?: number
  readonly readiness?: Readiness
  readonly vigils?: Vigils
  /** Its hook after the start is done, or there is none. Before the first look: an earlier agent's record says so. */
  readonly isHooked?: true
  /** How the last run ended. */
  readonly exit?: Exit
  /** Why the last start failed. */
  readonly trouble?: Trouble
}

export interface Exit {
  readonly attempt: number
  readonly exitCode: number
  readonly oomKilled: boolean
  readonly finishedAtMs: number
  /** Why we ended it. */
  readonly cause?: string
  /** Undefined until read. */
  readonly lastLines?: string
  /** Of the run before: they stand for this one's until those are read. */
  readonly earlierLines?: string
}

/** [TAIL6] */
export const wordsOf = ({ lastLines, earlierLines }: Exit): string => lastLines ?? earlierLines ?? ''

/** What is known of a container before it is first looked at. */
export interface ContainerPlan {
  readonly name: string
  readonly role: Role
  readonly rule: ReadinessRule
  readonly vigilRules?: VigilRules
  readonly hasPostStart?: boolean
  /** How often it was started before, as this node's own record says. */
  readonly attempt: number
  /** Its own record says that it was ready: believed if it is found running at that attempt. */
  readonly wasReady: boolean
  /** Likewise: that it had started, its hook and its startup probe with it. */
  readonly wasStarted?: boolean
  /** Likewise: that it ran, and since when. */
  readonly ranSinceMs?: number
}

export interface PodPlan {
  readonly containers: readonly ContainerPlan[]
  /** Its own record says so: believed if the pod is found. */
  readonly wasInitialized: boolean
  readonly restartPolicy: RestartPolicy
  readonly drainMs: number
}

const NO_RETRY: Retry = { failures: 0, notBeforeMs: 0 }

/** A pod of which nothing is known yet: the first step is to look. */
export function newPodMemory({ containers, wasInitialized, restartPolicy, drainMs }: PodPlan): PodMemory {
  return {
    state: 'preparing',
    seen: undefined,
    isStale: true,
    containers: containers.map(({ name, role, rule, attempt, wasReady, ...more }) => ({
      name,
      role,
      rule,
      vigilRules: more.vigilRules ?? {},
      hasPostStart: more.hasPostStart === true,
      attempt,
      restarts: adoptedRestarts(attempt),
      ...(more.wasStarted === true ? { isHooked: true } : {}),
      ...(more.ranSinceMs === undefined ? {} : { ranSinceMs: more.ranSinceMs }),
      ...(wasReady ? { readiness: adoptReadiness(rule, 0) } : {}),
    })),
    isInitialized: wasInitialized,
    restartPolicy,
    retries: { look: NO_RETRY, create: NO_RETRY, stop: NO_RETRY, remove: NO_RETRY },
    drainMs,
    drainUntilMs: 0,
  }
}

export function seenContainer(memory: PodMemory, name: string): RunningContainer | undefined {
  return memory.seen?.containers.find((container) => container.name === name)
}

export function containerOf(memory: PodMemory, name: string): ContainerMemory | undefined {
  return memory.containers.find((container) => container.name === name)
}

/** The pod was looked at. */
export function observe(memory: PodMemory, seen: RunningPod | undefined, monoMs: number): PodMemory {
  const containers = memory.containers.map((container) => {
    const found = seen?.containers.find(({ name }) => name === container.name)
    return found === undefined ? withoutHopes(container) : observeContainer(container, found, monoMs)
  })
  const isInitialized = seen !== undefined && memory.isInitialized
  return { ...memory, seen, isInitialized, isStale: false, containers, retries: { ...memory.retries, look: NO_RETRY } }
}

/** [INI1] Everything before the main containers is done, or one of those has been started already. */
export function initialized(memory: PodMemory): PodMemory {
  if (memory.isInitialized || memory.seen === undefined) return memory
  const isDone = memory.containers.every((container) => container.role === 'main' || isPassed(memory, container))
  return isDone || hasBegun(memory) ? { ...memory, isInitialized: true } : memory
}

function hasBegun(memory: PodMemory): boolean {
  return memory.containers.some(({ name, role }) => {
    const state = seenContainer(memory, name)?.run.state
    return role === 'main' && state !== undefined && state !== 'created'
  })
}

/** [INI2] [INI3] Whether what comes after it may start. */
export function isPassed(memory: PodMemory, container: ContainerMemory): boolean {
  const { name, role } = container
  const run = seenContainer(memory, name)?.run
  switch (role) {
    case 'init':
      return run?.state === 'exited' && run.exitCode === 0
    case 'sidecar':
      return run?.state === 'running' && hasStarted(container)
    case 'main':
      return true
  }
}

function observeContainer(known: ContainerMemory, found: RunningContainer, monoMs: number): ContainerMemory {
  const isNewRun = found.attempt !== known.attempt
  const isFirstSight = isNewRun && found.attempt > known.restarts.crashes
  const restarts = isFirstSight ? adoptedRestarts(found.attempt) : known.restarts
  const container = { ...(isNewRun ? withoutRun(known) : known), attempt: found.attempt, restarts }
  switch (found.run.state) {
    case 'created':
      return withoutHopes(container)
    case 'running':
      return observeRunning(container, found.run, monoMs)
    case 'exited':
      return observeExited(container, found.run, monoMs)
  }
}

function observeRunning(
  container: ContainerMemory,
  run: RunState & { state: 'running' },
  monoMs: number,
): ContainerMemory {
  const calm = withoutTrouble(container)
  const isKnownRun = container.runningSinceMs === run.startedAtMs
  if (isKnownRun) return calm
  const isAdopted = container.runningSinceMs === undefined && container.readiness?.ready === true
  const readiness = isAdopted ? adoptReadiness(container.rule, monoMs) : beginReadiness(container.rule, monoMs)
  const isStarted = container.runningSinceMs === undefined && container.isHooked === true
  const vigils = beginVigils(container.vigilRules, { monoMs, isStarted })
  const begun = { ...calm, runningSinceMs: run.startedAtMs, readiness, vigils }
  return isStarted || !container.hasPostStart ? { ...begun, isHooked: true } : withoutHook(begun)
}

function observeExited(
  container: ContainerMemory,
  run: RunState & { state: 'exited' },
  monoMs: number,
): ContainerMemory {
  const { attempt, runningSinceMs, ranSinceMs } = container
  if (container.exit?.attempt === attempt) return container
  const sinceMs = runningSinceMs ?? ranSinceMs
  const ranMs = sinceMs === undefined ? 0 : run.finishedAtMs - sinceMs
  const cause = container.vigils?.verdict?.message
  const earlierLines = container.exit === undefined ? '' : wordsOf(container.exit)
  const isDone = container.role === 'init' && run.exitCode === 0
  const isCounted = container.trouble !== undefined // its start failed: that was the crash
  const after = runningSinceMs === undefined && sinceMs !== undefined ? afterUnseenExit : afterExit
  return {
    ...withoutRun(container),
    restarts: isCounted ? container.restarts : isDone ? NO_RESTARTS : after(container.restarts, { ranMs, monoMs }),
    exit: {
      attempt,
      exitCode: run.exitCode,
      oomKilled: run.oomKilled,
      finishedAtMs: run.finishedAtMs,
      ...(cause === undefined ? {} : { cause }),
      ...(earlierLines === '' ? {} : { earlierLines }),
    },
  }
}

export function withoutTrouble(container: ContainerMemory): ContainerMemory {
  const { trouble: _, ...rest } = container
  return rest
}

function withoutRun(container: ContainerMemory): ContainerMemory {
  const { runningSinceMs: _, ranSinceMs: __, readiness: ___, vigils: ____, ...rest } = container
  return withoutHook(rest)
}

/** [RDY30] What an earlier agent's record says of a run is of no use where that run is not found. */
function withoutHopes(container: ContainerMemory): ContainerMemory {
  return container.runningSinceMs === undefined ? withoutRun(container) : container
}

function withoutHook(container: ContainerMemory): ContainerMemory {
  const { isHooked: _, ...rest } = container
  return rest
}

/** [HOOK1] It runs, and its hook is yet to be run. */
export function isHookDue({ runningSinceMs, isHooked }: ContainerMemory): boolean {
  return runningSinceMs !== undefined && isHooked !== true
}

/** Its hook is done and its startup probe, if it has one, has succeeded; and it is to run on. */
export function hasStarted(container: ContainerMemory): boolean {
  const { vigils } = container
  return vigils !== undefined && vigils.startup === undefined && vigils.verdict === undefined && !isHookDue(container)
}

/** Its hook after the start is done. */
export function hooked(memory: PodMemory, name: string): PodMemory {
  return changeContainer(memory, name, (container) => ({ ...container, isHooked: true }))
}

/** [HOOK2] Its hook after the start has failed: it is to be ended. */
export function hookFailed(memory: PodMemory, name: string, reason: string): PodMemory {
  return changeContainer(memory, name, ({ vigils, ...container }) =>
    vigils === undefined
      ? container
      : { ...container, vigils: { ...vigils, verdict: { message: `its postStart hook failed: ${reason}` } } },
  )
}

/** The pod was created: as good as looked at, its containers wait for their start. */
export function observeCreated(memory: PodMemory, seen: RunningPod, monoMs: number): PodMemory {
  const created = observe(memory, seen, monoMs)
  return { ...created, retries: { ...created.retries, create: NO_RETRY } }
}

/** A container was replaced by a fresh one. */
export function observeRecreated(memory: PodMemory, name: string): PodMemory {
  const fresh = changeContainer(memory, name, (container) => ({
    ...withoutRun(container),
    attempt: container.attempt + 1,
  }))
  if (fresh.seen === undefined) return { ...fresh, isStale: true }
  const containers = fresh.seen.containers.map((found) =>
    found.name === name ? { ...found, attempt: found.attempt + 1, run: { state: 'created' as const } } : found,
  )
  return { ...fresh, seen: { ...fresh.seen, containers } }
}

/** What was left running of a live pod has been stopped. */
export function stopped(memory: PodMemory): PodMemory {
  return doubt({ ...memory, retries: { ...memory.retries, stop: NO_RETRY } })
}

/** The pod was removed, by us. */
export function observeRemoved(memory: PodMemory): PodMemory {
  return {
    ...memory,
    seen: undefined,
    isInitialized: false,
    isStale: false,
    retries: { ...memory.retries, remove: NO_RETRY },
  }
}

/** Events were missed, or an operation failed: what was seen may not be so any more. */
export function doubt(memory: PodMemory): PodMemory {
  return { ...memory, isStale: true }
}

/** Whether a listing shows the pod as it was last seen. Ids and addresses are details that no decision hangs on. */
export function agrees({ seen, containers }: PodMemory, listed: RunningPod): boolean {
  return containers.every(({ name }) => {
    const [one, other] = [seen, listed].map((pod) => pod?.containers.find((container) => container.name === name))
    return one?.attempt === other?.attempt && one?.run.state === other?.run.state
  })
}

export function changeContainer(
  memory: PodMemory,
  name: string,
  change: (container: ContainerMemory) => ContainerMemory,
): PodMemory {
  const containers = memory.containers.map((container) => (container.name === name ? change(container) : container))
  return { ...memory, containers }
}

/** `look`, `create`, `stop` or `remove` failed: it is tried again after a pause that doubles. What is there is looked at first. */
export function failedOperation(
  memory: PodMemory,
  operation: RetriedOperation,
  { trouble, monoMs }: { trouble: Trouble; monoMs: number },
): PodMemory {
  const failures = memory.retries[operation].failures + 1
  const isTheRuntimes = operation !== 'create' || trouble.code === 'unavailable'
  const pause = isTheRuntimes ? RUNTIME_PAUSE_MS : CREATE_PAUSE_MS
  const notBeforeMs = monoMs + Math.min(pause.min * 2 ** (failures - 1), pause.max)
  return { ...memory, isStale: true, retries: { ...memory.retries, [operation]: { failures, notBeforeMs, trouble } } }
}

/** A container could not be started. That is a crash of its own kind, unless the engine did not answer or what it reads is not there. */
export function failedStart(
  memory: PodMemory,
  name: string,
  { trouble, monoMs }: { trouble: Trouble; monoMs: number },
): PodMemory {
  const doubted = doubt(memory)
  if (trouble.code === 'not-found') return doubted
  return changeContainer(doubted, name, (container) => {
    const again = { ...container.restarts, notBeforeMs: monoMs + RUNTIME_PAUSE_MS.min }
    const isNoCrash = trouble.code === 'unavailable' || trouble.code === 'config'
    const restarts = isNoCrash ? again : afterExit(container.restarts, { ranMs: 0, monoMs })
    return { ...container, trouble, restarts }
  })
}

export function readEnd(memory: PodMemory, name: string, lastLines: string): PodMemory {
  return changeContainer(memory, name, (container) =>
    container.exit === undefined ? container : { ...container, exit: { ...container.exit, lastLines } },
  )
}

/** [VOL7] Out of the routes now, stopped when those have had time to notice. */
export function evicted(memory: PodMemory, why: string, monoMs: number): PodMemory {
  const stop = { ...NO_RETRY, notBeforeMs: monoMs + memory.drainMs }
  return { ...memory, evicted: why, retries: { ...memory.retries, stop } }
}

/** The engine answers again: what was put off because of it is due now. */
export function runtimeReturned(memory: PodMemory): PodMemory {
  const { look, create, stop, remove } = memory.retries
  const isEngines = create.trouble?.code === 'unavailable'
  const retries = {
    look: { ...look, notBeforeMs: 0 },
    stop: { ...stop, notBeforeMs: 0 },
    remove: { ...remove, notBeforeMs: 0 },
    create: isEngines ? { ...create, notBeforeMs: 0 } : create,
  }
  return { ...memory, isStale: true, retries }
}

/** [CFG7] What its template names may be there now: what was put off for want of it is due. */
export function configChanged(memory: PodMemory): PodMemory {
  const { create } = memory.retries
  const isDue = create.trouble?.code === 'config'
  const retries = isDue ? { ...memory.retries, create: { ...create, notBeforeMs: 0 } } : memory.retries
  const containers = memory.containers.map((container) =>
    container.trouble?.code === 'config'
      ? { ...container, restarts: { ...container.restarts, notBeforeMs: 0 } }
      : container,
  )
  return { ...memory, retries, containers }
}

/** Parts have vanished: every container that had run is made anew at its next attempt, and back-off goes on. */
export function beginAnew(memory: PodMemory, monoMs: number): PodMemory {
  const containers = memory.containers.map((container) => afterVanishing(container, monoMs))
  const notBeforeMs = Math.max(memory.retries.create.notBeforeMs, ...containers.map((c) => c.restarts.notBeforeMs))
  const create = { ...memory.retries.create, notBeforeMs }
  return { ...memory, isInitialized: false, containers, retries: { ...memory.retries, create } }
}

function afterVanishing(container: ContainerMemory, monoMs: number): ContainerMemory {
  const isEnded = container.exit?.attempt === container.attempt
  if (container.readiness === undefined) return isEnded ? { ...container, attempt: container.attempt + 1 } : container
  const ranMs = monoMs - container.readiness.sinceMs
  const restarts = ranMs < LIVED_MS ? afterExit(container.restarts, { ranMs, monoMs }) : container.restarts
  return { ...withoutRun(container), attempt: container.attempt + 1, restarts }
}
