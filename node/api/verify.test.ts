import { expect, test } from 'vitest'
import type { NodeDigest } from './backend.ts'
import { compareDigests } from './verify.ts'

function digest(name: string, root: string, heads?: Record<string, string>): NodeDigest {
  return {
    node: `id-${name}`,
    name,
    root,
    documents: 1,
    records: 2,
    members: 3,
    ...(heads === undefined ? {} : { heads }),
  }
}

test('[API51] equal roots agree', () => {
  const found = compareDigests([digest('amber', 'r1'), digest('basil', 'r1')])
  expect(found).toMatchObject({ agree: true, differences: [], differencesLeftOut: 0 })
  expect(found.nodes.map(({ agrees }) => agrees)).toEqual([true, true])
})

test('[API51] where roots differ, the objects are named and who holds what', () => {
  const found = compareDigests([
    digest('amber', 'r1', { 'apps/Deployment/default/web': 'h1', 'core/Service/default/web': 's1' }),
    digest('basil', 'r2', { 'apps/Deployment/default/web': 'h2', 'core/Service/default/web': 's1' }),
    digest('cedar', 'r1', {
      'apps/Deployment/default/web': 'h1',
      'core/Service/default/web': 's1',
      'core/Namespace//shop': 'n1',
    }),
  ])
  expect(found.agree).toBe(false)
  expect(found.nodes.map(({ agrees }) => agrees)).toEqual([true, false, true])
  expect(found.differences).toEqual([
    {
      key: 'apps/Deployment/default/web',
      versions: [
        { heads: 'h1', nodes: ['amber', 'cedar'] },
        { heads: 'h2', nodes: ['basil'] },
      ],
    },
    {
      key: 'core/Namespace//shop',
      versions: [
        { heads: '', nodes: ['amber', 'basil'] },
        { heads: 'n1', nodes: ['cedar'] },
      ],
    },
  ])
})

test('[API51] who does not answer is named, and counts neither way', () => {
  const found = compareDigests([digest('amber', 'r1'), { node: 'id-basil', name: 'basil', trouble: 'unreachable' }])
  expect(found.agree).toBe(true)
  expect(found.nodes[1]).toMatchObject({ name: 'basil', trouble: 'unreachable', agrees: false })
})

test('[API51] a thousand differences are a hundred and a count', () => {
  const heads = (version: string): Record<string, string> =>
    Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`core/Service/default/s${at}`, version]))
  const found = compareDigests([digest('amber', 'r1', heads('a')), digest('basil', 'r2', heads('b'))])
  expect(found.differences).toHaveLength(100)
  expect(found.differencesLeftOut).toBe(900)
})
