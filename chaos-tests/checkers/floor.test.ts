import { expect, test } from 'vitest'
import { aDeployment, acked, FakeCluster, Trial } from './fake-cluster.ts'
import { floor } from './floor.ts'

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
