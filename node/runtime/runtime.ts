/**
 * Where containers run: the port. `docker.ts` and `process.ts` implement it, `contract.ts` is the suite both pass, and the
 * simulator brings a third.
 *
 * A runtime does one thing at a time when told and keeps nothing in memory that it could not find again: after the agent was
 * killed, `list` on a new one returns the same pods. It restarts nothing by itself; that is the agent's decision.
 *
 * @module
 */
import type { Readable, Writable } from 'node:stream'
import type { MountLaunch, VolumeLaunch } from './volume-launch.ts'
import type { Platform } from '../../crdt/index.ts'

export type RuntimeName = 'docker' | 'process'

/** What it takes to run a pod; everything resolved, nothing of Kubernetes left to interpret. */
export interface PodLaunch {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  /** Shown inside the pod. */
  readonly hostname: string
  readonly labels: Readonly<Record<string, string>>
  /** Opaque to the runtime, stored beside the pod and returned by `list`: the agent's claim, to adopt it by. At most 32 KiB. */
  readonly annotation: string
  readonly containers: readonly ContainerLaunch[]
  readonly volumes?: readonly VolumeLaunch[]
  readonly graceMs: number
}

export interface ContainerLaunch {
  readonly name: string
  readonly image: string
  readonly pull: 'Always' | 'IfNotPresent' | 'Never'
  /** Replaces the image's entrypoint; for the process runtime: the program. */
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly workingDir?: string
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: 'TCP' | 'UDP' }[]
  /** Limits; absent: none. */
  readonly cpuMilli?: number
  readonly memoryBytes?: number
  readonly mounts?: readonly MountLaunch[]
  /** What it is told to end by; absent: what its image says, else SIGTERM. */
  readonly stopSignal?: string
  /** Where in the container it may write what it has to say about its end; absent: nowhere. */
  readonly messagePath?: string
  /** How often this container was started before: part of its name. */
  readonly attempt: number
}

export type RunState =
  | { readonly state: 'created' }
  | { readonly state: 'running'; readonly startedAtMs: number }
  | { readonly state: 'exited'; readonly exitCode: number; readonly finishedAtMs: number; readonly oomKilled: boolean }

export interface RunningContainer {
  readonly name: string
  readonly id: string
  readonly image: string
  readonly attempt: number
  readonly run: RunState
}

export interface RunningPod {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly annotation: string
  /** Empty where the pod has no address (yet). */
  readonly podIP: string
  readonly containers: readonly RunningContainer[]
}

/** Something happened to a pod of ours; look again. */
export interface RuntimeEvent {
  readonly uid: string
}

export interface LogOptions {
  readonly container: string
  readonly follow: boolean
  /** Lines from the end; absent: all there is. */
  readonly tailLines?: number
  readonly sinceMs?: number
  readonly timestamps: boolean
  /** The run before the last. */
  readonly previous: boolean
}

export interface ExecOptions {
  /** The program and its arguments; no shell is between. */
  readonly command: readonly string[]
  /** On a terminal of its own: one stream of output. */
  readonly tty: boolean
  /** Whether it reads anything; else its input is at its end. */
  readonly stdin: boolean
}

/** A command that runs in a container. Both outputs are to be read, or it comes to a halt. */
export interface ExecSession {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Ends at once on a terminal. */
  readonly stderr: Readable
  /** Of the terminal, in characters. */
  resize(size: { readonly columns: number; readonly rows: number }): Promise<void>
  /** Its exit code, as of a container. Rejects with a `RuntimeError` where it is not to be had. */
  readonly exit: Promise<number>
  /** Leaves it, and kills it where that can be done; its streams end. */
  close(): void
}

export interface Runtime {
  readonly name: RuntimeName
  /** Whether it answers, and what it runs on. Rejects with a `RuntimeError` that says what was tried. */
  check(): Promise<{ readonly version: string; readonly platform: Platform; readonly images: readonly string[] }>
  /** All pods of this node that exist, running or not. */
  list(): Promise<readonly RunningPod[]>
  inspect(uid: string): Promise<RunningPod | undefined>
  /** Makes what the pod needs before its containers start: images present and of the right platform, network, containers created. */
  create(pod: PodLaunch): Promise<void>
  /** Starts one created container. */
  start(uid: string, container: string): Promise<void>
  /** Replaces an exited container by a fresh one with the next attempt, created and not started; the old run's log stays readable as `previous`. */
  recreate(pod: PodLaunch, container: string): Promise<void>
  /** The stop signal to all, or to those named, SIGKILL after `graceMs`; resolves when they have exited. */
  stop(uid: string, graceMs: number, containers?: readonly string[]): Promise<void>
  /** Forgets the pod and all its parts. Kills what still runs. A pod that is not there is no error. */
  remove(uid: string): Promise<void>
  /** Writes the files of a pod that is there anew where they differ. Mounts of single files keep what they have. */
  refresh(uid: string, volumes: readonly VolumeLaunch[]): Promise<void>
  logs(uid: string, options: LogOptions): Promise<Readable>
  /** What the last run of a container wrote to its `messagePath`, 4 KiB of its end; empty where there is nothing. */
  message(uid: string, container: string): Promise<string>
  /** Runs a command in a container that runs, with its environment and in its directory. Resolves when it has begun. */
  exec(uid: string, container: string, options: ExecOptions): Promise<ExecSession>
  /** Runs until `stop` is called; misses nothing that `list` would not show. */
  watch(onEvent: (event: RuntimeEvent) => void, onTrouble: (reason: string) => void): { stop(): void }
  /** Releases sockets and timers; pods run on. */
  close(): Promise<void>
}

/** `code` is for the agent's decision, `message` goes into the pod's status. */
export class RuntimeError extends Error {
  readonly code:
    | 'unavailable' // the engine does not answer: not the pod's fault
    | 'image-missing' // not here and not to be had
    | 'wrong-platform'
    | 'bad-command' // no such program, not executable
    | 'port-in-use'
    | 'not-found'
    | 'failed'

  constructor(code: RuntimeError['code'], message: string) {
    super(message)
    this.name = 'RuntimeError'
    this.code = code
  }
}
