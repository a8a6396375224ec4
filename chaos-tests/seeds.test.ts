/**
 * Every run that ever failed, kept as a plan with a sentence on why, is run at each commit. A seed alone would not do: what it
 * draws changes with each new nemesis or workload, and a plan does not.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { simulate } from './sim/simulate.ts'
import { readKept, REGRESSIONS } from './tools/keep.ts'
import { fileNameOf } from './tools/regression.ts'

const files = readdirSync(REGRESSIONS)

test.each(files)('[TOOL7] %s can be read, names a rule that is checked, and is named after it', (file) => {
  const kept = readKept(join(REGRESSIONS, file))
  expect(file).toBe(fileNameOf(kept))
})

test.each(files)('[TOOL7] %s keeps its promises', { timeout: 300_000 }, async (file) => {
  await simulate(readKept(join(REGRESSIONS, file)).plan, { keptIn: `chaos-tests/regressions/${file}` })
})
