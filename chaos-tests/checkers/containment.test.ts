import { expect, test } from 'vitest'
import type { Trouble } from '../cluster.ts'
import { containment } from './containment.ts'
import { FakeCluster, Trial } from './fake-cluster.ts'

const says = (trial: Trial, what: Trouble['what'], text: string): void => {
  const { cluster } = trial
  cluster.said.push({ machine: 'amber', atMs: cluster.nowMs(), what, says: text })
}
const begin = (): Trial => new Trial(containment, new FakeCluster('amber', 'basil'))

test('[CHK5] a node that ends by itself is found, unless its disk failed', async () => {
  const trial = begin()
  await trial.watch(1_000)
  says(trial, 'ended', 'the disk failed: EIO')
  await trial.watch(1_000)
  says(trial, 'ended', 'the store actor failed over and over: TypeError')
  await expect(trial.watch(1_000)).rejects.toMatchObject({
    rule: 'P10',
    message: expect.stringContaining('the store actor failed') as string,
  })
})

test('[CHK5] a mailbox that overflows is found, unless the node had just stood still', async () => {
  const trial = begin()
  await trial.cluster.pause('amber')
  await trial.watch(1_000)
  await trial.cluster.resume('amber')
  says(trial, 'overflow', '{"actor":"store"}')
  await trial.watch(10_000)
  says(trial, 'overflow', '{"actor":"store"}')
  await expect(trial.watch(1_000)).rejects.toMatchObject({ rule: 'P10' })
})
