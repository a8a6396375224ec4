import { expect, test } from 'vitest'
import { BUSY_PAUSE_MS, LATE_MS, workWhenIdle } from './idle-work.ts'
import { VirtualTime } from './world/virtual-time.ts'

/** Three steps whose times are noted, with timers that are late. */
function begun(lateMs = 0): { time: VirtualTime; stepsMs: number[]; late: { ms: number }; cancel: () => void } {
  const time = new VirtualTime()
  const stepsMs: number[] = []
  const late = { ms: lateMs }
  function* steps(): Generator<void> {
    for (let step = 0; step < 3; step += 1) {
      stepsMs.push(time.clock.mono())
      yield
    }
  }
  const timers = { after: (ms: number, run: () => void) => time.timers.after(ms + late.ms, run) }
  return {
    time,
    stepsMs,
    late,
    cancel: workWhenIdle({ clock: time.clock, timers }, { steps: steps(), afterMs: 1_000 }),
  }
}

test('[WARM2] work that has time goes on step by step, and ends', () => {
  const { time, stepsMs } = begun()
  time.advance(5_000)
  expect(stepsMs).toEqual([1_000, 1_010, 1_020])
  expect(time.waiting).toBe(0)
})

test('[WARM2] it is left for half a second where its turn comes late: others have work to do', () => {
  const { time, stepsMs, late } = begun(LATE_MS + 1)
  time.advance(1_000)
  late.ms = 0
  time.advance(5_000)
  expect(stepsMs[0]).toBe(1_000 + LATE_MS + 1 + BUSY_PAUSE_MS)
  expect(stepsMs).toHaveLength(3)
})

test('[WARM2] nothing is done once it is cancelled', () => {
  const { time, stepsMs, cancel } = begun()
  time.advance(1_005)
  cancel()
  time.advance(5_000)
  expect(stepsMs).toEqual([1_000])
  expect(time.waiting).toBe(0)
})
