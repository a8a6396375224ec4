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

export const realTimers: Timers = {
  after(delayMs, run) {
    let timer: NodeJS.Timeout
    const sleep = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, SLEEP_MS_MAX)
      timer = setTimeout(() => (leftMs > stepMs ? sleep(leftMs - stepMs) : run()), stepMs)
    }
    sleep(Math.max(0, delayMs))
    return () => clearTimeout(timer)
  },
}

/** From the system's generator: also good for keys and nonces. */
export const realDice: Dice = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  unit: () => randomInt(2 ** 48 - 1) / 2 ** 48,
}
