/**
 * Pods on a container engine: Docker, or podman by the same API.
 *
 * What is true is in the engine, under our labels. From launch to running the engine is asked for nothing but create and
 * start (and, at most once a second, for the image); the pod's address is read by one look afterwards.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import type { Platform } from '../../crdt/index.ts'
import { copyIn, copyOut, pathKind } from './docker-archive.ts'
import { openAttach } from './docker-attach.ts'
import { isInfra, newestOf, podFrom, type Member, type Owner } from './docker-container.ts'
import { Containers } from './docker-containers.ts'
import { noEngine, type Discovery } from './docker-discovery.ts'
import { QUESTION_MS_MAX, type Engine } from './docker-engine.ts'
import { followEvents } from './docker-events.ts'
import { openExec } from './docker-exec.ts'
import { Images } from './docker-image.ts'
import { openLog } from './docker-logs.ts'
import { Maker } from './docker-maker.ts'
import { CGROUPS, usageOf } from './docker-usage.ts'
import { checkCommand, checkLaunch, isUid } from './launch-check.ts'
import { Messages } from './messages.ts'
import {
  RuntimeError,
  type AttachOptions,
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

export interface DockerOptions extends Owner {
  /** Asked until it finds an engine; from then on this runtime stays with that one, since its pods are there. */
  readonly discover: () => Promise<Discovery>
  /** For the volumes of pods; of this runtime alone. */
  readonly directory: string
  /** Directories of this machine that pods may be given. */
  readonly hostPaths?: readonly string[]
  /** For what containers say about their end, of this runtime alone; absent: they say nothing. */
  readonly messages?: string
  /** Where the node's own seccomp profiles are kept; absent: there are none. */
  readonly seccompProfiles?: string
  /** Where cgroups are mounted on this machine. Absent: where all have them. */
  readonly cgroups?: string
}

/** An agent asks often, and a hanging engine must be told from a slow one. */
const CHECK_MS_MAX = 2_000
/** Of the images on this node those worth telling others: the largest, which take longest to get. */
const IMAGES_MAX = 64
/** Pods looked at in flight while all are listed; more makes an engine slower, not faster. */
const LOOKS_AT_ONCE = 8

interface Connection {
  readonly engine: Engine
  readonly containers: Containers
  readonly maker: Maker
}

export class DockerRuntime implements Runtime {
  readonly name = 'docker'
  readonly #options: DockerOptions
  readonly #messages: Messages | undefined
  readonly #watches = new Set<AbortController>()
  #connection: Promise<Connection> | undefined
  readonly #volumes: Volumes
  #platform: Platform | undefined
  #isSwept = false

  constructor(options: DockerOptions) {
    this.#options = options
    const { directory, hostPaths = [] } = options
    this.#volumes = new Volumes({ directory, hostPaths, engineMemory: true })
    this.#messages = options.messages === undefined ? undefined : new Messages(options.messages)
  }

  async check(): Promise<{ version: string; platform: Platform; images: readonly string[] }> {
    const { engine } = await this.#connected()
    const [version, images] = await engine.call('ask for the version', CHECK_MS_MAX, (docker) =>
      Promise.all([docker.version(), docker.listImages()]),
    )
    this.#platform = { os: version.Os, arch: version.Arch }
    const tags = images.sort((a, b) => b.Size - a.Size).flatMap(({ RepoTags }) => RepoTags ?? [])
    const named = tags.filter((tag) => tag !== '<none>:<none>').slice(0, IMAGES_MAX)
    return { version: version.Version, platform: this.#platform, images: named }
  }

  async list(): Promise<readonly RunningPod[]> {
    const { containers } = await this.#connected()
    await containers.find()
    const uids = containers.uids()
    await this.#sweep(containers, new Set(uids))
    const pods: (RunningPod | undefined)[] = []
    const lookOn = async (): Promise<void> => {
      for (let uid = uids.pop(); uid !== undefined; uid = uids.pop()) pods.push(await this.inspect(uid))
    }
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, lookOn))
    return pods.filter((pod) => pod !== undefined)
  }

  async inspect(uid: string): Promise<RunningPod | undefined> {
    const { containers } = await this.#connected()
    return podFrom(await containers.look(uid))
  }

  async create(pod: PodLaunch): Promise<void> {
    checkLaunch(pod)
    const { maker } = await this.#connected()
    await maker.make(pod)
  }

  async start(uid: string, container: string): Promise<void> {
    const { containers, maker } = await this.#connected()
    const member = await containers.requireNewest(uid, container)
    const isAnew = await maker.start(member, `start ${container} of pod ${uid}`)
    if (isAnew) await containers.find(uid)
  }

  async recreate(pod: PodLaunch, container: string): Promise<void> {
    checkLaunch(pod)
    const launch = pod.containers.find(({ name }) => name === container)
    if (launch === undefined) throw new RuntimeError('not-found', `pod ${pod.uid} is to have no container ${container}`)
    const { containers, maker } = await this.#connected()
    await maker.remake(pod, launch, await containers.requireNewest(pod.uid, container))
  }

  async stop(uid: string, graceMs: number, names?: readonly string[]): Promise<void> {
    const { containers } = await this.#connected()
    const members = newestOf(await containers.require(uid))
    const [infra, others] = [members.find(isInfra), members.filter((member) => !isInfra(member))]
    const asked = others.filter(({ container }) => names === undefined || names.includes(container))
    await Promise.all(asked.map((member) => containers.stop(member, graceMs)))
    if (infra !== undefined && names === undefined) await containers.kill(infra)
  }

  async remove(uid: string): Promise<void> {
    const { containers } = await this.#connected()
    await containers.remove(await containers.find(uid))
    containers.forget(uid)
    await containers.removeVolumes({ of: uid })
    this.#volumes.remove(uid)
    if (isUid(uid)) this.#messages?.remove(uid)
  }

  async refresh(uid: string, volumes: readonly VolumeLaunch[]): Promise<void> {
    const { containers } = await this.#connected()
    await containers.require(uid)
    this.#volumes.refresh(uid, volumes)
  }

  async emptySizes(uid: string, volumes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#volumes.emptySizes(uid, volumes)
  }

  async usage(): Promise<readonly ContainerUsage[]> {
    const { engine } = await this.#connected()
    return usageOf(engine, this.#options.home, this.#options.cgroups ?? CGROUPS)
  }

  async logs(uid: string, options: LogOptions): Promise<Readable> {
    const { engine, containers } = await this.#connected()
    const { container, previous } = options
    const newest = await containers.requireNewest(uid, container)
    const { id } = previous ? requirePrevious(await containers.find(uid), newest, uid) : newest
    return engine.call(`read the log of ${container}`, QUESTION_MS_MAX, (docker) => openLog(docker, id, options))
  }

  async message(uid: string, container: string): Promise<string> {
    const { containers } = await this.#connected()
    const { attempt } = await containers.requireNewest(uid, container)
    return this.#messages?.read({ uid, container, attempt }) ?? ''
  }

  async exec(uid: string, container: string, options: ExecOptions): Promise<ExecSession> {
    checkCommand(options.command)
    const { engine, containers } = await this.#connected()
    return openExec(engine, await containers.requireNewest(uid, container), options)
  }

  async attach(uid: string, container: string, options: AttachOptions): Promise<ExecSession> {
    const { engine, containers } = await this.#connected()
    return openAttach(engine, await containers.requireNewest(uid, container), options)
  }

  async pathKind(uid: string, container: string, path: string): Promise<PathKind> {
    const { engine, containers } = await this.#connected()
    return pathKind(engine, { ...(await containers.requireNewest(uid, container)), path })
  }

  async copyOut(uid: string, container: string, path: string): Promise<ExecSession> {
    const { engine, containers } = await this.#connected()
    return copyOut(engine, { ...(await containers.requireNewest(uid, container)), path })
  }

  async copyIn(uid: string, container: string, path: string): Promise<ExecSession> {
    const { engine, containers } = await this.#connected()
    return copyIn(engine, { ...(await containers.requireNewest(uid, container)), path })
  }

  watch(onEvent: (event: RuntimeEvent) => void, onTrouble: (reason: string) => void): { stop(): void } {
    const watch = new AbortController()
    this.#watches.add(watch)
    const source = {
      home: this.#options.home,
      engine: async () => (await this.#connected()).engine,
      uids: async () => {
        const { containers } = await this.#connected()
        const known = containers.uids()
        await containers.find()
        return new Set([...known, ...containers.uids()])
      },
    }
    void followEvents(source, { event: (uid) => onEvent({ uid }), trouble: onTrouble }, watch.signal)
    return {
      stop: () => {
        watch.abort()
        this.#watches.delete(watch)
      },
    }
  }

  async close(): Promise<void> {
    for (const watch of this.#watches) watch.abort()
    this.#watches.clear()
    const connection = await this.#connection?.catch(() => undefined)
    connection?.engine.close()
    this.#connection = undefined
  }

  /** [VOL8] Once, when the pods of this node are known for the first time. */
  async #sweep(containers: Containers, uids: ReadonlySet<string>): Promise<void> {
    if (this.#isSwept) return
    this.#isSwept = true
    this.#volumes.sweep(uids)
    await containers.removeVolumes({ except: uids }).catch(() => {}) // one in use stays until its pod goes
  }

  /** One discovery at a time; a failed one is tried again by whoever asks next. */
  #connected(): Promise<Connection> {
    this.#connection ??= this.#connect().catch((error: unknown) => {
      this.#connection = undefined
      throw error
    })
    return this.#connection
  }

  async #connect(): Promise<Connection> {
    const discovery = await this.#options.discover()
    if (!('engine' in discovery)) throw new RuntimeError('unavailable', noEngine(discovery.tried))
    const { engine } = discovery
    const platform = async (): Promise<Platform> => this.#platform ?? (await this.check()).platform
    const containers = new Containers(engine, this.#options.home)
    const maker = new Maker({
      owner: this.#options,
      engine,
      containers,
      images: new Images(engine, platform),
      volumes: this.#volumes,
      messages: this.#messages,
      seccompProfiles: this.#options.seccompProfiles,
      platform,
    })
    return { engine, containers, maker }
  }
}

function requirePrevious(members: readonly Member[], { container, attempt }: Member, uid: string): Member {
  const older = members.filter((member) => member.container === container && member.attempt < attempt)
  const [previous] = older.sort((a, b) => b.attempt - a.attempt)
  if (previous !== undefined) return previous
  throw new RuntimeError('no-previous', `${container} of pod ${uid} has no run before the last`)
}
