import { expect, test } from 'vitest'
import { barePods } from './bare-pods.ts'
import { acked, aPod, FakeCluster, Trial } from './fake-cluster.ts'

const NAME = 'bare0-by-hand'

interface Seen {
  readonly phase?: string
  /** The machine whose node it is shown on. */
  readonly on?: string
  /** Machines on which it runs. */
  readonly runs?: readonly string[]
  readonly works?: boolean
  readonly isDropped?: boolean
  readonly isShown?: boolean
}

/** Amber and basil live on, of three. */
async function left({ phase = 'Running', on = 'amber', runs = [], works = false, ...seen }: Seen): Promise<void> {
  const cluster = new FakeCluster('amber', 'basil', 'cedar')
  const trial = new Trial(barePods, cluster)
  const fails = works ? { fails: { afterMs: 1_000, how: 'done' as const } } : {}
  trial.did({ verb: 'add-pod', name: NAME, ...fails }, acked('amber', 'uid'))
  if (seen.isDropped === true) trial.did({ verb: 'drop-pod', name: NAME }, acked('amber', 'uid'))
  cluster.show('/api/v1/pods', seen.isShown === false ? [] : [aPod(on, NAME, { phase, ready: phase === 'Running' })])
  for (const machine of runs) cluster.run(machine, NAME)
  await trial.settle({ core: ['amber', 'basil'] })
}

test.each<[what: string, seen: Seen]>([
  ['runs nowhere', {}],
  ['runs twice', { runs: ['amber', 'basil'] }],
  ['is not ready', { phase: 'Pending', runs: ['amber'] }],
  ['runs and is not shown', { runs: ['basil'], isShown: false }],
  ['had its work done and runs', { works: true, phase: 'Succeeded', runs: ['amber'] }],
  ['is at its work for a minute', { works: true, runs: ['amber'] }],
])('[CHK25] a Pod that %s is found', async (_what, seen) => {
  await expect(left(seen)).rejects.toMatchObject({ rule: 'PLC15' })
})

test.each<[what: string, seen: Seen]>([
  ['serves', { runs: ['amber'] }],
  ['has done its work', { works: true, phase: 'Succeeded' }],
  ['has failed at it', { works: true, phase: 'Failed' }],
  ['was at it on a machine that is gone', { works: true, on: 'cedar' }],
  ['was deleted', { on: 'cedar', isDropped: true }],
])('[CHK25] one that %s is well', async (_what, seen) => {
  await left(seen)
})
