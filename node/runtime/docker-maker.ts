/**
 * Makes the containers of pods: of one that is new, of a run that is begun anew, and the infra container again where it died.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import type { Platform } from '../../crdt/index.ts'
import { wantsAddress, withAddress } from './address.ts'
import { addressOf, isInfra, newestOf, type Member, type Owner } from './docker-container.ts'
import type { Containers } from './docker-containers.ts'
import { isLocal, type Engine } from './docker-engine.ts'
import type { Images } from './docker-image.ts'
import { containerOptions, infraOptions, needsInfra } from './docker-options.ts'
import { assertNonRoot } from './docker-security.ts'
import { engineVolumes } from './docker-volumes.ts'
import type { Messages } from './messages.ts'
import { ensurePauseImage } from './pause-image.ts'
import { RuntimeError, type ContainerLaunch, type PodLaunch } from './runtime.ts'
import { readProfile } from './seccomp.ts'
import type { Volumes } from './volumes.ts'

export interface MakerOptions {
  readonly owner: Owner
  readonly engine: Engine
  readonly containers: Containers
  readonly images: Images
  readonly volumes: Volumes
  readonly messages: Messages | undefined
  readonly seccompProfiles: string | undefined
  readonly platform: () => Promise<Platform>
}

/** A container and what is known of it beside its launch. */
interface Order {
  readonly launch: ContainerLaunch
  readonly imageUser: string
  readonly infra: Member | undefined
}

export class Maker {
  readonly #options: MakerOptions
  /** Whether this engine may make containers that are killed later than others. */
  #mayLowerOom = true

  constructor(options: MakerOptions) {
    this.#options = options
  }

  async make(pod: PodLaunch): Promise<void> {
    const users = new Map<string, string>()
    await Promise.all(pod.containers.map(async (launch) => users.set(launch.name, await this.#imageUser(pod, launch))))
    await this.#options.volumes.making(pod, () => this.#makeAll(pod, users))
  }

  async #makeAll(pod: PodLaunch, users: ReadonlyMap<string, string>): Promise<void> {
    const { containers } = this.#options
    const made: Member[] = []
    try {
      const infra = needsInfra(pod) ? await this.#startInfra(pod, 0) : undefined
      if (infra !== undefined) made.push(infra)
      const address = await this.#addressOf(pod, infra)
      const making = pod.containers.map((launch) =>
        this.#container(pod, { launch: withAddress(launch, address), infra, imageUser: users.get(launch.name) ?? '' }),
      )
      const outcomes = await Promise.allSettled(making)
      made.push(...outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])))
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    } catch (error) {
      // [RT18] Best effort: if the engine has gone, what is left is found by `list` and removed by the agent.
      await containers.remove(made).catch(() => {})
      if (engineVolumes(pod).length > 0) await containers.removeVolumes({ of: pod.uid }).catch(() => {})
      throw error
    }
    containers.remember(pod.uid, made)
  }

  /** In the place of `old`, whose log stays. */
  async remake(pod: PodLaunch, launch: ContainerLaunch, old: Member): Promise<void> {
    const { containers, volumes, messages } = this.#options
    const imageUser = await this.#imageUser(pod, launch)
    await containers.kill(old) // it may run on without its network
    volumes.prepare(pod)
    const infra = needsInfra(pod) ? await this.#requireInfra(pod) : undefined
    const attempt = Math.max(launch.attempt, old.attempt + 1)
    const filled = { ...withAddress(launch, await this.#addressOf(pod, infra)), attempt }
    const fresh = await this.#container(pod, { launch: filled, infra, imageUser })
    await removeOlder(containers, pod.uid, { fresh, keep: old })
    messages?.forget({ uid: pod.uid, container: launch.name, attempt: old.attempt })
  }

  /**
   * [DOCK46] An engine that may spare no container from being killed early fails to start it, in words of many kinds: then it is
   * made again as one that is not spared. The containers that are there afterwards are to be looked for where the answer is true.
   */
  async start(member: Member, doing: string): Promise<boolean> {
    const { containers } = this.#options
    try {
      await containers.start(member, doing)
      return false
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== 'failed' || !(await this.#isSpared(member))) throw error
      const fresh = await containers.createAgain(member, { OomScoreAdj: 0 })
      await containers.start(fresh, doing)
      this.#mayLowerOom = false
      return true
    }
  }

  async #isSpared(member: Member): Promise<boolean> {
    const info = await this.#options.containers.inspect(member)
    return (info?.HostConfig.OomScoreAdj ?? 0) < 0
  }

  /** Also makes sure that the image is here and fits. */
  async #imageUser(pod: PodLaunch, launch: ContainerLaunch): Promise<string> {
    const { user } = await this.#options.images.ensure(launch.image, launch.pull, pod.credentials)
    assertNonRoot(launch, user)
    return user
  }

  #container(pod: PodLaunch, { launch, imageUser, infra }: Order): Promise<Member> {
    const { owner, containers, volumes } = this.#options
    const options = containerOptions(owner, pod, launch, {
      infra: infra?.id,
      binds: volumes.bindsOf(pod, launch),
      imageUser,
      resolvConf: this.#resolvConf(pod),
      mayLowerOom: this.#mayLowerOom,
      ...this.#seccomp(launch),
      ...this.#messageFile(pod, launch),
    })
    return containers.create(`create ${launch.name} of pod ${pod.namespace}/${pod.name}`, options)
  }

  /** [DOCK51] Read here, so that an engine elsewhere has it too. */
  #seccomp({ name, security: { seccomp } = {} }: ContainerLaunch): { seccomp?: string } {
    if (typeof seccomp !== 'object') return {}
    const { seccompProfiles } = this.#options
    if (seccompProfiles !== undefined) return { seccomp: readProfile(seccompProfiles, seccomp.node) }
    throw new RuntimeError('failed', `container ${name} asks for a seccomp profile of the node, which keeps none`)
  }

  /** [DOCK32] Only an engine of this machine sees its files. */
  #messageFile({ uid }: PodLaunch, launch: ContainerLaunch): { messageFile?: string } {
    const { engine, messages } = this.#options
    const { name: container, attempt, messagePath } = launch
    if (messages === undefined || messagePath === undefined || !isLocal(engine)) return {}
    return { messageFile: messages.make({ uid, container, attempt }) }
  }

  /** What the node itself resolves names by, where a pod adds to it. Of an engine elsewhere it is not known. */
  #resolvConf({ network }: PodLaunch): string {
    if (network?.dns?.besideNode !== true || !isLocal(this.#options.engine)) return ''
    try {
      return readFileSync('/etc/resolv.conf', 'utf8')
    } catch {
      return ''
    }
  }

  /** Asked for where a container is to be told of it; empty otherwise. */
  async #addressOf(pod: PodLaunch, infra: Member | undefined): Promise<string> {
    if (pod.network?.hostAddress !== undefined) return pod.network.hostAddress
    if (infra === undefined || !wantsAddress(pod)) return ''
    const info = await this.#options.containers.inspect(infra)
    if (info !== undefined) return addressOf(info)
    throw new RuntimeError('not-found', `the infra container of pod ${pod.namespace}/${pod.name} has gone`)
  }

  async #startInfra(pod: PodLaunch, attempt: number): Promise<Member> {
    const { owner, engine, containers, platform } = this.#options
    await ensurePauseImage(engine, (await platform()).arch)
    const infra = await containers.create(
      `create the network of pod ${pod.name}`,
      infraOptions(owner, pod, attempt, this.#resolvConf(pod)),
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
    const { containers } = this.#options
    const infra = newestOf(await containers.require(pod.uid)).find(isInfra)
    const infos = await containers.look(pod.uid)
    if (infra !== undefined && infos.some(({ Id, State }) => Id === infra.id && State.Running)) return infra
    const fresh = await this.#startInfra(pod, (infra?.attempt ?? -1) + 1)
    await removeOlder(containers, pod.uid, { fresh })
    return fresh
  }
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
