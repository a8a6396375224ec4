/**
 * Which of a node's runtimes a pod gets there, or why none can take it: the bid declines by it, the agent refuses by it, and so
 * no node wins what it would give back. Pure.
 *
 * @module
 */
import { beyondAll, beyondProcesses, type ContainerIsolation, type IsolationWishes } from './process-limits.ts'
import type { RuntimeName } from './runtime.ts'

/** What of a pod template counts. */
export interface PodWishes extends IsolationWishes {
  /** Absent: the node's best. */
  readonly runtimeClassName?: string
  readonly initContainers?: readonly ContainerWishes[]
  readonly containers: readonly ContainerWishes[]
}

interface ContainerWishes extends ContainerIsolation {
  readonly image?: string
  readonly command?: readonly string[]
}

/** A runtime that a node has. */
export interface Standing {
  readonly name: string
  readonly answers: boolean
}

/** `refusal` goes on where a node's name stands: "has no runtime at all". */
export type Fit<Runtime extends Standing = Standing> = { readonly runtime: Runtime } | { readonly refusal: string }

/** It takes no command from an image, and isolates nothing. */
const PROCESS: RuntimeName = 'process'

/**
 * [CPL2] The runtime that the class names, else the claimed one, else the best that answers and can take the pod. One that does
 * not answer is named where there is no other: its time may come.
 */
export function fitRuntime<Runtime extends Standing>(
  pod: PodWishes,
  /** Best first. */
  runtimes: readonly Runtime[],
  claimed?: string,
): Fit<Runtime> {
  const candidates = candidatesFor(pod.runtimeClassName, runtimes, claimed)
  const [best] = candidates
  if (best === undefined) return { refusal: lackOf(pod.runtimeClassName, runtimes) }
  const beyond = beyondAll(pod)
  if (beyond !== undefined) return { refusal: beyond }
  const lack = lackOfProcesses(pod)
  const able = lack === undefined ? best : candidates.find(({ name }) => name !== PROCESS)
  return able === undefined ? { refusal: `would run it as a process: ${lack}` } : { runtime: able }
}

function lackOfProcesses(pod: PodWishes): string | undefined {
  const bare = [...(pod.initContainers ?? []), ...pod.containers].find(({ command = [] }) => command.length === 0)
  return bare === undefined ? beyondProcesses(pod) : lackOfCommand(bare)
}

function candidatesFor<Runtime extends Standing>(
  named: string | undefined,
  runtimes: readonly Runtime[],
  claimed: string | undefined,
): readonly Runtime[] {
  if (named !== undefined) return runtimes.filter(({ name }) => name === named)
  const own = runtimes.filter(({ name }) => name === claimed)
  const answering = runtimes.filter(({ answers }) => answers)
  return own.length > 0 ? own : answering.length > 0 ? answering : runtimes
}

function lackOf(named: string | undefined, runtimes: readonly Standing[]): string {
  if (runtimes.length === 0) return 'has no runtime at all'
  const names = runtimes.map(({ name }) => name).sort()
  return `has no runtime ${named}, which runtimeClassName asks for; it has ${names.join(', ')}`
}

/** The process runtime runs programs of its machine: an image alone names none. */
export function lackOfCommand({ name, image = '' }: ContainerWishes): string {
  return `container ${name} names no command, and the process runtime cannot take one from image ${image}; set command, or use a node with a container engine`
}
