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
import { wantsAddress, withAddress } from './address.ts'
import {
  addressOf,
  containerOptions,
  INFRA,
  infraOptions,
  needsInfra,
  newestOf,
  podFrom,
  type Member,
  type Owner,
} from './docker-container.ts'
import { Containers } from './docker-containers.ts'
import { noEngine, type Discovery } from './docker-discovery.ts'
import { isLocal, QUESTION_MS_MAX, type Engine } from './docker-engine.ts'
import { followEvents } from './docker-events.ts'
import { openExec } from './docker-exec.ts'
import { Images } from './docker-image.ts'
import { openLog } from './docker-logs.ts'
import { engineVolumes } from './docker-volumes.ts'
import { checkCommand, checkLaunch, isUid } from './launch-check.ts'
import { Messages } from './messages.ts'
import { ensurePauseImage } from './pause-image.ts'
import {
  RuntimeError,
  type ContainerLaunch,
  type ExecOptions,
  type ExecSession,
  type LogOptions,
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
  readonly images: Images
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
    const { images, containers } = await this.#connected()
    await Promise.all(pod.containers.map(({ image, pull }) => images.ensure(image, pull)))
    await this.#volumes.making(pod, () => this.#createAll(pod, containers))
  }

  async #createAll(pod: PodLaunch, containers: Containers): Promise<void> {
    const made: Member[] = []
    try {
      const infra = needsInfra(pod) ? await this.#startInfra(pod, 0) : undefined
      if (infra !== undefined) made.push(infra)
      const address = await this.#addressOf(pod, infra)
      for (const launch of pod.containers) {
        made.push(await this.#createContainer(pod, withAddress(launch, address), infra))
      }
    } catch (error) {
      // [RT18] Best effort: if the engine has gone, what is left is found by `list` and removed by the agent.
      await containers.remove(made).catch(() => {})
      if (engineVolumes(pod).length > 0) await containers.removeVolumes({ of: pod.uid }).catch(() => {})
      throw error
    }
    containers.remember(pod.uid, made)
  }

  async start(uid: string, container: string): Promise<void> {
    const { containers } = await this.#connected()
    await containers.start(await containers.requireNewest(uid, container), `start ${container} of pod ${uid}`)
  }

  async recreate(pod: PodLaunch, container: string): Promise<void> {
    checkLaunch(pod)
    const launch = pod.containers.find(({ name }) => name === container)
    if (launch === undefined) throw new RuntimeError('not-found', `pod ${pod.uid} is to have no container ${container}`)
    const { images, containers } = await this.#connected()
    const old = await containers.requireNewest(pod.uid, container)
    await images.ensure(launch.image, launch.pull)
    await containers.kill(old) // it may run on without its network
    this.#volumes.prepare(pod)
    const infra = needsInfra(pod) ? await this.#requireInfra(pod) : undefined
    const attempt = Math.max(launch.attempt, old.attempt + 1)
    const filled = withAddress(launch, await this.#addressOf(pod, infra))
    const fresh = await this.#createContainer(pod, { ...filled, attempt }, infra)
    await removeOlder(containers, pod.uid, { fresh, keep: old })
    this.#messages?.forget({ uid: pod.uid, container, attempt: old.attempt })
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

  watch(onEvent: (event: RuntimeEvent) => void, onTrouble: (reason: string) => void): { stop(): void } {
    const watch = new AbortController()
    this.#watches.add(watch)
    const source = {
      node: this.#options.node,
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
    return { engine, containers: new Containers(engine, this.#options.node), images: new Images(engine, platform) }
  }

  async #createContainer(pod: PodLaunch, launch: ContainerLaunch, infra: Member | undefined): Promise<Member> {
    const { engine, containers } = await this.#connected()
    const binds = this.#volumes.bindsOf(pod, launch)
    const joined = { infra: infra?.id, binds, ...this.#messageFile(engine, pod, launch) }
    const options = containerOptions(this.#options, pod, launch, joined)
    return containers.create(`create ${launch.name} of pod ${pod.namespace}/${pod.name}`, options)
  }

  /** [DOCK32] Only an engine of this machine sees its files. */
  #messageFile(engine: Engine, { uid }: PodLaunch, launch: ContainerLaunch): { messageFile?: string } {
    const { name: container, attempt, messagePath } = launch
    if (this.#messages === undefined || messagePath === undefined || !isLocal(engine)) return {}
    return { messageFile: this.#messages.make({ uid, container, attempt }) }
  }

  /** Asked for where a container is to be told of it; empty otherwise. */
  async #addressOf(pod: PodLaunch, infra: Member | undefined): Promise<string> {
    if (infra === undefined || !wantsAddress(pod)) return ''
    const { containers } = await this.#connected()
    const info = await containers.inspect(infra)
    if (info !== undefined) return addressOf(info)
    throw new RuntimeError('not-found', `the infra container of pod ${pod.namespace}/${pod.name} has gone`)
  }

  async #startInfra(pod: PodLaunch, attempt: number): Promise<Member> {
    const { engine, containers } = await this.#connected()
    const { arch } = this.#platform ?? (await this.check()).platform
    await ensurePauseImage(engine, arch)
    const infra = await containers.create(
      `create the network of pod ${pod.name}`,
      infraOptions(this.#options, pod, attempt),
    )
    try {
      await containers.start(infra, `start the network of pod ${pod.name}`)
      return infra
    } catch (error) {
      await containers.remove([infra]).catch(() => {})
      throw error
    }
  }

  /** [DOCK8] The pod's infra container, or a fresh one for one that died: the other containers then read as exited too. */
  async #requireInfra(pod: PodLaunch): Promise<Member> {
    const { containers } = await this.#connected()
    const infra = newestOf(await containers.require(pod.uid)).find(isInfra)
    const infos = await containers.look(pod.uid)
    if (infra !== undefined && infos.some(({ Id, State }) => Id === infra.id && State.Running)) return infra
    const fresh = await this.#startInfra(pod, (infra?.attempt ?? -1) + 1)
    await removeOlder(containers, pod.uid, { fresh })
    return fresh
  }
}

function isInfra({ container }: Member): boolean {
  return container === INFRA
}

/** Of the runs of one container only the fresh one stays, and the one to keep. */
async function removeOlder(
  containers: Containers,
  uid: string,
  { fresh, keep }: { fresh: Member; keep?: Member },
): Promise<void> {
  const older = (await containers.find(uid)).filter(
    ({ id, container, attempt }) => container === fresh.container && attempt < fresh.attempt && id !== keep?.id,
  )
  await containers.remove(older)
  if (older.length > 0) await containers.find(uid)
}

function requirePrevious(members: readonly Member[], { container, attempt }: Member, uid: string): Member {
  const older = members.filter((member) => member.container === container && member.attempt < attempt)
  const [previous] = older.sort((a, b) => b.attempt - a.attempt)
  if (previous !== undefined) return previous
  throw new RuntimeError('not-found', `${container} of pod ${uid} has no run before the last`)
}
