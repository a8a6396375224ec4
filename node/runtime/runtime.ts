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
import type { NetworkLaunch } from './network-launch.ts'
import type { PullCredentials } from './pull-credentials.ts'
import type { SecurityLaunch } from './security-launch.ts'
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
  /** Absent: a network of its own, as every pod has. */
  readonly network?: NetworkLaunch
  /** For the registries of its images; never written down. */
  readonly credentials?: PullCredentials
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
  readonly ports: readonly PortLaunch[]
  /** Limits; absent: none. */
  readonly cpuMilli?: number
  readonly memoryBytes?: number
  /** What it was promised: its share where processors are short. Absent: next to nothing. */
  readonly cpuRequestMilli?: number
  /** -1000 to 1000: the higher, the earlier it is killed where the machine runs out of memory. Absent: as the engine does. */
  readonly oomScore?: number
  readonly security?: SecurityLaunch
  readonly mounts?: readonly MountLaunch[]
  /** Its input stays open for those who attach; absent: it is at its end. `once`: the first who leaves ends it. */
  readonly stdin?: 'open' | 'once'
  /** On a terminal of its own. */
  readonly tty?: boolean
  /** What it is told to end by; absent: what its image says, else SIGTERM. */
  readonly stopSignal?: string
  /** Where in the container it may write what it has to say about its end; absent: nowhere. */
  readonly messagePath?: string
  /** How often this container was started before: part of its name. */
  readonly attempt: number
}

export interface PortLaunch {
  readonly name?: string
  readonly port: number
  readonly protocol: 'TCP' | 'UDP'
  /** Of the node; absent: none. */
  readonly hostPort?: number
  /** Absent: all addresses of the node. */
  readonly hostIP?: string
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

/** What a container that runs has taken so far. */
export interface ContainerUsage {
  readonly uid: string
  readonly container: string
  /** Of this run of it: another run counts anew. */
  readonly id: string
  /** Processor time since some moment of its run, ms of one processor. */
  readonly cpuMs: number
  /** Its working set: what it holds now, without what the kernel could take back at once. */
  readonly memoryBytes: number
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

export interface AttachOptions {
  /** Whether its input is wanted too; it is had where the launch opened it. */
  readonly stdin: boolean
}

export type PathKind = 'directory' | 'other' | 'absent'

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
  /** Bytes on the disk of each of these empty directories of a pod. It walks them: not to be asked every second. */
  emptySizes(uid: string, volumes: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** What all containers take that run. Cheap: it is asked every few seconds. */
  usage(): Promise<readonly ContainerUsage[]>
  logs(uid: string, options: LogOptions): Promise<Readable>
  /** What the last run of a container wrote to its `messagePath`, 4 KiB of its end; empty where there is nothing. */
  message(uid: string, container: string): Promise<string>
  /** Runs a command in a container that runs, with its environment and in its directory. Resolves when it has begun. */
  exec(uid: string, container: string, options: ExecOptions): Promise<ExecSession>
  /** The input and output of a container's own process, from now on. Leaving them ends neither. */
  attach(uid: string, container: string, options: AttachOptions): Promise<ExecSession>
  /** What is at a path of a container. Relative paths begin in its working directory. */
  pathKind(uid: string, container: string, path: string): Promise<PathKind>
  /** What is at a path, as a tar stream on its output; the first entry bears the path's last name. */
  copyOut(uid: string, container: string, path: string): Promise<ExecSession>
  /** Unpacks the tar stream of its input into a directory that is there. */
  copyIn(uid: string, container: string, directory: string): Promise<ExecSession>
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
    | 'not-supported' // asks for what cannot be given on this node
    | 'not-found'
    | 'no-previous' // the container is there, and has no run before the last
    | 'failed'
  /** What a shell would end with, of a command that could not be run: 127 not there, 126 not to be executed. */
  readonly exitCode: number | undefined

  constructor(code: RuntimeError['code'], message: string, exitCode?: number) {
    super(message)
    this.name = 'RuntimeError'
    this.code = code
    this.exitCode = exitCode
  }
}
