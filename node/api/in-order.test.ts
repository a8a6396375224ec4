import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HOLD_MS, InOrder, stampOf, type LaneEnd } from './in-order.ts'

class Rig {
  nowMs = 0
  readonly given: string[] = []
  #timers: { atMs: number; run: () => void }[] = []
  readonly order = new InOrder({
    now: () => this.nowMs,
    after: (delayMs, run) => {
      const timer = { atMs: this.nowMs + delayMs, run }
      this.#timers.push(timer)
      return () => void (this.#timers = this.#timers.filter((each) => each !== timer))
    },
  })

  push(lane: LaneEnd, at: string): Promise<void> {
    return lane.push(at, () => this.given.push(at))
  }

  pass(ms: number): void {
    this.nowMs += ms
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs)
    this.#timers = this.#timers.filter(({ atMs }) => atMs > this.nowMs)
    for (const { run } of due) run()
  }
}

test('[API52] lines of whole streams come in the order of their times, each once', () => {
  const times = fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat()), (streams, chance) => {
      const rig = new Rig()
      const lanes = streams.map((all) => ({
        lane: rig.order.begin(),
        left: all.map((one) => String(one).padStart(2, '0')).toSorted(),
      }))
      for (const { lane, left } of lanes) if (left.length === 0) lane.end()
      const whole = lanes.flatMap(({ left }) => left).toSorted()
      const hasMore = ({ left }: { left: readonly string[] }): boolean => left.length > 0
      for (let open = lanes.filter(hasMore); open.length > 0; open = open.filter(hasMore)) {
        const { lane, left } = open[chance.next().value! % open.length]!
        void rig.push(lane, left.shift()!)
        if (left.length === 0) lane.end()
      }
      expect(rig.given).toEqual(whole)
    }),
  )
})

test('[API52] a silent stream holds the others up for a moment and no longer', () => {
  const rig = new Rig()
  const [one, other] = [rig.order.begin(), rig.order.begin()]
  void rig.push(one, '2')
  rig.pass(HOLD_MS - 1)
  expect(rig.given).toEqual([])
  void rig.push(other, '1')
  expect(rig.given).toEqual(['1'])
  rig.pass(1)
  expect(rig.given).toEqual(['1', '2'])
})

test('[API52] what is far ahead is not read on until there is room', async () => {
  const rig = new Rig()
  const [fast, slow] = [rig.order.begin(), rig.order.begin()]
  let isRead = false
  for (let line = 0; line < 255; line += 1) await rig.push(fast, '2')
  const waiting = rig.push(fast, '2').then(() => (isRead = true))
  await Promise.resolve()
  expect(isRead).toBe(false)
  void rig.push(slow, '3')
  await waiting
  expect(rig.given).toHaveLength(256)
})

test.each([
  ['2026-11-22T08:55:12.327315107Z a line', { at: '2026-11-22T08:55:12.327315107', text: 'a line' }],
  ['2026-11-22T08:55:12Z ', { at: '2026-11-22T08:55:12', text: '' }],
  ['no time', { text: 'no time' }],
])('[API52] the time of %j', (line, stamp) => {
  expect(stampOf(line)).toEqual(stamp)
})
