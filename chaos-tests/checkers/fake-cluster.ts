/**
 * A cluster that says and does what a test tells it to: for tests of checkers, which have to notice when it is wrong.
 *
 * @module
 */
import { WATCH_MS, type Checker, type Settled } from '../checker.ts'
import type { Answer, Asking, Cluster, Holding, MachineState, OneWay, Run, Trouble } from '../cluster.ts'
import { History, type Done, type Operation } from '../history.ts'
import { imageOf, requestOf, type DeploymentDeed, type PodDeed, type ServiceDeed } from '../workloads/deeds.ts'
import type { SeenDeployment, SeenPod } from './objects.ts'

const DEPLOYMENTS = '/apis/apps/v1/deployments'
const LISTS: readonly string[] = [
  DEPLOYMENTS,
  '/apis/autoscaling/v2/horizontalpodautoscalers',
  '/api/v1/services',
  '/api/v1/pods',
  '/api/v1/nodes',
  '/api/v1/events',
]

export class FakeCluster implements Cluster {
  readonly machines: string[]
  readonly damagedDisks = new Set<string>()
  readonly unsound = new Set<string>()
  readonly states = new Map<string, MachineState>()
  readonly starts = new Map<string, number>()
  /** Of machines whose nodes are called otherwise. */
  readonly nodes = new Map<string, string>()
  readonly heads = new Map<string, Record<string, string>>()
  readonly said: Trouble[] = []
  running: Run[] = []
  sent = 0
  /** What happens on a cold start besides. */
  onRestart: (machine: string) => void = () => {}
  /** What happens while a node is asked. */
  onRequest: (machine: string) => void = () => {}
  readonly #lists = new Map<string, readonly unknown[]>()
  readonly #tokens = new Map<string, string>()
  readonly #cuts = new Map<string, readonly (readonly string[])[]>()
  readonly #ways = new Map<string, readonly OneWay[]>()
  #nowMs = 0

  constructor(...machines: string[]) {
    this.machines = machines
  }

  // ---- what a test says

  /** What these machines list at that path; `/apis/apps/v1/deployments` for one. */
  show(path: string, items: readonly unknown[], on: readonly string[] = this.machines): void {
    for (const machine of on) this.#lists.set(`${machine} ${path}`, items)
  }

  deployments(items: readonly SeenDeployment[], on: readonly string[] = this.machines): void {
    this.show(DEPLOYMENTS, items, on)
  }

  token(machine: string, token: string): void {
    this.#tokens.set(machine, token)
  }

  run(machine: string, ...pods: string[]): void {
    this.running.push(...pods.map((pod) => ({ machine, pod, uid: `uid-${pod}`, start: '0' })))
  }

  /** It ended by itself and is started again. */
  crash(pod: string): void {
    this.running = this.running.map((run) => (run.pod === pod ? { ...run, start: `${Number(run.start) + 1}` } : run))
  }

  stop(pod: string): void {
    this.running = this.running.filter((run) => run.pod !== pod)
  }

  // ---- the port

  nowMs(): number {
    return this.#nowMs
  }

  async runFor(ms: number): Promise<void> {
    this.#nowMs += ms
  }

  async waitUntil(what: string, withinMs: number, holds: () => Promise<boolean> | boolean): Promise<number> {
    const startMs = this.#nowMs
    while (!(await holds())) {
      if (this.#nowMs - startMs > withinMs) throw new Error(`waited for ${what}`)
      await this.runFor(WATCH_MS)
    }
    return this.#nowMs - startMs
  }

  stateOf(machine: string): MachineState {
    return this.states.get(machine) ?? 'up'
  }

  nodeOf(machine: string): string {
    return this.nodes.get(machine) ?? machine
  }

  startsOf(machine: string): number {
    return this.starts.get(machine) ?? 1
  }

  async killAgent(machine: string): Promise<void> {
    this.states.set(machine, 'agent-down')
  }

  async stopAgent(machine: string): Promise<void> {
    this.states.set(machine, 'stopped')
  }

  async cutPower(machine: string): Promise<void> {
    this.states.set(machine, 'off')
    this.running = this.running.filter((run) => run.machine !== machine)
  }

  async restart(machine: string): Promise<void> {
    this.states.set(machine, 'up')
    this.starts.set(machine, this.startsOf(machine) + 1)
    this.onRestart(machine)
  }

  async addMachine(_via: string): Promise<string> {
    const machine = `new${this.machines.length}`
    this.machines.push(machine)
    return machine
  }

  async pause(machine: string): Promise<void> {
    this.states.set(machine, 'paused')
  }

  async resume(machine: string): Promise<void> {
    this.states.set(machine, 'up')
  }

  async split(fault: string, groups: readonly (readonly string[])[]): Promise<void> {
    this.#cuts.set(fault, groups)
  }

  async cutOneWay(fault: string, from: readonly string[], to: readonly string[]): Promise<void> {
    await this.cutWays(
      fault,
      from.flatMap((one) => to.map((other) => ({ from: one, to: other }))),
    )
  }

  async cutWays(fault: string, ways: readonly OneWay[]): Promise<void> {
    this.#ways.set(fault, ways)
  }

  async mendNetwork(fault: string): Promise<void> {
    this.#cuts.delete(fault)
    this.#ways.delete(fault)
  }

  reaches(from: string, to: string): boolean {
    return !this.isCut(from, to)
  }

  /** Of all ways. */
  late = 0

  lateMs(): number {
    return this.late
  }

  /** Those whose bits flip. */
  readonly noisy = new Set<string>()

  isNoisy(from: string, to: string): boolean {
    return from !== to && (this.noisy.has(from) || this.noisy.has(to))
  }

  isCut(from: string, to: string): boolean {
    const isOff = this.stateOf(from) === 'off' || this.stateOf(to) === 'off'
    const isSplit = [...this.#cuts.values()].some((groups) =>
      groups.some((group) => group.includes(from) !== group.includes(to)),
    )
    const isBlocked = [...this.#ways.values()].flat().some((way) => way.from === from && way.to === to)
    return from !== to && (isOff || isSplit || isBlocked)
  }

  isStarved(): boolean {
    return false
  }

  isSound(machine: string): boolean {
    return !this.unsound.has(machine)
  }

  async request(machine: string, _method: string, path: string, _asking?: Asking): Promise<Answer> {
    if (this.stateOf(machine) !== 'up') throw Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' })
    if (!LISTS.includes(path)) throw new Error(`this cluster knows nothing of ${path}`)
    this.onRequest(machine)
    const items = this.#lists.get(`${machine} ${path}`) ?? []
    const metadata = { resourceVersion: this.#tokens.get(machine) ?? '1' }
    return { status: 200, headers: {}, body: { metadata, items } }
  }

  async holding(machine: string): Promise<Holding> {
    return { root: '', heads: this.heads.get(machine) ?? {} }
  }

  async runs(): Promise<readonly Run[]> {
    return this.running
  }

  async visit(_machine: string, _port: number, _timeoutMs: number): Promise<string> {
    throw new Error('nobody serves here')
  }

  frames(): number {
    return this.sent
  }

  troubles(): readonly Trouble[] {
    return this.said
  }
}

// ---- a run on it

export class Trial {
  readonly cluster: FakeCluster
  readonly history = new History()
  readonly notes = new Map<string, number>()
  isCalm = (): boolean => false
  readonly #watcher: ReturnType<Checker['begin']>
  #count = 0

  constructor(checker: Checker, cluster: FakeCluster) {
    this.cluster = cluster
    this.#watcher = checker.begin()
  }

  /** Watches until so much time has passed. */
  async watch(ms: number): Promise<void> {
    const endMs = this.cluster.nowMs() + ms
    for (;;) {
      await this.#watcher.watch?.(this)
      if (this.cluster.nowMs() >= endMs) return
      await this.cluster.runFor(WATCH_MS)
    }
  }

  async started(machine: string): Promise<void> {
    await this.#watcher.started?.(this, machine)
  }

  async settle(settled: Partial<Settled> = {}): Promise<void> {
    const { cluster, history, isCalm } = this
    const note = (what: string, ms: number): void => void this.notes.set(what, ms)
    const core = cluster.machines
    await this.#watcher.settle?.({ cluster, history, isCalm, core, sinceMs: cluster.nowMs(), note, ...settled })
  }

  /** A request that took 10 ms from now, and how it ended. */
  did(what: DeploymentDeed | ServiceDeed | PodDeed, outcome: Done['outcome']): Done {
    const operation = this.#operation(what)
    const startMs = this.cluster.nowMs()
    const done = { operation, startMs, endMs: startMs + 10, outcome }
    this.history.begun.push(operation)
    this.history.ended.push(operation)
    this.history.done.push(done)
    return done
  }

  #operation(what: unknown): Operation {
    this.#count += 1
    return { id: `op-${this.#count}`, workload: 'test', atMs: this.cluster.nowMs(), via: [], what }
  }
}

/** Acknowledged, for the object of that uid. */
export function acked(machine: string, uid: string, durable = '2/2'): Done['outcome'] {
  const body = { metadata: { uid }, details: { uid } }
  return { is: 'acked', machine, answer: { status: 200, headers: { 'shoal-durable': durable }, body } }
}

// ---- what it shows

export function aDeployment(
  name: string,
  replicas: number,
  { uid = `uid-${name}`, generation = 1, version = 1 } = {},
): SeenDeployment {
  const { spec } = requestOf({ verb: 'update', name, version }).asking!.body as Pick<SeenDeployment, 'spec'>
  return { metadata: { name, uid, generation }, spec: { ...spec, replicas }, status: {} }
}

/** A pod that is ready; named after its workload, as Deployments name theirs. */
export function aPod(
  machine: string,
  pod: string,
  {
    slot = '0',
    podIP = '10.0.0.1',
    stops = false,
    cpu = '10m',
    image = imageOf(1),
    phase = 'Running',
    since = '2026-01-01T00:00:00Z',
    ready = true,
    relieves = '',
  } = {},
): SeenPod {
  const app = pod.split('-').slice(0, -2).join('-')
  const conditions = ['Ready', 'ContainersReady'].map((type) => ({
    type,
    status: ready ? 'True' : 'False',
    lastTransitionTime: since,
  }))
  const status = { phase, podIP, conditions }
  return {
    metadata: {
      name: pod,
      uid: `uid-${pod}`,
      labels: { app },
      annotations: { 'shoal.dev/slot': slot, ...(relieves === '' ? {} : { 'shoal.dev/relieves': relieves }) },
      creationTimestamp: since,
      ...(stops ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { nodeName: machine, containers: [{ image, resources: { requests: { cpu } } }] },
    status,
  }
}
