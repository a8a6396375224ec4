import { expect, test } from 'vitest'
import { FakeCluster, Trial } from './fake-cluster.ts'
import { served } from './served.ts'

function visits(trial: Trial, failure?: string): void {
  const { cluster, history } = trial
  const made = { workload: 'web', door: 'amber', startMs: cluster.nowMs(), endMs: cluster.nowMs() + 100 }
  history.visits.push(failure === undefined ? made : { ...made, failure })
}

/** A service of two pods, asked through amber. */
async function serving(...on: readonly string[]): Promise<Trial> {
  const cluster = new FakeCluster('amber', 'basil', 'cedar')
  for (const [at, machine] of on.entries()) cluster.run(machine, `web-1-${at}`)
  const trial = new Trial(served, cluster)
  await trial.watch(10_000)
  visits(trial)
  await trial.watch(10_000)
  return trial
}

test('[CHK10] a request that fails though somebody was there to answer is found', async () => {
  const trial = await serving('basil', 'cedar')
  visits(trial, 'reset')
  await expect(trial.watch(10_000)).rejects.toMatchObject({
    rule: 'SILENT2',
    message: expect.stringContaining('uid-web-1-0 of 0 on basil, uid-web-1-1 of 0 on cedar') as string,
  })
})

test('[CHK10] where the machine has a pod of its own it is the promise of autonomy', async () => {
  const trial = await serving('amber', 'cedar')
  await trial.cluster.split('f', [['amber'], ['basil', 'cedar']])
  await trial.watch(10_000)
  visits(trial, 'reset')
  await expect(trial.watch(10_000)).rejects.toMatchObject({ rule: 'P11' })
})

test('[CHK10] one that fails right after a death, or with nobody left, or where all pods are replaced, is excused', async () => {
  const death = await serving('basil', 'cedar')
  await death.cluster.cutPower('cedar')
  await death.watch(1_000)
  visits(death, 'reset')
  await death.watch(10_000)
  visits(death, 'reset')
  await expect(death.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })

  const stopped = await serving('basil', 'cedar')
  await stopped.cluster.killAgent('cedar')
  await stopped.watch(1_000)
  visits(stopped, 'reset')
  await stopped.watch(10_000)

  const late = await serving('basil', 'cedar')
  late.cluster.late = 300
  await late.watch(1_000)
  visits(late, 'reset')
  await late.watch(10_000)
  visits(late, 'reset')
  await expect(late.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })

  const crashed = await serving('basil', 'cedar')
  visits(crashed, 'reset')
  await crashed.watch(200)
  crashed.cluster.crash('web-1-0')
  await crashed.watch(10_000)
  visits(crashed, 'reset')
  await expect(crashed.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })

  const narrow = await serving('basil', 'cedar')
  await narrow.cluster.split('f', [['amber', 'cedar'], ['basil']])
  await narrow.watch(10_000)
  visits(narrow, 'reset')
  narrow.cluster.stop('web-1-0')
  await narrow.watch(10_000)
  visits(narrow, 'reset')
  await expect(narrow.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })

  const alone = await serving('basil', 'cedar')
  await alone.cluster.split('f', [['amber'], ['basil', 'cedar']])
  await alone.watch(10_000)
  visits(alone, 'reset')
  await alone.watch(10_000)

  const replaced = await serving('basil')
  visits(replaced, 'reset')
  await replaced.watch(1_000)
  replaced.cluster.stop('web-1-0')
  replaced.cluster.run('cedar', 'web-2-0')
  await replaced.watch(10_000)
})

test('[CHK10] where bits flip between the door and a pod it could ask, a request may fail', async () => {
  const noisy = await serving('amber', 'cedar')
  noisy.cluster.noisy.add('cedar')
  await noisy.watch(10_000)
  visits(noisy, 'reset')
  await noisy.watch(10_000)

  const elsewhere = await serving('amber', 'cedar')
  elsewhere.cluster.noisy.add('basil')
  await elsewhere.watch(10_000)
  visits(elsewhere, 'reset')
  await expect(elsewhere.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })
})

test('[CHK10] a node that was started a moment ago, or does not know the service yet, is excused', async () => {
  const trial = await serving('basil', 'cedar')
  await trial.cluster.restart('amber')
  await trial.watch(20_000)
  visits(trial, 'refused')
  await trial.watch(10_000)
  visits(trial)
  await trial.watch(10_000)
  visits(trial, 'refused')
  await expect(trial.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })
})

test('[CHK10] what went well right before a start says nothing of the node that was started', async () => {
  const trial = await serving('basil', 'cedar')
  visits(trial)
  await trial.watch(400)
  await trial.cluster.restart('amber')
  await trial.watch(10_000)
  visits(trial, 'refused')
  await trial.watch(10_000)
})

test('[CHK10] a pod that only a third machine can talk to is out of reach', async () => {
  const trial = await serving('basil')
  // Every pair is linked but amber and basil.
  trial.cluster.reaches = (from, to) => from === to || from === 'cedar' || to === 'cedar'
  await trial.watch(10_000)
  visits(trial, 'reset')
  await trial.watch(10_000)
})

test('[LAB30] an agent that is told to end costs no request through another node, neither then nor when it is back', async () => {
  const stopped = await serving('basil', 'cedar')
  await stopped.cluster.stopAgent('cedar')
  await stopped.watch(1_000)
  visits(stopped, 'reset')
  await expect(stopped.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })

  const back = await serving('basil', 'cedar')
  await back.cluster.stopAgent('cedar')
  await back.watch(1_000)
  await back.cluster.restart('cedar')
  await back.watch(1_000)
  visits(back, 'reset')
  await expect(back.watch(10_000)).rejects.toMatchObject({ rule: 'SILENT2' })

  // Its own door is shut, and nobody else is there.
  const alone = await serving('cedar')
  await alone.cluster.stopAgent('cedar')
  await alone.watch(1_000)
  visits(alone, 'reset')
  await alone.watch(10_000)
})
