/**
 * A runtime for tests: containers that live in virtual time, do what their image's script says, and fail on demand. It outlives
 * the agents that use it, as an engine does.
 *
 * ```ts
 * const runtime = new SimRuntime({ clock, timers })
 * runtime.images.set('crash', { exitAfterMs: 20, exitCode: 3, log: 'no config\n' })
 * runtime.failNext('create', new RuntimeError('image-missing', '...'))
 * runtime.hang()
 * ```
 *
 * @module
 */
import { PassThrough, Readable } from 'node:stream'
import { sha256 } from '../../crdt/index.ts'
import { outSession } from '../runtime/stream-session.ts'
import type { VolumeLaunch } from '../runtime/volume-launch.ts'
import type { Clock, Timers } from '../world/world.ts'
import {
  RuntimeError,
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
  type RuntimeName,
  type RunState,
} from '../runtime/runtime.ts'

/** What a container of an image does. */
export interface SimProgram {
  /** Absent: it runs until it is told to stop. */
  readonly exitAfterMs?: number
  readonly exitCode?: number
  readonly log?: string
  /** How long SIGTERM takes to end it; `never`: only SIGKILL does. */
  readonly stopMs?: number | 'never'
  /** It ends since it takes more memory than it may. */
  readonly isOom?: boolean
  /** What it takes while it runs. Absent: nothing. */
  readonly cpuMilli?: number
  readonly memoryBytes?: number
  /** What it says about its end. */
  readonly message?: string
  /** What a command in it does. Absent: it succeeds at once. */
  readonly exec?: (command: readonly string[]) => SimExec
}

/** `tookMs`: `never` until it is closed. */
export interface SimExec {
  readonly exitCode?: number
  readonly output?: string
  readonly tookMs?: number | 'never'
}

export type SimOperation =
  | 'check'
  | 'list'
  | 'inspect'
  | 'create'
  | 'start'
  | 'recreate'
  | 'stop'
  | 'remove'
  | 'refresh'
  | 'sizes'
  | 'usage'
  | 'logs'
  | 'exec'
  | 'attach'

interface SimContainer {
  launch: ContainerLaunch
  run: RunState
  startedAtMs: number
  /** Monotonic. */
  listensFromMs: number
  log: string
  previousLog: string | undefined
}

interface SimPod {
  launch: PodLaunch
  podIP: string
  containers: Map<string, SimContainer>
}

const OPERATION_MS: Readonly<Record<SimOperation, number>> = {
  check: 1,
  list: 1,
  inspect: 1,
  create: 20,
  start: 10,
  recreate: 20,
  stop: 1,
  remove: 5,
  refresh: 2,
  sizes: 5,
  usage: 1,
  logs: 1,
  exec: 1,
  attach: 1,
}

export interface SimRuntimeOptions {
  readonly clock: Clock
  readonly timers: Timers
  readonly name?: RuntimeName
  /** How long an operation takes; asked anew each time. */
  readonly operationMs?: (operation: SimOperation) => number
  /** How long an image takes that is not here yet. Absent: all images are here. */
  readonly pullMs?: (image: string) => number
  /** How long a program takes until it listens; asked anew at each start. Absent: no time. */
  readonly listenMs?: () => number
  /** How late an event comes, if at all. */
  readonly eventMs?: () => number | 'lost'
  /** What a container does whose image has no script. Absent: it runs until it is told to stop. */
  readonly programOf?: (launch: ContainerLaunch) => SimProgram
  /** A container of that pod was started. */
  readonly onStart?: (uid: string) => void
}

export class SimRuntime implements Runtime {
  readonly name: RuntimeName
  readonly images = new Map<string, SimProgram>()
  /** Bytes in empty directories, by `uid/volume`. */
  readonly filled = new Map<string, number>()
  /** Operations in the order they were begun, for tests of order and count. `check`, `list` and `usage` are left out. */
  readonly calls: string[] = []
  /** The most `create`, `start` and `recreate` that were under way at one time. */
  busiest = 0
  #busy = 0
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #pods = new Map<string, SimPod>()
  /** Of those who wait for containers to end. */
  readonly #ends = new Set<() => void>()
  readonly #failures = new Map<SimOperation, RuntimeError[]>()
  readonly #delays = new Map<SimOperation, number>()
  readonly #pulled = new Set<string>()
  readonly #operationMs: (operation: SimOperation) => number
  readonly #pullMs: ((image: string) => number) | undefined
  readonly #listenMs: () => number
  readonly #eventMs: () => number | 'lost'
  readonly #programOf: (launch: ContainerLaunch) => SimProgram
  readonly #onStart: (uid: string) => void
  readonly #listeners = new Set<(event: RuntimeEvent) => void>()
  #hanging: (() => void)[] | undefined
  #broken: RuntimeError | undefined
  #clings = false

  constructor({
    clock,
    timers,
    name = 'docker',
    operationMs,
    pullMs,
    listenMs,
    eventMs,
    programOf,
    onStart,
  }: SimRuntimeOptions) {
    this.#clock = clock
    this.#timers = timers
    this.name = name
    this.#operationMs = operationMs ?? ((operation) => OPERATION_MS[operation])
    this.#pullMs = pullMs
    this.#listenMs = listenMs ?? (() => 0)
    this.#eventMs = eventMs ?? (() => 0)
    this.#programOf = programOf ?? (() => ({}))
    this.#onStart = onStart ?? (() => {})
  }

  // ---- faults

  /** The next `times` operations of this kind fail. */
  failNext(operation: SimOperation, error: RuntimeError, times = 1): void {
    const waiting = this.#failures.get(operation) ?? []
    this.#failures.set(operation, [...waiting, ...Array.from({ length: times }, () => error)])
  }

  /** No failure waits any more. */
  forgive(): void {
    this.#failures.clear()
  }

  delay(operation: SimOperation, ms: number): void {
    this.#delays.set(operation, ms)
  }

  /** Nothing is answered until `resume`; containers run on. */
  hang(): void {
    this.#hanging ??= []
  }

  /** `answersLost`: what was asked meanwhile is never answered. */
  resume({ answersLost = false } = {}): void {
    const waiting = this.#hanging ?? []
    this.#hanging = undefined
    if (!answersLost) for (const go of waiting) go()
  }

  /** Everything is refused at once until `mend`. */
  break(reason: string): void {
    this.#broken = new RuntimeError('unavailable', reason)
  }

  mend(): void {
    this.#broken = undefined
  }

  /** Whether its containers cannot be ended: their processes hang in the kernel. */
  cling(clings: boolean): void {
    this.#clings = clings
  }

  /** As `docker rm -f` by hand: the container, or the whole pod. */
  removeByHand(uid: string, container?: string): void {
    if (container === undefined) this.#pods.delete(uid)
    else this.#pods.get(uid)?.containers.delete(container)
    this.#tell(uid)
  }

  kill(uid: string, container: string, exitCode = 137, oomKilled = false): void {
    const found = this.#pods.get(uid)?.containers.get(container)
    if (found !== undefined) this.#exit(uid, found, exitCode, oomKilled)
  }

  /** The machine went down: all that ran has ended. */
  reboot(): void {
    for (const [uid, pod] of this.#pods)
      for (const container of pod.containers.values()) this.#exit(uid, container, 255)
  }

  isServing(podIP: string, port: number): boolean {
    const pod = [...this.#pods.values()].find((one) => one.podIP === podIP)
    const containers = [...(pod?.containers.values() ?? [])]
    const nowMs = this.#clock.mono()
    return containers.some(
      ({ run, launch, listensFromMs }) =>
        run.state === 'running' && listensFromMs <= nowMs && launch.ports.some((own) => own.port === port),
    )
  }

  pod(uid: string): RunningPod | undefined {
    const pod = this.#pods.get(uid)
    return pod === undefined ? undefined : seen(uid, pod)
  }

  launch(uid: string): PodLaunch | undefined {
    return this.#pods.get(uid)?.launch
  }

  /** Operations that wait for `resume`. */
  get hanging(): number {
    return this.#hanging?.length ?? 0
  }

  /** Pods of which at least one container runs, and when the latest of those was started. */
  get running(): readonly { readonly uid: string; readonly name: string; readonly startedAtMs: number }[] {
    return [...this.#pods].flatMap(([uid, { launch, containers }]) => {
      const running = [...containers.values()].filter(({ run }) => run.state === 'running')
      const startedAtMs = Math.max(...running.map((container) => container.startedAtMs))
      return running.length > 0 ? [{ uid, name: launch.name, startedAtMs }] : []
    })
  }

  get uids(): readonly string[] {
    return [...this.#pods.keys()]
  }

  // ---- the port

  async check(): Promise<{ version: string; platform: { os: string; arch: string }; images: readonly string[] }> {
    await this.#operate('check')
    return {
      version: 'sim',
      platform: { os: 'linux', arch: 'amd64' },
      images: [...new Set([...this.images.keys(), ...this.#pulled])],
    }
  }

  /** What is shown was so when it was asked: by the time it is heard it may not be so any more. */
  async list(): Promise<readonly RunningPod[]> {
    const shown = [...this.#pods].map(([uid, pod]) => seen(uid, pod))
    await this.#operate('list')
    return shown
  }

  async inspect(uid: string): Promise<RunningPod | undefined> {
    const shown = this.pod(uid)
    await this.#operate('inspect', uid)
    return shown
  }

  async create(launch: PodLaunch): Promise<void> {
    await this.#operate('create', launch.uid)
    for (const { image } of launch.containers) await this.#pull(image)
    if (this.#pods.has(launch.uid)) throw new RuntimeError('failed', `pod ${launch.uid} is there already`)
    const containers = new Map(launch.containers.map((container) => [container.name, newContainer(container)]))
    this.#pods.set(launch.uid, { launch, podIP: addressOf(launch.uid), containers })
  }

  async start(uid: string, name: string): Promise<void> {
    await this.#operate('start', `${uid}/${name}`)
    const container = this.#require(uid, name)
    if (container.run.state === 'running') return
    const program = this.#programIn(container.launch)
    const startedAtMs = this.#clock.now()
    container.run = { state: 'running', startedAtMs }
    container.startedAtMs = startedAtMs
    container.listensFromMs = this.#clock.mono() + this.#listenMs()
    container.log = program.log ?? ''
    this.#onStart(uid)
    this.#tell(uid)
    if (program.exitAfterMs === undefined) return
    this.#timers.after(program.exitAfterMs, () => {
      if (container.startedAtMs === startedAtMs) this.#exit(uid, container, program.exitCode ?? 0, program.isOom)
    })
  }

  async recreate(launch: PodLaunch, name: string): Promise<void> {
    await this.#operate('recreate', `${launch.uid}/${name}`)
    const old = this.#require(launch.uid, name)
    const fresh = launch.containers.find((container) => container.name === name)
    if (fresh === undefined) throw new RuntimeError('not-found', `no container ${name} in the launch`)
    const attempt = Math.max(fresh.attempt, old.launch.attempt + 1)
    this.#pods.get(launch.uid)?.containers.set(name, { ...newContainer({ ...fresh, attempt }), previousLog: old.log })
  }

  async stop(uid: string, graceMs: number, names?: readonly string[]): Promise<void> {
    await this.#operate('stop', names === undefined ? uid : `${uid}/${names.join('+')}`)
    const containers = [...(this.#pods.get(uid)?.containers.values() ?? [])]
    const running = containers.filter(
      ({ run, launch }) => run.state === 'running' && names?.includes(launch.name) !== false,
    )
    const times = running.map(({ launch }) => this.#programIn(launch).stopMs ?? 5)
    const endsMs = Math.max(0, ...times.map((ms) => (ms === 'never' ? graceMs : Math.min(ms, graceMs))))
    await this.#end(running, endsMs)
    for (const [at, container] of running.entries()) {
      const ms = times[at]
      this.#exit(uid, container, ms === 'never' || (ms ?? 0) > graceMs ? 137 : 143)
    }
  }

  /** When all have ended, by whatever; after so long at the latest. */
  #end(containers: readonly SimContainer[], withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (containers.every(({ run }) => run.state !== 'running')) done()
      }
      const done = (): void => {
        cancel()
        this.#ends.delete(look)
        resolve()
      }
      const cancel = this.#timers.after(withinMs, done)
      this.#ends.add(look)
    })
  }

  async remove(uid: string): Promise<void> {
    await this.#operate('remove', uid)
    this.#pods.delete(uid)
    this.#tell(uid)
  }

  async refresh(uid: string, volumes: readonly VolumeLaunch[]): Promise<void> {
    await this.#operate('refresh', uid)
    const pod = this.#pods.get(uid)
    if (pod === undefined) throw new RuntimeError('not-found', `there is no pod ${uid}`)
    pod.launch = { ...pod.launch, volumes }
  }

  async emptySizes(uid: string, volumes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.#operate('sizes', uid)
    return new Map(volumes.map((volume) => [volume, this.filled.get(`${uid}/${volume}`) ?? 0]))
  }

  /** The files of a volume as its containers see them, by path. */
  filesOf(uid: string, name: string): Readonly<Record<string, string>> {
    const volume = this.#pods.get(uid)?.launch.volumes?.find((each) => each.name === name)
    const files = volume?.kind === 'files' ? volume.files : []
    return Object.fromEntries(
      files.map(({ path, contentBase64 }) => [path, Buffer.from(contentBase64, 'base64').toString('utf8')]),
    )
  }

  async usage(): Promise<readonly ContainerUsage[]> {
    await this.#operate('usage')
    const nowMs = this.#clock.now()
    return [...this.#pods].flatMap(([uid, { containers }]) =>
      [...containers.values()]
        .filter(({ run }) => run.state === 'running')
        .map(({ launch, startedAtMs }) => {
          const { cpuMilli = 0, memoryBytes = 0 } = this.#programIn(launch)
          const cpuMs = ((nowMs - startedAtMs) * cpuMilli) / 1_000
          return { uid, container: launch.name, id: `${uid}/${launch.name}/${launch.attempt}`, cpuMs, memoryBytes }
        }),
    )
  }

  async logs(uid: string, { container, previous }: LogOptions): Promise<Readable> {
    await this.#operate('logs', `${uid}/${container}`)
    const found = this.#require(uid, container)
    const log = previous ? found.previousLog : found.log
    if (log === undefined) {
      throw new RuntimeError('no-previous', `${container} of pod ${uid} has no run before the last`)
    }
    return Readable.from([Buffer.from(log)])
  }

  async message(uid: string, name: string): Promise<string> {
    return this.#programIn(this.#require(uid, name).launch).message ?? ''
  }

  async exec(uid: string, name: string, { command }: ExecOptions): Promise<ExecSession> {
    await this.#operate('exec', `${uid}/${name} ${command.join(' ')}`)
    const { launch, run } = this.#require(uid, name)
    if (run.state !== 'running') throw new RuntimeError('failed', `${name} of pod ${uid} is not running`)
    const { exitCode = 0, output = '', tookMs = 0 } = this.#programIn(launch).exec?.(command) ?? {}
    const exit = new Promise<number>((resolve) => {
      if (tookMs !== 'never') this.#timers.after(tookMs, () => resolve(exitCode))
    })
    return {
      stdin: new PassThrough(),
      stdout: Readable.from([Buffer.from(output)]),
      stderr: Readable.from([]),
      exit,
      resize: async () => {},
      close: () => {},
    }
  }

  /** Its output so far, and the end: programs here say nothing later. */
  async attach(uid: string, name: string): Promise<ExecSession> {
    await this.#operate('attach', `${uid}/${name}`)
    const { log, run } = this.#require(uid, name)
    if (run.state !== 'running') throw new RuntimeError('failed', `${name} of pod ${uid} is not running`)
    return outSession(Readable.from([Buffer.from(log)]))
  }

  /** Containers here have no files of their own. */
  async pathKind(uid: string, name: string): Promise<PathKind> {
    this.#require(uid, name)
    return 'absent'
  }

  async copyOut(uid: string, name: string, path: string): Promise<ExecSession> {
    this.#require(uid, name)
    throw new RuntimeError('failed', `there is no ${path} in ${name}`)
  }

  async copyIn(uid: string, name: string, directory: string): Promise<ExecSession> {
    return this.copyOut(uid, name, directory)
  }

  watch(onEvent: (event: RuntimeEvent) => void): { stop(): void } {
    this.#listeners.add(onEvent)
    return { stop: () => this.#listeners.delete(onEvent) }
  }

  async close(): Promise<void> {}

  // ---- within

  async #operate(operation: SimOperation, on = ''): Promise<void> {
    if (!['check', 'list', 'usage'].includes(operation)) this.calls.push(`${operation} ${on}`)
    const isHeavy = operation === 'create' || operation === 'start' || operation === 'recreate'
    if (isHeavy) this.busiest = Math.max(this.busiest, ++this.#busy)
    await this.#answer(operation).finally(() => isHeavy && (this.#busy -= 1))
  }

  async #answer(operation: SimOperation): Promise<void> {
    await new Promise<void>((resolve) =>
      this.#timers.after(this.#delays.get(operation) ?? this.#operationMs(operation), resolve),
    )
    const hanging = this.#hanging
    if (hanging !== undefined) await new Promise<void>((resolve) => hanging.push(resolve))
    if (this.#broken !== undefined) throw this.#broken
    if (this.#clings && (operation === 'stop' || operation === 'remove'))
      throw new RuntimeError('failed', 'the process cannot be killed: it hangs in the kernel')
    const failure = this.#failures.get(operation)?.shift()
    if (failure !== undefined) throw failure
  }

  #programIn(launch: ContainerLaunch): SimProgram {
    return this.images.get(launch.image) ?? this.#programOf(launch)
  }

  #require(uid: string, name: string): SimContainer {
    const container = this.#pods.get(uid)?.containers.get(name)
    if (container === undefined) throw new RuntimeError('not-found', `there is no container ${name} of pod ${uid}`)
    return container
  }

  async #pull(image: string): Promise<void> {
    const pullMs = this.#pullMs
    if (pullMs === undefined || this.images.has(image) || this.#pulled.has(image)) return
    await new Promise<void>((resolve) => this.#timers.after(pullMs(image), resolve))
    this.#pulled.add(image)
  }

  #exit(uid: string, container: SimContainer, exitCode: number, oomKilled = false): void {
    if (container.run.state !== 'running') return
    container.run = { state: 'exited', exitCode, finishedAtMs: this.#clock.now(), oomKilled }
    for (const look of this.#ends) look()
    this.#tell(uid)
  }

  #tell(uid: string): void {
    for (const listener of this.#listeners) {
      const ms = this.#eventMs()
      if (ms === 0) listener({ uid })
      else if (ms !== 'lost') this.#timers.after(ms, () => listener({ uid }))
    }
  }
}

function newContainer(launch: ContainerLaunch): SimContainer {
  return { launch, run: { state: 'created' }, startedAtMs: -1, listensFromMs: 0, log: '', previousLog: undefined }
}

function addressOf(uid: string): string {
  const [a = 0, b = 0] = sha256(uid)
  return `127.64.${a}.${1 + (b % 254)}`
}

function seen(uid: string, { launch, podIP, containers }: SimPod): RunningPod {
  const { name, namespace, annotation } = launch
  return {
    uid,
    name,
    namespace,
    annotation,
    podIP,
    containers: [...containers].map(([own, container]) => ({
      name: own,
      id: `${uid}/${own}/${container.launch.attempt}`,
      image: container.launch.image,
      attempt: container.launch.attempt,
      run: container.run,
    })),
  }
}
