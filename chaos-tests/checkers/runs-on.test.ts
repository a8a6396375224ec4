import { expect, test } from 'vitest'
import { FakeCluster, Trial } from './fake-cluster.ts'
import { runsOn } from './runs-on.ts'

async function steady(): Promise<Trial> {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.run('amber', 'web-1-0')
  cluster.run('basil', 'web-1-1')
  const trial = new Trial(runsOn, cluster)
  await trial.watch(12_000)
  return trial
}

test('[LAB30] what ends with an agent that was stopped is found, and what is started anew', async () => {
  for (const act of ['stop', 'crash'] as const) {
    const trial = await steady()
    await trial.cluster.stopAgent('amber')
    await trial.watch(600)
    trial.cluster[act]('web-1-0')
    await expect(trial.watch(600)).rejects.toMatchObject({
      rule: 'LAB30',
      message: expect.stringContaining('amber web-1-0') as string,
    })
  }
})

test('[LAB30] what ends elsewhere, or has hardly begun, or after its agent is back, is excused', async () => {
  const trial = await steady()
  trial.cluster.run('amber', 'web-1-2')
  await trial.watch(5_000)
  await trial.cluster.stopAgent('amber')
  trial.cluster.stop('web-1-1')
  trial.cluster.stop('web-1-2')
  await trial.watch(1_000)
  await trial.cluster.restart('amber')
  trial.cluster.stop('web-1-0')
  await trial.watch(1_000)
})
