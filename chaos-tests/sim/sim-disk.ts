/**
 * The disk of one machine: the page cache is the `MemoryDisk`'s, and what is beneath it takes its time, fails, fills up and
 * forgets. It outlives the processes that use it; each opens it anew.
 *
 * @module
 */
import { DiskError } from '../../node/world/disk-error.ts'
import { MemoryDisk } from '../../node/world/memory-disk.ts'
import type { Disk, Timers } from '../../node/world/world.ts'
import type { DiskTrouble } from '../cluster.ts'
import type { Stream } from './random.ts'
import type { Trace } from './trace.ts'

/** As measured on an SSD: a write into the page cache, and a sync. */
const WRITE_MS = 0.05
const SYNC_MS = 1
const SYNC_TAIL_MS = 1.5

export type WriteKind = 'append' | 'snapshot'

export interface SimDiskOptions {
  readonly name: string
  readonly chance: Stream
  readonly nowMs: () => number
  readonly trace: Pick<Trace, 'add'>
}

export class SimDisk {
  readonly #options: SimDiskOptions
  #memory = new MemoryDisk()
  readonly #faults = new Map<string, DiskTrouble>()
  /** Sprung by the next write of its kind: amid an append, or between a snapshot and the emptying of its log, whichever is first. */
  readonly #traps = new Map<string, { readonly at: WriteKind; readonly spring: () => void }>()
  readonly #saved = new Map<string, MemoryDisk>()
  #isFlipped = false

  constructor(options: SimDiskOptions) {
    this.#options = options
  }

  // ---- for nemeses

  spoil(fault: string, faults: DiskTrouble): void {
    this.#faults.set(fault, faults)
    this.#apply()
  }

  /** Once, unless it is mended before. */
  trap(fault: string, at: WriteKind, spring: () => void): void {
    this.#traps.set(fault, { at, spring })
  }

  mend(fault: string): void {
    this.#traps.delete(fault)
    this.#faults.delete(fault)
    this.#apply()
  }

  #apply(): void {
    const isFull = [...this.#faults.values()].some((one) => one.isFull === true)
    this.#memory.capacityBytes = isFull ? 0 : Number.POSITIVE_INFINITY
  }

  /** The machine lost power: of what was not synced a first part is left, of some length. */
  cutPower(): void {
    const { chance } = this.#options
    this.#memory.crash((_, unsyncedBytes) => (chance.chance(0.5) ? 0 : chance.between(0, unsyncedBytes)))
  }

  /** A bit of what was written flips, on the platter. False: there is no such file, or it is empty. */
  flipBit(file: string): boolean {
    this.#isFlipped = true
    return this.#memory.flip(file, this.#options.chance.unit())
  }

  /** Whether what is read may differ from what was written. */
  get isFlipped(): boolean {
    return this.#isFlipped
  }

  get isSpoiled(): boolean {
    return this.#faults.size > 0
  }

  /** Of the files in which a node keeps what it holds: what is left whatever happens. */
  platter(): Buffer {
    return Buffer.concat([this.#memory.platter('snapshot'), this.#memory.platter('log')])
  }

  /** All is gone: a new disk in the same machine. */
  wipe(): void {
    this.#memory = new MemoryDisk()
    // A backup of the old one is of another member.
    this.#saved.clear()
    this.#apply()
  }

  /** Whether something of that name is left whatever happens. */
  holds(file: string): boolean {
    return this.#memory.platter(file).length > 0
  }

  /** A backup of what is on the platter. */
  save(fault: string): void {
    this.#saved.set(fault, this.#memory.copy())
  }

  restore(fault: string): void {
    const saved = this.#saved.get(fault)
    if (saved === undefined) return
    this.#saved.delete(fault)
    this.#memory = saved
    this.#apply()
  }

  forgetSaved(fault: string): void {
    this.#saved.delete(fault)
  }

  // ---- for processes

  open(timers: Timers): Disk {
    const memory = (): MemoryDisk => this.#memory
    const pause = (ms: number): Promise<void> => new Promise((resolve) => timers.after(ms + this.#slowMs(), resolve))
    return {
      read: async (file) => {
        await pause(WRITE_MS)
        return memory().read(file)
      },
      append: async (file, bytes) => {
        this.#note('append', file, bytes)
        await memory().append(file, bytes)
        this.#springTraps('append')
        await pause(WRITE_MS)
      },
      sync: async (file) => {
        await pause(this.#syncMs())
        this.#failSometimes(file)
        await memory().sync(file)
      },
      replace: async (file, bytes) => {
        await pause(this.#syncMs())
        this.#failSometimes(file)
        this.#note('replace', file, bytes)
        await memory().replace(file, bytes)
        if (file === 'snapshot' || file === 'log') this.#springTraps('snapshot')
      },
      truncate: async (file, lengthBytes) => {
        await pause(this.#syncMs())
        await memory().truncate(file, lengthBytes)
      },
      remove: async (file) => {
        await pause(this.#syncMs())
        await memory().remove(file)
      },
    }
  }

  #note(what: string, file: string, bytes: Uint8Array): void {
    const { nowMs, name, trace } = this.#options
    trace.add(nowMs(), name, what, file, bytes)
  }

  #springTraps(at: WriteKind): void {
    for (const [fault, trap] of this.#traps) {
      if (trap.at !== at) continue
      this.#traps.delete(fault)
      trap.spring()
    }
  }

  #slowMs(): number {
    return [...this.#faults.values()].reduce((sum, { slowMs = 0 }) => sum + slowMs, 0)
  }

  #syncMs(): number {
    return SYNC_MS + this.#options.chance.exponential(SYNC_TAIL_MS)
  }

  #failSometimes(file: string): void {
    const share = Math.max(0, ...[...this.#faults.values()].map(({ syncFails = 0 }) => syncFails))
    if (share === 0 || !this.#options.chance.chance(share)) return
    throw new DiskError('lost-write', `could not sync ${file}: an I/O error; what was appended may be gone`)
  }
}
