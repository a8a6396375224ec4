import { expect, test } from 'vitest'
import { comparisonOf, note, tableOf, type Samples } from './swarm-figures.ts'

function samplesOf(figure: string, shoal: readonly number[], swarm: readonly number[]): Samples {
  const samples: Samples = new Map()
  for (const value of shoal) note(samples, figure, 'shoal', value)
  for (const value of swarm) note(samples, figure, 'swarm', value)
  return samples
}

test('[LAB36] each figure is the median of its rounds, ours beside its goal and then theirs', () => {
  expect(comparisonOf(samplesOf('rollout_12', [3, 9, 4], [8, 6, 7]))).toEqual([
    { figure: 'shoal_rollout_12', value: 4, unit: 's', better: 'lower', goal: 4 },
    { figure: 'swarm_rollout_12', value: 7, unit: 's', better: 'lower' },
  ])
  expect(comparisonOf(samplesOf('join', [1], [])).map(({ figure }) => figure)).toEqual(['shoal_join'])
  expect(comparisonOf(samplesOf('join', [], [1])).map(({ figure }) => figure)).toEqual(['swarm_join'])
})

test.each([
  ['deploy_12_ratio', 'x docker run', 'lower', 1.15],
  ['isolated_order_answered_ms', 'ms', 'lower', 50],
  ['agent_mb', 'MB', 'lower', undefined],
  ['rollout_failed', '', 'lower', 0],
  ['isolated_order_accepted', '', 'higher', 1],
  ['rollout_requests', '', 'higher', undefined],
])('[LAB36] %s is told in "%s", the %s the better, and its goal is %s', (figure, unit, better, goal) => {
  const [ours] = comparisonOf(samplesOf(figure, [1], []))
  expect([ours?.unit, ours?.better, ours?.goal]).toEqual([unit, better, goal])
})

test('[LAB36] the table has a row a figure: median, range, ratio and goal; what was not measured stays empty', () => {
  const samples = samplesOf('failover_worker', [2, 1, 3], [10, 30, 20])
  note(samples, 'agent_mb', 'shoal', 123.4)
  expect(tableOf(samples)).toEqual([
    '| figure | Shoal | Docker Swarm | Shoal / Swarm | goal |',
    '|---|---|---|---|---|',
    '| failover_worker | 2.00 s (1.00 to 3.00) | 20.0 s (10.0 to 30.0) | 0.10 x | 3 s |',
    '| agent_mb | 123 MB (123 to 123) |  |  |  |',
  ])
})
