/**
 * What a mutant runs: seed after seed until one fails, a line of JSON for each.
 *
 * @module
 */
import { Violation } from '../checker.ts'
import { planOf, SeedFailed, simulate } from '../sim/simulate.ts'
import { SimAlarm } from '../sim/sim-cluster.ts'
import type { Hunt } from './mutant.ts'

const { firstSeed, seeds, machines, ...options } = JSON.parse(process.argv[2] ?? '') as Hunt
const MACHINES_MAX = 5

for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
  const caught = await failureOf(seed)
  process.stdout.write(`${JSON.stringify({ seed, ...(caught === undefined ? {} : { caught }) })}\n`)
  if (caught !== undefined) break
}

async function failureOf(seed: number): Promise<{ rule: string; says: string } | undefined> {
  try {
    await simulate(planOf(seed, { ...options, machines: machines ?? 1 + (seed % MACHINES_MAX) }))
    return undefined
  } catch (error) {
    if (!(error instanceof SeedFailed)) throw error
    return { rule: ruleOf(error.cause), says: error.message }
  }
}

function ruleOf(cause: unknown): string {
  if (cause instanceof Violation) return cause.rule
  if (cause instanceof SimAlarm) return cause.rule ?? 'alarm'
  return 'stuck'
}
