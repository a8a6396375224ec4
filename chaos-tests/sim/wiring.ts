/**
 * The cables between machines: who can reach whom, how long it takes, and what goes wrong on the way. All that nemeses do to
 * the network they do here; links, streams and sockets only ask.
 *
 * @module
 */
import type { Weather } from '../cluster.ts'
import type { Ticking } from './sim-time.ts'
import { Lane, type Way } from './lane.ts'
import { seriesOf } from './random.ts'

/** A machine's name. */
export type Host = string

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

  spoil(fault: string, weather: Partial<Weather>): void {
    this.#weathers.set(fault, weather)
    this.#mixWeather()
  }

  mend(fault: string): void {
    this.#blocks.delete(fault)
    this.#clogs.delete(fault)
    if (this.#weathers.delete(fault)) this.#mixWeather()
    this.#lookAtLanes()
  }

  mendAll(): void {
    this.#blocks.clear()
    this.#clogs.clear()
    this.#weathers.clear()
    this.#mixWeather()
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
    let delayMs = 0
    for (const clog of this.#clogs.values()) if (clog.hosts.has(from) || clog.hosts.has(to)) delayMs += clog.delayMs
    return delayMs
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
    for (let resend = 0; loss > 0 && resend < RESENDS_MAX && draw() < loss; resend++) delayMs += RESEND_MS * 2 ** resend
    return delayMs + this.clogMs(from, to)
  }
}
