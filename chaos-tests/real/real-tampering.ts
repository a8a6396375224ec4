/**
 * What can be done to a real machine of a lab, its engine and its cable, beside the ways to end it: by signals, the switch and
 * the kernel. What only a simulator can do is refused.
 *
 * @module
 */
import { byWays } from '../cluster.ts'
import type { ContainerStart, DiskTrouble, EngineTrouble, OneWay, Tampering, Weather } from '../cluster.ts'
import { BadLines, endsOf, touching, type BadLine } from './bad-lines.ts'
import type { TestEngine } from './engine.ts'
import type { Place } from './place.ts'

export interface Tampered {
  machines(): readonly string[]
  /** Whether machines have engines: pods may be plain processes. */
  readonly hasEngines: boolean
  /** Of a machine. */
  engineOf(machine: string): TestEngine
  /** Ends one of its pods, by SIGKILL of what it runs as. */
  killRun(machine: string, uid: string): void
  /** Whether its power is cut: nothing of it can be started. */
  isOff(machine: string): boolean
  /** The share of packets that the switch loses, and machines with the bytes a second of their lines. */
  shape(loss: number, narrow: ReadonlyMap<string, number>): void
  /** The connections that go these ways are reset. */
  reset(ways: readonly OneWay[]): void
  /** All lines that are bad from now on. Rejects where that cannot be done. */
  spoil(lines: BadLines): Promise<void>
  /** Whether there is room on its disk. */
  fillDisk(machine: string, isFull: boolean): void
  wipe(machine: string): void
  jumpClock(machine: string, byMs: number): void
  /** The share of a core that its agent gets has changed. */
  feed(machine: string): void
  /** All of it but its engine's daemon stands still, or goes on. */
  still(machine: string, isStill: boolean): void
  /** What went wrong while a fault was mended: nobody waits for it. */
  failed(error: Error): void
}

/** By signals, and on files. */
const ANYWHERE = ['crash', 'restart', 'power', 'pause', 'outage', 'reboot', 'container', 'wipe']
/** Where machines have cables, clocks and control groups of their own. */
const IN_A_LAB = [
  'clock',
  'strobe',
  'starve',
  'freeze',
  'split',
  'one-way',
  'links',
  'flap',
  'loss',
  'lag',
  'clog',
  'swizzle',
  'noise',
  'narrow',
  'resets',
]

/** Faults that are drawn for real machines, by what they stand on. They have disks that nobody spoils. */
export const REAL_KINDS: Readonly<Record<Place, readonly string[]>> = {
  loopback: ANYWHERE,
  process: [...ANYWHERE, ...IN_A_LAB],
  docker: [...ANYWHERE, ...IN_A_LAB, 'engine'],
}

/** Of the time that a slow engine stands still, one turn. */
const SLOW_TURN_MS = 100

type Trouble = { readonly machine: string; readonly engine: EngineTrouble }

export class RealTampering implements Tampering {
  readonly #troubles = new Map<string, Trouble>()
  readonly #lines = new BadLines()
  readonly #losses = new Map<string, number>()
  readonly #narrow = new Map<string, { readonly machines: readonly string[]; readonly bytesPerSecond: number }>()
  readonly #shares = new Map<string, { readonly machine: string; readonly share: number }>()
  readonly #frozen = new Map<string, string>()
  readonly #full = new Map<string, string>()
  readonly #tampered: Tampered

  constructor(tampered: Tampered) {
    this.#tampered = tampered
  }

  /** Share of packets that get lost. */
  get loss(): number {
    return Math.max(0, ...this.#losses.values())
  }

  isNarrow(machine: string): boolean {
    return [...this.#narrow.values()].some(({ machines }) => machines.includes(machine))
  }

  /** Late, out of order, doubled, damaged. */
  get lines(): BadLines {
    return this.#lines
  }

  /** Whether its engine and its disk do what they should. */
  isSound(machine: string): boolean {
    return this.#on(machine).length === 0 && ![...this.#full.values()].includes(machine)
  }

  #on(machine: string): EngineTrouble[] {
    return [...this.#troubles.values()].filter((one) => one.machine === machine).map(({ engine }) => engine)
  }

  /** Events that come late or never are the agent's own connection's: no engine does that when told to. */
  engine(fault: string, machine: string, trouble: EngineTrouble): void {
    this.#troubles.set(fault, { machine, engine: trouble })
    this.#apply(machine)
    if (trouble.slow !== undefined) void this.#slowDown(fault, machine, trouble.slow)
  }

  #apply(machine: string): void {
    if (this.#tampered.isOff(machine)) return
    const engine = this.#tampered.engineOf(machine)
    const troubles = this.#on(machine)
    if (troubles.some(({ isDown }) => isDown === true)) engine.kill()
    else if (troubles.some(({ hangs }) => hangs === true)) engine.freeze()
    else engine.thaw()
  }

  /** It stands still for as much of the time. */
  async #slowDown(fault: string, machine: string, times: number): Promise<void> {
    const stillMs = SLOW_TURN_MS * (1 - 1 / times)
    while (this.#troubles.has(fault)) {
      if (!this.#tampered.isOff(machine)) this.#tampered.engineOf(machine).freeze()
      await new Promise((resolve) => setTimeout(resolve, stillMs))
      this.#apply(machine)
      await new Promise((resolve) => setTimeout(resolve, SLOW_TURN_MS - stillMs))
    }
    this.#apply(machine)
  }

  /** The machine has power again: so has its engine, unless a fault has it otherwise. */
  async boot(machine: string): Promise<void> {
    if (this.#on(machine).some(({ isDown }) => isDown === true)) return
    await this.#tampered.engineOf(machine).restart()
    this.#apply(machine)
  }

  /** Gossip goes in frames like all else: what is done to it is done to all of them, and what is lost is lost of all. */
  weather(fault: string, weather: Partial<Weather>): void {
    const { loss = 0, latencyMs = 0, jitterMs = 0, gossipTwice = 0, gossipLate = 0, bytesPerSecond } = weather
    if (bytesPerSecond !== undefined) cannot('have all its lines narrow at once')()
    this.#losses.set(fault, loss)
    this.#shape()
    const line = { delayMs: latencyMs, jitterMs, twice: gossipTwice, late: gossipLate }
    if (Object.values(line).some((each) => each > 0))
      this.#spoil(fault, { ...line, isHit: () => true, machines: this.#tampered.machines() })
  }

  clog(fault: string, machines: readonly string[], delayMs: number): void {
    this.#spoil(fault, { isHit: touching(machines), machines, delayMs })
  }

  lag(fault: string, ways: readonly OneWay[], late: { readonly delayMs: number; readonly jitterMs: number }): void {
    this.#spoil(fault, { isHit: byWays(ways), machines: endsOf(ways), ...late })
  }

  noise(fault: string, machines: readonly string[], share: number): void {
    this.#spoil(fault, { isHit: touching(machines), machines, flipped: share })
  }

  #spoil(fault: string, line: BadLine): void {
    this.#lines.set(fault, line)
    this.#tampered.spoil(this.#lines).catch(this.#tampered.failed)
  }

  narrow(fault: string, machines: readonly string[], bytesPerSecond: number): void {
    this.#narrow.set(fault, { machines, bytesPerSecond })
    this.#shape()
  }

  #shape(): void {
    const lines = [...this.#narrow.values()].flatMap(({ machines, bytesPerSecond }) =>
      machines.map((machine) => [machine, bytesPerSecond] as const),
    )
    this.#tampered.shape(this.loss, new Map(lines))
  }

  reset(ways: readonly OneWay[]): void {
    this.#tampered.reset(ways)
  }

  /** The kernel has no disk whose syncs fail or take long when told to. */
  disk(fault: string, machine: string, { isFull = false }: DiskTrouble): void {
    if (!isFull) cannot('have a disk that fails to sync, or is slow')()
    this.#full.set(fault, machine)
    this.#tampered.fillDisk(machine, true)
  }

  wipe(machine: string): void {
    this.#tampered.wipe(machine)
  }

  jumpClock(machine: string, byMs: number): void {
    this.#tampered.jumpClock(machine, byMs)
  }

  /** Of a core, that its agent gets; undefined: as much as it wants. */
  shareOf(machine: string): number | undefined {
    const shares = [...this.#shares.values()].flatMap((one) => (one.machine === machine ? [one.share] : []))
    return shares.length === 0 ? undefined : Math.min(...shares)
  }

  starve(fault: string, machine: string, share: number): void {
    this.#shares.set(fault, { machine, share })
    this.#tampered.feed(machine)
  }

  freeze(fault: string, machine: string): void {
    this.#frozen.set(fault, machine)
    this.#tampered.still(machine, true)
    if (this.#tampered.hasEngines) this.engine(fault, machine, { hangs: true })
  }

  mend(fault: string): void {
    const starved = this.#shares.get(fault)
    if (this.#shares.delete(fault) && starved !== undefined) this.#tampered.feed(starved.machine)
    const frozen = this.#frozen.get(fault)
    const isLast = this.#frozen.delete(fault) && ![...this.#frozen.values()].some((other) => other === frozen)
    if (isLast && frozen !== undefined) this.#tampered.still(frozen, false)
    const full = this.#full.get(fault)
    if (this.#full.delete(fault) && full !== undefined && !this.#full.has(full)) this.#tampered.fillDisk(full, false)
    const wasShaped = this.#losses.delete(fault) || this.#narrow.delete(fault)
    if (wasShaped) this.#shape()
    if (this.#lines.mend(fault)) this.#tampered.spoil(this.#lines).catch(this.#tampered.failed)
    const trouble = this.#troubles.get(fault)
    if (trouble === undefined) return
    this.#troubles.delete(fault)
    const { machine } = trouble
    this.#apply(machine)
    if (trouble.engine.isDown === true && !this.#tampered.isOff(machine))
      this.boot(machine).catch(this.#tampered.failed)
  }

  killContainer(machine: string, uid: string): void {
    this.#tampered.killRun(machine, uid)
  }

  cutPowerAt = cannot('lose power amid a write')
  forge = cannot('forge records')
  flipBit = cannot('flip bits')
  saveDisk = cannot('save its disk')
  restoreDisk = cannot('restore its disk')

  starts(): readonly ContainerStart[] {
    throw new Error('nobody counts the starts of real containers')
  }
}

function cannot(what: string): () => never {
  return () => {
    throw new Error(`a real machine of this lab cannot ${what}`)
  }
}
