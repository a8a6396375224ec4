import { expect, test } from 'vitest'
import { FORGED } from '../cluster.ts'
import { aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { ownRecords } from './own-records.ts'

const PODS = '/api/v1/pods'
const NODES = '/api/v1/nodes'
const node = (name: string, cpu = '4') => ({
  metadata: { name, labels: {} },
  status: { capacity: { cpu }, addresses: [], nodeInfo: {} },
})

function two(): Trial {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.show(PODS, [aPod('amber', 'web-1-a'), aPod('basil', 'web-1-b')])
  cluster.show(NODES, [node('amber'), node('basil')])
  return new Trial(ownRecords, cluster)
}

test('[CHK4] what all show of a machine as its own node does is well', async () => {
  const trial = two()
  await trial.watch(5_000)
  // What it says itself may change.
  trial.cluster.show(PODS, [aPod('amber', 'web-1-a', { podIP: '10.0.0.2' })])
  await trial.watch(5_000)
  await trial.settle()
})

test('[CHK4] a pod that changes its machine is found', async () => {
  const trial = two()
  await trial.watch(1_000)
  trial.cluster.show(PODS, [aPod('basil', 'web-1-a')], ['basil'])
  await expect(trial.watch(1_000)).rejects.toMatchObject({ rule: 'P8' })
})

test('[CHK4] a pod may be shown under the new name of its machine, whose disk was replaced, and under no other', async () => {
  const trial = two()
  await trial.watch(1_000)
  trial.cluster.nodes.set('basil', 'basil-2')
  trial.cluster.show(NODES, [node('amber'), node('basil'), node('basil-2')])
  trial.cluster.show(PODS, [aPod('amber', 'web-1-a'), aPod('basil-2', 'web-1-b')])
  await trial.watch(5_000)
  await trial.settle()
  trial.cluster.show(PODS, [aPod('basil-2', 'web-1-a')])
  await expect(trial.watch(1_000)).rejects.toMatchObject({ rule: 'P8' })
})

test('[CHK4] the word of a former member may come to stand again when its heir on the machine has dropped the pod', async () => {
  const trial = two()
  trial.cluster.nodes.set('basil', 'basil-2')
  trial.cluster.show(NODES, [node('amber'), node('basil'), node('basil-2')])
  trial.cluster.show(PODS, [aPod('basil-2', 'web-1-b', { podIP: '10.0.0.9' })])
  await trial.watch(30_000)
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b')])
  await trial.watch(10_000)
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { podIP: '10.0.0.8' })])
  await expect(trial.watch(10_000)).rejects.toMatchObject({ rule: 'P8' })
})

test("[CHK4] a pod whose node is not known yet is nobody else's", async () => {
  const trial = two()
  await trial.watch(1_000)
  trial.cluster.show(PODS, [aPod('12d3koo', 'web-1-b')], ['amber'])
  await trial.watch(1_000)
})

test('[CHK4] what is said of a machine that nobody hears stays, and may be dropped', async () => {
  const trial = two()
  await trial.cluster.split('f', [['amber'], ['basil']])
  await trial.watch(30_000)
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { podIP: '10.0.0.9' })], ['basil'])
  await trial.watch(10_000)
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { podIP: '10.0.0.9' })], ['amber'])
  await expect(trial.watch(10_000)).rejects.toMatchObject({
    rule: 'P8',
    message: expect.stringContaining('nothing reaches amber from basil') as string,
  })
})

test('[CHK4] a pod that comes to be on a machine that nobody hears was made up', async () => {
  const trial = two()
  await trial.cluster.split('f', [['amber'], ['basil']])
  await trial.watch(30_000)
  trial.cluster.show(PODS, [aPod('amber', 'web-1-a'), aPod('basil', 'web-1-b'), aPod('basil', 'web-1-c')], ['amber'])
  await expect(trial.watch(10_000)).rejects.toMatchObject({ rule: 'P8' })
})

test('[CHK4] in the end others say of a machine what it says itself', async () => {
  for (const [path, items] of [
    [PODS, [aPod('amber', 'web-1-a', { podIP: '10.9.9.9' }), aPod('basil', 'web-1-b')]],
    [NODES, [node('amber', '64'), node('basil')]],
  ] as const) {
    const trial = two()
    trial.cluster.show(path, items, ['basil'])
    await expect(trial.settle()).rejects.toMatchObject({ rule: 'P8' })
  }
})

test('[MUT4] what a member said in the name of another is found where it is believed', async () => {
  const trial = two()
  await trial.watch(1_000)
  const forged = { ...node('amber'), status: { ...node('amber').status, nodeInfo: { kubeletVersion: FORGED } } }
  trial.cluster.show(NODES, [forged, node('basil')], ['basil'])
  await expect(trial.watch(1_000)).rejects.toThrow('P8: basil believes what others said of node amber')
})
