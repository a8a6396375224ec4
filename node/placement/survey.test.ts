import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seenNodes } from '../control/claims.ts'
import { aNode, aPod, aWorkload, older } from '../control/sample.ts'
import type { NodeRow, PodRow } from '../control/rows.ts'
import { Surveyor, type Snapshot, type Survey } from './survey.ts'

const NODES = ['a', 'b', 'c']
const KEYS = ['apps/Deployment/default/web', 'apps/Deployment/default/db']

const node = fc
  .record({
    id: fc.constantFrom(...NODES),
    verdict: fc.constantFrom('alive', 'alive', 'unreachable', 'agent-gone', 'lost'),
    sinceMs: fc.constantFrom(0, 95_000, 99_500),
  } as const)
  .map(({ id, ...judged }) => aNode(id, judged))

const pod = fc
  .record({
    node: fc.constantFrom(...NODES),
    workload: fc.constantFrom(...KEYS),
    revision: fc.constantFrom('new', 'new', 'new', 'old'),
    index: fc.nat({ max: 3 }),
    ready: fc.constantFrom(true, true, true, false),
    stopping: fc.constantFrom(false, false, false, true),
    claimedAtMs: fc.constantFrom(1_000, 98_000),
  })
  .map(({ node: on, ...fact }) => aPod(on, { ...fact, uid: `${on}-${fact.revision}-${fact.index}` }))

const workload = fc
  .record({
    key: fc.constantFrom(...KEYS),
    replicas: fc.nat({ max: 3 }),
    minReadyMs: fc.constantFrom(0, 5_000),
    older: fc.constantFrom([], [older('old', 1)]),
  })
  .map((fields) => aWorkload(fields))

/** One thing changes, or nothing does, and time passes. */
const step = fc.record({
  laterMs: fc.constantFrom(0, 10, 1_000, 10_000, 60_000),
  node: fc.option(node, { freq: 2 }),
  at: fc.nat({ max: 4 }),
  pods: fc.option(fc.array(pod, { maxLength: 2 }), { freq: 2 }),
  workload: fc.option(workload, { freq: 2 }),
})

const served: Snapshot = {
  nodes: NODES.map((id) => aNode(id)),
  pods: KEYS.flatMap((key) => [0, 1].map((index) => aPod('a', { workload: key, index, ready: true }))),
  workloads: KEYS.map((key) => aWorkload({ key, replicas: 2 })),
}

function sightOf(nodes: readonly NodeRow[], nowMs: number) {
  return { nowMs, nodes: seenNodes(nodes, nowMs), holdMs: () => 1_000 }
}

const look = (snapshot: Snapshot, nowMs: number, by = new Surveyor()): Survey =>
  by.survey(snapshot, sightOf(snapshot.nodes, nowMs))

const ready = (on: string, index: number): PodRow => aPod(on, { index, ready: true })

test('[PLC14] who has looked before finds what a fresh look finds, whatever happened and however long ago', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const surveyor = new Surveyor()
      let snapshot = served
      let nowMs = 100_000
      for (const { laterMs, at, ...news } of steps) {
        nowMs += laterMs
        const { nodes, pods, workloads } = snapshot
        snapshot = {
          nodes: news.node === null ? nodes : nodes.map((row) => (row.id === news.node?.id ? news.node : row)),
          pods: news.pods === null ? pods : pods.toSpliced(at, 1, ...news.pods),
          workloads: workloads.map((row) => (row.key === news.workload?.key ? news.workload : row)),
        }
        expect(look(snapshot, nowMs, surveyor)).toEqual(look(snapshot, nowMs))
      }
    }),
    { numRuns: 500 },
  )
})

test('[PLC14] at rest time changes nothing', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(node, { selector: ({ id }) => id, minLength: 3 }),
      fc.array(pod, { maxLength: 4 }),
      fc.uniqueArray(workload, { selector: ({ key }) => key }),
      fc.nat({ max: 1_000_000 }),
      (nodes, pods, workloads, laterMs) => {
        const now = look({ nodes, pods, workloads }, 100_000)
        if (now.isAtRest) expect(look({ nodes, pods, workloads }, 100_000 + laterMs)).toEqual(now)
      },
    ),
    { numRuns: 2_000 },
  )
})

test.each([
  ['all serves', [ready('a', 0), ready('b', 1)], true],
  ['a slot is open', [ready('a', 0)], false],
  ['a pod is not ready', [ready('a', 0), aPod('b', { index: 1 })], false],
  ['a pod is too many', [ready('a', 0), ready('b', 1), ready('c', 1)], false],
  ['an old pod is there', [ready('a', 0), ready('b', 1), aPod('c', { revision: 'old', ready: true })], false],
  ['nobody knows whose a pod is', [ready('a', 0), ready('b', 1), aPod('c', { workload: 'x', ready: true })], false],
])('[PLC14] %s: at rest %j', (_, pods, isAtRest) => {
  const nodes = NODES.map((id) => aNode(id))
  expect(look({ nodes, pods, workloads: [aWorkload({ replicas: 2 })] }, 100_000).isAtRest).toBe(isAtRest)
})

test('[PLC14] a pod of a node that is away, or only just back, is not at rest', () => {
  const pods = [ready('a', 0)]
  const workloads = [aWorkload({ replicas: 1 })]
  const isAtRest = (judged: Partial<NodeRow>): boolean =>
    look({ nodes: [aNode('a', judged)], pods, workloads }, 100_000).isAtRest
  expect(isAtRest({ verdict: 'alive', sinceMs: 90_000 })).toBe(true)
  expect(isAtRest({ verdict: 'alive', sinceMs: 99_500 })).toBe(false)
  expect(isAtRest({ verdict: 'agent-gone', sinceMs: 90_000 })).toBe(false)
})
