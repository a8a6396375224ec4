/**
 * How long to wait on a machine that is shared: bounds are the promises' own on a quiet one, and are stretched by its load, and by
 * what its host takes away from it. A wait ends early when the fact is there, so a generous bound costs nothing.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'

/** How much slower than a quiet machine this one is now, at least 1. */
export function patience(): number {
  return byLoad() * theft()
}

/** Over the last minute, and on the safe side. */
function byLoad(): number {
  return Math.max(1, (2 * (loadavg()[0] ?? 0)) / availableParallelism())
}

/** So much waiting says no more than how busy the machine is. */
const WAITING_MAX = 0.95

/**
 * By how much longer work takes than on a quiet machine, between two readings: as the kernel has counted how long somebody who could
 * have run did not (`some` of the pressure of the processors, us), or, where it does not count it or always somebody waited, as the
 * load tells, whichever is less.
 */
export function slowness(waitedUs: number | undefined, forMs: number, loadSays: number): number {
  if (waitedUs === undefined || forMs <= 0) return loadSays
  const share = Math.min(WAITING_MAX, Math.max(0, waitedUs / 1_000 / forMs))
  return Math.max(1, Math.min(loadSays, 1 / (1 - share)))
}

/** Undefined where the kernel does not count it. */
export function readWaitedUs(pressure: string): number | undefined {
  const total = /^some .*total=(\d+)/m.exec(pressure)?.[1]
  return total === undefined ? undefined : Number(total)
}

/** A watch on how slow this machine is: each look tells of the time since the one before. */
export class Slowness {
  #waitedUs = waitedUs()
  #atMs = performance.now()

  look(): number {
    const [now, atMs] = [waitedUs(), performance.now()]
    const waited = now === undefined || this.#waitedUs === undefined ? undefined : now - this.#waitedUs
    const slow = slowness(waited, atMs - this.#atMs, byLoad()) * theft()
    this.#waitedUs = now
    this.#atMs = atMs
    return slow
  }
}

function waitedUs(): number | undefined {
  try {
    return readWaitedUs(readFileSync('/proc/pressure/cpu', 'latin1'))
  } catch {
    return undefined
  }
}

/** A promise's bound, stretched by the load of the machine. */
export function stretched(ms: number): number {
  return Math.ceil(ms * patience())
}

/** Ticks of all processors since boot: used, and wanted while the host ran others (`steal` of proc(5)). */
export interface Ticks {
  readonly used: number
  readonly stolen: number
}

export function readTicks(stat: string): Ticks {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = (stat.split('\n')[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return { used: user + nice + system + irq + softirq, stolen }
}

/** Within so many ticks chance is larger than what is measured: 2 s of one processor. */
const TICKS_MIN = 200

/** By how much longer work took than its own time, between two readings. */
export function slowdown(before: Ticks, now: Ticks): number {
  const [used, stolen] = [now.used - before.used, now.stolen - before.stolen]
  return used + stolen < TICKS_MIN ? 1 : (used + stolen) / Math.max(1, used)
}

const ticks = (): Ticks =>
  process.platform === 'linux' ? readTicks(readFileSync('/proc/stat', 'latin1')) : { used: 0, stolen: 0 }

let last = ticks()
let lastSlowdown = 1

/** Since it was asked before, where that is long enough ago. */
function theft(): number {
  const now = ticks()
  if (now.used + now.stolen - last.used - last.stolen < TICKS_MIN) return lastSlowdown
  lastSlowdown = slowdown(last, now)
  last = now
  return lastSlowdown
}
