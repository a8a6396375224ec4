import { expect, test } from 'vitest'
import { aDeployment, aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { rollback } from './rollback.ts'

const OLD = aPod('amber', 'mending0-old-0')

/** Of three machines these live on, and show such a revision and such pods. */
function left(core: readonly string[], version: number, pods: readonly unknown[] = [OLD]): Promise<void> {
  const machines = ['amber', 'basil', 'cedar']
  const trial = new Trial(rollback, new FakeCluster(...machines))
  trial.cluster.show('/api/v1/nodes', machines)
  trial.cluster.show('/apis/apps/v1/deployments', [aDeployment('mending0', 1, { version })])
  trial.cluster.show('/api/v1/pods', pods)
  return trial.settle({ core })
}

test('[CHK24] a revision that never gets ready and is left as it is, is found', async () => {
  await expect(left(['amber', 'basil'], 2)).rejects.toMatchObject({ rule: 'RBK1' })
})

test('[CHK24] one that was brought back without its pods is found', async () => {
  await expect(left(['amber', 'basil'], 1, [])).rejects.toMatchObject({ rule: 'RBK1' })
  await expect(left(['amber', 'basil'], 1, [OLD, aPod('basil', 'mending0-new-1')])).rejects.toMatchObject({
    rule: 'RBK1',
  })
})

test('[CHK24] nobody brings anything back who is half of the members or fewer, or has no pod that serves', async () => {
  await left(['amber'], 2)
  await left(['amber', 'basil'], 2, [])
  await left(['amber', 'basil'], 1)
})
