import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planOf, simulate } from './simulate.ts'

const simulator = (...words: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'start.ts'), ...words], {
    encoding: 'utf8',
  })

test('[SIM10] `npm run sim`, which runs a bundle, gives the same trace', { timeout: 120_000 }, async () => {
  const { hash } = await simulate(planOf(4, { safetyMs: 5_000 }))
  const { stdout, status } = simulator('--seed', '4', '--safety', '5s')
  expect(stdout).toContain(`trace ${hash}`)
  expect(status).toBe(0)
})

test(
  '[TOOL13] a sweep runs its seeds in processes of their own, and tells of them as one',
  { timeout: 120_000 },
  () => {
    const few = ['--seed', '1', '--seeds', '3', '--safety', '1s', '--machines', '1']
    const lines = (jobs: string): string[] => simulator(...few, '--jobs', jobs).stdout.split('\n')
    const [alone, together] = [lines('1'), lines('2')]
    expect(together[0]).toMatch(/^3 seeds, 0\.\d\d simulated hours/)
    expect(together.slice(1)).toEqual(alone.slice(1))
  },
)

test('[TOOL8] it ends with the code that the simulator ends with', { timeout: 60_000 }, () => {
  const { stderr, status } = simulator('--seed', 'x')
  expect(stderr).toContain('option --seed "x"')
  expect(status).toBe(2)
})
