import { expect, test } from 'vitest'
import { budget, frameBudget } from './budget.ts'
import { FakeCluster, Trial } from './fake-cluster.ts'

const QUIET = { seconds: 100, writes: 0, pods: 0, faults: 0 }

test('[CHK8] what a node may send stops growing with the cluster', () => {
  const each = [2, 17, 170, 1_700].map((machines) => frameBudget({ machines, ...QUIET }) / machines)
  expect(each).toEqual([400, 6_400, 6_400, 6_400])
})

test('[CHK8] messages that nothing explains are found', async () => {
  const trial = new Trial(budget, new FakeCluster('amber', 'basil', 'cedar'))
  await trial.watch(10_000)
  trial.cluster.sent = 400
  await trial.settle()
  trial.cluster.sent = 2_000
  await expect(trial.settle()).rejects.toMatchObject({ rule: 'CHK8' })
  // Pods that came explain some.
  trial.cluster.run('amber', ...Array.from({ length: 40 }, (_, at) => `web-1-${at}`))
  await trial.settle()
})
