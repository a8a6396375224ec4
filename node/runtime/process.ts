/**
 * Pods as plain processes, for machines without a container engine. No isolation: what it gives is a life of their own to
 * programs that are installed here. They outlive the agent, and a new agent finds them with their exit codes.
 *
 * Everything is in files (`process-state.ts`) and in the process table; this class holds only what it watches. Image names
 * are informational, limits are not enforced.
 *
 * @module
 */
import { basename, dirname, join, resolve } from 'node:path'
import { accessSync, chownSync, constants, existsSync, statSync } from 'node:fs'
import { constants as os, release } from 'node:os'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { Platform } from '../../crdt/index.ts'
import { withAddress } from './address.ts'
import { checkCommand, checkLaunch, isUid, printable } from './launch-check.ts'
import { assertPortsFree, loopbackAddress } from './loopback-address.ts'
import { attachTo } from './process-attach.ts'
import { processEnvironment, resolveCommand } from './process-command.ts'
import { startCommand } from './process-exec.ts'
import { Exits } from './process-exits.ts'
import { noteTime } from './process-log-times.ts'
import { readLog, rotateTimedLog } from './process-log.ts'
import { assertMountable, isMounted, MountPoints } from './process-mounts.ts'
import { SHELL, startShim } from './process-shim.ts'
import { asOwner, assertUser, ownerOf } from './process-user.ts'
import {
  readIdentity,
  readLaunch,
  readRun,
  StateDirectory,
  type PodState,
  type RunFiles,
  type StoredContainer,
} from './process-state.ts'
import { killMarked, MARK, signalGroup } from './process-table.ts'
import { familyUsages } from './process-usage.ts'
import { insider, inView } from './process-view.ts'
import {
  RuntimeError,
  type AttachOptions,
  type ContainerLaunch,
  type ContainerUsage,
  type ExecOptions,
  type ExecSession,
  type LogOptions,
  type PathKind,
  type PodLaunch,
  type RunningPod,
  type Runtime,
  type RuntimeEvent,
} from './runtime.ts'
import type { VolumeLaunch } from './volume-launch.ts'
import { Volumes } from './volumes.ts'

export interface ProcessOptions {
  /** Of this node alone; made when it is not there. */
  readonly directory: string
  /** Directories of this machine that pods may be given. */
  readonly hostPaths?: readonly string[]
  /** Told what the user asked for and does not get here. */
  readonly note?: (sentence: string) => void
}

/** How often an ending process is looked at. */
const ENDING_MS = 10
/** A killed process is gone in a few ms, unless the kernel holds it in a call to a dead disk. */
const KILLED_MS_MAX = 5_000

export class ProcessRuntime implements Runtime {
  readonly name = 'process'
  readonly #state: StateDirectory
  readonly #note: (sentence: string) => void
  readonly #exits: Exits
  readonly #volumes: Volumes
  readonly #mountPoints: MountPoints
  /** Runs that were seen running: what the slow look and the rotation go through. Found again by `list`. */
  readonly #running = new Map<string, RunFiles>()

  /** What ends the commands that run in a container beside its own. */
  readonly #guests = new Map<string, Set<() => void>>()

  constructor({ directory, hostPaths = [], note = () => {} }: ProcessOptions) {
    this.#state = new StateDirectory(directory)
    this.#state.open()
    this.#volumes = new Volumes({ directory: join(directory, 'volumes'), hostPaths, engineMemory: false })
    this.#mountPoints = new MountPoints(directory)
    this.#note = note
    this.#exits = new Exits(this.#state.exits, () => this.#look())
  }

  async check(): Promise<{ version: string; platform: Platform; images: readonly string[] }> {
    const missing = findMissing([SHELL, '/proc/self/stat', '/proc/self/environ', this.#state.pods])
    if (process.platform !== 'linux' || missing !== undefined) {
      const trouble = missing === undefined ? `this is ${process.platform}` : `${missing} cannot be read`
      throw new RuntimeError('unavailable', `the process runtime needs Linux with ${SHELL} and /proc: ${trouble}`)
    }
    return { version: release(), platform: { os: 'linux', arch: goArchitecture(process.arch) }, images: [] }
  }

  async list(): Promise<readonly RunningPod[]> {
    const uids = this.#state.uids()
    this.#volumes.sweep(new Set(uids))
    return uids.map((uid) => this.#read(uid)).filter((pod) => pod !== undefined)
  }

  async inspect(uid: string): Promise<RunningPod | undefined> {
    return isUid(uid) ? this.#read(uid) : undefined
  }

  async create(pod: PodLaunch): Promise<void> {
    checkLaunch(pod)
    if (this.#state.has(pod.uid)) {
      throw new RuntimeError(
        'failed',
        `pod ${pod.namespace}/${pod.name} (${pod.uid}) is there already; remove it first`,
      )
    }
    for (const container of pod.containers) this.#assertRunnable(container)
    for (const container of pod.containers) assertUser(container)
    assertMountable(pod)
    const taken = this.#state.addresses()
    const podIP = loopbackAddress(pod.uid, (address) => taken.has(address))
    await this.#volumes.making(pod, async () => {
      const { volumes: _, credentials: __, ...stored } = pod
      const containers = pod.containers.map((one) => this.#bound(pod, withAddress(one, podIP)))
      this.#state.create({ ...stored, containers }, podIP)
    })
  }

  async start(uid: string, container: string): Promise<void> {
    const state = this.#require(uid)
    const run = requireRun(state, container)
    const { state: now } = readRun(run)
    if (now === 'running') return
    if (now === 'exited') throw new RuntimeError('failed', `${container} of pod ${uid} has run already; recreate it`)
    await this.#startRun(state, run)
  }

  async recreate(pod: PodLaunch, container: string): Promise<void> {
    checkLaunch(pod)
    const state = this.#require(pod.uid)
    const old = requireRun(state, container)
    const launch = pod.containers.find(({ name }) => name === container)
    if (launch === undefined) throw new RuntimeError('not-found', `pod ${pod.uid} is to have no container ${container}`)
    this.#assertRunnable(launch)
    await this.#kill([old])
    const { podIP } = state
    const attempt = Math.max(launch.attempt, old.attempt + 1)
    this.#volumes.prepare(pod)
    const { volumes: _, credentials: __, ...stored } = pod
    this.#state.addAttempt({ pod: stored, podIP }, this.#bound(pod, { ...withAddress(launch, podIP), attempt }))
  }

  async stop(uid: string, graceMs: number, containers?: readonly string[]): Promise<void> {
    const asked = this.#require(uid).runs.filter(({ container }) => containers?.includes(container) !== false)
    const runs = asked.filter(isRunning)
    for (const run of runs) signal(run, stopSignal(readLaunch(run)))
    await haveEnded(runs, graceMs)
    await this.#kill(runs)
  }

  async remove(uid: string): Promise<void> {
    if (!isUid(uid)) return
    const state = this.#state.read(uid)
    for (const run of state?.runs ?? []) signal(run, 'SIGKILL')
    await killMarked({ directory: this.#state.directoryOf(uid) })
    this.#volumes.remove(uid)
    this.#state.remove(uid)
    this.#mountPoints.release(this.#state.mountPaths())
    for (const [key, run] of this.#running) if (run.uid === uid) this.#running.delete(key)
    this.#exits.tell(uid)
  }

  async refresh(uid: string, volumes: readonly VolumeLaunch[]): Promise<void> {
    this.#require(uid)
    this.#volumes.refresh(uid, volumes)
  }

  async emptySizes(uid: string, volumes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.#require(uid)
    return this.#volumes.emptySizes(uid, volumes)
  }

  async usage(): Promise<readonly ContainerUsage[]> {
    const runs = [...this.#running.values()].flatMap((run) => {
      const identity = readIdentity(run)
      return identity === undefined ? [] : [{ run, identity, mark: run.base }]
    })
    const used = await familyUsages(runs)
    return [...used].map(([{ run }, usage]) => {
      const { uid, container, attempt } = run
      return { uid, container, id: `${uid}/${container}/${attempt}`, ...usage }
    })
  }

  async logs(uid: string, options: LogOptions): Promise<Readable> {
    const state = this.#require(uid)
    const { container } = requireRun(state, options.container)
    const attempt = this.#state.attempts(uid, container)[options.previous ? 1 : 0]
    if (attempt === undefined) {
      throw new RuntimeError('no-previous', `${container} of pod ${uid} has no run before the last`)
    }
    const run = this.#state.files(uid, container, attempt)
    return readLog(`${run.base}.log`, options, () => isOver(run))
  }

  /** [PROC33] A file of the machine is everybody's: a process has no path of its own to write to. */
  async message(): Promise<string> {
    return ''
  }

  async exec(uid: string, container: string, options: ExecOptions): Promise<ExecSession> {
    checkCommand(options.command)
    const { pod, podIP, run } = this.#requireRunning(uid, container)
    const launch = readLaunch(run)
    const env: Record<string, string> = { ...processEnvironment(pod, launch, podIP), [MARK]: run.base }
    const workingDir = launch.workingDir ?? `${run.base}.work`
    const asked = { ...launch, command: options.command, args: [] }
    const found = asOwner(launch, resolveCommand(asked, workingDir, env['PATH'] as string))
    const command = await inView(run, found, workingDir)
    const owner = ownerOf(launch)?.user
    return startCommand({ ...command, env, uid, options, owner, whenGone: (end) => this.#endWith(run, end) })
  }

  async attach(uid: string, container: string, options: AttachOptions): Promise<ExecSession> {
    return attachTo(this.#requireRunning(uid, container).run, options)
  }

  async pathKind(uid: string, container: string, path: string): Promise<PathKind> {
    const { run } = this.#requireRunning(uid, container)
    const found = statSync(`/proc/${await insider(run)}/root${absolutePath(run, path)}`, { throwIfNoEntry: false })
    if (found === undefined) return 'absent'
    return found.isDirectory() ? 'directory' : 'other'
  }

  async copyOut(uid: string, container: string, path: string): Promise<ExecSession> {
    const { run } = this.#requireRunning(uid, container)
    if ((await this.pathKind(uid, container, path)) === 'absent')
      throw new RuntimeError('failed', `there is no ${printable(path)} in ${container}`)
    const whole = await this.#endOfLinks(run, absolutePath(run, path))
    const command = ['tar', '-cf', '-', '-C', dirname(whole), '--', basename(whole) || '.']
    return this.exec(uid, container, { command, tty: false, stdin: false })
  }

  async copyIn(uid: string, container: string, path: string): Promise<ExecSession> {
    const { run } = this.#requireRunning(uid, container)
    if ((await this.pathKind(uid, container, path)) !== 'directory')
      throw new RuntimeError('failed', `${printable(path)} in ${container} is no directory`)
    const command = ['tar', '-xf', '-', '-C', absolutePath(run, path)]
    return this.exec(uid, container, { command, tty: false, stdin: true })
  }

  watch(onEvent: (event: RuntimeEvent) => void, onTrouble: (reason: string) => void): { stop(): void } {
    void this.list() // what runs is looked at from now on
    return { stop: this.#exits.listen({ onEvent: (uid) => onEvent({ uid }), onTrouble }) }
  }

  async close(): Promise<void> {
    this.#exits.close()
  }

  async #startRun({ pod, podIP }: PodState, run: RunFiles): Promise<void> {
    const launch = readLaunch(run)
    const env: Record<string, string> = { ...processEnvironment(pod, launch, podIP), [MARK]: run.base }
    const workingDir = launch.workingDir ?? `${run.base}.work`
    const command = asOwner(launch, resolveCommand(launch, workingDir, env['PATH'] as string))
    const owner = ownerOf(launch)
    if (owner !== undefined && launch.workingDir === undefined) chownSync(workingDir, owner.user, owner.group)
    await assertPortsFree(
      podIP,
      launch.ports.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port),
    )
    const binds = launch.binds ?? []
    this.#mountPoints.make(binds)
    const child = await startShim({
      ...run,
      ...command,
      env,
      workingDir,
      binds,
      hasInput: launch.stdin !== undefined,
    })
    if (readIdentity(run) === undefined) {
      throw new RuntimeError(
        'failed',
        `${run.container} of pod ${run.uid} could not be started: ${run.base}.pid not written`,
      )
    }
    this.#running.set(run.base, run)
    this.#exits.own(run.uid, child)
    this.#exits.tell(run.uid)
  }

  /** With the places of its volumes, which have been made. */
  #bound(pod: PodLaunch, container: ContainerLaunch): StoredContainer {
    const binds = this.#volumes.bindsOf(pod, container)
    return binds.length === 0 ? container : { ...container, binds }
  }

  /** [RT18] Whatever can be known to fail fails before anything is made. */
  #assertRunnable(container: ContainerLaunch): void {
    const { workingDir } = container
    if (workingDir !== undefined && !isMounted(container, workingDir) && !isDirectory(workingDir)) {
      throw new RuntimeError(
        'bad-command',
        `workingDir "${printable(workingDir)}" of ${container.name} is no directory here`,
      )
    }
    const path = container.env['PATH'] ?? process.env['PATH'] ?? ''
    resolveCommand(container, workingDir ?? this.#state.pods, path)
    if (container.memoryBytes !== undefined || container.cpuMilli !== undefined) {
      this.#note(`container ${container.name}: the process runtime does not enforce cpu and memory limits`)
    }
  }

  /** [PROC30] What runs in a container ends with it. Returns what forgets about it. */
  #endWith(run: RunFiles, end: () => void): () => void {
    const ends = this.#guests.get(run.base) ?? new Set()
    this.#guests.set(run.base, ends.add(end))
    return () => {
      ends.delete(end)
      if (ends.size === 0) this.#guests.delete(run.base)
    }
  }

  async #kill(runs: readonly RunFiles[]): Promise<void> {
    for (const run of runs) {
      signal(run, 'SIGKILL')
      await killMarked({ run: run.base })
    }
    if (await haveEnded(runs, KILLED_MS_MAX)) return
    throw new RuntimeError('failed', `pod ${runs[0]?.uid} does not end even on SIGKILL: a process hangs in the kernel`)
  }

  #read(uid: string): RunningPod | undefined {
    const state = this.#state.read(uid)
    if (state === undefined) return undefined
    const { name, namespace, annotation } = state.pod
    return {
      uid,
      name,
      namespace,
      annotation,
      podIP: state.podIP,
      containers: state.runs.map((run) => this.#readRun(run)),
    }
  }

  #readRun(run: RunFiles): RunningPod['containers'][number] {
    const state = readRun(run)
    if (state.state === 'running' && !this.#running.has(run.base)) {
      this.#running.set(run.base, run)
      noteTime(`${run.base}.log`) // what was written before has been written by now
    }
    const { image } = readLaunch(run)
    const id = `${run.uid}/${run.container}/${run.attempt}`
    return { name: run.container, id, image, attempt: run.attempt, run: state }
  }

  /** Once a second: who has gone unseen, whose log has grown, and is too long. */
  #look(): string[] {
    const gone: string[] = []
    for (const [key, run] of this.#running) {
      noteTime(`${run.base}.log`)
      rotateTimedLog(`${run.base}.log`)
      if (isRunning(run)) continue
      this.#running.delete(key)
      for (const end of this.#guests.get(key) ?? []) end()
      gone.push(run.uid)
    }
    return gone
  }

  /** What is meant is what a link leads to, as the container sees it. */
  async #endOfLinks({ uid, container }: RunFiles, path: string): Promise<string> {
    const found = await this.exec(uid, container, { command: ['readlink', '-f', '--', path], tty: false, stdin: false })
    found.stderr.resume()
    const [said] = await Promise.all([text(found.stdout), found.exit])
    return said.replace(/\n$/, '') || path
  }

  #requireRunning(uid: string, container: string): PodState & { readonly run: RunFiles } {
    const state = this.#require(uid)
    const run = requireRun(state, container)
    if (!isRunning(run)) throw new RuntimeError('failed', `${container} of pod ${uid} is not running`)
    return { ...state, run }
  }

  #require(uid: string): PodState {
    const state = isUid(uid) ? this.#state.read(uid) : undefined
    if (state === undefined) throw new RuntimeError('not-found', `there is no pod ${printable(uid)} here`)
    return state
  }
}

/** Of the container; a relative one begins in its working directory. */
function absolutePath(run: RunFiles, path: string): string {
  return resolve(readLaunch(run).workingDir ?? `${run.base}.work`, path)
}

function requireRun(state: PodState, container: string): RunFiles {
  const run = state.runs.find((one) => one.container === container)
  if (run !== undefined) return run
  throw new RuntimeError('not-found', `pod ${state.pod.uid} has no container ${printable(container)}`)
}

function isRunning(run: RunFiles): boolean {
  return readRun(run).state === 'running'
}

/** [PROC15] It writes nothing any more. One whose files have gone with its pod is no run that is yet to start. */
function isOver(run: RunFiles): boolean {
  return !existsSync(`${run.base}.json`) || readRun(run).state === 'exited'
}

function signal(run: RunFiles, name: NodeJS.Signals): void {
  const identity = readIdentity(run)
  if (identity !== undefined) signalGroup(identity, name)
}

/** [PROC32] Real-time signals have no names here. */
function stopSignal({ stopSignal: name = '' }: ContainerLaunch): NodeJS.Signals {
  return Object.hasOwn(os.signals, name) ? (name as NodeJS.Signals) : 'SIGTERM'
}

async function haveEnded(runs: readonly RunFiles[], withinMs: number): Promise<boolean> {
  for (let leftMs = withinMs; runs.some(isRunning); leftMs -= ENDING_MS) {
    if (leftMs <= 0) return false
    await pause(Math.min(ENDING_MS, leftMs))
  }
  return true
}

function findMissing(paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    try {
      accessSync(path, constants.R_OK)
      return false
    } catch {
      return true
    }
  })
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Node's name of this processor in Go's and Docker's words. */
function goArchitecture(arch: NodeJS.Architecture): string {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' }
  return names[arch] ?? arch
}
