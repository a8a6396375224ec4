import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BidFact } from '../../crdt/index.ts'
import { KEY } from '../control/sample.ts'
import { slot } from '../control/slot.ts'
import { award } from './award.ts'

const bid = (curve: readonly number[]): BidFact => ({
  workload: KEY,
  revision: 'new',
  auction: 'x-0',
  curve,
  parts: {},
})
const bidsOf = (curves: Readonly<Record<string, readonly number[]>>) =>
  new Map(Object.entries(curves).map(([node, curve]) => [node, bid(curve)]))
const slots = (count: number) => Array.from({ length: count }, (_, index) => slot(KEY, 'new', index))
const winners = (count: number, curves: Record<string, readonly number[]>) =>
  award({ open: slots(count), bids: bidsOf(curves) }).map(({ winner }) => winner)

describe('the award', () => {
  test('[AWD1] goes slot by slot to the highest next score', () => {
    expect(winners(4, { a: [9, 5, 1], b: [8, 7] })).toEqual(['a', 'b', 'b', 'a'])
  })

  test('[AWD1] of equal scores shares the slots of many workloads evenly', () => {
    const counts: Record<string, number> = {}
    for (let number = 0; number < 900; number++) {
      const open = [slot(`apps/Deployment/default/w${number}`, 'new', 0)]
      const [won] = award({ open, bids: bidsOf({ a: [5], b: [5], c: [5] }) })
      counts[won!.winner] = (counts[won!.winner] ?? 0) + 1
    }
    for (const count of Object.values(counts)) expect(Math.abs(count - 300)).toBeLessThan(60)
  })

  test('[AWD2] ends where all offers are used up', () => {
    expect(winners(5, { a: [9], b: [8], c: [] })).toEqual(['a', 'b'])
  })

  const curves = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 }).map((list) => list.sort((a, b) => b - a)),
  )

  test('[AWD1] is the same whatever the order of slots and bids', () => {
    fc.assert(
      fc.property(curves, fc.nat(12), (offers, count) => {
        const bids = bidsOf(offers)
        const reversed = new Map([...bids].reverse())
        expect(award({ open: slots(count).reverse(), bids: reversed })).toEqual(award({ open: slots(count), bids }))
      }),
    )
  })

  test('[AWD2] gives no slot twice, nobody more than it offered, and leaves none open that somebody offered to take', () => {
    fc.assert(
      fc.property(curves, fc.nat(12), (offers, count) => {
        const awards = award({ open: slots(count), bids: bidsOf(offers) })
        const offered = Object.values(offers).reduce((sum, curve) => sum + curve.length, 0)
        expect(new Set(awards.map(({ slot }) => slot.id)).size).toBe(awards.length)
        expect(awards.length).toBe(Math.min(count, offered))
        for (const [node, curve] of Object.entries(offers)) {
          expect(awards.filter(({ winner }) => winner === node).length).toBeLessThanOrEqual(curve.length)
        }
      }),
    )
  })
})
