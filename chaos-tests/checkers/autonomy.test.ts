import { expect, test } from 'vitest'
import { autonomy } from './autonomy.ts'
import { aDeployment, acked, FakeCluster, Trial } from './fake-cluster.ts'

async function alone(): Promise<Trial> {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.deployments([aDeployment('web', 2)])
  cluster.run('amber', 'web-1-a', 'web-1-b')
  const trial = new Trial(autonomy, cluster)
  await cluster.cutPower('basil')
  await trial.watch(20_000)
  return trial
}

test('[CHK6] a machine that lost all others keeps what it ran; a container may be started again', async () => {
  const trial = await alone()
  trial.cluster.stop('web-1-a')
  await trial.watch(10_000)
  trial.cluster.run('amber', 'web-1-a')
  await trial.watch(60_000)
})

test('[CHK6] a container that is stopped for want of others is found', async () => {
  const trial = await alone()
  trial.cluster.stop('web-1-a')
  await expect(trial.watch(20_000)).rejects.toMatchObject({
    rule: 'P11',
    message: expect.stringContaining('amber is alone and ran 2 pods of web; now it runs 1') as string,
  })
})

test('[CHK6] what users order a machine alone to stop may stop', async () => {
  const trial = await alone()
  trial.did({ verb: 'scale', name: 'web', replicas: 1 }, acked('amber', 'uid-web', '1/2'))
  trial.cluster.stop('web-1-a')
  await trial.watch(60_000)
})

// Seed 17000016: the last machine was drained, and `lean` may miss one pod.
test('[CHK6] what maintenance may stop has no other machine to go to', async () => {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.deployments([aDeployment('lean', 3)])
  cluster.run('amber', 'lean-1-a', 'lean-1-b', 'lean-1-c')
  const trial = new Trial(autonomy, cluster)
  await cluster.cutPower('basil')
  await trial.watch(20_000)
  cluster.stop('lean-1-a')
  await trial.watch(60_000)
  cluster.stop('lean-1-b')
  await expect(trial.watch(20_000)).rejects.toMatchObject({ rule: 'P11' })
})

test('[CHK6] a machine that boots alone brings all back from its own disk', async () => {
  const boots = async (onRestart: (cluster: FakeCluster) => void): Promise<Trial> => {
    const cluster = new FakeCluster('amber', 'basil')
    cluster.deployments([aDeployment('web', 2)])
    cluster.run('amber', 'web-1-a')
    cluster.run('basil', 'web-1-b')
    cluster.onRestart = () => onRestart(cluster)
    const trial = new Trial(autonomy, cluster)
    await trial.settle({ lastAlone: 'amber' })
    return trial
  }
  const well = await boots((cluster) => cluster.run('amber', 'web-1-a', 'web-2-b'))
  expect(well.cluster.stateOf('basil')).toBe('off')
  expect(well.notes.has('P11')).toBe(true)
  await expect(boots((cluster) => cluster.run('amber', 'web-1-a'))).rejects.toMatchObject({
    rule: 'P11',
    message: expect.stringContaining('1 pods of web run of 2') as string,
  })
  await expect(boots((cluster) => cluster.deployments([]))).rejects.toMatchObject({
    rule: 'P11',
    message: expect.stringContaining('after a cold start alone []') as string,
  })
})
