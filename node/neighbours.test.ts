import { expect, test } from 'vitest'
import { neighboursFor } from './neighbours.ts'

const aNode = (id: string, fields: { verdict?: 'alive' | 'lost'; isSelf?: boolean; addresses?: string[] } = {}) => ({
  id,
  verdict: fields.verdict ?? ('alive' as const),
  isSelf: fields.isSelf ?? false,
  fact: { addresses: fields.addresses ?? [`at ${id}`] },
})

const ids = (newcomer: string, ...nodes: ReturnType<typeof aNode>[]) =>
  neighboursFor(newcomer, nodes).map(({ node }) => node)

test('[JOIN8] those that answer come first, the others all the same', () => {
  const away = ['a', 'b', 'c'].map((id) => aNode(id, { verdict: 'lost' }))
  const present = ['d', 'e'].map((id) => aNode(id))
  const named = ids('new', ...away, ...present)
  expect(named.slice(0, 2).sort()).toEqual(['d', 'e'])
  expect(named.slice(2).sort()).toEqual(['a', 'b', 'c'])
})

test('[JOIN8] nobody is named who cannot be dialled, nor the two that talk', () => {
  expect(ids('new', aNode('self', { isSelf: true }), aNode('new'), aNode('mute', { addresses: [] }))).toEqual([])
  expect(neighboursFor('new', [aNode('a')])).toEqual([{ node: 'a', addresses: ['at a'] }])
})

test('[JOIN8] newcomers are told of different ones first', () => {
  const nodes = Array.from({ length: 8 }, (_, index) => aNode(`n${index}`))
  const firsts = new Set(Array.from({ length: 32 }, (_, index) => ids(`new${index}`, ...nodes)[0]))
  expect(firsts.size).toBeGreaterThan(4)
})
