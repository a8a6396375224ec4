import { expect, test } from 'vitest'
import { aDeployment, aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { realisation } from './realisation.ts'

/** One pod of `web` as wanted, and one of `gone`, which no node knows. */
function withStray(): FakeCluster {
  const cluster = new FakeCluster('amber')
  cluster.deployments([aDeployment('web', 1)])
  cluster.show('/api/v1/pods', [aPod('amber', 'web-1-0'), aPod('amber', 'gone-1-0')])
  cluster.run('amber', 'web-1-0', 'gone-1-0')
  return cluster
}

/** The stray is given up so long after the beginning. */
function givesUpAt(cluster: FakeCluster, ms: number): void {
  const runFor = cluster.runFor.bind(cluster)
  cluster.runFor = async (byMs) => {
    await runFor(byMs)
    if (cluster.nowMs() >= ms) cluster.stop('gone-1-0')
  }
}

test('[CHK21] a pod of a workload that nobody knows is found after 25 s', async () => {
  const late = withStray()
  givesUpAt(late, 31_000)
  await expect(new Trial(realisation, late).settle()).rejects.toThrow('P2: after 25000 ms 2 pods run of 1 wanted')
  const soon = withStray()
  givesUpAt(soon, 24_000)
  await new Trial(realisation, soon).settle()
})

test('[CHK21] where a damaged disk may have lost the workload its node has 30 s to give its pod up, and 10 s more', async () => {
  const cluster = withStray()
  cluster.damagedDisks.add('amber')
  givesUpAt(cluster, 31_000)
  await new Trial(realisation, cluster).settle()
  const never = withStray()
  never.damagedDisks.add('amber')
  await expect(new Trial(realisation, never).settle()).rejects.toThrow('P2: after 40000 ms 2 pods run of 1 wanted')
})

test('[CHK21] what else is missing there is found as soon as anywhere', async () => {
  const cluster = withStray()
  cluster.damagedDisks.add('amber')
  cluster.stop('gone-1-0')
  cluster.stop('web-1-0')
  await expect(new Trial(realisation, cluster).settle()).rejects.toThrow('P2: after 25000 ms')
})
