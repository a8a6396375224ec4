import fc from 'fast-check'
import { expect, test } from 'vitest'
import { settle } from './tie.ts'
import type { Held, Offer } from './tie.ts'

const held = (changes: Partial<Held> = {}): Held => ({ id: 'L1', opener: 'A', boot: 'boot-b', ...changes })
const offer = (changes: Partial<Offer> = {}): Offer => ({
  id: 'L2',
  opener: 'B',
  boot: 'boot-b',
  after: '',
  ...changes,
})

test.each<[string, Held | undefined, Offer, 'take' | 'refuse']>([
  ['nothing is held', undefined, offer(), 'take'],
  ['they crossed, and ours has the lower opener', held(), offer(), 'refuse'],
  ['they crossed while ours is unanswered', held({ boot: undefined }), offer(), 'refuse'],
  ['they crossed, and theirs has the lower opener', held({ opener: 'C' }), offer(), 'take'],
  ['the other side knew our link and lost it', held(), offer({ after: 'L1' }), 'take'],
  ['the other side has started anew', held(), offer({ boot: 'boot-c' }), 'take'],
  ['the other side opens a second one of its own', held({ opener: 'B' }), offer(), 'take'],
])('[LINK5] when %s: %4$s', (_what, present, offered, expected) => {
  expect(settle(present, offered)).toBe(expected)
})

test('[LINK5] of two that crossed exactly one stays, and both sides mean the same one', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.string({ minLength: 1 }),
      fc.boolean(),
      fc.boolean(),
      (a, b, aKnows, bKnows) => {
        fc.pre(a !== b)
        const atA = settle(
          { id: 'fromA', opener: a, boot: aKnows ? 'bootB' : undefined },
          { id: 'fromB', opener: b, boot: 'bootB', after: '' },
        )
        const atB = settle(
          { id: 'fromB', opener: b, boot: bKnows ? 'bootA' : undefined },
          { id: 'fromA', opener: a, boot: 'bootA', after: '' },
        )
        expect([atA, atB].toSorted()).toEqual(['refuse', 'take'])
        expect(atB === 'take').toBe(a < b)
      },
    ),
  )
})
