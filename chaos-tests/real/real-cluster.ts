/**
 * The port over real node processes: each on a machine of a lab, in a network namespace of its own, its pods plain processes.
 * What a workload, a nemesis or a checker does to a simulated cluster it does to this one.
 *
 * Its clock goes slower the busier the machine is: ten processes on two cores that somebody else wants as well are not late
 * where they take thrice as long. So the promises' bounds stay as they are, and so does everything that is planned.
 *
 * @module
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { betweenGroups, byWays, fromTo, untilHolds } from '../cluster.ts'
import type { Answer, Asking, Cluster, Cut, Holding } from '../cluster.ts'
import type { MachineState, OneWay, Run, Trouble } from '../cluster.ts'
import { Lab } from './lab.ts'
import { patience } from './patience.ts'
import { killQuietly, ProcessCluster, type ProcessNode } from './process-cluster.ts'
import { runsBelow } from './runs.ts'

/** Between looks at a fact that is waited for, and at what the machines do by themselves. */
const POLL_MS = 50
/** How often the machine's load is asked for. */
const PATIENCE_MS = 1_000
const REQUEST_MS_MAX = 30_000
/** A service manager starts again what ended by itself. */
const RESPAWN_MS = 1_000

interface Machine {
  readonly node: ProcessNode
  state: MachineState
  starts: number
  /** Grows with everything that is done to it: a start that was overtaken is nobody's failure. */
  changes: number
  starting: Promise<void> | undefined
  /** How much of its log was read. */
  logRead: number
}

export class RealCluster implements Cluster {
  readonly damagedDisks = new Set<string>()
  readonly #lab: Lab
  readonly #processes: ProcessCluster
  readonly #machines = new Map<string, Machine>()
  readonly #blocks = new Map<string, Cut>()
  readonly #troubles: Trouble[] = []
  #clock = { atMs: performance.now(), nowMs: 0, patience: patience(), askedMs: performance.now() }
  #isStopped = false

  private constructor(lab: Lab, processes: ProcessCluster) {
    this.#lab = lab
    this.#processes = processes
    for (const node of processes.nodes) this.#add(node)
    void this.#watch()
  }

  static async boot(machines: number): Promise<RealCluster> {
    const lab = new Lab()
    try {
      return new RealCluster(lab, await ProcessCluster.start(machines, { runtime: 'process', lab }))
    } catch (error) {
      lab.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const { node, state } of this.#machines.values()) if (state === 'paused') killQuietly(node.pid, 'SIGCONT')
    await this.#processes.stop()
    this.#lab.stop()
  }

  /** The last lines of every log. */
  logs(): string {
    return this.#processes.nodes.map((node) => `--- ${node.name}\n${node.logTail(12)}`).join('\n')
  }

  // ---- time

  nowMs(): number {
    const realMs = performance.now()
    const { atMs, nowMs, patience: slow, askedMs } = this.#clock
    const isStale = realMs - askedMs > PATIENCE_MS
    this.#clock = {
      atMs: realMs,
      nowMs: nowMs + (realMs - atMs) / slow,
      patience: isStale ? patience() : slow,
      askedMs: isStale ? realMs : askedMs,
    }
    return this.#clock.nowMs
  }

  async runFor(ms: number): Promise<void> {
    const untilMs = this.nowMs() + ms
    for (let leftMs = ms; leftMs > 0; leftMs = untilMs - this.nowMs())
      await delay(Math.min(leftMs * this.#clock.patience, PATIENCE_MS))
  }

  waitUntil(what: string, withinMs: number, holds: () => Promise<boolean> | boolean): Promise<number> {
    return untilHolds(this, { what, withinMs, pollMs: POLL_MS, holds })
  }

  /** Of this cluster's clock, by the machine's. */
  #patientMs(ms: number): number {
    return Math.ceil(ms * this.#clock.patience)
  }

  // ---- machines

  get machines(): readonly string[] {
    return [...this.#machines.keys()]
  }

  stateOf(machine: string): MachineState {
    return this.#machine(machine).state
  }

  nodeOf(machine: string): string {
    return machine
  }

  startsOf(machine: string): number {
    return this.#machine(machine).starts
  }

  async killAgent(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state === 'off' || machine.state === 'agent-down') return
    this.#turn(machine, 'agent-down')
    await machine.node.killAgent()
  }

  /** The cable first: nobody is told that the connections are gone. */
  async cutPower(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state === 'off') return
    this.#turn(machine, 'off')
    this.#lab.unplug(machine.node.machine!)
    await machine.node.killAll()
  }

  async restart(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state === 'up') return machine.starting
    if (machine.state === 'paused') return
    if (machine.state === 'off') this.#lab.plug(machine.node.machine!)
    this.#turn(machine, 'up')
    const { changes } = machine
    machine.starts += 1
    machine.starting = machine.node.restart().catch((error: unknown) => {
      if (machine.changes === changes) throw error
    })
    await machine.starting
  }

  async addMachine(via: string): Promise<string> {
    return this.#add(await this.#processes.addNode(this.#machine(via).node))
  }

  async pause(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state !== 'up') return
    this.#turn(machine, 'paused')
    killQuietly(machine.node.pid, 'SIGSTOP')
  }

  async resume(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state !== 'paused') return
    this.#turn(machine, 'up')
    killQuietly(machine.node.pid, 'SIGCONT')
  }

  #add(node: ProcessNode): string {
    this.#machines.set(node.name, { node, state: 'up', starts: 1, changes: 0, starting: undefined, logRead: 0 })
    return node.name
  }

  #turn(machine: Machine, state: MachineState): void {
    machine.state = state
    machine.changes += 1
  }

  #machine(name: string): Machine {
    const machine = this.#machines.get(name)
    if (machine === undefined) throw new Error(`there is no machine ${name}`)
    return machine
  }

  /** What ends by itself is a trouble, and is started again. */
  async #watch(): Promise<void> {
    while (!this.#isStopped) {
      for (const [name, machine] of this.#machines) {
        if (machine.state !== 'up' || machine.node.isRunning) continue
        this.#turn(machine, 'agent-down')
        this.#troubles.push({ machine: name, atMs: this.nowMs(), what: 'ended', says: machine.node.logTail(1) })
        const { changes } = machine
        void delay(RESPAWN_MS).then(() => (machine.changes === changes ? this.restart(name) : undefined))
      }
      await delay(POLL_MS)
    }
  }

  // ---- the network

  async split(fault: string, groups: readonly (readonly string[])[]): Promise<void> {
    this.#block(fault, betweenGroups(groups))
  }

  async cutOneWay(fault: string, from: readonly string[], to: readonly string[]): Promise<void> {
    this.#block(fault, fromTo(from, to))
  }

  async cutWays(fault: string, ways: readonly OneWay[]): Promise<void> {
    this.#block(fault, byWays(ways))
  }

  async mendNetwork(fault: string): Promise<void> {
    if (this.#blocks.delete(fault)) this.#cut()
  }

  #block(fault: string, cut: Cut): void {
    this.#blocks.set(fault, cut)
    this.#cut()
  }

  #cut(): void {
    const nodes = [...this.#machines.values()].map(({ node }) => node)
    const ways = nodes.flatMap((from) =>
      nodes.filter((to) => to !== from && this.isCut(from.name, to.name)).map((to) => ({ from, to })),
    )
    this.#lab.cut(ways.map(({ from, to }) => ({ from: from.machine!, to: to.machine! })))
  }

  reaches(from: string, to: string): boolean {
    return !this.isCut(from, to)
  }

  isCut(from: string, to: string): boolean {
    return [...this.#blocks.values()].some((isBlocked) => isBlocked(from, to))
  }

  /** Its cables are cut or whole. */
  lateMs(): number {
    return 0
  }

  /** Nobody spoils its disks or its engines. */
  isSound(): boolean {
    return true
  }

  // ---- what is seen of it

  async request(machine: string, method: string, path: string, asking: Asking = {}): Promise<Answer> {
    const { body, contentType, headers, timeoutMs = REQUEST_MS_MAX } = asking
    const options = { ...(headers === undefined ? {} : { headers }), timeoutMs: this.#patientMs(timeoutMs) }
    const answer = await this.#machine(machine).node.api(method, path, body, contentType, options)
    const single = Object.entries(answer.headers).map(([name, value]) => [name, value?.toString()])
    return { ...answer, headers: Object.fromEntries(single) as Answer['headers'] }
  }

  async holding(machine: string): Promise<Holding> {
    const { body } = await this.request(machine, 'GET', '/shoal/v1/digest')
    const { root = '', heads = {} } = body as Partial<Holding>
    return { root, heads }
  }

  async runs(): Promise<readonly Run[]> {
    return runsBelow(this.#processes.directory).map(({ node: machine, uid, pod, mark }) => ({
      machine,
      uid,
      pod,
      start: mark,
    }))
  }

  /** From the machine's own namespace: nobody else has a way to its addresses. */
  async visit(name: string, port: number, timeoutMs: number): Promise<string> {
    const { machine, hostAddress } = this.#machine(name).node
    const url = `http://${hostAddress}:${port}/`
    const words = [`--net=/run/netns/${machine!.namespace}`, 'busybox', 'wget', '-q', '-O', '-', url]
    const { stdout } = await promisify(execFile)('nsenter', words, { timeout: this.#patientMs(timeoutMs) })
    return stdout
  }

  /** Nobody counts them on real cables. */
  frames(): number {
    return 0
  }

  troubles(): readonly Trouble[] {
    for (const [name, machine] of this.#machines) {
      const log = readFileSync(machine.node.logFile, 'utf8')
      const lines = log.slice(machine.logRead).split('\n').slice(0, -1)
      machine.logRead += lines.reduce((sum, line) => sum + line.length + 1, 0)
      for (const says of lines)
        if (says.includes('"mailbox-full"'))
          this.#troubles.push({ machine: name, atMs: this.nowMs(), what: 'overflow', says })
    }
    return this.#troubles
  }
}
