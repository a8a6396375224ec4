/**
 * The port over real node processes: each on a machine of a lab, in a network namespace of its own, its pods plain processes, or
 * containers of an engine of the machine's own. What a workload, a nemesis or a checker does to a simulated cluster it does to
 * this one.
 *
 * Its clock goes slower the busier the machine is: ten processes on two cores that somebody else wants as well are not late
 * where they take thrice as long. So the promises' bounds stay as they are, and so does everything that is planned.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { betweenGroups, byWays, fromTo, isAgentGone, LATE_MS_MAX, LOSS_MAX, untilHolds } from '../cluster.ts'
import type { ClockFaults } from '../sim/sim-clock.ts'
import type { Answer, Asking, Cluster, Cut, Holding } from '../cluster.ts'
import type { MachineState, OneWay, Run, Trouble } from '../cluster.ts'
import type { BadLines } from './bad-lines.ts'
import type { TestEngine } from './engine.ts'
import { Lab, type LabMachine } from './lab.ts'
import { LabEngines, runsOf } from './lab-engines.ts'
import { freezeGroup } from './machine-groups.ts'
import { fetchText } from './observe.ts'
import { Slowness } from './patience.ts'
import { ProcessCluster, ticketOf, type ProcessNode } from './process-cluster.ts'
import { RealTampering } from './real-tampering.ts'
import { killQuietly } from './remains.ts'
import { runsBelow } from './runs.ts'
import { Visitor } from './visitor.ts'
import { vitalsOf, type Vitals } from './vitals.ts'
import { Warden } from './warden.ts'

/** Between looks at a fact that is waited for, and at what the machines do by themselves. */
const POLL_MS = 50
/** How often the machine's load is asked for. */
const SLOWNESS_MS = 1_000
const REQUEST_MS_MAX = 30_000
/** An agent that stands still is not waited for: the checkers look on. */
const VITALS_MS_MAX = 1_000
/** A service manager starts again what ended by itself. */
const RESPAWN_MS = 1_000
/** And kills what does not end when it is told to. */
const STOP_MS_MAX = 10_000
/** Of each machine's data directory. */
const DISK_MB = 96
/** Between two tries of a machine without a disk to be let in. */
const JOIN_AGAIN_MS = 1_000

/** Host addresses 127.0.<block>.n: others on this machine have theirs. */
const LOOPBACK_BLOCK = 150 + (process.pid % 100)

interface Machine {
  readonly node: ProcessNode
  state: MachineState
  starts: number
  /** Grows with everything that is done to it: a start that was overtaken is nobody's failure. */
  changes: number
  starting: Promise<void> | undefined
  /** Since it was told to. */
  ending: Promise<void> | undefined
  /** Its disk is empty: it has to join before it is anybody again. */
  isBlank: boolean
  /** How many disks it has had. */
  disks: number
  /** How much of its log was read. */
  logRead: number
  /** Who asks services there, from the first time on. */
  visitor: Visitor | undefined
}

export interface BootOptions {
  /** What pods are: plain processes, or containers of an engine of each machine's own. Default: processes. */
  readonly runtime?: 'process' | 'docker'
  /** No lab: machines are addresses of this one's loopback, and pods are processes. Needs no rights. */
  readonly isOnLoopback?: boolean
  /** How the clocks of the first machines are wrong from the beginning. Default: none is. */
  readonly clocks?: readonly ClockFaults[]
}

/** What a cluster stands on. */
interface Ground {
  /** Undefined: all are on this machine's loopback. */
  readonly lab: Lab | undefined
  /** Cleans up where no lab does. */
  readonly warden: Warden | undefined
  readonly directory: string
  /** Undefined: pods are processes. */
  readonly engines: LabEngines | undefined
}

export class RealCluster implements Cluster {
  readonly damagedDisks = new Set<string>()
  readonly more: RealTampering
  readonly #ground: Ground
  readonly #processes: ProcessCluster
  readonly #machines = new Map<string, Machine>()
  readonly #blocks = new Map<string, Cut>()
  readonly #troubles: Trouble[] = []
  readonly #slowness = new Slowness()
  #clock = { atMs: performance.now(), nowMs: 0, slow: 1, askedMs: performance.now() }
  #isStopped = false
  /** Of the lab itself. */
  #failure: Error | undefined
  #narrow: ReadonlyMap<string, number> = new Map()

  private constructor(ground: Ground, processes: ProcessCluster) {
    this.#ground = ground
    this.#processes = processes
    this.more = new RealTampering({
      machines: () => this.machines,
      engineOf: (name) => this.engineOf(name),
      isOff: (name) => this.stateOf(name) === 'off',
      shape: (_, narrow) => this.#shape(narrow),
      killRun: (name, uid) => this.#killRun(name, uid),
      reset: (ways) =>
        this.#lab('reset connections').reset(
          ways.map(({ from, to }) => ({ from: this.labMachine(from), to: this.labMachine(to) })),
        ),
      spoil: (lines) => this.#spoil(lines),
      fillDisk: (name, isFull) => {
        this.#lab('fill its disk')
        this.#machine(name).node.fillDisk(isFull)
      },
      wipe: (name) => this.#wipe(this.#machine(name)),
      jumpClock: (name, byMs) => {
        this.#lab('set its clock')
        this.#machine(name).node.clock?.jump(byMs)
      },
      hasEngines: ground.engines !== undefined,
      feed: (name) => {
        this.#lab('be given less of a processor')
        void this.#feed(this.#machine(name)).catch((error: Error) => (this.#failure ??= error))
      },
      still: (name, isStill) => this.#still(this.#lab('stand still'), this.#machine(name), isStill),
      failed: (error) => (this.#failure ??= error),
    })
    for (const node of processes.nodes) this.#add(node)
    void this.#watch()
  }

  static async boot(
    machines: number,
    { runtime = 'process', isOnLoopback = false, clocks = [] }: BootOptions = {},
  ): Promise<RealCluster> {
    const lab = isOnLoopback ? undefined : new Lab()
    const warden = lab === undefined ? new Warden() : undefined
    const directory = mkdtempSync(join(tmpdir(), 'shoal-'))
    lab?.keeps(directory)
    warden?.watch({ directory })
    const engines = runtime === 'docker' ? new LabEngines(join(directory, 'engines')) : undefined
    const ground = { lab, warden, directory, engines }
    try {
      const engineAt = engines?.start.bind(engines)
      let cluster: RealCluster | undefined
      // What is cut is cut for newcomers too, and before they have said a word.
      const onAdded = (): void => (cluster === undefined ? undefined : cluster.#cut())
      const ownParts = lab === undefined ? { block: LOOPBACK_BLOCK } : { lab, diskMb: DISK_MB, clocks }
      const options = { runtime, directory, onAdded, ...ownParts, ...(engineAt === undefined ? {} : { engineAt }) }
      cluster = new RealCluster(ground, await ProcessCluster.start(machines, options))
      return cluster
    } catch (error) {
      await remove(ground)
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const { lab } = this.#ground
    if (lab !== undefined) for (const machine of this.#machines.values()) this.#still(lab, machine, false)
    for (const { node, state, visitor } of this.#machines.values()) {
      visitor?.stop()
      if (state === 'paused') killQuietly(node.pid, 'SIGCONT')
    }
    await this.#processes.stop()
    await remove(this.#ground)
  }

  engineOf(name: string): TestEngine {
    const { engines } = this.#ground
    if (engines === undefined) throw new Error(`${name} has no engine: its pods are processes`)
    return engines.of(this.labMachine(name))
  }

  /** Its process. */
  agentOf(name: string): number {
    return this.#machine(name).node.pid
  }

  /** The last lines of every log. */
  logs(): string {
    return this.#processes.nodes.map((node) => `--- ${node.name}\n${node.logTail(12)}`).join('\n')
  }

  // ---- time

  nowMs(): number {
    const realMs = performance.now()
    const { atMs, nowMs, slow, askedMs } = this.#clock
    const isStale = realMs - askedMs > SLOWNESS_MS
    this.#clock = {
      atMs: realMs,
      nowMs: nowMs + (realMs - atMs) / slow,
      slow: isStale ? this.#slowness.look() : slow,
      askedMs: isStale ? realMs : askedMs,
    }
    return this.#clock.nowMs
  }

  async runFor(ms: number): Promise<void> {
    const untilMs = this.nowMs() + ms
    for (let leftMs = ms; leftMs > 0; leftMs = untilMs - this.nowMs())
      await delay(Math.min(leftMs * this.#clock.slow, SLOWNESS_MS))
  }

  waitUntil(what: string, withinMs: number, holds: () => Promise<boolean> | boolean): Promise<number> {
    return untilHolds(this, { what, withinMs, pollMs: POLL_MS, holds })
  }

  /** Of this cluster's clock, by the machine's. */
  #patientMs(ms: number): number {
    return Math.ceil(ms * this.#clock.slow)
  }

  // ---- machines

  get machines(): readonly string[] {
    return [...this.#machines.keys()]
  }

  stateOf(machine: string): MachineState {
    return this.#machine(machine).state
  }

  nodeOf(machine: string): string {
    return this.#machine(machine).node.memberName
  }

  startsOf(machine: string): number {
    return this.#machine(machine).starts
  }

  async killAgent(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state === 'off' || isAgentGone(machine.state)) return
    this.#turn(machine, 'agent-down')
    await machine.node.killAgent()
  }

  async stopAgent(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state === 'off' || isAgentGone(machine.state)) return
    const { state, node } = machine
    this.#turn(machine, 'stopped')
    machine.ending = node.stopAgent(this.#patientMs(STOP_MS_MAX))
    // As a service manager does: one that stands still could not hear it.
    if (state === 'paused') killQuietly(node.pid, 'SIGCONT')
    await machine.ending
  }

  /** The cable first: nobody is told that the connections are gone. */
  async cutPower(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state === 'off') return
    this.#turn(machine, 'off')
    // On loopback there is none: they are reset.
    this.#ground.lab?.unplug(this.labMachine(name))
    if (this.#ground.engines !== undefined) this.engineOf(name).crash()
    await machine.node.killAll()
  }

  async restart(name: string): Promise<void> {
    const machine = this.#machine(name)
    if (machine.state === 'up') return machine.starting
    if (machine.state === 'paused') return
    if (machine.state === 'stopped') {
      await machine.ending
      if (machine.state !== 'stopped') return this.restart(name)
    }
    const wasOff = machine.state === 'off'
    if (wasOff) this.#ground.lab?.plug(this.labMachine(name))
    this.#turn(machine, 'up')
    const { changes } = machine
    machine.starts += 1
    machine.starting = this.#start(machine, wasOff).catch((error: unknown) => {
      if (machine.changes === changes) throw error
    })
    await machine.starting
  }

  /** As a machine boots: its engine and its agent at the same time, neither waiting for the other. */
  async #start(machine: Machine, wasOff: boolean): Promise<void> {
    const { node } = machine
    const hasEngine = wasOff && this.#ground.engines !== undefined
    const agent = machine.isBlank ? this.#joinAnew(machine) : node.restart()
    await Promise.all([hasEngine ? this.more.boot(node.name) : undefined, agent])
  }

  #wipe(machine: Machine): void {
    this.damagedDisks.add(machine.node.name)
    machine.isBlank = true
    machine.disks += 1
    machine.node.wipe(`${machine.node.name}-${machine.disks}`)
  }

  /** As somebody does who stands before it: tries until a member lets it in. */
  async #joinAnew(machine: Machine): Promise<void> {
    const { node, changes } = machine
    while (machine.changes === changes && !this.#isStopped) {
      const via = [...this.#machines.values()].find((other) => other.state === 'up' && !other.isBlank)
      try {
        if (via === undefined) throw new Error('nobody is there to let it in')
        await node.joinAnew(await ticketOf(via.node))
        machine.isBlank = false
        return
      } catch {
        // What there is of the attempt is removed.
        await node.killAgent()
        this.#wipe(machine)
        await delay(JOIN_AGAIN_MS)
      }
    }
  }

  async addMachine(via: string): Promise<string> {
    const name = this.#add(await this.#processes.addNode(this.#machine(via).node))
    await this.#spoil(this.more.lines)
    return name
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

  /** Where it is to be done. Throws where there is none. */
  #lab(what: string): Lab {
    const { lab } = this.#ground
    if (lab === undefined) throw new Error(`a machine on loopback cannot ${what}: that takes a lab, and so root`)
    return lab
  }

  /** Not while it starts: that is awaited. */
  async #feed({ node, starting }: Machine): Promise<void> {
    await starting
    if (node.isRunning) node.share(this.more.shareOf(node.name))
  }

  /** As a virtual machine does. Agent and engine are let go on by whoever had them stand still. */
  #still(lab: Lab, { node, state }: Machine, isStill: boolean): void {
    const machine = node.machine!
    const own = state === 'paused' && node.isRunning ? node.pid : undefined
    const daemon = this.#ground.engines === undefined ? undefined : this.engineOf(node.name).pid
    if (!isStill) freezeGroup(machine.group, false)
    for (const pid of lab.processesOf(machine))
      if (isStill || (pid !== own && pid !== daemon)) killQuietly(pid, isStill ? 'SIGSTOP' : 'SIGCONT')
    if (isStill) freezeGroup(machine.group, true)
  }

  labMachine(name: string): LabMachine {
    return this.#machine(name).node.machine!
  }

  #add(node: ProcessNode): string {
    this.#machines.set(node.name, {
      node,
      state: 'up',
      starts: 1,
      changes: 0,
      starting: undefined,
      ending: undefined,
      isBlank: false,
      disks: 1,
      logRead: 0,
      visitor: undefined,
    })
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
        if (machine.state !== 'up' || machine.node.isRunning || machine.isBlank) continue
        this.#turn(machine, 'agent-down')
        const says = machine.node.logTail(1).replace(/^error: /, '')
        this.#troubles.push({ machine: name, atMs: this.nowMs(), what: 'ended', says })
        const { changes } = machine
        const again = async (): Promise<void> => (machine.changes === changes ? this.restart(name) : undefined)
        // One that ends as it starts is seen here in the next turn.
        void delay(RESPAWN_MS).then(again).catch(this.#unlessEnded(machine))
      }
      await delay(POLL_MS)
    }
  }

  #unlessEnded({ node }: Machine): (error: Error) => void {
    return (error) => {
      if (node.isRunning) this.#failure ??= error
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
    this.#lab('be cut from others')
    this.#blocks.set(fault, cut)
    this.#cut()
  }

  #shape(narrow: ReadonlyMap<string, number>): void {
    this.#lab('have a bad line')
    for (const name of this.#narrow.keys()) if (!narrow.has(name)) this.#line(name, undefined)
    for (const [name, bytesPerSecond] of narrow) this.#line(name, bytesPerSecond)
    this.#narrow = narrow
    this.#cut()
  }

  #line(name: string, bytesPerSecond: number | undefined): void {
    this.#lab('have a narrow line').narrow(this.labMachine(name), bytesPerSecond)
  }

  #spoil(lines: BadLines): Promise<void> {
    const macOf = (name: string): string => this.labMachine(name).mac
    const cables = [...lines.cables(this.machines)].map(
      ([name, ways]) =>
        [this.labMachine(name), ways.map((way) => ({ ...way, from: macOf(way.from), to: macOf(way.to) }))] as const,
    )
    return this.#lab('have a bad cable').spoil(new Map(cables))
  }

  #cut(): void {
    const { lab } = this.#ground
    if (lab === undefined) return
    const { nodes } = this.#processes
    const ways = nodes.flatMap((from) =>
      nodes.filter((to) => to !== from && this.isCut(from.name, to.name)).map((to) => ({ from, to })),
    )
    const cables = ways.map(({ from, to }) => ({ from: from.machine!, to: to.machine! }))
    lab.cut(cables, this.more.loss)
  }

  reaches(from: string, to: string): boolean {
    const isNarrow = this.more.isNarrow(from) || this.more.isNarrow(to)
    const isStarved = this.isStarved(from) || this.isStarved(to)
    const isLate = this.lateMs(from, to) >= LATE_MS_MAX || this.isNoisy(from, to)
    const isBad = isNarrow || isStarved || isLate || this.more.loss >= LOSS_MAX
    return !isBad && !this.isCut(from, to)
  }

  isNoisy(from: string, to: string): boolean {
    return this.more.lines.isNoisy(from, to)
  }

  isCut(from: string, to: string): boolean {
    return [...this.#blocks.values()].some((isBlocked) => isBlocked(from, to))
  }

  lateMs(from: string, to: string): number {
    return this.more.lines.lateMs(from, to)
  }

  isStarved(machine: string): boolean {
    return this.more.shareOf(machine) !== undefined
  }

  isSound(machine: string): boolean {
    return this.more.isSound(machine)
  }

  // ---- what is seen of it

  /** Of its agent; undefined where that is down, or says nothing. */
  async vitalsOf(name: string): Promise<Vitals | undefined> {
    const { node } = this.#machine(name)
    if (!node.isRunning) return undefined
    const asking = { timeoutMs: VITALS_MS_MAX }
    const digest = await this.request(name, 'GET', '/shoal/v1/digest', asking).catch(() => undefined)
    if (digest === undefined) return undefined
    const { documents: objects, records } = digest.body as { documents: number; records: number }
    return vitalsOf(node.pid, { atMs: this.nowMs(), objects, records })
  }

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
    if (this.#failure !== undefined) throw this.#failure
    const { engines, directory } = this.#ground
    if (engines === undefined)
      return runsBelow(directory).map(({ node: machine, uid, pod, mark }) => ({ machine, uid, pod, start: mark }))
    return [...this.#machines].flatMap(([machine, { node }]) =>
      runsOf(engines.of(node.machine!)).map(({ uid, pod, start }) => ({ machine, uid, pod, start })),
    )
  }

  #killRun(name: string, uid: string): void {
    const { directory } = this.#ground
    const pids = this.#ground.engines
      ? runsOf(this.engineOf(name)).flatMap((run) => (run.uid === uid ? run.pids : []))
      : runsBelow(directory).flatMap(({ node, uid: own, processes }) =>
          node === name && own === uid ? processes.map(({ pid }) => pid) : [],
        )
    for (const pid of pids) killQuietly(pid)
  }

  /** From the machine's own namespace, where it has one: nobody else has a way to its addresses. */
  async visit(name: string, port: number, timeoutMs: number): Promise<string> {
    const machine = this.#machine(name)
    const asked = { host: machine.node.hostAddress, port, timeoutMs: this.#patientMs(timeoutMs) }
    if (this.#ground.lab === undefined) return fetchText(asked)
    machine.visitor ??= new Visitor(this.labMachine(name))
    return machine.visitor.visit(asked)
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

async function remove({ lab, warden, directory, engines }: Ground): Promise<void> {
  await engines?.stop()
  lab?.stop()
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  warden?.dismiss()
}
