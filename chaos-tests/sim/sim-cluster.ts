/**
 * A cluster in virtual time: machines, cables and a scenario, all driven by one heap of events. Whoever uses it runs within it:
 * `run` drives time for as long as the scenario takes, and every `await` in there is an instant of the simulation.
 *
 * @module
 */
import type { View } from '../../crdt/index.ts'
import type { ApiRequest } from '../../node/api/message.ts'
import { betweenGroups, byWays, FORGED, fromTo, LATE_MS_MAX, LOSS_MAX, machineName, untilHolds } from '../cluster.ts'
import type { Answer, Asking, Cluster, ContainerStart, Holding, MachineState } from '../cluster.ts'
import type { OneWay, Run, Tampering, Trouble, Weather } from '../cluster.ts'
import type { ClockFaults } from './sim-clock.ts'
import { Signatures } from './signatures.ts'
import { SimMachine, type Ground } from './sim-machine.ts'
import { SimNetwork, type Traffic } from './sim-network.ts'
import { SimInternet } from './sim-sockets.ts'
import { SimTime } from './sim-time.ts'
import { Trace, type TraceOptions } from './trace.ts'
import type { Tripwire } from './tripwire.ts'
import { FAIR, Wiring } from './wiring.ts'
import type { WordRule } from './word.ts'

export interface SimOptions {
  readonly seed: number
  readonly machines: number
  /** Numbers of machines that are not there. */
  readonly absent?: readonly number[]
  /** Machines are spread over so many. */
  readonly regions?: number
  readonly weather?: Partial<Weather>
  /** Of each machine in turn. */
  readonly clocks?: readonly ClockFaults[]
  /** As `--rebalance` takes it. Absent: nothing is moved. */
  readonly calmMs?: number
  readonly trace?: TraceOptions
  readonly wire?: Tripwire
  /** The run is cut off there, as if it had come to its end. */
  readonly untilMs?: number
}

/** Between looks at a fact that is waited for. */
const POLL_MS = 20
const REQUEST_MS_MAX = 30_000
/** Between two attempts to join. */
const JOIN_AGAIN_MS = 1_000
/** A client on the same machine asks and is answered. */
const CLIENT_MS = 0.5
/** How long a cluster of healthy machines may take to come up. */
const BOOT_MS_MAX = 60_000

/** Something happened that no fault excuses. */
export class SimAlarm extends Error {
  /** What it breaks, where that is known. */
  readonly rule: WordRule | undefined

  constructor(what: string, rule?: WordRule) {
    super(rule === undefined ? what : `${rule}: ${what}`)
    this.name = 'SimAlarm'
    this.rule = rule
  }
}

/** The run was told to stop there. */
export class CutOff extends Error {}

export class SimCluster implements Cluster {
  readonly more: Tampering
  readonly trace: Trace
  readonly time: SimTime
  readonly #options: SimOptions
  readonly #ground: Ground
  readonly #wiring: Wiring
  readonly #machines = new Map<string, SimMachine>()
  /** Of the next machine: it gives it its name, address, region and clock. */
  #number = 0
  readonly damagedDisks = new Set<string>()
  readonly #troubles: Trouble[] = []
  readonly #starts: ContainerStart[] = []
  readonly #joining = new Set<string>()
  #alarm: SimAlarm | undefined

  constructor(options: SimOptions) {
    const { seed } = options
    this.#options = options
    this.time = new SimTime(options.wire)
    this.trace = new Trace(options.trace, (peer) => this.#nameOf(peer))
    this.#wiring = new Wiring(this.time, seed, { ...FAIR, ...options.weather })
    this.#ground = {
      seed,
      time: this.time,
      network: new SimNetwork(this.time, this.#wiring),
      internet: new SimInternet(this.time, this.#wiring),
      trace: this.trace,
      signatures: new Signatures(),
      alarm: (machine, what, rule) => (this.#alarm ??= new SimAlarm(`${machine}: ${what}`, rule)),
      trouble: (trouble) => void this.#troubles.push({ ...trouble, atMs: this.nowMs() }),
      containerStarted: (machine, uid) => void this.#starts.push({ machine, uid, atMs: this.nowMs() }),
    }
    for (; this.#number < options.machines; this.#number++) {
      if (options.absent?.includes(this.#number) !== true) this.#addMachine()
    }
    this.more = this.#tampering()
  }

  #addMachine(): SimMachine {
    const { regions = 1, clocks = [], calmMs } = this.#options
    const index = this.#number
    const name = machineName(index)
    const machine = new SimMachine(this.#ground, {
      name,
      address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
      region: index % regions,
      ...(clocks[index] === undefined ? {} : { clock: clocks[index] }),
      ...(calmMs === undefined ? {} : { calmMs }),
    })
    this.#machines.set(name, machine)
    return machine
  }

  /** What the disk of a machine holds of log and snapshot, whatever happens. */
  platter(machine: string): Buffer {
    return this.#machine(machine).disk.platter()
  }

  // ---- driving

  /** Drives time until the scenario is over. Rejects with what it rejects with, or with an alarm. */
  async run<T>(scenario: (cluster: SimCluster) => Promise<T>): Promise<T> {
    const { untilMs = Number.POSITIVE_INFINITY } = this.#options
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined
    this.time.after(0, () => {
      void scenario(this).then(
        (value) => (outcome = { value }),
        (error: unknown) => (outcome = { error }),
      )
    })
    await this.time.runUntil(untilMs, () => outcome !== undefined || this.#alarm !== undefined)
    if (this.#alarm !== undefined) throw this.#alarm
    if (outcome === undefined) {
      if (Number.isFinite(untilMs)) throw new CutOff(`cut off at ${untilMs} ms`)
      throw new Error('nothing is left to happen, and the scenario still waits')
    }
    if ('error' in outcome) throw outcome.error
    return outcome.value
  }

  /** One machine makes the cluster, the others join by tickets of its API; then all see all. */
  async boot(): Promise<void> {
    const [first, ...others] = this.#machines.values()
    if (first === undefined) return
    await first.start()
    await Promise.all(others.map((machine) => this.#join(machine, first)))
    await this.waitUntil('all nodes see each other', BOOT_MS_MAX, () =>
      [...this.#machines.values()].every(
        ({ backend }) =>
          backend?.view.nodes().filter(({ verdict }) => verdict === 'alive').length === this.#machines.size,
      ),
    )
  }

  async addMachine(via: string): Promise<string> {
    const machine = this.#addMachine()
    this.#number += 1
    this.#joining.add(machine.name)
    try {
      await this.#join(machine, this.#machine(via))
    } catch (error) {
      machine.cutPower()
      this.#machines.delete(machine.name)
      throw error
    } finally {
      this.#joining.delete(machine.name)
    }
    return machine.name
  }

  async #join(machine: SimMachine, via: SimMachine): Promise<void> {
    const { body } = await this.request(via.name, 'POST', '/shoal/v1/token?ttlSeconds=600')
    await machine.start((body as { joins: string[] }).joins[0])
  }

  nodeOf(machine: string): string {
    return this.#machine(machine).node
  }

  startsOf(machine: string): number {
    return this.#machine(machine).starts
  }

  // ---- the port

  get machines(): readonly string[] {
    return [...this.#machines.keys()].filter((name) => !this.#joining.has(name))
  }

  nowMs(): number {
    return this.time.nowMs
  }

  runFor(ms: number): Promise<void> {
    return new Promise((resolve) => this.time.after(ms, resolve))
  }

  waitUntil(what: string, withinMs: number, holds: () => Promise<boolean> | boolean): Promise<number> {
    return untilHolds(this, { what, withinMs, pollMs: POLL_MS, holds })
  }

  stateOf(machine: string): MachineState {
    return this.#machine(machine).state
  }

  async killAgent(machine: string): Promise<void> {
    this.#machine(machine).kill()
  }

  stopAgent(machine: string): Promise<void> {
    return this.#machine(machine).stop()
  }

  async cutPower(machine: string): Promise<void> {
    this.#machine(machine).cutPower()
  }

  async restart(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.isBlank) await this.#joinAnew(machine)
    else await machine.start()
  }

  /** As somebody does who stands before it: tries until a member lets it in. */
  async #joinAnew(machine: SimMachine): Promise<void> {
    // While nobody else is at it, and it is not done.
    while (machine.isBlank && machine.state === 'off') {
      const via = [...this.#machines.values()].find((other) => other.state === 'up' && !other.isBlank)
      if (via !== undefined && (await this.#isTakenIn(machine, via))) return
      // What there is of the attempt is removed.
      machine.cutPower()
      machine.disk.wipe()
      await this.runFor(JOIN_AGAIN_MS)
    }
    await machine.start()
  }

  /** Where the member that lets it in goes away at once, it knows nobody, and nobody knows it. */
  async #isTakenIn(machine: SimMachine, via: SimMachine): Promise<boolean> {
    try {
      await this.#join(machine, via)
    } catch {
      return false
    }
    const isAlone = (): boolean => machine.backend !== undefined && machine.backend.view.nodes().length < 2
    while (isAlone() && (via.state === 'up' || via.state === 'paused')) await this.runFor(POLL_MS)
    return !isAlone()
  }

  async pause(machine: string): Promise<void> {
    this.#machine(machine).pause()
  }

  async resume(machine: string): Promise<void> {
    this.#machine(machine).resume()
  }

  async split(fault: string, groups: readonly (readonly string[])[]): Promise<void> {
    this.#wiring.block(fault, betweenGroups(groups))
  }

  async cutOneWay(fault: string, from: readonly string[], to: readonly string[]): Promise<void> {
    this.#wiring.block(fault, fromTo(from, to))
  }

  async cutWays(fault: string, ways: readonly OneWay[]): Promise<void> {
    this.#wiring.block(fault, byWays(ways))
  }

  async mendNetwork(fault: string): Promise<void> {
    this.#wiring.mend(fault)
  }

  lateMs(from: string, to: string): number {
    return this.#wiring.clogMs(from, to)
  }

  reaches(from: string, to: string): boolean {
    const isLate = this.lateMs(from, to) >= LATE_MS_MAX || this.#wiring.isNarrow(from, to)
    const isStarved = this.isStarved(from) || this.isStarved(to)
    const isBad = isLate || isStarved || this.isNoisy(from, to) || this.#wiring.weather.loss >= LOSS_MAX
    return !isBad && !this.#wiring.isBlocked(from, to)
  }

  isNoisy(from: string, to: string): boolean {
    return this.#wiring.noise(from, to) > 0
  }

  isCut(from: string, to: string): boolean {
    return this.#wiring.isBlocked(from, to)
  }

  isStarved(machine: string): boolean {
    return this.#machine(machine).isStarved
  }

  isSound(machine: string): boolean {
    return this.#machine(machine).isSound
  }

  request(machine: string, method: string, path: string, asking: Asking = {}): Promise<Answer> {
    const { api } = this.#machine(machine)
    return new Promise((resolve, reject) => {
      const { timeoutMs = REQUEST_MS_MAX } = asking
      const timeout = this.time.after(timeoutMs, () =>
        reject(new Error(`${machine} did not answer ${method} ${path} within ${timeoutMs} ms`)),
      )
      this.time.after(CLIENT_MS, () => {
        if (api === undefined || this.#machine(machine).api !== api) {
          timeout()
          return reject(Object.assign(new Error(`nobody listens on ${machine}`), { code: 'ECONNREFUSED' }))
        }
        // A node that stands still takes the connection and answers when it goes on, or never.
        if (this.stateOf(machine) === 'paused') return
        const request = requestOf(method, path, asking)
        this.#machine(machine).enter(() => {
          void api.handle(request).then((response) => {
            if (this.#machine(machine).api !== api) return
            this.#machine(machine).word?.answers(request, response)
            timeout()
            const body = response.body.type === 'json' ? overTheWire(response.body.value) : response.body
            resolve({ status: response.status, headers: response.headers, body })
          })
        })
      })
    })
  }

  async holding(machine: string): Promise<Holding> {
    const { backend } = this.#machine(machine)
    if (backend === undefined) throw new Error(`${machine} is not running`)
    const { root = '', heads = {} } = backend.ownDigest()
    return { root, heads }
  }

  async runs(): Promise<readonly Run[]> {
    return this.running()
  }

  running(): Run[] {
    return [...this.#machines.values()].flatMap(({ name, engine }) =>
      engine.running.map(({ uid, name: pod, startedAtMs }) => ({ machine: name, uid, pod, start: `${startedAtMs}` })),
    )
  }

  async visit(machine: string, port: number, timeoutMs: number): Promise<string> {
    const { address: host } = this.#machine(machine)
    const connection = await this.#ground.internet.connectFrom(machine, { host, port, timeoutMs })
    return new Promise((resolve, reject) => {
      const forget = this.time.after(timeoutMs, () =>
        connection.destroy(new Error(`no answer from ${host}:${port} within ${timeoutMs} ms`)),
      )
      let text = ''
      connection.setEncoding('utf8')
      connection.on('data', (part: string) => (text += part))
      connection.once('error', reject)
      connection.once('close', () => {
        forget()
        const [, body] = /^HTTP\/1.1 200 OK\r\n[^]*?\r\n\r\n([^]*)$/.exec(text) ?? []
        if (body === undefined) reject(new Error(`${host}:${port} answered "${text}"`))
        else resolve(body)
      })
      connection.end('GET / HTTP/1.1\r\nHost: service\r\nConnection: close\r\n\r\n')
    })
  }

  /** What the nodes that run know, by machine. */
  views(): ReadonlyMap<string, View> {
    return new Map(
      [...this.#machines.values()].flatMap(({ name, backend }) =>
        backend === undefined ? [] : [[name, backend.view]],
      ),
    )
  }

  /** Of all kinds of frames and of gossip since the cluster began. */
  traffic(): ReadonlyMap<string, Readonly<Traffic>> {
    return this.#ground.network.traffic
  }

  frames(): number {
    return this.#ground.network.frames
  }

  troubles(): readonly Trouble[] {
    return this.#troubles
  }

  #tampering(): Tampering {
    return {
      weather: (fault, weather) => this.#wiring.spoil(fault, weather),
      clog: (fault, machines, delayMs) => this.#wiring.clog(fault, machines, delayMs),
      lag: (fault, ways, late) => this.#wiring.lag(fault, byWays(ways), late),
      narrow: (fault, machines, bytesPerSecond) => this.#wiring.narrow(fault, machines, bytesPerSecond),
      noise: (fault, machines, share) => this.#wiring.addNoise(fault, machines, share),
      reset: (ways) => this.#ground.network.reset(byWays(ways)),
      disk: (fault, machine, trouble) => this.#machine(machine).disk.spoil(fault, trouble),
      engine: (fault, machine, trouble) => this.#machine(machine).troubleEngine(fault, trouble),
      starve: (fault, machine, share) => this.#machine(machine).starve(fault, share),
      freeze: (fault, machine) => this.#machine(machine).troubleEngine(fault, { hangs: true }),
      mend: (fault) => {
        this.#wiring.mend(fault)
        for (const machine of this.#machines.values()) {
          machine.disk.mend(fault)
          machine.disk.forgetSaved(fault)
          machine.mendEngine(fault)
          machine.mendStarving(fault)
        }
      },
      cutPowerAt: (fault, name, at) => {
        const machine = this.#machine(name)
        machine.disk.trap(fault, at, () => machine.cutPower())
      },
      forge: (machine, victim) => this.#forge(this.#machine(machine), this.#machine(victim)),
      jumpClock: (machine, byMs) => this.#machine(machine).clock.jump(byMs),
      flipBit: (machine, file) => {
        this.damagedDisks.add(machine)
        this.#machine(machine).disk.flipBit(file)
      },
      killContainer: (machine, uid, how) => {
        const { engine } = this.#machine(machine)
        const [container] = engine.pod(uid)?.containers ?? []
        if (container !== undefined) engine.kill(uid, container.name, how === 'oom' ? 137 : 1, how === 'oom')
      },
      wipe: (machine) => {
        this.damagedDisks.add(machine)
        this.#machine(machine).wipe()
      },
      saveDisk: (fault, machine) => this.#machine(machine).disk.save(fault),
      restoreDisk: (fault, machine) => {
        this.damagedDisks.add(machine)
        this.#machine(machine).disk.restore(fault)
      },
      starts: () => this.#starts,
    }
  }

  #nameOf(peer: string): string | undefined {
    return [...this.#machines.values()].find(({ home }) => home?.identity.node === peer)?.name
  }

  #forge(forger: SimMachine, { home, backend }: SimMachine): void {
    const fact = home && backend?.view.node(home.identity.node)
    if (home !== undefined && fact !== undefined)
      forger.forge(home.identity.node, { ...fact.fact, version: FORGED }, fact.incarnation + 1)
  }

  #machine(name: string): SimMachine {
    const machine = this.#machines.get(name)
    if (machine === undefined) throw new Error(`there is no machine ${name}`)
    return machine
  }
}

/** What an object becomes on its way to a client, by the object: most of a list is what it was at the look before. */
const carried = new WeakMap<object, unknown>()

function overTheWire(value: unknown): unknown {
  if (!isList(value)) return JSON.parse(JSON.stringify(value))
  const { items, ...head } = value
  return { ...(overTheWire(head) as object), items: items.map(itemOverTheWire) }
}

function itemOverTheWire(item: object): unknown {
  const known = carried.get(item)
  if (known !== undefined) return known
  const plain = overTheWire(item)
  if (Object.isFrozen(item)) carried.set(item, plain)
  return plain
}

function isList(value: unknown): value is { readonly items: readonly object[] } {
  return typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items)
}

function requestOf(
  method: string,
  path: string,
  { body, contentType = 'application/json', headers }: Asking,
): ApiRequest {
  const at = path.indexOf('?')
  return {
    method,
    path: at === -1 ? path : path.slice(0, at),
    query: new URLSearchParams(at === -1 ? '' : path.slice(at + 1)),
    headers: { 'content-type': contentType, ...headers },
    body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
    by: 'unix:sim',
    user: { name: 'unix:sim', groups: ['system:masters'] },
  }
}
