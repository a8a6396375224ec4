import { expect, test } from 'vitest'
import { convergence, determinism } from './convergence.ts'
import { aDeployment, FakeCluster, Trial } from './fake-cluster.ts'

const WEB = [aDeployment('web', 2)]

/** Basil has heard of a Deployment, amber not yet. */
function apart(): FakeCluster {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.deployments(WEB, ['basil'])
  cluster.heads.set('basil', { web: 'head' })
  return cluster
}

function arrives(cluster: FakeCluster): void {
  cluster.deployments(WEB)
  cluster.heads.set('amber', { web: 'head' })
}

test('[P1] nodes that never hold the same are found, and what they hold otherwise is named', async () => {
  await expect(new Trial(convergence, apart()).settle()).rejects.toThrow(
    'P1: after 5000 ms amber, basil hold different things: web (amber none, basil head)',
  )
})

test('[CHK20] two nodes that show the same state differently are found', async () => {
  const cluster = apart()
  cluster.heads.set('amber', { web: 'head' })
  cluster.deployments([aDeployment('web', 3)], ['amber'])
  await expect(new Trial(determinism, cluster).settle()).rejects.toThrow(
    'P7: amber and basil show the same state differently: /0/spec/replicas is 3 and 2',
  )
})

test('[CHK20] a write that is still on its way to one of them is waited for', async () => {
  const cluster = apart()
  const runFor = cluster.runFor.bind(cluster)
  cluster.runFor = async (ms) => {
    arrives(cluster)
    await runFor(ms)
  }
  await new Trial(determinism, cluster).settle()
  expect(cluster.nowMs()).toBe(50)
})

test('[CHK20] a write that comes amid the look begins it anew', async () => {
  const cluster = new FakeCluster('amber', 'basil')
  const request = cluster.request.bind(cluster)
  cluster.request = async (...asked) => {
    const answer = await request(...asked)
    arrives(cluster)
    cluster.heads.set('basil', { web: 'head' })
    return answer
  }
  await new Trial(determinism, cluster).settle()
  expect(cluster.nowMs()).toBe(50)
})

test('[CHK20] nodes that part again for good are found', async () => {
  await expect(new Trial(determinism, apart()).settle()).rejects.toThrow('P1: for 5000 ms, after they had agreed')
})
