/**
 * The cables between machines: who can reach whom, how long it takes, and what goes wrong on the way. All that nemeses do to
 * the network they do here; links, streams and sockets only ask.
 *
 * @module
 */
import type { Cut, Weather } from '../cluster.ts'
import type { Ticking } from './sim-time.ts'
import { Lane, type Way } from './lane.ts'
import { Pipe } from './pipe.ts'
import { seriesOf } from './random.ts'

/** A machine's name. */
export type Host = string

/** Between two machines, by TCP. */
export interface Connection {
  readonly ends: readonly [Host, Host]
  /** Both ends break. */
  readonly reset: () => void
}

export const FAIR: Weather = {
  latencyMs: 0.3,
  jitterMs: 0.2,
  loss: 0,
  gossipLoss: 0,
  gossipTwice: 0,
  gossipLate: 0,
  bytesPerSecond: 12_500_000,
}

/** The first wait before a lost packet is sent again. */
const RESEND_MS = 200
const RESENDS_MAX = 5
/** One way between regions that are this many steps apart. */
const REGION_STEP_MS = 20

export class Wiring {
  readonly #time: Ticking
  readonly #seed: number
  readonly #regions = new Map<Host, number>()
  readonly #down = new Set<Host>()
  /** `from to` pairs, by the fault that blocks them: two faults on one way do not free it when one ends. */
  readonly #blocks = new Map<string, (from: Host, to: Host) => boolean>()
  readonly #weathers = new Map<string, Partial<Weather>>()
  readonly #clogs = new Map<string, { readonly hosts: ReadonlySet<Host>; readonly delayMs: number }>()
  readonly #lags = new Map<string, { readonly isLate: Cut; readonly delayMs: number; readonly jitterMs: number }>()
  readonly #noises = new Map<string, { readonly hosts: ReadonlySet<Host>; readonly share: number }>()
  readonly #pipes = new Map<string, ReadonlyMap<Host, { readonly out: Pipe; readonly in: Pipe }>>()
  readonly #connections = new Set<Connection>()
  readonly #lanes = new Set<Lane>()
  #base: Weather
  #weather: Weather
  /** Lanes laid so far, by their two ends. */
  readonly #laid = new Map<string, number>()

  constructor(time: Ticking, seed: number, weather: Weather = FAIR) {
    this.#time = time
    this.#seed = seed
    this.#base = weather
    this.#weather = weather
  }

  get weather(): Weather {
    return this.#weather
  }

  addHost(host: Host, region: number): void {
    this.#regions.set(host, region)
  }

  // ---- for nemeses: each by the name of the fault, so that it can be taken back

  block(fault: string, isBlocked: (from: Host, to: Host) => boolean): void {
    this.#blocks.set(fault, isBlocked)
  }

  /** Traffic to and from these machines takes that much longer. */
  clog(fault: string, hosts: readonly Host[], delayMs: number): void {
    this.#clogs.set(fault, { hosts: new Set(hosts), delayMs })
  }

  lag(fault: string, isLate: Cut, late: { readonly delayMs: number; readonly jitterMs: number }): void {
    this.#lags.set(fault, { isLate, ...late })
  }

  /** All that comes from these machines, and all that goes to them, has to share so much. */
  narrow(fault: string, hosts: readonly Host[], bytesPerSecond: number): void {
    const pipe = (): Pipe => new Pipe(this.#time, bytesPerSecond)
    this.#pipes.set(fault, new Map(hosts.map((host) => [host, { out: pipe(), in: pipe() }])))
  }

  /** Of the frames to and from these machines such a share has a bit flipped. */
  addNoise(fault: string, hosts: readonly Host[], share: number): void {
    this.#noises.set(fault, { hosts: new Set(hosts), share })
  }

  /** Breaks connections; those of links are the network's own. */
  reset(isHit: Cut): void {
    for (const connection of this.#connections) {
      const { ends, reset } = connection
      if (isHit(ends[0], ends[1]) || isHit(ends[1], ends[0])) reset()
    }
  }

  spoil(fault: string, weather: Partial<Weather>): void {
    this.#weathers.set(fault, weather)
    this.#mixWeather()
  }

  mend(fault: string): void {
    this.#blocks.delete(fault)
    this.#clogs.delete(fault)
    this.#lags.delete(fault)
    this.#noises.delete(fault)
    for (const { out, in: into } of this.#pipes.get(fault)?.values() ?? []) for (const pipe of [out, into]) pipe.open()
    this.#pipes.delete(fault)
    if (this.#weathers.delete(fault)) this.#mixWeather()
    this.#lookAtLanes()
  }

  setPower(host: Host, isOn: boolean): void {
    if (isOn) this.#down.delete(host)
    else this.#down.add(host)
    if (isOn) this.#lookAtLanes()
  }

  // ---- for links, streams and sockets

  isUp(host: Host): boolean {
    return !this.#down.has(host)
  }

  isBlocked(from: Host, to: Host): boolean {
    if (from === to) return false
    if (this.#down.has(from) || this.#down.has(to)) return true
    for (const isBlocked of this.#blocks.values()) if (isBlocked(from, to)) return true
    return false
  }

  /** By how much all that passes is later than it should be. */
  clogMs(from: Host, to: Host): number {
    if (from === to) return 0
    let delayMs = 0
    for (const clog of this.#clogs.values()) if (clog.hosts.has(from) || clog.hosts.has(to)) delayMs += clog.delayMs
    for (const lag of this.#lags.values()) if (lag.isLate(from, to)) delayMs += lag.delayMs
    return delayMs
  }

  /** Share of frames with a bit flipped. */
  noise(from: Host, to: Host): number {
    if (from === to) return 0
    let share = 0
    for (const noise of this.#noises.values())
      if (noise.hosts.has(from) || noise.hosts.has(to)) share = Math.max(share, noise.share)
    return share
  }

  /** Whether one of them has to share what passes with all that it hears and says. */
  isNarrow(from: Host, to: Host): boolean {
    return this.#pipesOn(from, to).length > 0
  }

  /** For as long as it stands it can be reset. */
  connect(connection: Connection): () => void {
    this.#connections.add(connection)
    return () => this.#connections.delete(connection)
  }

  /** Round trip in fair weather, for what is not worth a lane. */
  roundTripMs(from: Host, to: Host): number {
    return from === to ? 0.05 : 2 * this.#plainMs(from, to)
  }

  lane(from: Host, to: Host): Lane {
    const way: Way = {
      nowMs: () => this.#time.nowMs,
      after: (delayMs, run) => this.#time.after(delayMs, run),
      isBlocked: () => this.isBlocked(from, to),
      squeeze: (bytes, then) => squeeze(this.#pipesOn(from, to), bytes, then),
      clogMs: () => this.clogMs(from, to),
      noise: () => this.noise(from, to),
      delayMs: (bytes, draw) => this.#delayMs(from, to, bytes, draw),
    }
    const ends = `${from}/${to}`
    const count = this.#laid.get(ends) ?? 0
    this.#laid.set(ends, count + 1)
    const lane = new Lane(way, seriesOf(this.#seed, `lane/${ends}/${count}`))
    this.#lanes.add(lane)
    return lane
  }

  endLane(lane: Lane): void {
    lane.end()
    this.#lanes.delete(lane)
  }

  #pipesOn(from: Host, to: Host): Pipe[] {
    if (from === to) return []
    return [...this.#pipes.values()].flatMap((hosts) => {
      const [out, into] = [hosts.get(from)?.out, hosts.get(to)?.in]
      return [...(out === undefined ? [] : [out]), ...(into === undefined ? [] : [into])]
    })
  }

  #lookAtLanes(): void {
    for (const lane of this.#lanes) lane.look()
  }

  #mixWeather(): void {
    this.#weather = Object.assign({}, this.#base, ...this.#weathers.values()) as Weather
  }

  #plainMs(from: Host, to: Host): number {
    const steps = Math.abs((this.#regions.get(from) ?? 0) - (this.#regions.get(to) ?? 0))
    return this.#weather.latencyMs + steps * REGION_STEP_MS
  }

  #delayMs(from: Host, to: Host, bytes: number, draw: () => number): number {
    if (from === to) return 0.02
    const { jitterMs, loss, bytesPerSecond } = this.#weather
    let delayMs = this.#plainMs(from, to) - Math.log(1 - draw()) * jitterMs + (bytes / bytesPerSecond) * 1_000
    for (const lag of this.#lags.values()) if (lag.isLate(from, to)) delayMs -= Math.log(1 - draw()) * lag.jitterMs
    for (let resend = 0; loss > 0 && resend < RESENDS_MAX && draw() < loss; resend++) delayMs += RESEND_MS * 2 ** resend
    return delayMs
  }
}

/** Through one pipe after the other. */
function squeeze(pipes: readonly Pipe[], bytes: number, then: () => void): void {
  const [pipe, ...rest] = pipes
  if (pipe === undefined) then()
  else pipe.put(bytes, () => squeeze(rest, bytes, then))
}
