/**
 * Clock, timers and dice of the machine.
 *
 * @module
 */
import { randomBytes, randomInt } from 'node:crypto'
import type { Clock, Dice, Timers } from './world.ts'

/** Longest delay Node keeps; beyond it a timer would run at once. Longer ones are slept in steps. */
const SLEEP_MS_MAX = 2 ** 31 - 1

export const realClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
}

/** [TIMER2] Node counts in whole milliseconds, rounded down, so its own timers come up to one early. */
export const realTimers: Timers = {
  after(delayMs, run) {
    const dueMs = performance.now() + Math.max(0, delayMs)
    let timer: NodeJS.Timeout
    const sleep = (): void => {
      timer = setTimeout(wake, Math.min(Math.ceil(Math.max(0, dueMs - performance.now())), SLEEP_MS_MAX))
    }
    const wake = (): void => (performance.now() < dueMs ? sleep() : run())
    sleep()
    return () => clearTimeout(timer)
  },
}

/** From the system's generator: also good for keys and nonces. */
export const realDice: Dice = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  unit: () => randomInt(2 ** 48 - 1) / 2 ** 48,
}
