import { expect, test } from 'vitest'
import { aNode, aPod, aWorkload, KEY } from '../control/sample.ts'
import { forecast, type ForecastQuestion } from './forecast.ts'

const MEBI = 2 ** 20
const NODES = ['a', 'b', 'c'].map((id) => aNode(id))

function question(change: Partial<ForecastQuestion> = {}): ForecastQuestion {
  const { template } = aWorkload()
  return { workload: KEY, revision: 'new', template, replicas: 3, nodes: NODES, pods: [], workloads: [], ...change }
}

const places = (change: Partial<ForecastQuestion>): string[] =>
  forecast(question(change)).slots.map(({ index, node = '-', is }) => `${index} ${is} ${node}`)

test('[FRC1] a new workload is spread as its auction would spread it', () => {
  const { slots, declines } = forecast(question())
  expect(new Set(slots.map(({ node }) => node))).toEqual(new Set(['a', 'b', 'c']))
  expect(slots.every(({ is }) => is === 'won')).toBe(true)
  expect(declines).toEqual([])
})

test('[FRC2] what runs of the same revision stays; of another nothing does, and its room is free', () => {
  const pods = [aPod('a', { index: 0, revision: 'new' }), aPod('b', { index: 1, revision: 'new' })]
  expect(places({ pods })).toEqual(['0 kept a', '1 kept b', '2 won c'])
  const old = pods.map((row) => ({ ...row, fact: { ...row.fact, revision: 'old' } }))
  const full = [aNode('a', { fact: { capacity: { cpuMilli: 1_000, memoryBytes: 1_024 * MEBI, pods: 1 } } })]
  expect(places({ pods: old, nodes: full, replicas: 1 })).toEqual(['0 won a'])
  expect(places({ pods, replicas: 1 })).toEqual(['0 kept a'])
})

test('[FRC2] a pod that stops or has ended keeps no slot', () => {
  const pods = [aPod('a', { index: 0, revision: 'new', stopping: true }), aPod('b', { index: 0, revision: 'new', phase: 'Failed' })] // prettier-ignore
  expect(places({ pods, replicas: 1 })[0]).toMatch(/^0 won/)
})

test('[FRC3] what nobody would take is open, and every node says why', () => {
  const nodes = [
    aNode('a', { fact: { capacity: { cpuMilli: 9_000, memoryBytes: 9_000 * MEBI, pods: 1 } } }),
    aNode('b', { fact: { unschedulable: true } }),
    aNode('c', { verdict: 'lost' }),
  ]
  const { slots, declines } = forecast(question({ nodes }))
  expect(slots.map(({ is }) => is)).toEqual(['won', 'open', 'open'])
  expect(declines).toEqual([
    { node: 'a', why: 'has no place for another pod, 0 free' },
    { node: 'b', why: 'is cordoned (unschedulable)' },
    { node: 'c', why: 'is lost' },
  ])
})

test('[FRC1] in a large cluster the round is widened until all are placed', () => {
  const capacity = { cpuMilli: 9_000, memoryBytes: 9_000 * MEBI, pods: 1 }
  const nodes = Array.from({ length: 60 }, (_, index) => aNode(`n${index}`, { fact: { capacity } }))
  const { slots } = forecast(question({ nodes, replicas: 55 }))
  expect(new Set(slots.map(({ node }) => node)).size).toBe(55)
})

test('[PSS4] a forecast knows what the namespace allows', () => {
  const { template } = question({})
  const mighty = { spec: { ...template.spec, hostPID: true } }
  const { slots, declines } = forecast(question({ template: mighty, replicas: 1 }))
  expect(slots.map(({ is }) => is)).toEqual(['open'])
  expect(declines[0]?.why).toContain('Pod Security Standard "baseline"')
  const allowed = forecast(question({ template: mighty, replicas: 1, podSecurity: 'privileged' }))
  expect(allowed.slots.map(({ is }) => is)).toEqual(['won'])
})
