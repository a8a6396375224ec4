/**
 * One node's agent on the real kernel, with virtual time, simulated runtimes, and a map for the records. Tests only.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { DocumentKey, FactName, KubeObject, PodFact, PodSecurityLevel } from '../../crdt/index.ts'
import type { Ref } from '../actor/actor.ts'
import type { RuntimeName } from '../runtime/runtime.ts'
import { ActorSystem } from '../actor/system.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import type { Sockets } from '../world/world.ts'
import { AgentActor, type AgentMessage } from './agent-actor.ts'
import type { AgentNews, PodFailure, RuntimeHealth } from './ports.ts'
import { SimRuntime } from './sim-runtime.ts'
import type { PodTemplate } from './template.ts'

const STEP_MS = 10
/** Waits longer than this are for the end of a back-off: coarse steps do. */
const LONG_MS = 60_000
const LONG_STEP_MS = 1_000

export const WEB: PodTemplate = { spec: { containers: [{ name: 'web', image: 'web' }] } }

export interface RigOptions {
  readonly template?: PodTemplate
  /** Best first. */
  readonly runtimes?: readonly RuntimeName[]
}

export class AgentRig {
  readonly time = new VirtualTime()
  readonly runtimes: readonly SimRuntime[]
  readonly runtime: SimRuntime
  /** The records of this node, as its disk keeps them. */
  readonly records = new Map<string, PodFact>()
  /** Every version that was written, in order. */
  readonly history: PodFact[] = []
  readonly failures: PodFailure[] = []
  readonly health: RuntimeHealth[] = []
  /** ConfigMaps and Secrets by their keys. */
  readonly configs = new Map<DocumentKey, KubeObject>()
  readonly notes: { readonly what: string; readonly facts: unknown }[] = []
  template: PodTemplate | undefined
  podSecurity: PodSecurityLevel = 'baseline'
  isEnding = false
  /** To the farthest neighbour. */
  roundTripMs = 0
  /** The next write of a record throws: a fault of the programmer's, as far as its actor can tell. */
  isNextWriteRefused = false
  #system: ActorSystem | undefined
  #agent: Ref<AgentMessage> | undefined
  #watches: { stop(): void }[] = []
  #claims = 0

  constructor({ template = WEB, runtimes }: RigOptions = {}) {
    this.template = template
    this.runtimes = (runtimes ?? ['docker']).map(
      (name) => new SimRuntime({ clock: this.time.clock, timers: this.time.timers, name }),
    )
    this.runtime = this.runtimes[0] as SimRuntime
  }

  /** A new node: its agent has begun before anything is claimed. */
  static async booted(options: RigOptions = {}): Promise<AgentRig> {
    const rig = new AgentRig(options)
    await rig.start()
    return rig
  }

  /** A new agent over what is on disk and in the runtimes. */
  async start(): Promise<void> {
    const { clock, timers } = this.time
    const log = { note: (_: string, what: string, facts?: unknown) => void this.notes.push({ what, facts }) }
    this.#system = new ActorSystem({ clock, timers, log })
    this.#agent = this.#system.spawn<AgentMessage>('agent', () => this.#newAgent())
    this.#watches = this.runtimes.map((runtime) =>
      runtime.watch(({ uid }) => this.tell({ type: 'runtime-event', uid })),
    )
    this.tell({ type: 'boot' })
    await this.advance(STEP_MS)
  }

  /** No event reaches the agent any more. */
  deafen(): void {
    for (const watch of this.#watches) watch.stop()
  }

  /** As kill -9 does: nothing is said good-bye to. */
  kill(): void {
    this.deafen()
    this.#system?.stopAll()
    this.#system = undefined
  }

  tell(message: AgentNews): void {
    if (this.#agent !== undefined) this.#system?.tell(this.#agent, message)
  }

  /** As placement does it. */
  claim(change: Partial<PodFact> = {}): string {
    const number = ++this.#claims
    const fact: PodFact = { ...claimFact(number, this.time.clock.now()), ...change }
    this.records.set(fact.uid, fact)
    this.tell({ type: 'claims-changed' })
    return fact.uid
  }

  /** As somebody writes or deletes a ConfigMap or Secret. */
  configure(key: DocumentKey, object: KubeObject | undefined): void {
    if (object === undefined) this.configs.delete(key)
    else this.configs.set(key, object)
    this.tell({ type: 'config-changed', keys: new Set([key]) })
  }

  release(uid: string, reason = 'scaled down'): void {
    this.tell({ type: 'release', uid, reason })
  }

  fact(uid: string): PodFact {
    const fact = this.records.get(uid)
    if (fact === undefined) throw new Error(`no record of pod ${uid}`)
    return fact
  }

  /** Moves time on, and lets promises and streams follow each step. */
  async advance(byMs: number): Promise<void> {
    const stepMs = byMs > LONG_MS ? LONG_STEP_MS : STEP_MS
    for (let left = byMs; left > 0; left -= stepMs) {
      await turn()
      this.time.advance(Math.min(stepMs, left))
      for (let turns = 0; turns < 3; turns++) await turn()
    }
  }

  /** Moves time on until it is so; returns how long that took. */
  async until(isSo: () => boolean, limitMs = 60_000): Promise<number> {
    for (let tookMs = 0; tookMs <= limitMs; tookMs += STEP_MS) {
      if (isSo()) return tookMs
      await this.advance(STEP_MS)
    }
    throw new Error(`not so after ${limitMs} ms of virtual time: ${isSo.toString()}`)
  }

  /** A pod that runs and is ready. */
  async runOne(change: Partial<PodFact> = {}): Promise<string> {
    const uid = this.claim(change)
    await this.until(() => this.records.get(uid)?.ready === true)
    return uid
  }

  #newAgent(): AgentActor {
    return new AgentActor({
      node: {
        id: 'self',
        name: 'node-a',
        hostAddress: '192.0.2.1',
        capacity: { cpuMilli: 4_000, memoryBytes: 8 * 2 ** 30 },
      },
      view: {
        pods: () => [...this.records.values()].map((fact) => ({ node: 'self', fact })),
        template: () => this.template,
        serviceEnv: () => ({ WEB_SERVICE_HOST: '127.80.0.1' }),
        podSecurity: () => this.podSecurity,
        isEnding: () => this.isEnding,
        config: (kind, namespace, name) => this.configs.get(`core/${kind}/${namespace}/${name}`),
        serviceAccount: () => undefined,
      },
      records: { put: (name, fact) => this.#put(name, fact) },
      listener: {
        podFailed: (failure) => void this.failures.push(failure),
        runtimeHealth: (health) => void this.health.push(health),
      },
      roundTripMs: () => this.roundTripMs,
      world: { clock: this.time.clock, timers: this.time.timers, sockets: this.#sockets(), runtimes: this.runtimes },
    })
  }

  #put(name: FactName, fact: PodFact | undefined): void {
    const uid = name.slice('pod/'.length)
    if (this.isNextWriteRefused) {
      this.isNextWriteRefused = false
      throw new Error('refused by order of the test')
    }
    if (fact === undefined) {
      this.records.delete(uid)
    } else {
      this.records.set(uid, fact)
      this.history.push(fact)
    }
    this.tell({ type: 'claims-changed' })
  }

  #sockets(): Sockets {
    return {
      listen: () => Promise.reject(new Error('agents do not listen')),
      connect: async ({ host, port }) => {
        if (this.runtimes.some((runtime) => runtime.isServing(host, port))) return new Duplex({ read() {}, write() {} })
        throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
      },
    }
  }
}

function claimFact(number: number, nowMs: number): PodFact {
  return claimSample({
    uid: `uid-${number}`,
    name: `web-1-${number}`,
    revision: 'rev1',
    index: number,
    claimedAtMs: nowMs,
  })
}

/** A claim as placement makes it, of which a test says what matters. */
export function claimSample(fields: Partial<PodFact>): PodFact {
  return {
    uid: 'u',
    name: 'web-1',
    namespace: 'default',
    workload: 'apps/Deployment/default/web',
    revision: 'r',
    index: 0,
    claimedAtMs: 1,
    auction: [],
    phase: 'Pending',
    ready: false,
    stopping: false,
    reason: 'Scheduled',
    message: '',
    podIP: '',
    hostIP: '',
    runtime: '',
    containers: [],
    ...fields,
  }
}
