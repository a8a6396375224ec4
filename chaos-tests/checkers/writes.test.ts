import { expect, test } from 'vitest'
import type { Done } from '../history.ts'
import { deletes } from './deletes.ts'
import { aDeployment, acked, FakeCluster, Trial } from './fake-cluster.ts'
import { writes } from './writes.ts'

const NAME = 'web'
const UID = 'uid-web'
const scale = (replicas: number) => ({ verb: 'scale', name: NAME, replicas }) as const

/** A Deployment made through amber, of two. */
async function made(shown: Parameters<FakeCluster['deployments']>[0] = [aDeployment(NAME, 2)]): Promise<Trial> {
  const cluster = new FakeCluster('amber', 'basil', 'cedar')
  cluster.deployments(shown)
  const trial = new Trial(writes, cluster)
  await trial.watch(1_000)
  trial.did({ verb: 'create', name: NAME, replicas: 2 }, acked('amber', UID))
  await trial.watch(1_000)
  return trial
}

const conflict = (message: string, name = NAME) => ({
  reason: 'Conflict',
  message,
  involvedObject: { kind: 'Deployment', name },
})

test('[CHK3] a write that is in force, or that a later one has taken the place of, is well', async () => {
  const trial = await made([aDeployment(NAME, 5)])
  trial.did(scale(3), acked('basil', UID))
  await trial.watch(1_000)
  trial.did(scale(5), acked('cedar', UID))
  await trial.settle()
})

test('[CHK3] a write that nothing took the place of is lost', async () => {
  const trial = await made()
  trial.did(scale(3), acked('amber', UID))
  await expect(trial.settle()).rejects.toMatchObject({
    rule: 'P6',
    message: expect.stringContaining('is lost') as string,
  })
})

test('[CHK3] a value that nobody said is found', async () => {
  const trial = await made([aDeployment(NAME, 9)])
  await expect(trial.settle()).rejects.toMatchObject({
    rule: 'P6',
    message: expect.stringContaining('/spec/replicas is 9, which nobody said') as string,
  })
})

test('[CHK3] an older write of another node may win, but not without a Conflict event', async () => {
  const trial = await made([aDeployment(NAME, 4)])
  trial.did(scale(4), acked('basil', UID))
  await trial.watch(1_000)
  trial.did(scale(3), acked('cedar', UID))
  await expect(trial.settle()).rejects.toMatchObject({
    rule: 'P6',
    message: expect.stringContaining('no Conflict event says so') as string,
  })
  trial.cluster.show('/api/v1/events', [conflict('/spec/replicas: ...', 'another')], ['amber'])
  await expect(trial.settle()).rejects.toMatchObject({ rule: 'P6' })
  trial.cluster.show('/api/v1/events', [conflict('/spec/replicas: the edit made on cedar gave way')], ['amber'])
  await trial.settle()
})

// Seed 13457815: all were started as the run ended, and nobody had looked since.
test.each([1_000, 0])(
  '[CHK3] nodes that have all been started since are not asked for events, %i ms on',
  async (ms) => {
    const trial = await made([aDeployment(NAME, 4)])
    trial.did(scale(4), acked('basil', UID))
    await trial.watch(1_000)
    trial.did(scale(3), acked('cedar', UID))
    for (const machine of trial.cluster.machines) await trial.cluster.restart(machine)
    if (ms > 0) await trial.watch(ms)
    await trial.settle()
  },
)

test('[CHK3] a write without an answer may come late; one that was refused has no effect', async () => {
  const unknown = await made([aDeployment(NAME, 7)])
  unknown.did(scale(7), { is: 'unknown', machine: 'basil' })
  await unknown.watch(1_000)
  unknown.did(scale(3), acked('basil', UID))
  await unknown.settle()

  const refused = await made([aDeployment(NAME, 7)])
  refused.did(scale(7), { is: 'refused', machine: 'basil', answer: { status: 409, headers: {}, body: {} } })
  await expect(refused.settle()).rejects.toMatchObject({ rule: 'P6' })
})

test('[CHK3] a write that found all as it wanted it wrote nothing, and gives way to what it had not seen without a word', async () => {
  const trial = await made([aDeployment(NAME, 5)])
  trial.did(scale(5), acked('basil', UID))
  await trial.watch(1_000)
  const { answer } = acked('cedar', UID, '1/1') as Extract<Done['outcome'], { is: 'acked' }>
  const headers = { ...answer.headers, 'shoal-change': 'unchanged' }
  trial.did(scale(2), { is: 'acked', machine: 'cedar', answer: { ...answer, headers } })
  await trial.settle()
})

test('[CHK3] an object that is gone was deleted by somebody', async () => {
  const trial = await made([])
  await expect(trial.settle()).rejects.toMatchObject({
    rule: 'P6',
    message: expect.stringContaining('the object is gone, and nobody deleted it') as string,
  })
  trial.did({ verb: 'delete', name: NAME }, acked('basil', UID))
  await trial.settle()
})

test('[CHK2] what W disks had outlives all but one of them', async () => {
  const core = ['basil', 'cedar']
  const kept = await made([aDeployment(NAME, 2)])
  await kept.settle({ core })
  const lost = await made([])
  await expect(lost.settle({ core })).rejects.toMatchObject({ rule: 'P5' })
  // Two are gone: no promise covers that.
  await lost.settle({ core: ['cedar'] })
  // Nor one that was acked by the lost machine's disk alone.
  const alone = new Trial(writes, lost.cluster)
  alone.did({ verb: 'create', name: NAME, replicas: 2 }, acked('amber', UID, '1/2'))
  await alone.settle({ core })
})

test('[CHK2] a disk that was replaced is a lost one', async () => {
  const trial = await made([])
  trial.cluster.damagedDisks.add('amber')
  await expect(trial.settle()).rejects.toMatchObject({ rule: 'P5' })
  trial.cluster.damagedDisks.add('basil')
  await trial.settle()
})

test('[CHK9] what was deleted stays away, also what is no Deployment', async () => {
  const cluster = new FakeCluster('amber', 'basil')
  const trial = new Trial(deletes, cluster)
  trial.did({ verb: 'drop-service', name: 'small' }, acked('amber', 'uid-small'))
  await trial.settle()
  cluster.show('/api/v1/services', [{ metadata: { name: 'small', uid: 'uid-later' }, spec: { ports: [] } }])
  await trial.settle()
  cluster.show('/api/v1/services', [{ metadata: { name: 'small', uid: 'uid-small' }, spec: { ports: [] } }], ['basil'])
  await expect(trial.settle()).rejects.toMatchObject({ rule: 'P9' })
})
