import { expect, test } from 'vitest'
import type { Done } from '../history.ts'
import { aDeployment, FakeCluster, Trial } from './fake-cluster.ts'
import { memory } from './memory.ts'

const taken = (machine: string, generation: number): Done['outcome'] => ({
  is: 'acked',
  machine,
  answer: { status: 200, headers: {}, body: aDeployment('web', 2, { generation }) },
})

function trial(): Trial {
  const one = new Trial(memory, new FakeCluster('amber', 'basil'))
  one.did({ verb: 'create', name: 'web', replicas: 1 }, taken('amber', 1))
  one.did({ verb: 'scale', name: 'web', replicas: 2 }, taken('amber', 2))
  return one
}

test('[CHK13] a node that starts and knows less than it had answered is found', async () => {
  const one = trial()
  one.cluster.deployments([aDeployment('web', 1, { generation: 1 })])
  await expect(one.started('amber')).rejects.toThrow('knows generation 1 of uid-web')
  one.cluster.deployments([])
  await expect(one.started('amber')).rejects.toMatchObject({ rule: 'P5' })
})

test('[CHK13] what it had answered, or more, is well; so is less than another node answered', async () => {
  const one = trial()
  one.cluster.deployments([aDeployment('web', 1, { generation: 1 })], ['basil'])
  one.cluster.deployments([aDeployment('web', 5, { generation: 3 })], ['amber'])
  await one.started('amber')
  await one.started('basil')
})

test('[CHK13] what somebody deleted, or a damaged disk lost, it need not know', async () => {
  const one = trial()
  one.cluster.damagedDisks.add('amber')
  await one.started('amber')
  one.cluster.damagedDisks.delete('amber')
  one.did({ verb: 'delete', name: 'web' }, { is: 'unknown', machine: 'basil' })
  await one.started('amber')
})
