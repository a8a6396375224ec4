import { expect, test } from 'vitest'
import { busyCeiling, ceiling } from './ceiling.ts'
import { acked, aPod, FakeCluster, Trial } from './fake-cluster.ts'

/** A Deployment of one pod, of which as many run as are named. */
async function running(...pods: readonly string[]): Promise<Trial> {
  const trial = new Trial(ceiling, new FakeCluster('amber', 'basil'))
  trial.isCalm = () => true
  trial.did({ verb: 'create', name: 'web', replicas: 1 }, acked('amber', 'uid-web'))
  await trial.watch(1_000)
  trial.cluster.run('amber', ...pods)
  return trial
}

test('[CHK19] a pod more than was ever asked for is found', async () => {
  await (await running('web-1-a')).watch(1_000)
  await expect((await running('web-1-a', 'web-1-b')).watch(1_000)).rejects.toThrow(
    'P4: 2 pods of web run; in 1 components at most 1 may',
  )
})

test('[CHK19] who has just come in is a part of its own, for as long as a heal may take', async () => {
  const trial = await running('web-1-a', 'web-1-b')
  await trial.cluster.addMachine('amber')
  await trial.watch(25_000)
  await expect(trial.watch(10_000)).rejects.toThrow('P4: 2 pods of web run; in 1 components at most 1 may')
})

test('[CHK19] a pod that was told to stop is not counted, nor one that ends while its node is asked about it', async () => {
  const stopping = await running('web-1-a', 'web-1-b')
  stopping.cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a'), aPod('amber', 'web-1-b', { stops: true })])
  await stopping.watch(1_000)
  const ending = await running('web-1-a', 'web-1-b')
  ending.cluster.onRequest = () => ending.cluster.stop('web-1-b')
  await ending.watch(1_000)
})

test('[CHK19] what a node that stands still, or whose agent is down, has told to stop cannot be asked', async () => {
  const still = await running('web-1-a', 'web-1-b')
  await still.cluster.pause('amber')
  await still.watch(1_000)
  // One more than it may have as a part of its own.
  const down = await running('web-1-a', 'web-1-b', 'web-1-c')
  await down.cluster.killAgent('amber')
  await down.watch(1_000)
})

test('[CHK19] one that another relieves is not counted, any other is', async () => {
  const moved = await running('web-1-a', 'web-1-b')
  const relieving = (pod: string): void =>
    moved.cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a'), aPod('amber', 'web-1-b', { relieves: `uid-${pod}` })])
  relieving('web-1-a')
  await moved.watch(1_000)
  relieving('web-1-c')
  await expect(moved.watch(1_000)).rejects.toThrow('P4: 2 pods of web run')
})

test('[CHK19] where nodes are not prompt a slot may be taken twice though nothing is broken, and not thrice', async () => {
  const trial = new Trial(busyCeiling, new FakeCluster('amber', 'basil'))
  trial.isCalm = () => true
  trial.did({ verb: 'create', name: 'web', replicas: 1 }, acked('amber', 'uid-web'))
  trial.cluster.run('amber', 'web-1-a', 'web-1-b')
  await trial.watch(1_000)
  trial.cluster.run('basil', 'web-1-c')
  await expect(trial.watch(1_000)).rejects.toThrow('P4: 3 pods of web run')
})
