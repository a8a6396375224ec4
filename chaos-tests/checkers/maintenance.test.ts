import { expect, test } from 'vitest'
import { aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { isAnyCordoned, maintenance } from './maintenance.ts'

const PODS = '/api/v1/pods'
const NODES = '/api/v1/nodes'
const names = ['guarded-1-a', 'guarded-1-b', 'guarded-1-c']
const slotted = (machine: string, name: string, slot: string, stops = false) => {
  const pod = aPod(machine, name, { ready: true, stops })
  return { ...pod, metadata: { ...pod.metadata, annotations: { 'shoal.dev/slot': slot } } }
}
const all = names.map((name, index) => slotted('amber', name, `${index}`))

async function guarded(): Promise<Trial> {
  const trial = new Trial(maintenance, new FakeCluster('amber', 'basil'))
  trial.isCalm = () => true
  trial.history.begun.push({ id: 'd', workload: 'draining', atMs: 0, via: [], what: { verb: 'drain', node: 'amber' } })
  trial.cluster.show(PODS, all)
  await trial.watch(2_000)
  return trial
}

test('[CHK22] a slot that is served no more though a budget asks for it is found', async () => {
  const trial = await guarded()
  trial.cluster.show(PODS, [...all.slice(1), slotted('amber', names[0]!, '0', true)])
  await expect(trial.watch(2_000)).rejects.toMatchObject({ rule: 'DRN5', message: expect.stringContaining('2 slots') })
})

test('[CHK22] each Deployment has a budget of its own: of one a pod may be missing, and no second one', async () => {
  const lean = ['0', '1', '2'].map((slot) => slotted('basil', `lean-1-${slot}`, slot))
  const trial = await guarded()
  trial.cluster.show(PODS, [...all, ...lean])
  await trial.watch(2_000)
  trial.cluster.show(PODS, [...all, ...lean.slice(1)])
  await trial.watch(2_000)
  trial.cluster.show(PODS, [...all, ...lean.slice(2)])
  await expect(trial.watch(2_000)).rejects.toMatchObject({ message: expect.stringContaining('1 slots of lean') })
})

test('[CHK22] one that was moved first, or was lost when something broke, is none', async () => {
  const moved = await guarded()
  moved.cluster.show(PODS, [...all.slice(1), slotted('basil', 'guarded-1-d', '0')])
  await moved.watch(2_000)
  const broken = await guarded()
  broken.isCalm = () => false
  broken.cluster.show(PODS, all.slice(1))
  await broken.watch(2_000)
})

test('[CHK22] machines of which one is cordoned are told from those that all take pods', async () => {
  const { cluster } = await guarded()
  const node = (name: string, unschedulable?: true) => ({ metadata: { name }, spec: { unschedulable } })
  cluster.show(NODES, [node('amber', true), node('basil')])
  expect(await isAnyCordoned(cluster, ['basil', 'amber'])).toBe(true)
  expect(await isAnyCordoned(cluster, ['basil'])).toBe(false)
})
