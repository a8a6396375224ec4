import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualTime } from './virtual-time.ts'

test('[WORLD1] timers run by due time, then in the order they were set', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (delays) => {
      const time = new VirtualTime()
      const ran: { delay: number; order: number; atMs: number }[] = []
      delays.forEach((delay, order) =>
        time.timers.after(delay, () => ran.push({ delay, order, atMs: time.clock.mono() })),
      )
      time.runUntilIdle()
      const wanted = delays
        .map((delay, order) => ({ delay, order, atMs: delay }))
        .sort((a, b) => a.delay - b.delay || a.order - b.order)
      expect(ran).toEqual(wanted)
    }),
  )
})

test('[WORLD2] a timer set by a timer runs in the same move when it falls due within it', () => {
  const time = new VirtualTime()
  const ran: number[] = []
  time.timers.after(10, () => {
    ran.push(time.clock.mono())
    time.timers.after(5, () => ran.push(time.clock.mono()))
    time.timers.after(50, () => ran.push(time.clock.mono()))
  })
  time.advance(20)
  expect(ran).toEqual([10, 15])
  expect(time.clock.mono()).toBe(20)
  expect(time.waiting).toBe(1)
})

test('[WORLD3] a cancelled timer does not run, and cancelling late or twice does nothing', () => {
  const time = new VirtualTime()
  const ran: string[] = []
  const cancel = time.timers.after(5, () => ran.push('cancelled'))
  const late = time.timers.after(5, () => ran.push('kept'))
  cancel()
  cancel()
  time.advance(5)
  late()
  expect(ran).toEqual(['kept'])
  expect(time.waiting).toBe(0)
})

test('[WORLD4] the wall clock jumps without moving timers or the monotonic clock', () => {
  const time = new VirtualTime({ startMs: 1_000 })
  let ran = false
  time.timers.after(100, () => (ran = true))
  time.jumpWall(-500)
  expect([time.clock.now(), time.clock.mono(), ran]).toEqual([500, 0, false])
  time.advance(100)
  expect([time.clock.now(), time.clock.mono(), ran]).toEqual([600, 100, true])
})

test('[WORLD5] a periodic timer is named as the reason why time does not come to rest', () => {
  const time = new VirtualTime()
  const again = (): void => void time.timers.after(1_000, again)
  again()
  expect(() => time.runUntilIdle({ limitMs: 10_000 })).toThrow('still wait after 10000 ms; are they periodic?')
})

test('[WORLD6] promises settle between timers when asked to', async () => {
  const time = new VirtualTime()
  const seen: string[] = []
  time.timers.after(10, () => void Promise.resolve().then(() => seen.push(`promise at ${time.clock.mono()}`)))
  time.timers.after(20, () => seen.push(`timer at ${time.clock.mono()}`))
  await time.advanceAndSettle(20)
  expect(seen).toEqual(['promise at 10', 'timer at 20'])
})
