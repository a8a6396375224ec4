import { expect, test } from 'vitest'
import { FakeCluster, Trial } from './fake-cluster.ts'
import { presence } from './presence.ts'

const NODES = '/api/v1/nodes'
const node = (name: string, status = 'True') => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status }] },
})

function shown(...nodes: ReturnType<typeof node>[]): Trial {
  const cluster = new FakeCluster('amber', 'basil', 'cedar')
  cluster.show(NODES, [node('amber'), node('basil'), node('cedar', 'Unknown')])
  cluster.show(NODES, nodes, ['basil'])
  return new Trial(presence, cluster)
}

test('[CHK16] those who live on and show one another as ready are well, whatever they say of the dead', async () => {
  const trial = shown(node('amber'), node('basil'), node('cedar', 'Unknown'))
  await trial.settle({ core: ['amber', 'basil'] })
  expect(trial.notes.has('DET6')).toBe(true)
})

test.each([
  ['holds one for away that is there', [node('amber', 'Unknown'), node('basil')], 'basil shows amber as Unknown'],
  ['does not know one', [node('basil')], 'basil shows amber as nothing'],
])('[CHK16] a node that %s is found', async (_, nodes, what) => {
  await expect(shown(...nodes).settle({ core: ['amber', 'basil'] })).rejects.toThrow(`DET6: after 5000 ms ${what}`)
})

test('[CHK16] a machine whose disk was replaced is looked for under its new name', async () => {
  const trial = shown(node('amber'), node('basil', 'Unknown'), node('basil-2'))
  trial.cluster.nodes.set('basil', 'basil-2')
  trial.cluster.show(NODES, [node('amber'), node('basil', 'Unknown'), node('basil-2')])
  await trial.settle({ core: ['amber', 'basil'] })
  trial.cluster.nodes.clear()
  await expect(trial.settle({ core: ['amber', 'basil'] })).rejects.toThrow('shows basil as Unknown')
})
