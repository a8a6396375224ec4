import { expect, test } from 'vitest'
import { aDeployment, aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { monotonic } from './monotonic.ts'

const web = (generation: number, uid = 'uid-1') => [aDeployment('web', 1, { uid, generation })]

async function showing(...shown: ReturnType<typeof web>[]): Promise<Trial> {
  const trial = new Trial(monotonic, new FakeCluster('amber', 'basil'))
  for (const items of shown) {
    trial.cluster.deployments(items, ['amber'])
    await trial.watch(1_000)
  }
  return trial
}

test('[CHK7] what a node shows goes on: generations, lives, tokens; nodes may differ', async () => {
  const trial = await showing(web(1), web(3), web(1, 'uid-2'), [], web(1, 'uid-3'))
  trial.cluster.deployments(web(1), ['basil'])
  await trial.watch(1_000)
})

test('[CHK7] an earlier generation is found', async () => {
  await expect(showing(web(3), web(2))).rejects.toMatchObject({ rule: 'CHK7' })
})

test('[CHK7] a life that had ended is found', async () => {
  await expect(showing(web(3), web(1, 'uid-2'), web(4))).rejects.toMatchObject({ rule: 'CHK7' })
})

test('[CHK7] a list whose token went back is found, but not on a node that was started anew', async () => {
  const trial = await showing(web(1))
  trial.cluster.token('amber', '7')
  await trial.watch(1_000)
  trial.cluster.token('amber', '6')
  await trial.cluster.restart('amber')
  await trial.watch(1_000)
  trial.cluster.token('amber', '5')
  await expect(trial.watch(1_000)).rejects.toMatchObject({ rule: 'CHK7' })
})

test.each([
  ['runs again after it was to stop', { stops: true }, {}, 'shows that web-1-a has started, after it is to stop'],
  ['waits to start after it had', {}, { phase: 'Pending' }, 'shows that web-1-a is yet to start, after it has started'],
])('[CHK14] a pod that %s is found, but not on a node that was started anew', async (_, first, second, what) => {
  const cluster = new FakeCluster('amber')
  const one = new Trial(monotonic, cluster)
  cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a', first)])
  await one.watch(1_000)
  cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a', second)])
  await cluster.restart('amber')
  await one.watch(1_000)
  cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a', first)])
  await one.watch(1_000)
  cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a', second)])
  await expect(one.watch(1_000)).rejects.toThrow(what)
})

test('[CHK14] the pods of a machine whose disk was lost may begin anew', async () => {
  const cluster = new FakeCluster('amber')
  const one = new Trial(monotonic, cluster)
  cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a', { stops: true })])
  await one.watch(1_000)
  cluster.damagedDisks.add('amber')
  cluster.show('/api/v1/pods', [aPod('amber', 'web-1-a')])
  await one.watch(1_000)
})
