/**
 * A plan of the simulator, carried out on real processes: the same workloads, nemeses and checkers.
 *
 * @module
 */
import { onTestFinished, expect, test } from 'vitest'
import { drawPlan } from '../plan.ts'
import { run } from '../run.ts'
import { machineNames } from '../cluster.ts'
import { REAL_CHECKERS } from './real-checkers.ts'
import { RealCluster } from './real-cluster.ts'

const MACHINES = 3

/** The run is short: what befalls engines and containers does so in the named plans. */
const KINDS = ['crash', 'restart', 'power', 'pause', 'split', 'one-way']

test(
  '[SIM13, LAB2] a drawn plan holds on real machines whose pods are processes, as it does on simulated ones',
  { timeout: 400_000 },
  async () => {
    const plan = drawPlan(2, {
      workloads: ['again', 'churn', 'retrying', 'updating'],
      machines: MACHINES,
      kinds: KINDS,
      safetyMs: 15_000,
      pauseMs: 2_000,
      namesOf: machineNames,
    })
    const cluster = await RealCluster.boot(MACHINES, { runtime: 'process', clocks: plan.clocks })
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${cluster.logs()}\n`)
      await cluster.stop()
    })
    const { acked } = await run(cluster, plan, { checkers: REAL_CHECKERS })
    expect(acked).toBeGreaterThan(0)
  },
)
