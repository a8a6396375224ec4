/**
 * The catalogue of mutations: that it fits the sources, and that seeds catch what is cheap to catch. All of it is hunted by
 * `npm run sim -- --mutations`.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MUTATIONS } from './mutations/index.ts'
import { applyEdits } from './mutations/mutation.ts'
import { lineOf, scoreOf } from './mutations/score.ts'

const read = (file: string): string => readFileSync(join(import.meta.dirname, '..', file), 'utf8')

test.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
  '[MUT1] %s fits the sources',
  (_, { edits }) => {
    for (const file of new Set(edits.map((edit) => edit.file)))
      expect(applyEdits(file, read(file), edits)).not.toBe(read(file))
  },
)

test('[MUT1] there are 20 mutations at least, each under a name of its own', () => {
  const names = new Set(MUTATIONS.map(({ name }) => name))
  expect(names.size).toBe(MUTATIONS.length)
  expect(names.size).toBeGreaterThanOrEqual(20)
})

test('[MUT1] a text that is not there, or there twice, is named with its file', () => {
  const edit = { file: 'crdt/x.ts', find: 'a + b', replace: 'a - b' }
  expect(applyEdits('crdt/x.ts', 'let c = a + b', [edit])).toBe('let c = a - b')
  expect(applyEdits('crdt/y.ts', 'let c = a + b', [edit])).toBe('let c = a + b')
  expect(() => applyEdits('crdt/x.ts', 'let c = a * b', [edit])).toThrow('crdt/x.ts has changed')
  expect(() => applyEdits('crdt/x.ts', 'a + b, a + b', [edit])).toThrow('2 times')
})

const SEEDS_MAX = 8

test(
  `[MUT2] every cheap mutation is caught within ${SEEDS_MAX} seeds, one that changes nothing is not`,
  { timeout: 400_000 },
  async () => {
    const harmless = {
      name: 'harmless',
      breaks: 'Nothing.',
      edits: [{ file: 'crdt/limits.ts', find: 'TOMBSTONE_MS = 30 *', replace: 'TOMBSTONE_MS = 31 *' }],
    }
    const hunt = { firstSeed: 1, seeds: SEEDS_MAX, safetyMs: 15_000, pauseMs: 3_000 }
    const scores = await scoreOf(
      MUTATIONS.filter(({ isCheap }) => isCheap === true),
      hunt,
    )
    expect(scores.length).toBeGreaterThanOrEqual(5)
    expect(scores.filter(({ caught }) => caught === undefined).map(lineOf)).toEqual([])
    const [none] = await scoreOf([harmless], { ...hunt, seeds: 2 })
    expect(none?.caught).toBe(undefined)
  },
)
