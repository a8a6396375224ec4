/**
 * The containers of one agent on one engine: found by label, remembered by id.
 *
 * The memory only spares searches. It is right as long as nobody else touches our containers, and what turns out to be gone
 * is searched for again.
 *
 * @module
 */
import type { Container, ContainerCreateOptions, ContainerInspectInfo, HostConfig } from 'dockerode'
import { LABEL, memberOf, newestOf, type Member } from './docker-container.ts'
import { ORDER_MS_MAX, QUESTION_MS_MAX, unless, type Engine } from './docker-engine.ts'
import { printable } from './launch-check.ts'
import { RuntimeError } from './runtime.ts'

export class Containers {
  readonly #engine: Engine
  readonly #home: string
  /** By pod; bounded by what the engine holds of this home. */
  readonly #members = new Map<string, readonly Member[]>()

  constructor(engine: Engine, home: string) {
    this.#engine = engine
    this.#home = home
  }

  uids(): string[] {
    return [...this.#members.keys()]
  }

  remember(uid: string, members: readonly Member[]): void {
    this.#members.set(uid, members)
  }

  forget(uid: string): void {
    this.#members.delete(uid)
  }

  /** [RT14] Searches by label for what this agent has of one pod, or of all, whoever it was when it made them. */
  async find(uid?: string): Promise<readonly Member[]> {
    const label = [`${LABEL.home}=${this.#home}`, ...(uid === undefined ? [] : [`${LABEL.podUid}=${uid}`])]
    const found = await this.#engine.call('list containers', QUESTION_MS_MAX, (docker) =>
      docker.listContainers({ all: true, filters: { label } }),
    )
    if (uid === undefined) this.#members.clear()
    else this.#members.delete(uid)
    // The engine lists the youngest first; a pod's containers are told in the order in which they were made.
    for (const { Id, Labels } of found.reverse()) {
      const pod = Labels[LABEL.podUid] ?? ''
      this.#members.set(pod, [...(this.#members.get(pod) ?? []), memberOf(Id, Labels)])
    }
    return uid === undefined ? [...this.#members.values()].flat() : (this.#members.get(uid) ?? [])
  }

  /** All that was ever made of a pod and is still there. */
  async require(uid: string): Promise<readonly Member[]> {
    const members = this.#members.get(uid) ?? (await this.find(uid))
    if (members.length > 0) return members
    throw new RuntimeError('not-found', `there is no pod ${printable(uid)} here`)
  }

  async requireNewest(uid: string, container: string): Promise<Member> {
    const member = newestOf(await this.require(uid)).find((one) => one.container === container)
    if (member !== undefined) return member
    throw new RuntimeError('not-found', `pod ${uid} has no container ${printable(container)}`)
  }

  /** What the engine shows of a pod's newest containers. Empty where there are none. */
  async look(uid: string): Promise<readonly ContainerInspectInfo[]> {
    const known = await this.#lookAt(this.#members.get(uid) ?? [])
    if (known.length > 0 && !known.includes(undefined)) return known as ContainerInspectInfo[]
    const found = await this.#lookAt(await this.find(uid))
    return found.filter((info) => info !== undefined)
  }

  async create(doing: string, { name, ...body }: ContainerCreateOptions): Promise<Member> {
    // Parted for dockerode, which would send the whole body in the address too: a label of 32 KiB, secrets of the environment.
    const parted = { _query: { name }, _body: body } as ContainerCreateOptions
    const { id } = await this.#engine.call(doing, ORDER_MS_MAX, (docker) => docker.createContainer(parted))
    return memberOf(id, body.Labels ?? {})
  }

  /** The same but for the changes, of a container that never ran. */
  async createAgain(member: Member, change: HostConfig): Promise<Member> {
    const info = await this.inspect(member)
    if (info === undefined) throw new RuntimeError('not-found', `${member.container} has gone`)
    await this.remove([member])
    const { Name, Config, HostConfig } = info
    const options = { ...Config, name: Name.replace(/^\//, ''), HostConfig: { ...HostConfig, ...change } }
    return this.create(`create ${member.container}`, options)
  }

  start({ id }: Member, doing: string): Promise<void> {
    return this.#order(doing, ORDER_MS_MAX, id, (container) => container.start().catch(unless(304)))
  }

  /** Its stop signal, then SIGKILL after whole seconds, as engines count. */
  stop({ id, container: name }: Member, graceMs: number): Promise<void> {
    const options = { t: Math.ceil(graceMs / 1000) }
    const limitMs = graceMs + ORDER_MS_MAX
    return this.#order(`stop ${name}`, limitMs, id, (container) => container.stop(options).catch(unless(304, 404)))
  }

  kill({ id, container: name }: Member): Promise<void> {
    return this.#order(`kill ${name}`, ORDER_MS_MAX, id, (container) => container.kill().catch(unless(404, 409)))
  }

  async remove(members: readonly Member[]): Promise<void> {
    await Promise.all(members.map((member) => this.#remove(member)))
  }

  /** Where somebody else is removing it already (409), it is there for another moment. */
  #remove({ id, container: name }: Member): Promise<void> {
    return this.#order(`remove ${name}`, ORDER_MS_MAX, id, async (container) => {
      const isGoing = container.remove({ force: true, v: true }).then(() => true)
      if (await isGoing.catch(unless(404, 409))) return
      await container.wait({ condition: 'removed' }).catch(unless(404))
    })
  }

  /** [VOL8] Volumes that the engine made for a pod of ours, or for all that are not among `except`. */
  async removeVolumes(which: { readonly of: string } | { readonly except: ReadonlySet<string> }): Promise<void> {
    const label = [`${LABEL.home}=${this.#home}`, ...('of' in which ? [`${LABEL.podUid}=${which.of}`] : [])]
    const found = await this.#engine.call('list volumes', QUESTION_MS_MAX, (docker) =>
      docker.listVolumes({ filters: { label } }),
    )
    for (const { Name, Labels } of found.Volumes ?? []) {
      if ('except' in which && which.except.has(Labels?.[LABEL.podUid] ?? '')) continue
      await this.#engine.call(`remove volume ${Name}`, ORDER_MS_MAX, (docker) =>
        docker.getVolume(Name).remove().catch(unless(404)),
      )
    }
  }

  #lookAt(members: readonly Member[]): Promise<(ContainerInspectInfo | undefined)[]> {
    return Promise.all(newestOf(members).map((member) => this.inspect(member)))
  }

  inspect({ id, container: name }: Member): Promise<ContainerInspectInfo | undefined> {
    return this.#engine.call(`look at ${name}`, QUESTION_MS_MAX, async (docker) => {
      const info = await docker.getContainer(id).inspect().catch(unless(404))
      return info ?? undefined
    })
  }

  #order(doing: string, limitMs: number, id: string, work: (container: Container) => Promise<unknown>): Promise<void> {
    return this.#engine.call(doing, limitMs, async (docker) => void (await work(docker.getContainer(id))))
  }
}
