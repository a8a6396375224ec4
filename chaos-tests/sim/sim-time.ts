/**
 * The time of a simulated world: it jumps from event to event. After each event all promises and `nextTick`s run dry, so that
 * an `await` in the code under test costs no time and its order is a function of the run alone.
 *
 * Between two events nothing but Node's own queue of ticks and microtasks runs (0.4 us; a `setImmediate` each would cost 2.5 us,
 * more than most events do). Every few thousand events the loop gives the real event loop a turn, so that finalizers run
 * and what Automerge keeps in wasm is freed.
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Cancel, Timers } from '../../node/world/world.ts'
import { EventHeap } from './event-heap.ts'
import { realSetImmediate, type Tripwire } from './tripwire.ts'

/** 2026-11-21T00:00:00Z: a wall clock that looks like one, the same in every run. */
export const START_MS = 1_795_219_200_000

/** Events between two turns of the real event loop. */
const EVENTS_PER_TURN = 4_096
/** Events at one instant. A run that has more has a timer that sets itself again with no delay. */
const EVENTS_PER_INSTANT_MAX = 200_000

/**
 * Time has grains, a power of two so that sums of them are exact. Without it a timer that is a rounding error early would be
 * set again with no delay for ever.
 */
export const GRAIN_MS = 1 / 1024

/**
 * Runs ticks and microtasks until none is left; it must not be called from within one. Not documented, there since Node 0.10,
 * and looked at on 20, 22 and 24. What a tick throws must not be caught on its way out: Node closes its books on the
 * tick (async hooks) only where the error reaches the bottom of the stack.
 */
const runTicks = (process as unknown as { _tickCallback: () => void })._tickCallback

/** What the parts of a simulated world need of time. */
export type Ticking = Pick<SimTime, 'nowMs' | 'after'>

export class SimTime implements Timers {
  readonly #heap = new EventHeap()
  #nowMs = 0
  readonly #wire: Pick<Tripwire, 'arm' | 'disarm'> | undefined
  #isRunning = false
  #events = 0
  /** Run at the instant it is. */
  #eventsNow = 0
  #hasFailed = false

  constructor(wire?: Pick<Tripwire, 'arm' | 'disarm'>) {
    this.#wire = wire
  }

  /** Since the start of the run; a multiple of `GRAIN_MS`. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Run so far. */
  get events(): number {
    return this.#events
  }

  after(delayMs: number, run: () => void): Cancel {
    assert(!Number.isNaN(delayMs), 'a timer needs a number of milliseconds, not NaN')
    const event = this.#heap.add(upToGrain(this.#nowMs + Math.max(0, delayMs)), run)
    return () => (event.run = undefined)
  }

  /** Runs what falls due up to that instant, or until `isOver`. Only one may drive at a time. */
  async runUntil(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    assert(!this.#isRunning, 'time is being driven already: within a run wait with `after`')
    this.#isRunning = true
    this.#hasFailed = false
    try {
      while (!(await this.#turn(untilMs, isOver)));
    } finally {
      this.#isRunning = false
    }
  }

  /** Some thousand events. True: all that is due has run. Rejects with what simulated code throws and nobody there catches. */
  #turn(untilMs: number, isOver: () => boolean): Promise<boolean> {
    return new Promise((resolve, reject) => {
      realSetImmediate(() => {
        let isWithin = true
        const release = (): void => process.setUncaughtExceptionCaptureCallback(null)
        // [SIM14] Of a microtask it is told at once, of all else when this callback is left.
        process.setUncaughtExceptionCaptureCallback((error) => {
          this.#hasFailed = true
          reject(error)
          if (!isWithin) release()
        })
        try {
          resolve(this.#wired(() => this.#runSome(untilMs, isOver)))
          release()
        } finally {
          isWithin = false
        }
      })
    })
  }

  /** Whatever comes of it, what runs after it is no longer simulated. */
  #wired(act: () => boolean): boolean {
    this.#wire?.arm()
    try {
      return act()
    } finally {
      this.#wire?.disarm()
    }
  }

  #runSome(untilMs: number, isOver: () => boolean): boolean {
    runTicks()
    for (let left = EVENTS_PER_TURN; left > 0; left--) {
      if (this.#hasFailed || isOver()) return true
      const event = this.#heap.takeDue(untilMs)
      if (event === undefined) {
        this.#nowMs = Math.max(this.#nowMs, untilMs)
        return true
      }
      this.#eventsNow = event.dueMs === this.#nowMs ? this.#eventsNow + 1 : 0
      assert(
        this.#eventsNow < EVENTS_PER_INSTANT_MAX,
        'time stands still: does a timer set itself again with no delay?',
      )
      this.#nowMs = event.dueMs
      this.#events += 1
      event.run?.()
      runTicks()
    }
    return false
  }
}

function upToGrain(ms: number): number {
  return Math.ceil(ms / GRAIN_MS) * GRAIN_MS
}
