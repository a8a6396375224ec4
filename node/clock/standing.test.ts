import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clockSentence, clockStanding } from './standing.ts'

const S = 1_000

describe('[CLOCK1] a clock is judged by the middle of all clocks that a node hears, its own among them', () => {
  test.each([
    { offsets: [], is: 'alone', aheadMs: 0 },
    { offsets: [0.4 * S], is: 'agrees', aheadMs: -0.4 * S },
    { offsets: [-11 * S], is: 'differs', aheadMs: 11 * S },
    { offsets: [11 * S], is: 'differs', aheadMs: -11 * S },
    { offsets: [-100 * S, 0], is: 'agrees', aheadMs: 0 },
    { offsets: [100 * S, 0], is: 'agrees', aheadMs: 0 },
    { offsets: [-30 * S, -31 * S], is: 'differs', aheadMs: 30 * S },
    { offsets: [30 * S, 31 * S, 0], is: 'differs', aheadMs: -30 * S },
    { offsets: [-1e9, 1, 0, -1], is: 'agrees', aheadMs: 0 },
  ])('$offsets: $is', ({ offsets, is, aheadMs }) => {
    expect(clockStanding(offsets)).toEqual({ is, aheadMs, heard: offsets.length })
  })
  test('so that fewer than half of the others can say what they like', () => {
    const good = fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 2, maxLength: 9 })
    const runs = good.chain((honest) =>
      fc.tuple(fc.constant(honest), fc.array(fc.maxSafeInteger(), { maxLength: honest.length - 1 })),
    )
    fc.assert(
      fc.property(runs, ([honest, liars]) => {
        expect(clockStanding([...honest, ...liars]).is).toBe('agrees')
      }),
    )
  })
})

describe('[CLOCK3] who is over the limit takes no writes', () => {
  test.each([
    { who: 'ahead, one of two', offsets: [-61 * S], is: 'refuses' },
    { who: 'behind, one of two: what it writes is seen by both', offsets: [61 * S], is: 'differs' },
    { who: 'ahead of both others', offsets: [-100 * S, -100 * S], is: 'refuses' },
    { who: 'behind both others', offsets: [100 * S, 100 * S], is: 'refuses' },
    { who: 'of the half of four that is ahead', offsets: [0, -100 * S, -100 * S], is: 'refuses' },
    { who: 'of the half of four that is behind', offsets: [0, 100 * S, 100 * S], is: 'differs' },
    { who: 'of the three of five that are ahead', offsets: [0, 0, -100 * S, -100 * S], is: 'agrees' },
    { who: 'of the two of five that are ahead', offsets: [0, -100 * S, -100 * S, -100 * S], is: 'refuses' },
    { who: 'alone', offsets: [], is: 'alone' },
  ])('$who: $is', ({ offsets, is }) => expect(clockStanding(offsets).is).toBe(is))

  test('however the clocks lie, somebody can be written to, and whoever takes writes is not held by most', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 1, maxLength: 12 }), (clocks) => {
        const standings = clocks.map((own, at) =>
          clockStanding(clocks.filter((_, other) => other !== at).map((other) => (other - own) * S)),
        )
        expect(standings.some(({ is }) => is !== 'refuses')).toBe(true)
        for (const [at, { is }] of standings.entries()) {
          const holding = clocks.filter((other) => clocks[at]! - other > 60).length
          if (is !== 'refuses' && clocks.length > 1) expect(holding).toBeLessThan(clocks.length / 2)
        }
      }),
    )
  })
})

test('[CLOCK2] of two that differ nobody is said to be right', () => {
  expect(clockSentence(clockStanding([-75 * S]), 'blue')).toBe(
    'the clock of this node differs by 75 s from that of blue: it is ahead, and one of both is wrong. It takes no writes until that is over, since others would hold them back. Set the clock that is wrong (chronyc makestep; timedatectl set-ntp true)',
  )
  expect(clockSentence(clockStanding([30 * S, 30 * S]), 'blue')).toMatch(
    /^the clock of this node is 30 s behind of the middle of the 2 others that it hears\. Set the clock/,
  )
})
