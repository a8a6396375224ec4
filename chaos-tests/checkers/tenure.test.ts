import { expect, test } from 'vitest'
import { acked, aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { tenure } from './tenure.ts'

const PODS = '/api/v1/pods'
const EARLY = '2026-01-01T00:00:00Z'
const LATE = '2026-01-01T00:01:00Z'
const GAVE_UP = { rule: 'CLM5', message: expect.stringContaining('amber gave up web-1-a, which served') as string }

/** Of `web`, one pod on each of two machines, both on slot 0. */
async function two({ amber = EARLY, basil = LATE, isRivalReady = true, relieves = '' } = {}): Promise<Trial> {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.run('amber', 'web-1-a')
  cluster.run('basil', 'web-1-b')
  cluster.show(PODS, [
    aPod('amber', 'web-1-a', { since: amber }),
    aPod('basil', 'web-1-b', { since: basil, ready: isRivalReady, relieves }),
  ])
  const trial = new Trial(tenure, cluster)
  trial.did({ verb: 'create', name: 'web', replicas: 1 }, acked('amber', 'uid-web'))
  await trial.watch(2_000)
  return trial
}

test('[CHK15] an older pod that is given up for a younger one is found', async () => {
  const trial = await two()
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { since: LATE })])
  await expect(trial.watch(2_000)).rejects.toMatchObject(GAVE_UP)
})

test('[CHK15] a younger one may be given up for an older', async () => {
  const trial = await two({ amber: LATE, basil: EARLY })
  trial.cluster.show(PODS, [aPod('amber', 'web-1-a', { stops: true }), aPod('basil', 'web-1-b', { since: EARLY })])
  await trial.watch(2_000)
})

test('[CHK15] a pod may be given up for a younger one that serves and relieves it', async () => {
  const trial = await two({ relieves: 'uid-web-1-a' })
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { since: LATE, relieves: 'uid-web-1-a' })])
  await trial.watch(2_000)
})

test.each([
  ['has never served', { relieves: 'uid-web-1-a', isRivalReady: false }],
  ['relieves another', { relieves: 'uid-web-1-c', isRivalReady: true }],
])('[CHK15] one that was given up for a younger one that %s is found', async (_, rival) => {
  const trial = await two(rival)
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { since: LATE, ready: rival.isRivalReady })])
  await expect(trial.watch(2_000)).rejects.toMatchObject(GAVE_UP)
})

test('[CHK15] one that was given up for an older that did not serve is found', async () => {
  const trial = await two({ amber: LATE, basil: EARLY, isRivalReady: false })
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { since: EARLY, ready: false })])
  await expect(trial.watch(2_000)).rejects.toMatchObject(GAVE_UP)
})

test('[CHK15] what served only between two looks, its machine gone by the second, is a reason', async () => {
  const trial = await two({ amber: LATE, basil: EARLY, isRivalReady: false })
  await trial.cluster.cutPower('basil')
  trial.cluster.show(PODS, [])
  await trial.watch(2_000)
})

test('[CHK15] what is shown as ready and does not run, its power having failed, serves nobody', async () => {
  const cluster = new FakeCluster('amber', 'basil')
  cluster.run('basil', 'web-1-b')
  cluster.show(PODS, [aPod('amber', 'web-1-a', { since: EARLY }), aPod('basil', 'web-1-b', { since: LATE })])
  const trial = new Trial(tenure, cluster)
  trial.did({ verb: 'create', name: 'web', replicas: 1 }, acked('amber', 'uid-web'))
  await trial.watch(2_000)
  cluster.show(PODS, [aPod('basil', 'web-1-b', { since: LATE })])
  await trial.watch(2_000)
})

test('[CHK15] whose workload was touched may go', async () => {
  const trial = await two()
  trial.did({ verb: 'scale', name: 'web', replicas: 0 }, acked('basil', 'uid-web'))
  trial.cluster.show(PODS, [])
  await trial.watch(2_000)
})

test('[CHK15] an agent that was killed and does not keep what it finds running is found', async () => {
  const trial = await two()
  await trial.cluster.killAgent('amber')
  await trial.watch(1_000)
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { since: LATE })])
  await trial.cluster.restart('amber')
  await expect(trial.watch(2_000)).rejects.toMatchObject(GAVE_UP)
})

test.each<[what: string, befalls: (cluster: FakeCluster) => unknown]>([
  ['whose machine lost its power', (cluster) => cluster.cutPower('amber')],
  ['on a bad engine', (cluster) => cluster.unsound.add('amber')],
  ['on a damaged disk', (cluster) => cluster.damagedDisks.add('amber')],
])('[CHK15] a pod %s may go', async (_, befalls) => {
  const trial = await two()
  await befalls(trial.cluster)
  await trial.watch(1_000)
  trial.cluster.unsound.clear()
  await trial.cluster.restart('amber')
  trial.cluster.show(PODS, [aPod('basil', 'web-1-b', { since: LATE })])
  await trial.watch(2_000)
})

test('[CHK15] where a machine takes pods again, a rollout that had found no place goes on', async () => {
  const trial = await two()
  const undrain = { id: 'u', workload: 'draining', atMs: 0, via: [], what: { verb: 'undrain', node: 'basil' } }
  const endMs = trial.cluster.nowMs()
  trial.history.begun.push(undrain)
  trial.history.done.push({ operation: undrain, startMs: 0, endMs, outcome: acked('basil', 'uid-basil') })
  trial.cluster.show(PODS, [])
  await trial.watch(2_000)
})
