/**
 * The life of a pod on its node: a total table of states and events, and the one operation that is due in each state.
 *
 * ```
 *   clearing --removed--> preparing --created--> live --finished--> finished
 *       ^                     |                   |  \                 |
 *       +------ vanished -----+-------------------+   released         |
 *                             |                        v               |
 *                             |                     draining           |
 *                          released                    | drained       |
 *                             |                     stopping           |
 *                             |                        | stopped       |
 *                             +------------------> removing <----------+
 *                                                      | removed
 *                                                     gone
 * ```
 * States never move backwards, with one exception that is called by its name: what has vanished (a container removed by hand)
 * begins anew, at `clearing`. After `released` there is no way back at all.
 *
 * The idea is SwarmKit's `Do`: look at what is there, do one runtime operation, look again. A pod that was half made when the
 * agent was killed is therefore carried on from where it stands, like any other.
 *
 * @module
 */
import {
  beginAnew,
  hasStarted,
  initialized,
  isHookDue,
  isPassed,
  seenContainer,
  type ContainerMemory,
  type PodMemory,
} from './pod-memory.ts'
import { mayRestart, policyOf } from './restarts.ts'

/** In their order. */
export const POD_STATES = [
  'clearing', // parts of an earlier life are being removed
  'preparing', // being created, or waiting to try that again
  'live', // it exists: its containers are started, watched and started again
  'finished', // all have ended and none is to be started again
  'draining', // told to stop; routes get a moment to notice
  'stopping', // SIGTERM, and SIGKILL after the grace
  'removing', // nothing of it runs; it is being forgotten
  'gone',
] as const
export type PodState = (typeof POD_STATES)[number]

export const POD_EVENTS = ['created', 'vanished', 'finished', 'released', 'drained', 'stopped', 'removed'] as const
export type PodEvent = (typeof POD_EVENTS)[number]

/** Every state by every event, so that the compiler misses none. An event that means nothing in a state leaves it as it is. */
export const TRANSITIONS: Readonly<Record<PodState, Readonly<Record<PodEvent, PodState>>>> = {
  clearing: {
    created: 'clearing',
    vanished: 'clearing',
    finished: 'clearing',
    released: 'removing',
    drained: 'clearing',
    stopped: 'clearing',
    removed: 'preparing',
  },
  preparing: {
    created: 'live',
    vanished: 'clearing',
    finished: 'preparing',
    released: 'removing',
    drained: 'preparing',
    stopped: 'preparing',
    removed: 'preparing',
  },
  live: {
    created: 'live',
    vanished: 'clearing',
    finished: 'finished',
    released: 'draining',
    drained: 'live',
    stopped: 'live',
    removed: 'live',
  },
  finished: {
    created: 'finished',
    vanished: 'finished',
    finished: 'finished',
    released: 'removing',
    drained: 'finished',
    stopped: 'finished',
    removed: 'finished',
  },
  draining: {
    created: 'draining',
    vanished: 'removing',
    finished: 'draining',
    released: 'draining',
    drained: 'stopping',
    stopped: 'draining',
    removed: 'draining',
  },
  stopping: {
    created: 'stopping',
    vanished: 'removing',
    finished: 'stopping',
    released: 'stopping',
    drained: 'stopping',
    stopped: 'removing',
    removed: 'stopping',
  },
  removing: {
    created: 'removing',
    vanished: 'removing',
    finished: 'removing',
    released: 'removing',
    drained: 'removing',
    stopped: 'removing',
    removed: 'gone',
  },
  gone: {
    created: 'gone',
    vanished: 'gone',
    finished: 'gone',
    released: 'gone',
    drained: 'gone',
    stopped: 'gone',
    removed: 'gone',
  },
}

/** Applies the table, and what entering the new state implies. */
export function transition(memory: PodMemory, event: PodEvent, monoMs: number): PodMemory {
  const state = TRANSITIONS[memory.state][event]
  if (state === memory.state) return memory
  switch (state) {
    case 'clearing':
      return { ...beginAnew(memory, monoMs), state }
    case 'draining':
      return { ...memory, state, drainUntilMs: monoMs + (isServing(memory) ? memory.drainMs : 0) }
    case 'preparing':
    case 'live':
    case 'finished':
    case 'stopping':
    case 'removing':
    case 'gone':
      return { ...memory, state }
  }
}

/** Follows the events that are due until none is. */
export function settle(known: PodMemory, monoMs: number): PodMemory {
  const memory = initialized(known)
  const event = dueEvent(memory, monoMs)
  if (event === undefined) return memory
  const next = transition(memory, event, monoMs)
  return next.state === memory.state ? memory : settle(next, monoMs)
}

export type Operation =
  | { readonly do: 'look' | 'create' | 'stop' | 'remove' }
  /** At once: the engine has more than one at a time in hand. */
  | { readonly do: 'start'; readonly containers: readonly string[] }
  /** `read-end`: the last lines of a run that ended. */
  | { readonly do: 'recreate' | 'read-end'; readonly container: string }
  /** `post-start`: its hook. `halt`: end this one alone. */
  | { readonly do: 'post-start' | 'halt'; readonly container: string }

export type Step = Operation | { readonly do: 'wait'; readonly untilMs: number } | { readonly do: 'rest' }

/** What the last look, or the time, implies. Undefined: nothing new. */
export function dueEvent(memory: PodMemory, monoMs: number): PodEvent | undefined {
  switch (memory.state) {
    case 'draining':
      return monoMs >= memory.drainUntilMs ? 'drained' : undefined
    case 'preparing':
      if (memory.isStale || memory.seen === undefined) return undefined
      return isWhole(memory) ? 'created' : 'vanished'
    case 'live':
      if (memory.isStale) return undefined
      if (isOver(memory)) return leftRunning(memory) ? undefined : 'finished'
      return isWhole(memory) ? undefined : 'vanished'
    case 'clearing':
    case 'finished':
    case 'stopping':
    case 'removing':
    case 'gone':
      return undefined
  }
}

/** One operation, the instant to ask again, or rest until something happens. */
export function nextStep(memory: PodMemory, monoMs: number): Step {
  switch (memory.state) {
    case 'clearing':
      return unlessWaiting(memory.retries.remove.notBeforeMs, monoMs, { do: 'remove' })
    case 'preparing':
      if (memory.isStale) return unlessWaiting(memory.retries.look.notBeforeMs, monoMs, { do: 'look' })
      return unlessWaiting(memory.retries.create.notBeforeMs, monoMs, { do: 'create' })
    case 'live':
      if (memory.isStale) return unlessWaiting(memory.retries.look.notBeforeMs, monoMs, { do: 'look' })
      // [INI6] Nothing is started any more; what goes on beside the others ends with them.
      if (isOver(memory)) return unlessWaiting(memory.retries.stop.notBeforeMs, monoMs, { do: 'stop' })
      return earliest(
        inReach(memory).map((container) => containerStep(memory, container, monoMs)),
        memory,
      )
    case 'draining':
      return { do: 'wait', untilMs: memory.drainUntilMs }
    case 'stopping':
      return unlessWaiting(memory.retries.stop.notBeforeMs, monoMs, { do: 'stop' })
    case 'removing':
      return unlessWaiting(memory.retries.remove.notBeforeMs, monoMs, { do: 'remove' })
    case 'finished':
    case 'gone':
      return { do: 'rest' }
  }
}

function containerStep(memory: PodMemory, container: ContainerMemory, monoMs: number): Step {
  const seen = seenContainer(memory, container.name)
  if (seen === undefined) return { do: 'rest' }
  const { notBeforeMs } = container.restarts
  switch (seen.run.state) {
    case 'created':
      return unlessWaiting(notBeforeMs, monoMs, { do: 'start', containers: [container.name] })
    case 'running':
      if (container.vigils?.verdict !== undefined) {
        return unlessWaiting(memory.retries.stop.notBeforeMs, monoMs, { do: 'halt', container: container.name })
      }
      return isHookDue(container) ? { do: 'post-start', container: container.name } : { do: 'rest' }
    case 'exited':
      if (isPassed(memory, container) && container.role === 'init') return { do: 'rest' }
      if (container.exit?.lastLines === undefined) return { do: 'read-end', container: container.name }
      if (!isToRunAgain(memory, container, seen.run.exitCode)) return { do: 'rest' }
      return unlessWaiting(notBeforeMs, monoMs, { do: 'recreate', container: container.name })
  }
}

/** Whether routes may point at it. */
function isServing(memory: PodMemory): boolean {
  return memory.containers.some((one) => one.role === 'main' && hasStarted(one) && one.readiness?.ready === true)
}

/** [INI2] In their order: those that may run by now. The main containers, or what the pod is still to be initialised by. */
function inReach(memory: PodMemory): readonly ContainerMemory[] {
  if (memory.isInitialized) return memory.containers
  const blocking = memory.containers.findIndex((container) => !isPassed(memory, container))
  return memory.containers.slice(0, blocking + 1)
}

/** [INI7] Whether all containers exist, in whatever state. Of an initialised pod those that have done their work may be gone. */
function isWhole(memory: PodMemory): boolean {
  return memory.containers.every(
    ({ name, role }) => seenContainer(memory, name) !== undefined || (role === 'init' && memory.isInitialized),
  )
}

/** [POD7] [INI5] Nothing of it is to be started again: it is evicted, its main containers have ended, or it cannot be initialised. */
function isOver(memory: PodMemory): boolean {
  if (memory.evicted !== undefined) return true
  const enders = memory.containers.filter(({ role }) => role === (memory.isInitialized ? 'main' : 'init'))
  const isEnded = (container: ContainerMemory): boolean => hasEnded(memory, container)
  return memory.isInitialized ? enders.every(isEnded) : enders.some((one) => !isPassed(memory, one) && isEnded(one))
}

function leftRunning(memory: PodMemory): boolean {
  return memory.seen?.containers.some(({ run }) => run.state === 'running') === true
}

function hasEnded(memory: PodMemory, container: ContainerMemory): boolean {
  const run = seenContainer(memory, container.name)?.run
  if (run?.state !== 'exited' || container.exit?.lastLines === undefined) return false
  return !isToRunAgain(memory, container, run.exitCode)
}

function isToRunAgain({ restartPolicy }: PodMemory, { role }: ContainerMemory, exitCode: number): boolean {
  return mayRestart(policyOf(role, restartPolicy), exitCode)
}

function unlessWaiting(untilMs: number, monoMs: number, operation: Operation): Step {
  return monoMs < untilMs ? { do: 'wait', untilMs } : operation
}

/** An operation before a wait, the nearer wait before the later one. */
/** [POD9] Those that are due, up to the first with a hook: what comes after that waits until the hook is done, as in Kubernetes. */
function startedAtOnce(steps: readonly Step[], memory: PodMemory): readonly string[] {
  const due = steps.flatMap((step) => (step.do === 'start' ? step.containers : []))
  const hooked = due.findIndex((name) => memory.containers.find((each) => each.name === name)?.hasPostStart === true)
  return hooked === -1 ? due : due.slice(0, hooked + 1)
}

function earliest(steps: readonly Step[], memory: PodMemory): Step {
  let best: Step = { do: 'rest' }
  for (const [at, step] of steps.entries()) {
    if (step.do === 'rest') continue
    if (step.do === 'start') return { do: 'start', containers: startedAtOnce(steps.slice(at), memory) }
    if (step.do !== 'wait') return step
    if (best.do !== 'wait' || step.untilMs < best.untilMs) best = step
  }
  return best
}
