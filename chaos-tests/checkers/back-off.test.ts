import { expect, test } from 'vitest'
import type { ContainerStart } from '../cluster.ts'
import { backOff } from './back-off.ts'
import { FakeCluster, Trial } from './fake-cluster.ts'

interface Started {
  readonly trial: Trial
  start(uid?: string): void
}

function begun(): Started {
  const starts: ContainerStart[] = []
  const cluster = Object.assign(new FakeCluster('amber'), { more: { starts: () => starts } })
  return {
    trial: new Trial(backOff, cluster),
    start: (uid = 'one') => void starts.push({ machine: 'amber', uid, atMs: cluster.nowMs() }),
  }
}

test('[CHK18] a container that is started a third time within ten seconds is found', async () => {
  const { trial, start } = begun()
  for (let time = 0; time < 2; time++) {
    start()
    start('another')
    await trial.watch(2_000)
  }
  start()
  await expect(trial.watch(1_000)).rejects.toMatchObject({
    rule: 'RST1',
    message: expect.stringContaining('amber started the container of one 3 times') as string,
  })
})

test('[CHK18] one that waits ten seconds is well, and so is one more for each start of its agent', async () => {
  const { trial, start } = begun()
  start()
  start()
  await trial.watch(10_000)
  start()
  await trial.watch(10_000)
  start()
  start()
  await trial.cluster.restart('amber')
  start()
  await trial.watch(2_000)
})
