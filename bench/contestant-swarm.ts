/**
 * Docker Swarm, the engine's own mode, all three machines managers, asked by the engine's API. What needs IPVS (virtual
 * addresses, the port mesh) cannot work on every kernel and is left out: services have `dnsrr` and no published port.
 *
 * @module
 */
import { ask } from '../chaos-tests/real/engine.ts'
import { waitFor } from '../chaos-tests/real/process-cluster.ts'
import { MACHINES, WAIT_MS, type Contestant, type Work } from './contestant.ts'
import { Machines } from './machines.ts'

const PORT = 2377

interface SwarmNode {
  readonly Status: { readonly State: string; readonly Addr?: string }
  readonly ManagerStatus?: { readonly Leader?: boolean; readonly Reachability: string; readonly Addr: string }
}

interface SwarmService {
  readonly Version: { readonly Index: number }
  readonly Spec: {
    readonly Mode: { readonly Replicated: { readonly Replicas: number } }
    readonly TaskTemplate: { readonly ContainerSpec: object }
  }
}

export class SwarmContestant implements Contestant {
  readonly name = 'swarm'
  readonly machines: Machines
  readonly joins: number[] = []
  /** Where orders are given. */
  #door = 0

  private constructor(machines: Machines) {
    this.machines = machines
  }

  static async start(): Promise<SwarmContestant> {
    const swarm = new SwarmContestant(new Machines())
    try {
      for (let index = 0; index < MACHINES; index += 1) await swarm.machines.addEngine(swarm.machines.lab.add())
      await swarm.#join()
      return swarm
    } catch (error) {
      await swarm.stop()
      throw error
    }
  }

  async #join(): Promise<void> {
    const [first, ...others] = this.machines.places
    const init = { ListenAddr: `${first!.address}:${PORT}`, AdvertiseAddr: first!.address }
    await this.#ask(0, 'POST', '/swarm/init', init)
    const { JoinTokens } = await this.#ask<{ JoinTokens: { Manager: string } }>(0, 'GET', '/swarm')
    for (const [at, { address }] of others.entries()) {
      const startMs = performance.now()
      await this.#ask(at + 1, 'POST', '/swarm/join', {
        ListenAddr: `${address}:${PORT}`,
        AdvertiseAddr: address,
        RemoteAddrs: [`${first!.address}:${PORT}`],
        JoinToken: JoinTokens.Manager,
      })
      await this.#allReady(at + 2)
      this.joins.push((performance.now() - startMs) / 1_000)
    }
  }

  async #allReady(count: number): Promise<void> {
    await waitFor(`${count} managers to be ready`, WAIT_MS, async () => {
      const nodes = await this.#ask<SwarmNode[]>(this.#door, 'GET', '/nodes').catch(() => [])
      const ready = nodes.filter(
        ({ Status, ManagerStatus }) => Status.State === 'ready' && ManagerStatus?.Reachability === 'reachable',
      )
      return ready.length === count
    })
  }

  async deploy({ name, replicas, image, command, graceSeconds }: Work, by = this.#door): Promise<void> {
    const container = {
      Image: image,
      StopGracePeriod: graceSeconds * 1_000_000_000,
      ...(command === undefined ? {} : { Command: command }),
    }
    await this.#ask(by, 'POST', '/services/create', {
      Name: name,
      Mode: { Replicated: { Replicas: replicas } },
      TaskTemplate: { ContainerSpec: container },
      UpdateConfig: { Parallelism: 3, Order: 'start-first' },
      EndpointSpec: { Mode: 'dnsrr' },
    })
  }

  async scale(name: string, replicas: number): Promise<void> {
    await this.#change(name, (spec) => ({ ...spec, Mode: { Replicated: { Replicas: replicas } } }))
  }

  async update(name: string, image: string): Promise<void> {
    await this.#change(name, (spec) => {
      const { TaskTemplate } = spec
      return {
        ...spec,
        TaskTemplate: { ...TaskTemplate, ContainerSpec: { ...TaskTemplate.ContainerSpec, Image: image } },
      }
    })
  }

  async #change(name: string, edit: (spec: SwarmService['Spec']) => object): Promise<void> {
    const { Version, Spec } = await this.#ask<SwarmService>(this.#door, 'GET', `/services/${name}`)
    await this.#ask(this.#door, 'POST', `/services/${name}/update?version=${Version.Index}`, edit(Spec))
  }

  async remove(name: string): Promise<void> {
    await this.#ask(this.#door, 'DELETE', `/services/${name}`)
  }

  async leader(): Promise<number | undefined> {
    const nodes = await this.#ask<SwarmNode[]>(this.#door, 'GET', '/nodes')
    const address = nodes.find(({ ManagerStatus }) => ManagerStatus?.Leader === true)?.ManagerStatus?.Addr
    return this.machines.places.findIndex((place) => `${place.address}:${PORT}` === address)
  }

  async cut(index: number): Promise<void> {
    this.machines.unplug(index)
    this.machines.engines[index]!.crash()
    this.#door = this.machines.others(index)[0]!
  }

  async bringBack(index: number): Promise<void> {
    this.machines.plug(index)
    const isGone = await this.#ask(index, 'GET', '/_ping').then(
      () => false,
      () => true,
    )
    if (isGone) await this.machines.engines[index]!.restart()
    await this.#allReady(MACHINES)
  }

  async openDoors(): Promise<undefined> {}

  agentPids(): readonly number[] {
    return []
  }

  async stop(): Promise<void> {
    await this.machines.stop()
  }

  async #ask<T>(index: number, method: string, path: string, payload?: object): Promise<T> {
    const { socket } = this.machines.engines[index]!
    const { status, body } = await ask(
      socket,
      method,
      path,
      payload === undefined ? undefined : JSON.stringify(payload),
    )
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${body}`)
    try {
      return JSON.parse(body) as T
    } catch {
      return body as T
    }
  }
}
