import { describe, expect, test } from 'vitest'
import type { KubeObject } from './object.ts'
import { aDeployment } from './objects/sample.ts'
import { validate } from './objects/validate.ts'
import { BASIL, T, THYME, Told, WEB } from './view/sample.ts'

const NODE = 'core/Node//basil'
const GUARD = 'policy/PodDisruptionBudget/default/guard'

const aNode = (spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'basil', ...metadata },
  spec,
})

const aBudget = (spec: object): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'guard', namespace: 'default' },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
})

function aCluster(...objects: readonly KubeObject[]): Told {
  const told = new Told()
  told.node(BASIL, { name: 'basil', labels: { zone: 'north' } })
  told.node(THYME, { name: 'thyme' })
  for (const object of objects) told.object(object)
  return told
}

const rowOf = (told: Told) => told.view.nodes().find(({ name }) => name === 'basil')!

describe('[NODE1] what people want of a node', () => {
  const wish = aNode(
    { unschedulable: true, taints: [{ key: 'disk', value: '', effect: 'NoSchedule' }] },
    { labels: { rack: 'r1', zone: 'south' } },
  )

  test.each(['before', 'after'])('is in its row and its object, written %s the node speaks', (when) => {
    const told = new Told()
    if (when === 'before') told.object(wish)
    told.node(BASIL, { name: 'basil', labels: { zone: 'north' } })
    if (when === 'after') told.object(wish)
    expect(rowOf(told).fact).toMatchObject({
      unschedulable: true,
      taints: [{ key: 'disk', effect: 'NoSchedule' }],
      labels: { zone: 'north', rack: 'r1' },
    })
    expect(told.view.get(NODE)).toMatchObject({
      metadata: { labels: { rack: 'r1', zone: 'north' } },
      spec: { unschedulable: true, taints: [{ key: 'disk', effect: 'NoSchedule' }] },
    })
  })

  test('ends with its document, and each change has a version of its own', () => {
    const told = aCluster(wish)
    const before = told.view.get(NODE)?.metadata.resourceVersion
    told.object(aNode({}))
    expect(told.view.get(NODE)?.metadata.resourceVersion).not.toBe(before)
    told.gone(NODE)
    expect(rowOf(told).fact).toMatchObject({ unschedulable: false, taints: [], labels: { zone: 'north' } })
  })
})

test('[NODE2] a node is drained while it is cordoned, and no longer', () => {
  const annotations = { 'shoal.dev/drain': 'pods' }
  const told = aCluster(aNode({ unschedulable: true }, { annotations }))
  expect(rowOf(told).drain).toBe('pods')
  told.object(aNode({}, { annotations }))
  expect(rowOf(told).drain).toBeUndefined()
})

test.each([
  ['an effect there is not', aNode({ taints: [{ key: 'a', effect: 'Never' }] }), 'spec.taints[0].effect'],
  ['a taint twice', aNode({ taints: [1, 2].map(() => ({ key: 'a', effect: 'NoExecute' })) }), 'spec.taints[1]'],
  [
    'a way of draining there is not',
    aNode({}, { annotations: { 'shoal.dev/drain': 'yes' } }),
    'metadata.annotations[shoal.dev/drain]',
  ],
  ['a label of its nature', aNode({}, { labels: { 'kubernetes.io/hostname': 'x' } }), 'metadata.labels'],
])('[NODE3] of a node %s is refused by field', (_, object, field) => {
  expect(validate(NODE, object)).toMatchObject([{ field }])
})

describe('[PDB1] of a budget', () => {
  test.each([
    ['both bounds', { minAvailable: 1, maxUnavailable: 1 }, 'spec'],
    ['more than all', { minAvailable: '101%' }, 'spec.minAvailable'],
    ['a bound that is none', { maxUnavailable: 'some' }, 'spec.maxUnavailable'],
    ['a policy there is not', { unhealthyPodEvictionPolicy: 'Never' }, 'spec.unhealthyPodEvictionPolicy'],
    [
      'a selector without its values',
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      'spec.selector.matchExpressions[0].values',
    ],
  ])('%s is refused by field', (_, spec, field) => {
    expect(validate(GUARD, aBudget(spec))).toMatchObject([{ field }])
  })

  test.each([[{ minAvailable: 2 }], [{ maxUnavailable: '25%' }], [{ selector: {} }]])('%j is good', (spec) => {
    expect(validate(GUARD, aBudget(spec))).toEqual([])
  })
})

/** `web` with so many replicas, of which so many serve. */
function serving(ready: number, replicas: number, budget: KubeObject): Told {
  const told = aCluster(aDeployment({ 'spec.replicas': replicas }), budget)
  for (let index = 0; index < ready; index++)
    told.pod(index % 2 === 0 ? BASIL : THYME, `u${index}`, { index, ready: true, phase: 'Running', readyAtMs: T })
  return told
}

const statusOf = (told: Told) => told.view.get(GUARD)?.['status']

test.each([
  [{ minAvailable: 2 }, { desiredHealthy: 2, disruptionsAllowed: 2 }],
  [{ minAvailable: '50%' }, { desiredHealthy: 3, disruptionsAllowed: 1 }],
  [{ maxUnavailable: 1 }, { desiredHealthy: 4, disruptionsAllowed: 0 }],
  [{ maxUnavailable: '50%' }, { desiredHealthy: 2, disruptionsAllowed: 2 }],
  [{}, { desiredHealthy: 1, disruptionsAllowed: 3 }],
])('[PDB3] %j of five, of which four serve', (spec, expected) => {
  expect(statusOf(serving(4, 5, aBudget(spec)))).toMatchObject({ expectedPods: 5, currentHealthy: 4, ...expected })
})

test('[PDB2] without a selector it selects nothing, with an empty one all of its namespace', () => {
  const none = aBudget({ minAvailable: 1 })
  delete (none['spec'] as { selector?: unknown }).selector
  expect(statusOf(serving(2, 2, none))).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 })
  expect(statusOf(serving(2, 2, aBudget({ selector: {} })))).toMatchObject({ expectedPods: 2 })
})

test('[PDB4] two pods that stand for one slot are one, and those out of reach or stopping are none', () => {
  const told = serving(2, 2, aBudget({ minAvailable: 1 }))
  told.pod(THYME, 'second', { index: 0, ready: true, phase: 'Running', readyAtMs: T })
  expect(statusOf(told)).toMatchObject({ currentHealthy: 2 })
  told.pod(BASIL, 'u0', { index: 0, ready: true, stopping: true, phase: 'Running' })
  expect(statusOf(told)).toMatchObject({ currentHealthy: 2 })
  told.view.setVerdict(THYME, 'unreachable', T)
  expect(statusOf(told)).toMatchObject({ currentHealthy: 0, disruptionsAllowed: 0 })
})

test('[END2] which pods of a Deployment are to end is read from its annotations', () => {
  const annotations = {
    'ends.shoal.dev/u1': 'evict',
    'ends.shoal.dev/u2': 'delete',
    'ends.shoal.dev/u3': 'now',
    other: 'delete',
  }
  const told = aCluster(aDeployment({ 'metadata.annotations': annotations }))
  expect([...told.view.workload(WEB)!.ends]).toEqual([
    ['u1', 'evict'],
    ['u2', 'delete'],
  ])
})
