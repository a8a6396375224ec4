import { expect, onTestFinished, test } from 'vitest'
import { namedPlan } from '../named-plans.ts'
import { RealCluster } from '../real/real-cluster.ts'
import { REAL_CHECKERS } from '../real/real-checkers.ts'
import { run } from '../run.ts'

const MACHINES = 4

test(
  '[LAB9, LAB2, LAB3] every fault of the named plans befalls real machines under load, one after the other, and every promise is kept',
  { timeout: 900_000 },
  async () => {
    const plan = namedPlan('all', MACHINES)
    const cluster = await RealCluster.boot(MACHINES, { runtime: 'docker', clocks: plan.clocks })
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${cluster.logs()}\n`)
      await cluster.stop()
    })
    const { acked, faults, joined } = await run(cluster, plan, { checkers: REAL_CHECKERS })
    expect(acked).toBeGreaterThan(500)
    expect([faults, joined.length]).toEqual([plan.faults.length, 2])
  },
)
