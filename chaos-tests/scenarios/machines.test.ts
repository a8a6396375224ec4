import { expect, onTestFinished, test } from 'vitest'
import { namedPlan } from '../named-plans.ts'
import { RealCluster } from '../real/real-cluster.ts'
import { REAL_CHECKERS } from '../real/real-checkers.ts'
import { run } from '../run.ts'

const MACHINES = 3

test(
  '[LAB9, LAB2, LAB3] agents, engines and whole machines go and come back under load, one after the other and all at once, and every promise is kept',
  { timeout: 900_000 },
  async () => {
    const cluster = await RealCluster.boot(MACHINES, { runtime: 'docker' })
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${cluster.logs()}\n`)
      await cluster.stop()
    })
    const { acked, faults } = await run(cluster, namedPlan('machines', MACHINES), { checkers: REAL_CHECKERS })
    expect(acked).toBeGreaterThan(100)
    expect(faults).toBe(8)
  },
)
