import { expect, test } from 'vitest'
import type { Tampering } from '../cluster.ts'
import { acked, aDeployment, aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { grown } from './grown.ts'

interface Seen {
  readonly replicas: number
  readonly isBusy?: boolean
  readonly ready?: number
  readonly isScaled?: boolean
  /** Of three machines. */
  readonly core?: readonly string[]
}

function left({ replicas, ready = replicas, core = ['amber', 'basil'], ...seen }: Seen): Promise<void> {
  const machines = ['amber', 'basil', 'cedar']
  const cluster = Object.assign(new FakeCluster(...machines), { more: {} as Tampering })
  const trial = new Trial(grown, cluster)
  const busy = seen.isBusy === true ? { busyMilli: 20 } : {}
  trial.did({ verb: 'grow', name: 'growing0', replicas: 2, ...busy }, acked('amber', 'uid-growing0'))
  cluster.show('/api/v1/nodes', machines)
  cluster.show('/apis/apps/v1/deployments', [aDeployment('growing0', replicas)])
  const scalers = seen.isScaled === false ? [] : [{ metadata: { name: 'growing0' } }]
  cluster.show('/apis/autoscaling/v2/horizontalpodautoscalers', scalers)
  cluster.show(
    '/api/v1/pods',
    Array.from({ length: ready }, (_, index) => aPod('amber', `growing0-a-${index}`)),
  )
  return trial.settle({ core })
}

test('[CHK26] one that is busy has grown, one that has nothing to do has shrunk', async () => {
  await left({ replicas: 4, isBusy: true })
  await left({ replicas: 1 })
})

test.each<[what: string, seen: Seen]>([
  ['is busy and has not grown', { replicas: 2, isBusy: true }],
  ['has nothing to do and has not shrunk', { replicas: 2 }],
  ['has not the pods that it wants', { replicas: 4, ready: 3, isBusy: true }],
])('[CHK26] one that %s is found', async (_what, seen) => {
  await expect(left(seen)).rejects.toMatchObject({ rule: 'HPA8' })
})

test('[CHK26] nobody scales who is half of the members or fewer, nor what has no autoscaler', async () => {
  await left({ replicas: 2, core: ['amber'] })
  await left({ replicas: 2, isScaled: false })
})
