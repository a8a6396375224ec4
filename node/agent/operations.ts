/**
 * What the steps of `pod-machine.ts` do: one operation on the runtime and its outcome as data, and what an outcome, good or
 * bad, teaches the pod's memory.
 *
 * @module
 */
import { RuntimeError, type PodLaunch, type RunningPod, type Runtime } from '../runtime/runtime.ts'
import type { Clock, Timers } from '../world/world.ts'
import { clipEnd } from './bounds.ts'
import { podLaunch, type LaunchInput } from './launch.ts'
import { readLastLines } from './log-tail.ts'
import { transition, type Operation } from './pod-machine.ts'
import {
  changeContainer,
  doubt,
  failedOperation,
  failedStart,
  hookFailed,
  hooked,
  observe,
  observeCreated,
  observeRecreated,
  observeRemoved,
  readEnd,
  stopped,
  withoutTrouble,
  type PodMemory,
  type Trouble,
} from './pod-memory.ts'
import { LAST_GRACE_MS, stopContainer, stopPod, type StopContainer } from './stopping.ts'
import type { PodTemplate } from './template.ts'
import type { Turns } from './turns.ts'

/** Kubernetes sets no bound; a pod whose hook takes longer is one that hangs. */
const HOOK_MS_MAX = 600_000

const BOUND_MS: Readonly<Record<Operation['do'], number>> = {
  look: 10_000,
  create: 900_000, // the pull of a big image over a slow line
  start: 120_000, // mostly waiting for its turn
  recreate: 120_000,
  'post-start': HOOK_MS_MAX,
  halt: 10_000,
  'read-end': 5_000,
  stop: 10_000,
  remove: 60_000,
}

/** How long an operation may take before its answer no longer counts. */
export function boundMs(operation: Operation, graceMs: number): number {
  const isGraceful = operation.do === 'stop' || operation.do === 'halt'
  return BOUND_MS[operation.do] + (isGraceful ? graceMs + 2 * LAST_GRACE_MS : 0)
}

export type Outcome =
  | { readonly did: 'look'; readonly pod: RunningPod | undefined }
  | { readonly did: 'create'; readonly launch: PodLaunch }
  /** `errors`: of those that did not start, by container. */
  | { readonly did: 'start'; readonly containers: readonly string[]; readonly errors: ReadonlyMap<string, unknown> }
  | { readonly did: 'recreate'; readonly container: string }
  | { readonly did: 'read-end'; readonly container: string; readonly lastLines: string }
  /** `trouble`: the hook failed. */
  | { readonly did: 'post-start'; readonly container: string; readonly trouble: string | undefined }
  /** `complaints`: what went wrong with the hooks before it. */
  | { readonly did: 'stop' | 'halt'; readonly complaints: readonly string[] }
  | { readonly did: 'remove' }
  /** Its turn came when it was not wanted any more. */
  | { readonly did: 'nothing' }

/** The template cannot be made into a launch; the sentence says which field. */
class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export function launchOrThrow({
  template,
  ...rest
}: Omit<LaunchInput, 'template'> & { readonly template: PodTemplate | undefined }): PodLaunch {
  if (template === undefined) {
    throw new ConfigError(`revision ${rest.claim.revision} of ${rest.claim.workload} is not known on this node`)
  }
  const launch = podLaunch({ ...rest, template })
  if ('error' in launch) throw new ConfigError(launch.error)
  return launch
}

export interface OperationInput {
  readonly uid: string
  readonly runtime: Runtime
  readonly timers: Timers
  readonly clock: Clock
  readonly turns: Turns
  readonly graceMs: number
  /** Its containers, as they are to be stopped. */
  stops(): readonly StopContainer[]
  haltGraceMs(container: string): number
  /** Runs the hook; resolves with what went wrong. */
  postStart(container: string, timeoutMs: number): Promise<string | undefined>
  /** Throws a `ConfigError`. */
  launch(): PodLaunch
  /** Asked when the turn comes. */
  isWanted(): boolean
}

export async function perform(operation: Operation, input: OperationInput): Promise<Outcome> {
  const { uid, runtime, turns } = input
  switch (operation.do) {
    case 'look':
      return { did: 'look', pod: await runtime.inspect(uid) }
    case 'create':
      return turns.take('last', async () => {
        if (!input.isWanted()) return { did: 'nothing' }
        const launch = input.launch()
        await runtime.create(launch)
        return { did: 'create', launch }
      })
    case 'start':
      return { did: 'start', containers: operation.containers, errors: await startAll(operation.containers, input) }
    case 'recreate': {
      const launch = input.launch()
      await turns.take('first', () => runtime.recreate(launch, operation.container))
      return { did: 'recreate', container: operation.container }
    }
    case 'read-end': {
      const { container } = operation
      return { did: 'read-end', container, lastLines: await readLastLines(input, { uid, container }) }
    }
    case 'stop':
      return {
        did: 'stop',
        complaints: await stopPod(input, { uid, graceMs: input.graceMs, containers: input.stops() }),
      }
    case 'post-start': {
      const { container } = operation
      return { did: 'post-start', container, trouble: await input.postStart(container, HOOK_MS_MAX) }
    }
    case 'halt': {
      const container = input.stops().find(({ name }) => name === operation.container)
      if (container === undefined) return { did: 'nothing' }
      const endsMs = input.clock.mono() + input.haltGraceMs(operation.container)
      const complaint = await stopContainer(input, { uid, container, endsMs })
      return { did: 'halt', complaints: complaint === undefined ? [] : [complaint] }
    }
    case 'remove':
      await runtime.remove(uid)
      return { did: 'remove' }
  }
}

/** Why those did not start that did not. */
async function startAll(
  containers: readonly string[],
  { uid, runtime, turns }: OperationInput,
): Promise<ReadonlyMap<string, unknown>> {
  const errors = new Map<string, unknown>()
  const start = (name: string): Promise<void> =>
    turns.take('first', () => runtime.start(uid, name)).catch((error: unknown) => void errors.set(name, error))
  await Promise.all(containers.map(start))
  return errors
}

export function succeeded(memory: PodMemory, outcome: Outcome, monoMs: number): PodMemory {
  switch (outcome.did) {
    case 'look':
      return observe(memory, outcome.pod, monoMs)
    case 'create':
      return observeCreated(memory, asCreated(outcome.launch), monoMs)
    case 'start':
      return doubt(
        outcome.containers
          .filter((name) => !outcome.errors.has(name))
          .reduce((before, name) => changeContainer(before, name, withoutTrouble), memory),
      )
    case 'recreate':
      return observeRecreated(memory, outcome.container)
    case 'read-end':
      return readEnd(memory, outcome.container, outcome.lastLines)
    case 'post-start':
      return outcome.trouble === undefined
        ? hooked(memory, outcome.container)
        : hookFailed(memory, outcome.container, outcome.trouble)
    case 'halt':
      return stopped(memory)
    case 'stop':
      // What is left of a pod whose work is done; it goes on being looked at.
      return memory.state === 'live' ? stopped(memory) : transition(memory, 'stopped', monoMs)
    case 'remove':
      return transition(observeRemoved(memory), 'removed', monoMs)
    case 'nothing':
      return memory
  }
}

export function failed(
  memory: PodMemory,
  operation: Operation,
  { trouble, monoMs }: { trouble: Trouble; monoMs: number },
): PodMemory {
  switch (operation.do) {
    case 'look':
    case 'create':
    case 'remove':
      return failedOperation(memory, operation.do, { trouble, monoMs })
    case 'stop':
      // Whatever else is wrong with stopping it, removing kills what still runs.
      if (trouble.code !== 'unavailable' && memory.state !== 'live') return transition(memory, 'stopped', monoMs)
      return failedOperation(memory, 'stop', { trouble, monoMs })
    case 'start':
      return operation.containers.reduce((before, name) => failedStart(before, name, { trouble, monoMs }), memory)
    case 'recreate':
      return failedStart(memory, operation.container, { trouble, monoMs })
    case 'post-start':
      return hookFailed(memory, operation.container, trouble.message)
    case 'halt':
      return trouble.code === 'not-found' ? doubt(memory) : failedOperation(memory, 'stop', { trouble, monoMs })
    case 'read-end':
      return readEnd(memory, operation.container, '')
  }
}

/** What will not pass here and may well pass elsewhere: the claim is given up instead of being tried again. */
export function isRefusal(code: Trouble['code']): boolean {
  return code === 'port-in-use' || code === 'wrong-platform' || code === 'not-supported'
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof RuntimeError) return { code: error.code, message: clipEnd(error.message) }
  if (error instanceof ConfigError) return { code: 'config', message: clipEnd(error.message) }
  return { code: 'failed', message: clipEnd(error instanceof Error ? error.message : String(error)) }
}

export function overdue(operation: Operation, runtime: string): RuntimeError {
  const seconds = BOUND_MS[operation.do] / 1_000
  return new RuntimeError(
    'unavailable',
    `the ${runtime} runtime has not answered '${operation.do}' for over ${seconds} s`,
  )
}

/** What a runtime has made when `create` resolves, without asking it. */
function asCreated({ uid, name, namespace, annotation, containers }: PodLaunch): RunningPod {
  return {
    uid,
    name,
    namespace,
    annotation,
    podIP: '',
    containers: containers.map((container) => ({
      name: container.name,
      id: '',
      image: container.image,
      attempt: container.attempt,
      run: { state: 'created' },
    })),
  }
}
