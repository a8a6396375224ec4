/**
 * Plans of the simulator, carried out on real processes: the same workloads, nemeses and checkers.
 *
 * @module
 */
import { onTestFinished, expect, test } from 'vitest'
import { backOff } from '../checkers/back-off.ts'
import { budget } from '../checkers/budget.ts'
import { holds } from '../checkers/holds.ts'
import { CHECKERS } from '../checkers/index.ts'
import { drawPlan } from '../plan.ts'
import { run } from '../run.ts'
import { machineNames } from '../cluster.ts'
import { RealCluster } from './real-cluster.ts'
import { REAL_KINDS } from './real-tampering.ts'

const MACHINES = 3

/**
 * Nobody counts frames on real cables. And what must take a while cannot be held to it: the clock of a real cluster goes slower
 * where the machine is busy, that of its nodes does not.
 */
const checkers = CHECKERS.filter((one) => one !== budget && one !== holds && one !== backOff)

interface Wish {
  readonly seed: number
  readonly runtime: 'process' | 'docker'
  readonly workloads: readonly string[]
}

const PLANS: readonly Wish[] = [
  { seed: 1, runtime: 'process', workloads: ['deployments', 'scaling', 'traffic'] },
  { seed: 2, runtime: 'process', workloads: ['again', 'churn', 'retrying', 'updating'] },
  { seed: 3, runtime: 'docker', workloads: ['scaling', 'traffic'] },
]

test.each(PLANS)(
  '[SIM13, LAB1, LAB2] the plan of seed $seed holds on real machines, pods by $runtime, as it does on simulated ones',
  { timeout: 400_000 },
  async ({ seed, runtime, workloads }) => {
    const plan = drawPlan(seed, {
      workloads,
      machines: MACHINES,
      kinds: REAL_KINDS[runtime],
      safetyMs: 25_000,
      pauseMs: 3_000,
      namesOf: machineNames,
    })
    const cluster = await RealCluster.boot(MACHINES, { runtime })
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${cluster.logs()}\n`)
      await cluster.stop()
    })
    const { acked } = await run(cluster, plan, { checkers })
    expect(acked).toBeGreaterThan(0)
  },
)
