/**
 * Work that has time: done in small steps between which others have their turn, and left for a while where the machine is busy.
 *
 * @module
 */
import type { Cancel, World } from './world/world.ts'

/** Between two steps: some 10 ms of work and as much rest. */
const PAUSE_MS = 10
/** A timer that is so late had to wait for others' work, on this node or beside it. */
export const LATE_MS = 10
/** It is tried again so much later. */
export const BUSY_PAUSE_MS = 500

/** [WARM2] Ends with the steps, or when it is cancelled. */
export function workWhenIdle(
  { clock, timers }: Pick<World, 'clock' | 'timers'>,
  { steps, afterMs }: { readonly steps: Iterator<unknown>; readonly afterMs: number },
): Cancel {
  let cancel: Cancel = () => {}
  const next = (pauseMs: number): void => {
    const dueMs = clock.mono() + pauseMs
    cancel = timers.after(pauseMs, () => {
      if (clock.mono() - dueMs > LATE_MS) next(BUSY_PAUSE_MS)
      else if (steps.next().done !== true) next(PAUSE_MS)
    })
  }
  next(afterMs)
  return () => cancel()
}
