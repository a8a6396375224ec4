/**
 * One simulated machine: disk, engine, clock and cables, which stay, and a node, which comes and goes. The node is the real one;
 * only its world is made here.
 *
 * @module
 */
import { Door, joinFrame, readJoined } from '../../net/admission.ts'
import { parseTicket } from '../../net/ticket.ts'
import { Api } from '../../node/api/api.ts'
import type { SimRuntime } from '../../node/agent/sim-runtime.ts'
import { openHome, type Home } from '../../node/home.ts'
import { createNode, type RunningNode } from '../../node/node.ts'
import { sealRecord } from '../../crdt/envelope.ts'
import { textOf } from '../../crdt/json.ts'
import type { NodeFact, NodeId } from '../../crdt/index.ts'
import { encodeEnvelopes } from '../../node/store/frames.ts'
import type { NodeSettings } from '../../node/self.ts'
import { DiskError } from '../../node/world/disk-error.ts'
import type { Disk, Facts, Log, World } from '../../node/world/world.ts'
import type { EngineTrouble, MachineState, Trouble } from '../cluster.ts'
import { engineOf, newEngine, type EngineOptions } from './engine.ts'
import { Life } from './life.ts'
import { Stream } from './random.ts'
import type { Signatures } from './signatures.ts'
import { SimClock, type ClockFaults } from './sim-clock.ts'
import { SimDisk } from './sim-disk.ts'
import type { SimNetwork } from './sim-network.ts'
import { serveHttp, type SimInternet } from './sim-sockets.ts'
import type { SimTime } from './sim-time.ts'
import { SimTransport } from './sim-transport.ts'
import type { Trace } from './trace.ts'
import { Word, type WordRule } from './word.ts'

/** What all machines of a run share. */
export interface Ground {
  readonly seed: number
  readonly time: SimTime
  readonly network: SimNetwork
  readonly internet: SimInternet
  readonly trace: Trace
  readonly signatures: Signatures
  /** Something that must not happen, whatever the faults: it ends the run. */
  readonly alarm: (machine: string, what: string, rule?: WordRule) => void
  /** Something that nobody asked for, and that a checker has to judge. */
  readonly trouble: (trouble: Omit<Trouble, 'atMs'>) => void
  readonly containerStarted: (machine: string, uid: string) => void
}

export interface MachineOptions {
  readonly name: string
  /** An IP. */
  readonly address: string
  readonly region: number
  readonly clock?: ClockFaults
  /** How long all has to be calm before its node takes a pod of another. Absent: it takes none. */
  readonly calmMs?: number
}

interface Process {
  readonly life: Life
  /** Once it has read its disk. */
  home?: Home
  transport?: SimTransport
  word?: Word
  node?: RunningNode
  api?: Api
  /** It has said that it cannot go on, or was told to end. */
  isEnding?: boolean
}

/** Short, so that snapshots are taken within minutes. */
const LOG_BYTES_MAX = 8 * 1024
/** And histories cut. */
const CUT_BOUNDS = { fromChanges: 8, anywayFromChanges: 16, changesMin: 4, chainsMax: 8 }
/** Of a core, for what an agent does when it hears something or a timer is due: one of three at rest does 28 a second, in 9 ms on a real machine. */
const TURN_MS = 0.4
/** A service manager starts an agent that has ended by itself again after this long. */
const RESPAWN_MS = 2_000
/** And one that does not end when it is told to is killed. */
const STOP_MS_MAX = 10_000

export class SimMachine {
  readonly name: string
  readonly disk: SimDisk
  readonly engine: SimRuntime
  readonly clock: SimClock
  readonly #ground: Ground
  readonly #options: MachineOptions
  readonly #engineOptions: EngineOptions
  readonly #engineTroubles = new Map<string, EngineTrouble>()
  readonly #shares = new Map<string, number>()
  #power: Life
  #process: Process | undefined
  #isPaused = false
  /** Told to end, and not started again since. */
  #isStopped = false
  #boots = 0
  /** Since the machine came to be: how often its disk was replaced. */
  #wipes = 0

  constructor(ground: Ground, options: MachineOptions) {
    const { seed, time, trace } = ground
    const { name } = options
    const nowMs = (): number => time.nowMs
    this.name = name
    this.#ground = ground
    this.#options = options
    this.clock = new SimClock(time, options.clock)
    this.#power = new Life(this.clock)
    this.disk = new SimDisk({ name, chance: new Stream(seed, `disk/${name}`), nowMs, trace })
    // What an engine is at is lost with the power.
    const timers = { after: (ms: number, run: () => void) => this.#power.timers.after(ms, run) }
    this.#engineOptions = {
      name,
      clock: this.clock,
      timers,
      chance: new Stream(seed, `engine/${name}`),
      nowMs,
      trace,
      onStart: (uid) => ground.containerStarted(name, uid),
    }
    this.engine = newEngine(
      this.#engineOptions,
      () => Object.assign({}, ...this.#engineTroubles.values()) as EngineTrouble,
    )
    ground.network.wiring.addHost(name, options.region)
    ground.internet.addMachine(name, options.address, {
      serving: (host, port) => {
        const isAlive = (): boolean => this.engine.isServing(host, port)
        return isAlive() ? serveHttp(host, { timers, isAlive }) : undefined
      },
    })
  }

  get state(): MachineState {
    if (this.#power.isOver) return 'off'
    if (this.#process?.api === undefined) return this.#isStopped ? 'stopped' : 'agent-down'
    return this.#isPaused ? 'paused' : 'up'
  }

  get isSound(): boolean {
    return this.#engineTroubles.size === 0 && !this.disk.isSpoiled
  }

  get isStarved(): boolean {
    return this.#shares.size > 0
  }

  get address(): string {
    return this.#options.address
  }

  /** What its node is called: two members have two names. */
  get node(): string {
    return this.#wipes === 0 ? this.name : `${this.name}-${this.#wipes + 1}`
  }

  /** Its disk was replaced, and its node has not entered the cluster since. */
  get isBlank(): boolean {
    return this.#wipes > 0 && !this.disk.holds('genesis')
  }

  get starts(): number {
    return this.#boots
  }

  get api(): Api | undefined {
    return this.#process?.api
  }

  get backend(): RunningNode['backend'] | undefined {
    return this.#process?.node?.backend
  }

  get word(): Word | undefined {
    return this.#process?.word
  }

  get home(): Home | undefined {
    return this.#process?.home
  }

  // ---- coming to life

  /**
   * Resolves when its API answers, or somebody else has it started. With a ticket it joins, unless its disk says that it has.
   * Where its disk fails it is tried again, as a service manager does.
   */
  async start(ticket?: string): Promise<void> {
    // Whoever starts it again does not wait for one that takes its time to end.
    if (this.#process?.isEnding === true && this.#isStopped) this.kill()
    if (this.#process !== undefined) return
    this.#isPaused = false
    if (this.#power.isOver) this.#powerOn()
    const process: Process = { life: new Life(this.#power.timers) }
    this.#process = process
    try {
      await this.#boot(process, ticket)
    } catch (error) {
      if (!(error instanceof DiskError) || this.#process !== process) throw error
      this.#ground.trouble({ machine: this.name, what: 'ended', says: `the disk failed: ${error.message}` })
      this.kill()
      const power = this.#power
      await new Promise<void>((resolve) => power.timers.after(RESPAWN_MS, resolve))
      await this.start(ticket)
    }
  }

  async #boot(process: Process, ticket: string | undefined): Promise<void> {
    this.#boots += 1
    this.#note('start', `boot ${this.#boots}`)
    const begin =
      ticket === undefined ? { how: 'create' as const, clusterName: 'sim' } : { how: 'join' as const, ticket }
    const world = this.#worldOf(process)
    const home = await openHome({ ...world, join: (asked) => this.#join(asked) }, begin)
    process.home = home
    // Every node checks every signature, and here they share one process: the second to ask is told what the first found.
    const { signatures } = this.#ground
    Object.assign(home.members, { verify: signatures.verify, parse: signatures.parse })
    Object.assign(home.identity, { sign: signatures.signingOf(home.identity) })
    const { seed, network, trace, time } = this.#ground
    const { name, address } = this.#options
    const { identity, members } = home
    const { life } = process
    const door = new Door({ identity, members, dataKey: home.dataKey })
    process.transport = new SimTransport(network, {
      self: identity.node,
      host: name,
      address,
      seed,
      members,
      door,
      enter: (run) => life.enter(run),
      trace,
      nowMs: () => time.nowMs,
      wallMs: () => this.clock.now(),
    })
    process.word = new Word({
      self: identity.node,
      platter: () => this.disk.platter(),
      alarm: (rule, what) => this.#ground.alarm(this.name, what, rule),
    })
    process.node = await createNode({
      world: { ...world, transport: guarded(process.transport, life, process.word) },
      home,
      settings: this.#settings(),
      api: () => [`sim:${name}`],
      onFatal: (reason) => this.#ended(process, reason),
      isWarm: true,
      calmMs: this.#options.calmMs,
      logBytesMax: LOG_BYTES_MAX,
      cutBounds: CUT_BOUNDS,
    })
    process.api = new Api(process.node.backend, (error) => this.#ground.alarm(name, `the API failed: ${String(error)}`))
    this.#isStopped = false
  }

  #powerOn(): void {
    this.#power = new Life(this.clock)
    this.#ground.network.wiring.setPower(this.name, true)
  }

  #worldOf({ life }: Process): Omit<World, 'transport'> {
    const { seed, internet } = this.#ground
    return {
      clock: this.clock,
      timers: life.timers,
      dice: new Stream(seed, `dice/${this.name}/${this.#boots}`),
      disk: guardedDisk(this.disk.open(this.#power.timers), life),
      sockets: internet.socketsOf(this.name, life),
      runtimes: [engineOf(this.engine, life, this.#engineOptions)],
      log: this.#logOf(life),
    }
  }

  #logOf(life: Life): Log {
    return {
      note: (level, what, facts) => {
        if (life.isOver) return
        if (level !== 'debug') this.#note(`log:${what}`, facts === undefined ? '' : JSON.stringify(facts))
        if (what === 'mailbox-full')
          this.#ground.trouble({ machine: this.name, what: 'overflow', says: JSON.stringify(facts) })
        // A torn tail is cut when the power is back: nothing can be lost amid a log whose bits nobody flips.
        if (what === 'log-damaged' && facts?.['lostStretches'] !== 0 && !this.disk.isFlipped)
          this.#ground.alarm(this.name, 'its log is damaged, and its disk is sound', 'LOG4')
        if (level === 'error') this.#ground.alarm(this.name, `${what} ${JSON.stringify(facts)}`)
      },
    }
  }

  async #join({ identity, ticket: line, nowMs }: Parameters<NonNullable<Parameters<typeof openHome>[0]['join']>>[0]) {
    const ticket = parseTicket(line, nowMs)
    const member = ticket.address.split('/p2p/')[1] ?? ''
    const { life } = this.#process!
    const frame = joinFrame(ticket, identity.node)
    const reply = await life.answer(this.#ground.network.knock(this.name, member, frame, identity.node))
    return readJoined(reply, ticket, identity.node)
  }

  #settings(): NodeSettings {
    const { name, address, region } = this.#options
    return {
      name: this.node,
      hostAddress: address,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/region': `region-${region}`,
      },
      taints: [],
      capacity: { cpuMilli: 4_000, memoryBytes: 8 * 2 ** 30, pods: 500 },
      platform: { os: 'linux', arch: 'amd64' },
      version: 'sim',
      runtimes: [this.engine.name],
      lowestPort: 1_024,
      dataDir: `/sim/${name}`,
    }
  }

  /** It says so itself, in the name of another, and signs as well as it can. */
  forge(author: NodeId, fact: NodeFact, incarnation: number): void {
    const { home, transport } = this.#process ?? {}
    if (home === undefined || transport === undefined || this.state !== 'up') return
    this.#note('forge', author)
    const atMs = this.clock.now()
    const body = {
      type: 'record',
      author,
      name: 'node',
      incarnation,
      seq: 1,
      atMs,
      ttlMs: 0,
      text: textOf(fact),
    } as const
    const bytes = sealRecord(body, home.members.clusterId, home.identity)
    for (const peer of transport.links()) transport.send(peer, encodeEnvelopes([{ bytes }]))
  }

  // ---- and to its end

  /** `kill -9`: the containers run on. */
  kill(): void {
    const process = this.#process
    if (process === undefined) return
    this.#note('kill')
    this.#process = undefined
    process.life.end()
    process.transport?.crash()
  }

  /** SIGTERM: it closes its API, leaves the network and ends, as a node on a machine does; the containers run on. */
  async stop(): Promise<void> {
    const process = this.#process
    if (process === undefined || process.isEnding === true) return
    this.resume()
    this.#note('stop')
    this.#isStopped = true
    process.isEnding = true
    delete process.api
    const late = new Promise<void>((resolve) => this.#power.timers.after(STOP_MS_MAX, resolve))
    await Promise.race([process.node?.stop().catch(() => {}), late])
    if (this.#process === process) this.kill()
  }

  cutPower(): void {
    if (this.#power.isOver) return
    this.#note('power-cut')
    this.#isStopped = false
    const process = this.#process
    this.#process = undefined
    // In this order: nothing of the machine says another word.
    this.#ground.network.wiring.setPower(this.name, false)
    process?.life.end()
    process?.transport?.cutPower()
    this.#power.end()
    this.disk.cutPower()
    this.engine.reboot()
    this.engine.resume({ answersLost: true })
  }

  /** The machine is off. */
  wipe(): void {
    this.#note('wipe')
    this.#wipes += 1
    this.disk.wipe()
  }

  pause(): void {
    if (this.state !== 'up') return
    this.#note('pause')
    this.#isPaused = true
    this.#process?.life.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#note('resume')
    this.#isPaused = false
    this.#process?.life.resume()
  }

  /** The agent ended by itself. */
  #ended(process: Process, reason: string): void {
    if (this.#process !== process || process.isEnding === true) return
    process.isEnding = true
    this.#note('fatal', reason)
    this.#ground.trouble({ machine: this.name, what: 'ended', says: reason })
    // After the handler that said so.
    const power = this.#power
    power.timers.after(0, () => {
      if (this.#process !== process) return
      this.kill()
      power.timers.after(RESPAWN_MS, () => void (this.#process === undefined && this.start().catch(this.#failed)))
    })
  }

  readonly #failed = (error: unknown): void => this.#ground.alarm(this.name, `could not start: ${String(error)}`)

  /** What comes to its node from beside the network: a client of its API. */
  enter(run: () => void): void {
    this.#process?.life.enter(run)
  }

  // ---- too little of the processor

  starve(fault: string, share: number): void {
    this.#note('starve', String(share))
    this.#shares.set(fault, share)
    this.#feed()
  }

  mendStarving(fault: string): void {
    if (this.#shares.delete(fault)) this.#feed()
  }

  #feed(): void {
    this.#process?.life.starve(this.#shares.size === 0 ? 0 : TURN_MS / Math.min(...this.#shares.values()))
  }

  // ---- troubles of its engine

  troubleEngine(fault: string, trouble: EngineTrouble): void {
    this.#engineTroubles.set(fault, trouble)
    this.#applyTroubles()
  }

  mendEngine(fault: string): void {
    if (this.#engineTroubles.delete(fault)) this.#applyTroubles()
  }

  #applyTroubles(): void {
    const troubles = [...this.#engineTroubles.values()]
    if (troubles.some(({ hangs }) => hangs === true)) this.engine.hang()
    else this.engine.resume()
    this.engine.cling(troubles.some(({ clings }) => clings === true))
    if (troubles.some(({ isDown }) => isDown === true)) this.engine.break('the engine does not answer')
    else this.engine.mend()
  }

  #note(what: string, detail: Facts | string = ''): void {
    const { trace, time } = this.#ground
    trace.add(time.nowMs, this.name, what, typeof detail === 'string' ? detail : JSON.stringify(detail))
  }
}

function guardedDisk(disk: Disk, life: Life): Disk {
  return {
    read: (file) => life.answer(disk.read(file)),
    append: (file, bytes) => life.answer(disk.append(file, bytes)),
    sync: (file) => life.answer(disk.sync(file)),
    replace: (file, bytes) => life.answer(disk.replace(file, bytes)),
    truncate: (file, lengthBytes) => life.answer(disk.truncate(file, lengthBytes)),
    remove: (file) => life.answer(disk.remove(file)),
  }
}

/** What it hears, it hears only while it lives and runs. */
function guarded(transport: SimTransport, life: Life, word: Word): World['transport'] {
  return {
    self: transport.self,
    start: (handlers) =>
      transport.start({
        mayLink: (peer) => handlers.mayLink(peer),
        gossip: (message) => life.enter(() => handlers.gossip(message)),
        frame: (from, bytes) =>
          life.enter(() => {
            word.hears(bytes)
            handlers.frame(from, bytes)
          }),
        up: (peer, addresses) => life.enter(() => handlers.up(peer, addresses)),
        down: (peer, reason) => life.enter(() => handlers.down(peer, reason)),
        stream: (from, protocol, header, stream) => life.enter(() => handlers.stream(from, protocol, header, stream)),
        neighboursFor: (newcomer) => handlers.neighboursFor?.(newcomer) ?? [],
        admitted: (certificate) => life.enter(() => handlers.admitted(certificate)),
      }),
    stop: () => transport.stop(),
    addresses: () => transport.addresses(),
    publish: (topic, bytes) => {
      if (life.isOver) return
      if (topic === 'changes') word.publishes(bytes)
      transport.publish(topic, bytes)
    },
    send: (to, frame) => {
      if (life.isOver) return 'no-link'
      word.sends(frame)
      return transport.send(to, frame)
    },
    links: () => transport.links(),
    connect: (addresses) => life.answer(transport.connect(addresses)),
    disconnect: (peer) => life.answer(transport.disconnect(peer)),
    open: (to, protocol, header) => life.answer(transport.open(to, protocol, header)),
  }
}
