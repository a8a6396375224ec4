/**
 * The catalogue of mutations: that it fits the sources, and that each is caught by the run that is kept for it. Seeds are
 * hunted by `npm run sim -- --mutations`.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MUTATIONS } from './mutations/index.ts'
import { keptCatch } from './mutations/kept.ts'
import { Mutant } from './mutations/mutant.ts'
import { applyEdits } from './mutations/mutation.ts'
import { densePlan, figuresOf, lineOf, scoreOf, type Score } from './mutations/score.ts'

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

test('[MUT2] the score counts what survived by the seeds it was tried with', () => {
  const [mutation] = MUTATIONS
  const failure = { breach: { rule: 'P1', mark: 'P1', what: 'P1: x' }, atMs: 1 }
  const caught = (seeds: number, plan = densePlan(1)): Score => ({
    mutation: mutation!,
    caught: { seed: seeds, failure, plan },
    seeds,
    wallMs: 2_000,
  })
  const survived = { ...caught(50), caught: undefined }
  const scores = [caught(3, { ...densePlan(1), faults: [] }), caught(4, { ...densePlan(1), faults: [] }), survived]
  expect(figuresOf(scores)).toEqual([
    { figure: 'mutations_caught', value: 2, unit: 'mutations', better: 'higher', goal: 3 },
    { figure: 'mutation_seeds_p50', value: 4, unit: 'seeds', better: 'lower', goal: 50 },
    { figure: 'mutation_faults_p50', value: 0, unit: 'faults', better: 'lower', goal: 5 },
  ])
  expect(lineOf(survived)).toContain('SURVIVED')
  expect(lineOf(caught(3))).toMatch(/3 seeds +2 s +P1, seed 3/)
})

test('[MUT2] there are enough to tell', () => {
  expect(MUTATIONS.length).toBeGreaterThanOrEqual(20)
})

/** Where the code has changed so much that a kept run goes otherwise now. */
const SEEDS = 12

test.each(MUTATIONS.filter(({ isSlow }) => isSlow !== true).map((mutation) => [mutation.name, mutation] as const))(
  `[MUT2] %s is caught by the run that is kept for it, or else by one of ${SEEDS} seeds`,
  { timeout: 300_000 },
  async (_, mutation) => {
    const { rule, plan } = keptCatch(mutation)
    const mutant = await Mutant.make(mutation.edits)
    const failure = await mutant.tryOut(plan).finally(() => mutant.remove())
    if (failure?.breach.rule === rule) return
    const hunt = { firstSeed: 1, seeds: SEEDS, runsMax: 1, wallMsMax: 0, nowMs: () => 0 }
    const [score] = await scoreOf([mutation], hunt)
    expect(score?.caught, 'keep it anew: npm run sim -- --mutations NAME --keep').toBeDefined()
  },
)
