import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rebase } from './compaction.ts'
import { common, type FieldTree, isEmpty, markOf, minus, pathsIn, standing, union } from './field-tree.ts'
import { isOwnership, joinedOwnership, ownedOf } from './owned.ts'
import { growth } from '../chaos-tests/real/growth.ts'
import { kubernetes } from './objects/vocabulary.ts'

const part = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"')
const { tree } = fc.letrec<{ tree: FieldTree; node: FieldTree | string }>((tie) => ({
  tree: fc.dictionary(part, tie('node'), { maxKeys: 3 }) as fc.Arbitrary<FieldTree>,
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('', 'abc'),
    fc.dictionary(part, tie('node'), { minKeys: 1, maxKeys: 3 }) as fc.Arbitrary<FieldTree>,
  ),
}))
const keys = (set: FieldTree): string[] => pathsIn(set).map((path) => path.join('/')).toSorted() // prettier-ignore

test('[SSA30] sets of fields join, part and meet as sets do', () => {
  fc.assert(
    fc.property(tree, tree, (one, other) => {
      const [left, right] = [new Set(keys(one)), new Set(keys(other))]
      expect(keys(union(one, other))).toEqual([...new Set([...left, ...right])].toSorted())
      expect(keys(minus(one, other))).toEqual([...left].filter((path) => !right.has(path)))
      expect(keys(common(one, other))).toEqual([...left].filter((path) => right.has(path)))
      expect(union(one, other)).toEqual(union(other, one))
    }),
  )
})

const text = (fields: FieldTree, atSeconds = 1): string => JSON.stringify([atSeconds, fields])

describe('[SSA30] what a manager said on two sides', () => {
  test('is all there, and as young as the younger', () => {
    const joined = joinedOwnership([text({ 'f:a': 'aaa', 'f:b': '' }, 5), text({ 'f:a': 'bbb', 'f:c': 'ccc' }, 3)])
    expect(JSON.parse(joined ?? '')).toEqual([5, { 'f:a': 'aaabbb', 'f:b': '', 'f:c': 'ccc' }])
  })

  test('is the same in whatever order, for as many sides as there are', () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 2, maxLength: 8 }), (trees) => {
        const texts = trees.map((each) => text(each))
        expect(joinedOwnership(texts)).toBe(joinedOwnership(texts.toReversed()))
      }),
    )
  })

  test.each<[string, string[]]>([
    ['one side', ['x']],
    ['more sides than are joined', Array.from({ length: 9 }, (_, at) => text({ [`f:${at}`]: '' }))],
    ['a side that is none', ['[1]', text({ 'f:a': '' })]],
    ['a side that is too long', [text({ 'f:a': '' }), text({ [`f:${'a'.repeat(140_000)}`]: '' })]],
  ])('is that of the winner for %s', (_what, texts) => {
    expect(joinedOwnership(texts)).toBe(texts.at(-1))
  })

  test('is no other field of a document', () => {
    expect(isOwnership('3:/shoal/managers/A:kubectl')).toBe(true)
    for (const key of ['3:/shoal/managers', '3:/shoal/revisions/a', '3:/spec/shoal/managers/a', '3!', '3:'])
      expect(isOwnership(key)).toBe(false)
  })
})

describe('[SSA30] what a manager said too late for a cut', () => {
  const entries = (owner: string | undefined, value: string): Map<string, string> =>
    new Map([
      ['1:', '{"at":1}'],
      ['1:/data', '{}'],
      ['1:/data/a', value],
      ...(owner === undefined ? [] : ([['1:/shoal/managers/A:m', owner]] as const)),
    ])
  const [before, late, since] = [text({ 'f:a': '' }), text({ 'f:a': '', 'f:l': '' }), text({ 'f:a': '', 'f:s': '' })]
  const pointer = '/shoal/managers/A:m'

  test("is joined with what it said since, and is nobody's loss", () => {
    const plan = rebase({ before: entries(before, '1'), after: entries(late, '1'), authors: [] }, entries(since, '1'))
    const joined = text({ 'f:a': '', 'f:l': '', 'f:s': '' })
    expect(plan).toEqual({ does: 'edit', edits: [{ pointer, text: joined }], lost: [] })
  })

  test('is written again where it said nothing since, and left where nothing is new in it', () => {
    const again = rebase({ before: entries(before, '1'), after: entries(late, '1'), authors: [] }, entries(before, '1'))
    expect(again).toEqual({ does: 'edit', edits: [{ pointer, text: late }], lost: [] })
    const gone = rebase(
      { before: entries(before, '1'), after: entries(undefined, '1'), authors: [] },
      entries(since, '1'),
    )
    expect(gone).toEqual({ does: 'nothing' })
  })

  test('a value that another wrote since is lost as ever', () => {
    const plan = rebase(
      { before: entries(before, '1'), after: entries(before, '2'), authors: [] },
      entries(before, '3'),
    )
    expect(plan).toEqual({ does: 'edit', edits: [], lost: ['/data/a'] })
  })
})

test('[SSA31] a field stands while it says what it said, in a list of keys and in a set, too', () => {
  const object = { a: { b: 1 }, list: [{ name: 'x', v: 1 }, { containerPort: 80 }], set: ['y'], empty: {} }
  const fields: FieldTree = {
    'f:a': { '.': '', 'f:b': markOf(1) },
    'f:list': { 'k:{"name":"x"}': { '.': '', 'f:v': markOf(2) }, 'k:{"containerPort":80,"protocol":"TCP"}': '' },
    'f:set': { 'v:"y"': '', 'v:"z"': '' },
    'f:empty': '',
    'f:gone': { 'f:b': '' },
    'f:constructor': '',
  }
  expect(standing(fields, object)).toEqual({
    'f:a': { '.': '', 'f:b': markOf(1) },
    'f:list': { 'k:{"name":"x"}': '', 'k:{"containerPort":80,"protocol":"TCP"}': '' },
    'f:set': { 'v:"y"': '' },
    'f:empty': '',
  })
  expect(isEmpty(standing({ 'f:a': { 'f:b': markOf(2) } }, object))).toBe(true)
})

describe('[SSA32] managers from other nodes', () => {
  const configMap = (managers: unknown): unknown => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'default' },
    shoal: { managers },
  })
  const faults = (managers: unknown): readonly { field: string }[] =>
    kubernetes.validate('core/ConfigMap/default/c', configMap(managers) as never)
  const deep = (levels: number): FieldTree => (levels === 0 ? { 'f:a': '' } : { 'f:a': deep(levels - 1) })

  test('in good form pass', () => {
    expect(faults({ 'A:kubectl': [1, { 'f:data': { 'f:a': 'abc' } }], 'U/scale:me': [0, {}] })).toEqual([])
  })

  test.each<[string, unknown]>([
    ['a key that is none', { kubectl: [1, {}] }],
    ['a name that cannot be printed', { 'A:a\u0007': [1, {}] }],
    ['a name that is too long', { [`A:${'a'.repeat(129)}`]: [1, {}] }],
    ['no time', { 'A:a': [{}] }],
    ['a time before all times', { 'A:a': [-1, {}] }],
    ['no fields', { 'A:a': [1, 'f:a'] }],
    ['a name that is no element', { 'A:a': [1, { data: '' }] }],
    ['an element that is none', { 'A:a': [1, { 'k:name': '' }] }],
    ['a mark that is none', { 'A:a': [1, { 'f:a': 'ab' }] }],
    ['more marks than there are sides', { 'A:a': [1, { 'f:a': 'abc'.repeat(9) }] }],
    ['a list in a set', { 'A:a': [1, { 'f:a': [] }] }],
    ['more than there may be', Object.fromEntries(Array.from({ length: 161 }, (_, at) => [`A:${at}`, [1, {}]]))],
    ['one that is too long', { 'A:a': [1, { [`f:${'a'.repeat(131_072)}`]: '' }] }],
  ])('with %s are refused', (_what, managers) => {
    expect(faults(managers).map(({ field }) => field.split('[')[0])).toContain('shoal.managers')
  })

  test('are read no deeper than they may be', () => {
    expect(ownedOf([1, deep(20)])).toBeDefined()
    expect(ownedOf([1, deep(60)])).toBeUndefined()
  })
})

test('[SSA32] to look up what they own takes as long as it is, in whatever list and by however many keys', () => {
  const list = (size: number): unknown[] => Array.from({ length: size }, (_, at) => ({ name: `n${at}` }))
  const own = (size: number, element: (at: number) => string): FieldTree => ({
    'f:list': Object.fromEntries(Array.from({ length: size }, (_, at) => [element(at), ''])),
  })
  const ways: ((at: number) => string)[] = [
    (at) => `k:{"name":"n${at}"}`,
    (at) => `k:{"name${at}":"n${at}"}`,
    (at) => `v:{"name":"n${at}"}`,
  ]
  for (const element of ways)
    expect(growth((size) => standing(own(size, element), { list: list(size) }), { size: 300, times: 10 })).toBeLessThan(
      50,
    )
})
