import { describe, expect, test } from 'vitest'
import { aNode, aWorkload } from '../control/sample.ts'
import { BIDDERS, bidderSet, type BidderQuestion } from './bidder-set.ts'
import { topFor } from './rendezvous.ts'

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`)
const question: BidderQuestion = {
  group: 'apps/Deployment/default/web/new',
  template: aWorkload().template,
  nodes: names(100).map((name) => aNode(name)),
  holders: new Set(),
  openCount: 1,
  attempt: 0,
}

describe('the bidder set', () => {
  test('[BDS1] of one slot has five members, the same whoever asks', () => {
    const { members, isEveryone } = bidderSet(question)
    expect(members).toHaveLength(BIDDERS)
    expect(isEveryone).toBe(false)
    expect(bidderSet({ ...question, nodes: [...question.nodes].reverse() }).members).toEqual(members)
  })

  test('[BDS1] has the nodes that run the workload, on up to half of its places', () => {
    const holders = new Set(names(50))
    const { members } = bidderSet({ ...question, holders })
    expect(members).toHaveLength(BIDDERS)
    expect(members.filter((node) => holders.has(node)).length).toBeGreaterThanOrEqual(2)
    const few = bidderSet({ ...question, holders: new Set(['n7']) }).members
    expect(few).toContain('n7')
  })

  test('[BDS1] has eligible nodes only', () => {
    const nodes = question.nodes.map((node, index) => (index < 97 ? aNode(node.id, { verdict: 'lost' }) : node))
    expect(bidderSet({ ...question, nodes })).toEqual({ members: ['n97', 'n98', 'n99'], isEveryone: true })
  })

  test.each([
    { openCount: 12, attempt: 0, size: 12 },
    { openCount: 1, attempt: 1, size: 10 },
    { openCount: 1, attempt: 2, size: 20 },
    { openCount: 1, attempt: 9, size: 100 },
  ])('[BDS2] for $openCount slots in attempt $attempt has $size members', ({ size, ...change }) => {
    expect(bidderSet({ ...question, ...change }).members).toHaveLength(size)
  })

  test('[BDS3] leaves out whose claims failed, unless that is everybody', () => {
    const { members } = bidderSet(question)
    const ignored = new Set(members)
    expect(bidderSet({ ...question, ignored }).members.filter((node) => ignored.has(node))).toEqual([])
    expect(bidderSet({ ...question, ignored: new Set(names(100)) }).members).toEqual(members)
  })
})

describe('rendezvous', () => {
  test('[BDS4] a node that goes changes only what it had', () => {
    const before = topFor('key', names(50), 5)
    const gone = before[2]!
    const after = topFor(
      'key',
      names(50).filter((name) => name !== gone),
      5,
    )
    expect(after.slice(0, 4)).toEqual(before.filter((name) => name !== gone))
  })

  test('[BDS4] spreads keys over all nodes alike', () => {
    const firsts = names(2_000).map((key) => topFor(key, names(10), 1)[0])
    for (const name of names(10)) expect(firsts.filter((first) => first === name).length).toBeGreaterThan(140)
  })
})
