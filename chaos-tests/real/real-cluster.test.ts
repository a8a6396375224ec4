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

const MACHINES = 3
/** What can be done to real machines that share a disk, an engine and a clock. */
const KINDS = ['crash', 'power', 'pause', 'split', 'one-way']
/**
 * Nobody counts frames on real cables. And what must take a while cannot be held to it: the clock of a real cluster goes slower
 * where the machine is busy, that of its nodes does not.
 */
const checkers = CHECKERS.filter((one) => one !== budget && one !== holds && one !== backOff)

const PLANS: readonly { readonly seed: number; readonly workloads: readonly string[] }[] = [
  { seed: 1, workloads: ['deployments', 'scaling', 'traffic'] },
  { seed: 2, workloads: ['again', 'churn', 'retrying', 'updating'] },
]

test.each(PLANS)(
  '[SIM13] the plan of seed $seed holds on real processes as it does on simulated ones',
  { timeout: 400_000 },
  async (wish) => {
    const plan = drawPlan(wish.seed, {
      ...wish,
      machines: MACHINES,
      kinds: KINDS,
      safetyMs: 25_000,
      pauseMs: 3_000,
      namesOf: machineNames,
    })
    const cluster = await RealCluster.boot(MACHINES)
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${cluster.logs()}\n`)
      await cluster.stop()
    })
    const { acked } = await run(cluster, plan, { checkers })
    expect(acked).toBeGreaterThan(0)
  },
)
