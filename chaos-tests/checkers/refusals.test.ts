import { expect, test } from 'vitest'
import type { Outcome } from '../history.ts'
import { FakeCluster, Trial } from './fake-cluster.ts'
import { refusals } from './refusals.ts'

const refused = (status: number): Outcome => ({
  is: 'refused',
  machine: 'amber',
  answer: { status, headers: {}, body: { message: 'no' } },
})

test('[CHK12] a user who is told that he is wrong, and is not, is found out', async () => {
  const trial = new Trial(refusals, new FakeCluster('amber'))
  trial.did({ verb: 'scale', name: 'app', replicas: 2 }, refused(422))
  await expect(trial.settle()).rejects.toThrow('API: op-1 was refused by amber: 422 {"message":"no"}')
})

test('[CHK12] what it met, and what a node cannot now, is no reason to complain', async () => {
  const trial = new Trial(refusals, new FakeCluster('amber'))
  for (const status of [404, 409, 429, 500, 503]) trial.did({ verb: 'delete', name: 'app' }, refused(status))
  await trial.settle()
})
