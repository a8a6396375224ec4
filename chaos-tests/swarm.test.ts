/**
 * Fresh seeds in every run of the tests, and the promise that a seed is a run.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { MarkTally, RARE } from './sim/marks.ts'
import { planOf, simulate } from './sim/simulate.ts'

/** Short, so that a few fit into the time of a unit test. */
const SHORT = { safetyMs: 10_000 }
const SEEDS = 8

/**
 * Other seeds for each commit, and the same for all who have it: any may fail for a reason nobody has seen yet, and the message
 * says how to run it again. `SHOAL_SWARM_SEED=7` begins with seed 7 instead.
 */
const FIRST = Number(process.env['SHOAL_SWARM_SEED'] ?? seedOfTree())

function seedOfTree(): number {
  try {
    const tree = execFileSync('git', ['rev-parse', 'HEAD^{tree}'], { cwd: import.meta.dirname, encoding: 'utf8' })
    return Number.parseInt(tree.slice(0, 7), 16)
  } catch {
    // Sources without a repository.
    return Date.now() % 1_000_000_000
  }
}

test(`[SIM11] ${SEEDS} seeds, from ${FIRST} on, keep the promises`, { timeout: 180_000 }, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++)
    await simulate(planOf(seed, { ...SHORT, machines: 1 + (seed % 5) }))
})

const SEED = 4
const hashOf = async (seed: number): Promise<string> => (await simulate(planOf(seed, SHORT))).hash

test(
  '[SIM10] one seed is one run: the same trace twice, and in another process and time zone',
  { timeout: 120_000 },
  async () => {
    const hash = await hashOf(SEED)
    expect(await hashOf(SEED)).toBe(hash)
    expect(await hashOf(SEED + 1), 'another seed is another run').not.toBe(hash)
    const program = `
    import { planOf, simulate } from './chaos-tests/sim/simulate.ts'
    const { hash } = await simulate(planOf(${SEED}, ${JSON.stringify(SHORT)}))
    process.stdout.write(hash)
  `
    const flags = ['--max-old-space-size=300', '--import', 'tsx', '--input-type=module', '-e', program]
    const there = execFileSync(process.execPath, flags, { encoding: 'utf8', env: { ...process.env, TZ: 'Asia/Tokyo' } })
    expect(there).toBe(hash)
  },
)

/** Full of faults; always the same, so that what is reached changes with the code alone. */
const DENSE = { safetyMs: 20_000, pauseMs: 3_000 }
const DENSE_SEEDS = 30
/** These reach the most in the least time; where the code has changed, the others may have to help. */
const RICH_SEEDS = [40, 10, 26, 16, 30, 23, 21, 15, 14]

test('[MARK3] the seeds reach every mark, but for those that are excused', { timeout: 400_000 }, async () => {
  const tally = new MarkTally()
  const missing = () => tally.missing.filter((mark) => RARE[mark] === undefined)
  for (const seed of new Set([...RICH_SEEDS, ...Array.from({ length: DENSE_SEEDS }, (_, at) => at + 1)])) {
    if (missing().length === 0) break
    tally.add((await simulate(planOf(seed, { ...DENSE, machines: 2 + (seed % 5) }))).marks)
  }
  expect(missing()).toEqual([])
})
