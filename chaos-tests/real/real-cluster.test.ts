/**
 * Plans of the simulator, carried out on real processes: the same workloads, nemeses and checkers.
 *
 * @module
 */
import { onTestFinished, expect, test } from 'vitest'
import { drawPlan } from '../plan.ts'
import { run } from '../run.ts'
import { machineNames } from '../cluster.ts'
import { REAL_CHECKERS } from './real-checkers.ts'
import { RealCluster } from './real-cluster.ts'
import { REAL_KINDS } from './real-tampering.ts'

const MACHINES = 3

/** Processes begin with few: the run is short, and the rest is done to containers. */
const KINDS = {
  process: ['crash', 'restart', 'power', 'pause', 'split', 'one-way'],
  docker: REAL_KINDS.docker,
} as const

interface Wish {
  readonly seed: number
  readonly runtime: 'process' | 'docker'
  readonly workloads: readonly string[]
  readonly safetyMs: number
}

const PLANS: readonly Wish[] = [
  { seed: 2, runtime: 'process', workloads: ['again', 'churn', 'retrying', 'updating'], safetyMs: 25_000 },
  { seed: 3, runtime: 'docker', workloads: ['scaling', 'traffic'], safetyMs: 15_000 },
]

test.each(PLANS)(
  '[SIM13, LAB1, LAB2] the plan of seed $seed holds on real machines, pods by $runtime, as it does on simulated ones',
  { timeout: 400_000 },
  async ({ seed, runtime, workloads, safetyMs }) => {
    const plan = drawPlan(seed, {
      workloads,
      machines: MACHINES,
      kinds: KINDS[runtime],
      safetyMs,
      pauseMs: 3_000,
      namesOf: machineNames,
    })
    const cluster = await RealCluster.boot(MACHINES, { runtime, clocks: plan.clocks })
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${cluster.logs()}\n`)
      await cluster.stop()
    })
    const { acked } = await run(cluster, plan, { checkers: REAL_CHECKERS })
    expect(acked).toBeGreaterThan(0)
  },
)
