/**
 * Time that stands still until it is told to move: `Clock` and `Timers` for tests and the simulator.
 *
 * Timers due at one instant run in the order they were set, so a run is a function of its inputs alone. A timer that runs
 * sees the instant it was set for, and may set further ones; those due within the same move run in it too.
 *
 * ```ts
 * const time = new VirtualTime()
 * const actor = new Detector({ clock: time.clock, timers: time.timers })
 * time.advance(1_500)
 * ```
 *
 * @module
 */
import assert from 'node:assert/strict'
import type { Cancel, Clock, Timers } from './world.ts'

interface Timer {
  readonly dueMs: number
  readonly run: () => void
}

/** 2026-11-21T00:00:00Z: a wall clock that looks like one, the same in every run. */
const START_MS = 1_795_219_200_000

/** Timers one move may run. A test that runs more has a timer that sets itself again with no delay. */
const TIMERS_PER_MOVE_MAX = 1_000_000

/** Turns given to promises and streams between two timers. In each, all promises run dry; a stream takes one per step. */
const SETTLE_TURNS = 50

export class VirtualTime {
  readonly clock: Clock
  readonly timers: Timers

  #monoMs = 0
  #wallOffsetMs: number
  /** By due time, then by insertion; the earliest last, so that taking it is cheap. */
  readonly #queue: Timer[] = []

  constructor({ startMs = START_MS }: { startMs?: number } = {}) {
    this.#wallOffsetMs = startMs
    this.clock = { now: () => this.#wallOffsetMs + this.#monoMs, mono: () => this.#monoMs }
    this.timers = { after: (delayMs, run) => this.#after(delayMs, run) }
  }

  /** Timers that have run. */
  ran = 0

  /** Timers that wait. A stopped actor leaves none. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Moves both clocks on and runs what falls due, each at its instant. */
  advance(byMs: number): void {
    assert(byMs >= 0, `time moves forward only, not by ${byMs} ms; jumpWall() sets the wall clock`)
    const untilMs = this.#monoMs + byMs
    for (let ran = 0; this.#runNext(untilMs); ran++) assertBounded(ran)
    this.#monoMs = untilMs
  }

  /** `advance`, giving promises and streams in memory a chance before the first timer and after each one. */
  async advanceAndSettle(byMs: number): Promise<void> {
    assert(byMs >= 0, `time moves forward only, not by ${byMs} ms; jumpWall() sets the wall clock`)
    const untilMs = this.#monoMs + byMs
    await settle()
    for (let ran = 0; this.#runNext(untilMs); ran++) {
      assertBounded(ran)
      await settle()
    }
    this.#monoMs = untilMs
  }

  /** Runs timers, jumping from one to the next, until none waits. Fails where some do still after `limitMs`. */
  runUntilIdle({ limitMs = 3_600_000 }: { limitMs?: number } = {}): void {
    const untilMs = this.#monoMs + limitMs
    for (let ran = 0; this.#runNext(untilMs); ran++) assertBounded(ran)
    assert(this.#queue.length === 0, `${this.#queue.length} timers still wait after ${limitMs} ms; are they periodic?`)
  }

  /** Sets the wall clock on or back, as an administrator or NTP does. Timers and `mono` do not notice. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  #after(delayMs: number, run: () => void): Cancel {
    assert(!Number.isNaN(delayMs), 'a timer needs a number of milliseconds, not NaN')
    const timer: Timer = { dueMs: this.#monoMs + Math.max(0, delayMs), run }
    const place = this.#queue.findLastIndex((other) => other.dueMs > timer.dueMs) + 1
    this.#queue.splice(place, 0, timer)
    return () => {
      const found = this.#queue.indexOf(timer)
      if (found >= 0) this.#queue.splice(found, 1)
    }
  }

  #runNext(untilMs: number): boolean {
    const next = this.#queue.at(-1)
    if (next === undefined || next.dueMs > untilMs) return false
    this.#queue.pop()
    this.#monoMs = next.dueMs
    this.ran += 1
    next.run()
    return true
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise<void>((resolve) => process.nextTick(resolve))
}

function assertBounded(ran: number): void {
  assert(
    ran < TIMERS_PER_MOVE_MAX,
    `over ${TIMERS_PER_MOVE_MAX} timers in one move; does one set itself with no delay?`,
  )
}
