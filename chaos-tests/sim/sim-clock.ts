/**
 * The clocks of one machine: a wall clock that may be off, run fast or slow, and be set; a monotonic one that shares its rate;
 * and timers that are as wrong as it is.
 *
 * @module
 */
import type { Cancel, Clock, Timers } from '../../node/world/world.ts'
import { GRAIN_MS, START_MS, type Ticking } from './sim-time.ts'

export interface ClockFaults {
  /** What the wall clock is ahead by. */
  readonly offsetMs?: number
  /** 0.01: a second lasts 1.01 of them. */
  readonly rateError?: number
}

export class SimClock implements Clock, Timers {
  readonly #time: Ticking
  readonly #rate: number
  #offsetMs: number

  constructor(time: Ticking, { offsetMs = 0, rateError = 0 }: ClockFaults = {}) {
    this.#time = time
    this.#rate = 1 + rateError
    this.#offsetMs = START_MS + offsetMs
  }

  /** Whole milliseconds, as the system's. */
  now(): number {
    return Math.floor(this.#offsetMs + this.mono())
  }

  mono(): number {
    return this.#time.nowMs * this.#rate
  }

  after(delayMs: number, run: () => void): Cancel {
    // Never early by this clock, whatever its rate rounds to.
    return this.#time.after(this.#rate === 1 ? delayMs : delayMs / this.#rate + GRAIN_MS, run)
  }

  /** Sets the wall clock on or back, as an administrator or NTP does. Timers and `mono` do not notice. */
  jump(byMs: number): void {
    this.#offsetMs += byMs
  }
}
