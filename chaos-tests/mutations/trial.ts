/**
 * What a mutant runs: of each line of its input, which is a plan, it tells in a line how that failed, if it did.
 *
 * @module
 */
import { createInterface } from 'node:readline'
import type { Plan } from '../plan.ts'
import { SeedFailed, simulate } from '../sim/simulate.ts'
import type { Failure } from '../tools/shrink.ts'

for await (const line of createInterface({ input: process.stdin })) {
  const failure = await failureOf(JSON.parse(line) as Plan)
  process.stdout.write(`${JSON.stringify({ failure })}\n`)
}

async function failureOf(plan: Plan): Promise<Failure | undefined> {
  try {
    await simulate(plan)
    return undefined
  } catch (error) {
    if (!(error instanceof SeedFailed)) throw error
    return { breach: error.breach, atMs: error.atMs }
  }
}
