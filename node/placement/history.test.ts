import { describe, expect, test } from 'vitest'
import type { BidFact } from '../../crdt/index.ts'
import { aWorkload, KEY } from '../control/sample.ts'
import { slot } from '../control/slot.ts'
import { award } from './award.ts'
import { History, bidLines, LINES_MAX, pastRound, takenBy, type PastRound } from './history.ts'
import { Pending } from './pending.ts'
import type { OpenGroup } from './survey.ts'

const group = `${KEY}/new`
const zero = slot(KEY, 'new', 0)
const one = slot(KEY, 'new', 1)
const nameOf = (node: string) => `name of ${node}`
const declined = (node: string, decline: string) => ({ node, decline })
const round = (changes: Partial<PastRound> = {}): PastRound => ({
  atMs: 1,
  attempt: 0,
  slots: [zero.id],
  lines: [],
  awards: [],
  ...changes,
})
const awarded = { slot: zero.id, winner: 'a', score: 5 }

test('[BID5] a line of a claim fits its record, however long the reason of a node that was not asked', () => {
  const lines = bidLines({
    bids: new Map(),
    notAsked: [{ node: 'a', reason: 'x'.repeat(9_000) }],
    taken: new Map(),
    nameOf,
  })
  expect(lines).toEqual([{ node: 'name of a', decline: `${'x'.repeat(1_021)}...` }])
})

describe('the history', () => {
  test('[HIS1] explains a slot by the rounds it was open in, the latest first', () => {
    const history = new History()
    history.add(zero, round({ atMs: 1 }))
    history.add(one, round({ atMs: 2, slots: [one.id] }))
    history.add(zero, round({ atMs: 3, awards: [awarded] }))
    expect(history.explain({ group, slot: zero.id }).rounds.map(({ atMs }) => atMs)).toEqual([3, 1])
    expect(history.explain({ group }).rounds.map(({ atMs }) => atMs)).toEqual([3, 2, 1])
    expect(history.explain({ group: 'another' })).toEqual({ rounds: [], pending: [] })
  })

  test('[HIS1] says why a slot is pending, and nothing once it is awarded', () => {
    const history = new History()
    history.add(zero, round({ lines: [declined('a', 'is full')] }))
    expect(history.explain({ group, slot: zero.id }).pending).toEqual(['a: is full'])
    history.add(zero, round({ lines: [declined('a', 'is full')], awards: [awarded] }))
    expect(history.explain({ group, slot: zero.id }).pending).toEqual([])
  })

  test('[HIS1] keeps four rounds of a group, and the thousand groups auctioned last', () => {
    const history = new History()
    for (let number = 0; number < 2_000; number++) history.add(slot(`w${number}`, 'new', 0), round())
    for (let atMs = 0; atMs < 9; atMs++) history.add(zero, round({ atMs }))
    expect(history.explain({ group }).rounds.map(({ atMs }) => atMs)).toEqual([8, 7, 6, 5])
    expect(history.explain({ group: 'w0/new' }).rounds).toEqual([])
    expect(history.explain({ group: 'w1999/new' }).rounds).toHaveLength(1)
  })

  const bid = (curve: number[], decline?: string): BidFact => ({
    workload: KEY,
    revision: 'new',
    auction: 'x-0',
    curve,
    parts: { cpu: 1 },
    ...(decline !== undefined && { decline }),
  })

  test('[HIS2] shows offers by score, then declines, then who was not asked', () => {
    const bids = new Map([
      ['a', bid([3], 'no more')],
      ['b', bid([], 'is full')],
      ['c', bid([9])],
    ])
    const notAsked = [{ node: 'd', reason: 'is lost' }]
    expect(bidLines({ bids, notAsked, taken: new Map(), nameOf })).toEqual([
      { node: 'name of c', score: 9, parts: { cpu: 1 } },
      { node: 'name of a', score: 3, parts: { cpu: 1 } },
      { node: 'name of a', decline: 'no more' },
      { node: 'name of b', decline: 'is full' },
      { node: 'name of d', decline: 'is lost' },
    ])
  })

  test('[HIS5] shows for a slot what each offered for its next one, with what earlier slots cost as a part', () => {
    const bids = new Map([
      ['a', bid([9, 4])],
      ['b', bid([7, 3])],
      ['c', bid([8], 'no more')],
    ])
    const awards = award({ open: [zero, one, slot(KEY, 'new', 2)], bids })
    expect(awards.map(({ winner }) => winner)).toEqual(['a', 'c', 'b'])
    const linesOf = (index: number) => bidLines({ bids, notAsked: [], taken: takenBy(awards.slice(0, index)), nameOf })
    expect(linesOf(1)).toEqual([
      { node: 'name of c', score: 8, parts: { cpu: 1 } },
      { node: 'name of b', score: 7, parts: { cpu: 1 } },
      { node: 'name of a', score: 4, parts: { cpu: 1, 'slots won before': -5 } },
      { node: 'name of c', decline: 'no more' },
    ])
    expect(linesOf(2)[0]).toMatchObject({ node: 'name of b', score: 7 })
    expect(linesOf(2)).not.toContainEqual(expect.objectContaining({ node: 'name of c', score: 8 }))
  })

  test('[HIS2] has 24 lines at most', () => {
    const bids = new Map(Array.from({ length: 99 }, (_, index) => [`n${index}`, bid([index])]))
    const lines = bidLines({ bids, notAsked: [], taken: new Map(), nameOf })
    expect(lines).toHaveLength(LINES_MAX)
    expect(lines[0]).toMatchObject({ score: 98 })
  })

  test('[HIS3] names the winners', () => {
    const past = pastRound({
      atMs: 7,
      attempt: 2,
      slots: [zero, one],
      lines: [],
      awards: [{ slot: zero, winner: 'a', score: 5 }],
      nameOf,
    })
    expect(past).toEqual({
      atMs: 7,
      attempt: 2,
      slots: [zero.id, one.id],
      lines: [],
      awards: [{ slot: zero.id, winner: 'name of a', score: 5 }],
    })
  })
})

describe('pending slots', () => {
  const workload = aWorkload()
  const open: OpenGroup = {
    id: group,
    workload,
    revision: 'new',
    template: workload.template,
    open: [zero],
    holders: new Set(),
  }
  const groups = new Map([[group, open]])
  const lines = [declined('a', 'is full'), declined('b', 'is lost')]

  test("[HIS4] are told with everybody's reason, once", () => {
    const pending = new Pending()
    expect(pending.changes(groups)).toEqual([])
    pending.decided(group, { isPlaced: false, lines, nowMs: 5 })
    const slots = [{ revision: 'new', index: 0, sinceMs: 5, reason: 'Unschedulable', message: 'a is full; b is lost' }]
    expect(pending.changes(groups)).toEqual([{ type: 'pending', workload: KEY, slots }])
    pending.decided(group, { isPlaced: false, lines, nowMs: 9 })
    expect(pending.changes(groups)).toEqual([])
  })

  test.each([
    { what: 'placed', decide: true, left: groups },
    { what: 'not wanted any more', decide: false, left: new Map() },
  ])('[HIS4] are taken back when they are $what', ({ decide, left }) => {
    const pending = new Pending()
    pending.decided(group, { isPlaced: false, lines, nowMs: 5 })
    pending.changes(groups)
    if (decide) pending.decided(group, { isPlaced: true, lines, nowMs: 6 })
    expect(pending.changes(left)).toEqual([{ type: 'pending', workload: KEY, slots: [] }])
    expect(pending.changes(left)).toEqual([])
  })
})
