import { describe, expect, test } from 'vitest'
import type { KubeObject } from './object.ts'
import { withDeparted, withReturned } from './objects/node.ts'
import { aDeployment } from './objects/sample.ts'
import { BASIL, T, THYME, Told, WEB } from './view/sample.ts'

const NODE = 'core/Node//thyme'
const ROSEMARY = '12D3KooWRosemary'

/** Two nodes, a pod of `web` on each. */
function aCluster(): Told {
  const told = new Told()
  for (const [id, name] of [
    [BASIL, 'basil'],
    [THYME, 'thyme'],
  ] as const) {
    // prettier-ignore
    told.view.memberAdded(id)
    told.node(id, { name })
  }
  told.object(aDeployment({ replicas: 2 }))
  told.pod(BASIL, 'one', { index: 0 })
  told.pod(THYME, 'two', { index: 1 })
  told.usage(THYME, { overMs: 1_000, pods: {} })
  return told
}

const departed = (told: Told, id = THYME): KubeObject =>
  withDeparted(told.view.stored(NODE)?.object, { name: 'thyme', id, nowMs: T })

const names = (told: Told) => told.view.nodes().map(({ name }) => name)
const pods = (told: Told) => told.view.podsOf(WEB).map(({ fact }) => fact.uid)

describe('[DEP1] a member that was deleted', () => {
  test.each(['before', 'after'])('is nowhere any more, deleted %s it spoke', (when) => {
    const told = aCluster()
    if (when === 'before') {
      told.object(departed(told))
      told.node(THYME, { name: 'thyme' })
      told.pod(THYME, 'two', { index: 1 })
    } else told.object(departed(told))
    expect(names(told)).toEqual(['basil'])
    expect(pods(told)).toEqual(['one'])
    expect(told.view.get(NODE)).toBeUndefined()
    expect(told.view.usageOf(THYME)).toBeUndefined()
    expect(told.view.list('', 'Pod')).toHaveLength(1)
  })

  test('[DEP5] counts in no majority', () => {
    const told = aCluster()
    expect([...told.view.members()]).toEqual([BASIL, THYME])
    told.object(departed(told))
    expect([...told.view.members()]).toEqual([BASIL])
  })

  test('leaves its name to the next, with nothing that was wanted of it', () => {
    const told = aCluster()
    told.object({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'thyme', labels: { rack: 'r1' } }, spec: { unschedulable: true } }) // prettier-ignore
    told.object(departed(told))
    told.node(ROSEMARY, { name: 'thyme' })
    expect(told.view.nodes().map(({ id, name, fact }) => [id, name, fact.unschedulable])).toEqual([
      [BASIL, 'basil', false],
      [ROSEMARY, 'thyme', false],
    ])
    expect(told.view.get(NODE)?.metadata.labels).not.toHaveProperty('rack')
    // Who bore the name first stays away when the second goes too.
    told.object(departed(told, ROSEMARY))
    expect(names(told)).toEqual(['basil'])
  })

  test('is this node itself: it goes on by what it said', () => {
    const told = aCluster()
    told.object(departed(told, BASIL))
    expect(names(told)).toEqual(['basil', 'thyme'])
    expect(pods(told)).toEqual(['one', 'two'])
    expect(told.view.departuresOf(BASIL)).toEqual([NODE])
  })
})

test('[VIEW34] a node is as old as its certificate says, whenever its agent started', () => {
  const told = new Told((node) => (node === THYME ? T - 60_000 : 0))
  told.node(BASIL, { name: 'basil', startedAtMs: T })
  told.node(THYME, { name: 'thyme', startedAtMs: T })
  const bornAt = (name: string) => told.view.get(`core/Node//${name}`)?.metadata.creationTimestamp
  expect([bornAt('basil'), bornAt('thyme')].map((each) => Date.parse(each!))).toEqual([T, T - 60_000])
})

test('[DEP2] one that is back is shown with all that it said, and with what it says from now on', () => {
  const told = aCluster()
  told.object(departed(told))
  told.pod(THYME, 'three', { index: 1 })
  const seen: string[][] = []
  told.view.subscribe((keys) => seen.push([...keys]))
  told.object(withReturned(told.view.stored(NODE)!.object, THYME))
  expect(names(told)).toEqual(['basil', 'thyme'])
  expect(pods(told)).toEqual(['one', 'three', 'two'])
  expect([...told.view.members()]).toEqual([BASIL, THYME])
  expect(seen.flat()).toEqual(expect.arrayContaining([NODE, WEB]))
  told.podGone(THYME, 'two')
  expect(pods(told)).toEqual(['one', 'three'])
})
