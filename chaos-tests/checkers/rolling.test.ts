import { expect, test } from 'vitest'
import { acked, aPod, FakeCluster, Trial } from './fake-cluster.ts'
import { rolling } from './rolling.ts'

const PODS = '/api/v1/pods'
/** Of revision `old`, one on each slot. */
const OLD = [0, 1, 2, 3].map((slot) => aPod('amber', `web-old-${slot}`, { slot: String(slot) }))
const NEW = aPod('amber', 'web-new-0')

/** Four pods serve, and somebody has just updated them. */
async function updated(): Promise<Trial> {
  const trial = new Trial(rolling, new FakeCluster('amber'))
  trial.isCalm = () => true
  trial.did({ verb: 'create', name: 'web', replicas: 4 }, acked('amber', 'uid-web'))
  trial.cluster.show(PODS, OLD)
  await trial.watch(2_000)
  trial.did({ verb: 'spoil', name: 'web', version: 2 }, acked('amber', 'uid-web'))
  return trial
}

test('[CHK23] an update that leaves fewer pods than its budget is found', async () => {
  const trial = await updated()
  trial.cluster.show(PODS, OLD.slice(2))
  await expect(trial.watch(2_000)).rejects.toMatchObject({ rule: 'ROL1' })
})

test('[CHK23] one may be missing, and a new one counts though an old one has its slot', async () => {
  const trial = await updated()
  trial.cluster.show(PODS, OLD.slice(1))
  await trial.watch(2_000)
  trial.cluster.show(PODS, [...OLD.slice(0, 2), NEW])
  await trial.watch(2_000)
})

test.each<[why: string, befalls: (trial: Trial) => unknown]>([
  [
    'whose Deployment is scaled down',
    (trial) => trial.did({ verb: 'scale', name: 'web', replicas: 2 }, acked('amber', 'uid-web')),
  ],
  ['while something is broken', (trial) => (trial.isCalm = () => false)],
  [
    'where a machine is maintained',
    ({ history }) =>
      history.begun.push({ id: 'd', workload: 'draining', atMs: 0, via: [], what: { verb: 'drain', node: 'amber' } }),
  ],
  [
    'where machines come and go',
    ({ history }) =>
      history.begun.push({ id: 'm', workload: 'members', atMs: 0, via: [], what: { verb: 'leave', machine: 'amber' } }),
  ],
])('[CHK23] pods go %s', async (_why, befalls) => {
  const trial = await updated()
  befalls(trial)
  trial.cluster.show(PODS, OLD.slice(2))
  await trial.watch(2_000)
})
