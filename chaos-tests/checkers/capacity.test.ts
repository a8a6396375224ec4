import { expect, test } from 'vitest'
import { capacity } from './capacity.ts'
import { aPod, FakeCluster, Trial } from './fake-cluster.ts'

const PODS = '/api/v1/pods'

test('[CHK11] a machine that took pods for more than it has is found out', async () => {
  const cluster = new FakeCluster('amber', 'basil')
  const trial = new Trial(capacity, cluster)
  const full = ['1500m', '2', '500m'].map((cpu, at) => aPod('amber', `app-1-${at}`, { cpu }))
  cluster.show(PODS, full)
  await trial.watch(1_000)
  cluster.show(PODS, [...full, aPod('amber', 'app-1-3', { cpu: '10m' })])
  await expect(trial.watch(1_000)).rejects.toThrow('PRM1: amber has 4000 thousandths of a core, and took pods for 4010')
})

test('[CHK11] pods of others, and pods that are to stop, take no room', async () => {
  const cluster = new FakeCluster('amber', 'basil')
  const trial = new Trial(capacity, cluster)
  const one = (machine: string, at: number, stops = false) => aPod(machine, `app-1-${at}`, { cpu: '3', stops })
  cluster.show(PODS, [one('amber', 0), one('basil', 1), one('amber', 2, true)])
  await trial.watch(1_000)
})
