/**
 * What the process runtime knows, all of it in files, so that an agent that starts anew finds what the last one left:
 *
 *     pods/<uid>/pod.json                  the launch and the pod's address
 *     pods/<uid>/<container>.<n>.json      the launch of attempt n of a container
 *     pods/<uid>/<container>.<n>.pid       who runs it, written by the shim itself; not there: created and not started
 *     pods/<uid>/<container>.<n>.log       its output (`.log.1`: what was rotated away)
 *     pods/<uid>/<container>.<n>.log.times when its lines were written (`.log.1.times` likewise)
 *     pods/<uid>/<container>.<n>.work/     where it runs, unless it names a directory
 *     pods/<uid>/<container>.<n>.inner     its program, once its volumes are mounted
 *     pods/<uid>/<container>.<n>.in        its input, where it has one; `.hold`: who keeps it open
 *     exits/<uid>.<container>.<n>          its exit code, written by the shim; one directory, so that one watch sees all
 *
 * A pod comes and goes by one rename. The calls are synchronous on purpose: the files are small and a pod's state is read as
 * of one moment.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootId, isAlive, killMarked, parseIdentity, type ProcessIdentity } from './process-table.ts'
import type { ContainerLaunch, PodLaunch, RunState } from './runtime.ts'
import type { Bind } from './volumes.ts'

/** A launch as it is kept: [VOL4] of its volumes only where they lie, of its credentials nothing. */
export type StoredContainer = ContainerLaunch & { readonly binds?: readonly Bind[] }
export type StoredPod = Omit<PodLaunch, 'volumes' | 'credentials'> & { readonly containers: readonly StoredContainer[] }

export interface PodState {
  readonly pod: StoredPod
  readonly podIP: string
  /** In the manifest's order, each with its newest attempt. */
  readonly runs: readonly RunFiles[]
}

/** One attempt of one container. */
export interface RunFiles {
  readonly uid: string
  readonly container: string
  readonly attempt: number
  /** Path without ending. */
  readonly base: string
  readonly exitFile: string
}

/** Of the files of a run. */
const ENDINGS = ['.json', '.pid', '.log', '.log.times', '.log.1', '.log.1.times', '.work', '.inner', '.in', '.hold']
/** 128 + SIGKILL: the shim itself was killed and could write nothing. */
const EXIT_KILLED = 137
/** As container engines say it of what a reboot ended: nobody knows how it went. */
const EXIT_UNKNOWN = 255

export class StateDirectory {
  readonly pods: string
  readonly exits: string

  constructor(directory: string) {
    this.pods = join(directory, 'pods')
    this.exits = join(directory, 'exits')
  }

  /** Makes the directories, open to nobody else (environments hold secrets), and clears what a crash left half done. */
  open(): void {
    for (const directory of [this.pods, this.exits]) mkdirSync(directory, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(this.pods)) {
      if (name.startsWith('.')) rmSync(join(this.pods, name), { recursive: true, force: true })
    }
  }

  uids(): string[] {
    return readdirSync(this.pods).filter((name) => !name.startsWith('.'))
  }

  directoryOf(uid: string): string {
    return join(this.pods, uid)
  }

  /** Where pods here mount something. */
  mountPaths(): readonly string[] {
    const pods = this.uids().flatMap((uid) => readPod(this.directoryOf(uid))?.pod ?? [])
    return pods.flatMap(({ containers }) => containers.flatMap(({ mounts = [] }) => mounts.map(({ path }) => path)))
  }

  /** Addresses that pods here have. */
  addresses(): Set<string> {
    return new Set(this.uids().map((uid) => readPod(this.directoryOf(uid))?.podIP ?? ''))
  }

  /** [PROC8] All or nothing: a pod whose files are torn is no pod. */
  read(uid: string): PodState | undefined {
    const known = readPod(this.directoryOf(uid))
    const runs = known?.pod.containers.map(({ name }) => this.newest(uid, name)) ?? []
    return known && runs.every((run) => run !== undefined) ? { ...known, runs } : undefined
  }

  has(uid: string): boolean {
    return existsSync(join(this.pods, uid))
  }

  create(pod: StoredPod, podIP: string): void {
    const making = join(this.pods, `.new-${pod.uid}`)
    rmSync(making, { recursive: true, force: true })
    mkdirSync(making, { mode: 0o700 })
    for (const container of pod.containers) writeAttempt(making, container)
    writePod(making, pod, podIP)
    renameSync(making, join(this.pods, pod.uid))
  }

  /** A fresh attempt of one container; of the older ones only the last is kept, for its log. */
  addAttempt({ pod, podIP }: Pick<PodState, 'pod' | 'podIP'>, container: StoredContainer): void {
    const directory = join(this.pods, pod.uid)
    for (const attempt of this.attempts(pod.uid, container.name).slice(1))
      this.#forget(pod.uid, container.name, attempt)
    writeAttempt(directory, container)
    writePod(directory, pod, podIP)
  }

  /** The files of everything the pod ever had. */
  remove(uid: string): void {
    const gone = join(this.pods, `.gone-${uid}`)
    if (this.has(uid)) renameSync(join(this.pods, uid), gone)
    rmSync(gone, { recursive: true, force: true })
    for (const name of readdirSync(this.exits)) {
      if (name.startsWith(`${uid}.`)) rmSync(join(this.exits, name), { force: true })
    }
  }

  newest(uid: string, container: string): RunFiles | undefined {
    const [attempt] = this.attempts(uid, container)
    return attempt === undefined ? undefined : this.files(uid, container, attempt)
  }

  /** Newest first. */
  attempts(uid: string, container: string): number[] {
    return readdirSync(join(this.pods, uid))
      .filter((name) => name.startsWith(`${container}.`) && name.endsWith('.json'))
      .map((name) => Number(name.slice(container.length + 1, -'.json'.length)))
      .sort((a, b) => b - a)
  }

  files(uid: string, container: string, attempt: number): RunFiles {
    const name = `${container}.${attempt}`
    const places = { base: join(this.pods, uid, name), exitFile: join(this.exits, `${uid}.${name}`) }
    return { uid, container, attempt, ...places }
  }

  #forget(uid: string, container: string, attempt: number): void {
    const { base, exitFile } = this.files(uid, container, attempt)
    for (const ending of ENDINGS) {
      rmSync(base + ending, { recursive: true, force: true })
    }
    rmSync(exitFile, { force: true })
  }
}

function readPod(directory: string): Pick<PodState, 'pod' | 'podIP'> | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'pod.json'), 'utf8')) as Pick<PodState, 'pod' | 'podIP'>
  } catch {
    return undefined
  }
}

function writePod(directory: string, pod: StoredPod, podIP: string): void {
  const file = join(directory, 'pod.json')
  writeFileSync(`${file}.new`, JSON.stringify({ pod, podIP }), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

function writeAttempt(directory: string, container: StoredContainer): void {
  const base = join(directory, `${container.name}.${container.attempt}`)
  mkdirSync(`${base}.work`, { mode: 0o700 })
  writeFileSync(`${base}.log`, '', { mode: 0o600 })
  writeFileSync(`${base}.json.new`, JSON.stringify(container), { mode: 0o600 })
  renameSync(`${base}.json.new`, `${base}.json`)
}

export function readLaunch(run: RunFiles): StoredContainer {
  return JSON.parse(readFileSync(`${run.base}.json`, 'utf8')) as StoredContainer
}

/** Who runs an attempt, if it was ever started. */
export function readIdentity(run: RunFiles): ProcessIdentity | undefined {
  return parseIdentity(readOrEmpty(`${run.base}.pid`))
}

/** [PROC1] [PROC2] How a run stands, by its files and the process table. */
export function readRun(run: RunFiles): RunState {
  const identity = readIdentity(run)
  if (identity === undefined) return { state: 'created' }
  const exited = readExit(run)
  if (exited !== undefined) return exited
  if (isAlive(identity)) return { state: 'running', startedAtMs: Math.round(statSync(`${run.base}.pid`).mtimeMs) }
  // A shim writes the code before it goes, so what is missing now stays missing unless it was written since the first look.
  return readExit(run) ?? concludeExit(run, identity)
}

function readExit(run: RunFiles): RunState | undefined {
  const text = readOrEmpty(run.exitFile).trim()
  if (!/^\d+$/.test(text)) return undefined
  const finishedAtMs = Math.round(statSync(run.exitFile).mtimeMs)
  return { state: 'exited', exitCode: Number(text), finishedAtMs, oomKilled: false }
}

/** Written down by whoever finds out first, so that it is told alike ever after. What the killed shim left running goes too. */
function concludeExit(run: RunFiles, identity: ProcessIdentity): RunState {
  void killMarked({ run: run.base })
  writeFileSync(run.exitFile, `${identity.bootId === bootId() ? EXIT_KILLED : EXIT_UNKNOWN}\n`)
  return readExit(run) as RunState
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
