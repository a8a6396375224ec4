import { expect, test } from 'vitest'
import { aDeployment, acked, aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { floor } from './floor.ts'
import type { SeenPod } from './objects.ts'

const SPLIT_MS = 60_000

async function splitWith(there: readonly string[]): Promise<Trial> {
  const cluster = new FakeCluster('amber', 'basil', 'cedar')
  cluster.deployments([aDeployment('web', 2)])
  cluster.run('amber', 'web-1-a', 'web-1-b')
  const trial = new Trial(floor, cluster)
  await trial.watch(1_000)
  await cluster.split('f', [['amber', 'basil'], ['cedar']])
  cluster.run('cedar', ...there)
  return trial
}

test('[CHK1] every component of a split that stands runs what it wants', async () => {
  const trial = await splitWith(['web-2-a', 'web-2-b'])
  await trial.watch(SPLIT_MS)
})

test('[CHK1] a component that keeps too few for too long is found, and not before', async () => {
  const trial = await splitWith(['web-2-a'])
  await trial.watch(20_000)
  await expect(trial.watch(SPLIT_MS)).rejects.toMatchObject({
    rule: 'P3',
    message: expect.stringContaining('1 pods of web run on cedar, 2 are wanted') as string,
  })
})

test('[CHK1] what was ordered a moment ago, and a component whose members come and go, have time', async () => {
  const trial = await splitWith(['web-2-a'])
  for (let round = 0; round < 4; round++) {
    await trial.watch(20_000)
    trial.did({ verb: 'scale', name: 'web', replicas: 2 }, acked('cedar', 'uid-web', '1/2'))
  }
  for (let round = 0; round < 4; round++) {
    await trial.watch(20_000)
    await trial.cluster.restart('cedar')
  }
})

test('[CHK1] a component that takes pods again has time, and not for ever', async () => {
  const trial = await splitWith(['web-2-a', 'web-2-b'])
  await trial.watch(SPLIT_MS)
  const node = (isClosed: boolean) => ({ metadata: { name: 'cedar' }, spec: { unschedulable: isClosed } })
  trial.cluster.show('/api/v1/nodes', [node(true)])
  trial.cluster.stop('web-2-b')
  await trial.watch(SPLIT_MS)
  trial.cluster.show('/api/v1/nodes', [node(false)])
  await trial.watch(20_000)
  await expect(trial.watch(SPLIT_MS)).rejects.toMatchObject({ rule: 'P3' })
})

/** A component of two machines at rest, of whose pods one ends, and is shown like that. */
async function ended(shown: readonly SeenPod[]): Promise<Trial> {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.deployments([aDeployment('web', 2)])
  cluster.run('amber', 'web-1-a', 'web-1-b')
  const trial = new Trial(floor, cluster)
  await trial.watch(SPLIT_MS)
  cluster.stop('web-1-b')
  cluster.show('/api/v1/pods', shown)
  return trial
}

test('[CHK1] a pod that ended by itself has time to be started again, and not for ever', async () => {
  const trial = await ended([aPod('amber', 'web-1-a'), aPod('amber', 'web-1-b', { ready: false })])
  await trial.watch(20_000)
  await expect(trial.watch(10_000)).rejects.toThrow('P3: 1 pods of web run on amber, basil, 2 are wanted')
})

test('[CHK1] a pod that was given up has no time, nor one that never ran', async () => {
  for (const shown of [[], [aPod('amber', 'web-1-b', { stops: true })], [aPod('amber', 'web-1-c', { ready: false })]]) {
    const trial = await ended(shown)
    await expect(trial.watch(3_000)).rejects.toThrow('P3: 1 pods of web run on amber, basil, 2 are wanted')
  }
})

test('[CHK1] what ended on one side of a split excuses no other side', async () => {
  const trial = await splitWith(['web-2-a'])
  await trial.watch(15_000)
  trial.cluster.stop('web-1-b')
  trial.cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a'), aPod('amber', 'web-1-b'), aPod('cedar', 'web-2-a')])
  await expect(trial.watch(15_000)).rejects.toThrow('P3: 1 pods of web run on cedar, 2 are wanted')
})
