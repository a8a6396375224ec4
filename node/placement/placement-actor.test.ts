import { expect, test } from 'vitest'
import type { BidFact, PodFact } from '../../crdt/index.ts'
import { ActorSystem } from '../actor/system.ts'
import type { PodRow, Workload } from '../control/rows.ts'
import { aNode, aPod, aWorkload, KEY } from '../control/sample.ts'
import { VirtualTime } from '../world/virtual-time.ts'
import type { Report } from './failures.ts'
import { History } from './history.ts'
import { PlacementActor } from './placement-actor.ts'
import type { ReleaseMessage } from './ports.ts'

/** A node alone, with a view in three variables and a recording agent. */
function rig(capacity = { cpuMilli: 4_000, memoryBytes: 2 ** 32, pods: 10 }) {
  const time = new VirtualTime()
  const system = new ActorSystem({ clock: time.clock, timers: time.timers, log: { note: () => {} } })
  const pods: PodRow[] = []
  const bids: string[] = []
  const released: string[] = []
  const pending: string[] = []
  const state = { workloads: [] as Workload[], looks: 0, isBriefed: true, isDeleted: false }
  const self = aNode('a', { isSelf: true, fact: { capacity } })
  const agent = system.spawn<ReleaseMessage>('agent', () => ({ receive: ({ uid }) => void released.push(uid) }))
  const changed = () => system.tell(placement, { type: 'changed' })
  const ports = {
    self: 'a',
    view: {
      nodes: () => (state.looks++, [self]),
      pods: () => pods,
      workloads: () => state.workloads,
      budgets: () => [],
    },
    records: {
      put: (name: string, value: PodFact | BidFact) => {
        if (!('uid' in value)) return void bids.push(name)
        pods.push({ node: 'a', fact: value })
        changed()
      },
    },
    verdictMs: () => Infinity,
    holdMs: () => 1_000,
    roundTripMs: () => undefined,
    isBriefed: () => state.isBriefed,
    isDeleted: () => state.isDeleted,
    setPending: (_: string, slots: readonly { message: string }[]) =>
      void pending.push(slots.map(({ message }) => message).join() || 'none'),
  }
  const placement = system.spawn('placement', () => new PlacementActor({ ports, agent, history: new History() }))
  const failed = (report: Report) => system.tell(placement, { type: 'failed', report })
  return { time, state, pods, bids, released, pending, changed, failed }
}

test('[PLC2] a node alone claims all slots in a tenth of a second', async () => {
  const { time, state, pods, bids, changed } = rig()
  state.workloads = [aWorkload()]
  changed()
  await time.advanceAndSettle(100)
  expect(pods.map(({ fact }) => fact.index)).toEqual([0, 1, 2])
  expect(bids).toHaveLength(1)
  await time.advanceAndSettle(10_000)
  expect(pods).toHaveLength(3)
})

test('[PLC13] a node that has not been told of the others yet claims nothing, but does not wait for ever', async () => {
  const { time, state, pods, bids, changed } = rig()
  state.workloads = [aWorkload()]
  state.isBriefed = false
  changed()
  await time.advanceAndSettle(5_900)
  expect([pods, bids]).toEqual([[], []])
  await time.advanceAndSettle(1_200)
  expect(pods).toHaveLength(3)
})

test('[PLC13] once it was told it stays so: a neighbour that comes later holds nothing up', async () => {
  const { time, state, pods, changed } = rig()
  changed()
  await time.advanceAndSettle(100)
  state.isBriefed = false
  state.workloads = [aWorkload()]
  changed()
  await time.advanceAndSettle(100)
  expect(pods).toHaveLength(3)
})

test('[PLC4] what is not wanted any more is told to the agent, and again until it stops', async () => {
  const { time, state, pods, released, changed } = rig()
  state.workloads = [aWorkload({ replicas: 1 })]
  changed()
  await time.advanceAndSettle(1_000)
  state.workloads = []
  state.isDeleted = true
  changed()
  await time.advanceAndSettle(50)
  const { uid } = pods[0]!.fact
  expect(released).toEqual([uid])
  await time.advanceAndSettle(3_500)
  expect(released).toEqual([uid, uid])
  pods[0] = { node: 'a', fact: { ...pods[0]!.fact, stopping: true } }
  await time.advanceAndSettle(5_000)
  expect(released).toEqual([uid, uid])
})

/** What a node finds that starts again: its pods, and not what they are of. */
async function startedWithPods() {
  const first = rig()
  first.state.workloads = [aWorkload({ replicas: 1 })]
  first.changed()
  await first.time.advanceAndSettle(1_000)
  const again = rig()
  again.pods.push(...first.pods)
  again.changed()
  return again
}

test('[PLC5] a pod of a workload this node never heard of is let be for 30 s', async () => {
  const { time, released } = await startedWithPods()
  await time.advanceAndSettle(29_000)
  expect(released).toEqual([])
  await time.advanceAndSettle(3_000)
  expect(released).toHaveLength(1)
})

test('[PLC5] a pod of a workload that was deleted while this node was away goes as soon as it hears of it', async () => {
  const { time, released, state, changed } = await startedWithPods()
  await time.advanceAndSettle(100)
  expect(released).toEqual([])
  state.isDeleted = true
  changed()
  await time.advanceAndSettle(50)
  expect(released).toHaveLength(1)
})

test('[HIS4] what fits nowhere is shown as pending until it is placed', async () => {
  const capacity = { cpuMilli: 4_000, memoryBytes: 2 ** 32, pods: 0 }
  const { time, state, pending, pods, changed } = rig(capacity)
  state.workloads = [aWorkload({ replicas: 1 })]
  changed()
  await time.advanceAndSettle(1_000)
  expect(pending).toEqual(['a has no place for another pod, 0 free'])
  capacity.pods = 5
  changed()
  await time.advanceAndSettle(1_000)
  expect(pods).toHaveLength(1)
  expect(pending.at(-1)).toBe('none')
})

test('[FAI5] a claim that the agent gives up is not made again at once: its slot is pending, in the words of the agent', async () => {
  const { time, state, pods, pending, changed, failed } = rig()
  state.workloads = [aWorkload({ replicas: 1 })]
  changed()
  await time.advanceAndSettle(500)
  const { uid } = pods.splice(0)[0]!.fact
  failed({ group: `${KEY}/new`, uid, reason: 'image web:1 is built for linux/arm64', refused: true })
  changed()
  await time.advanceAndSettle(30_000)
  expect([pods, pending]).toEqual([[], ['a gave up the last one: image web:1 is built for linux/arm64']])
  await time.advanceAndSettle(50_000)
  expect(pods).toHaveLength(1)
})

test('[PLC11] many changes at once are one look', async () => {
  const { time, state, changed } = rig()
  await time.advanceAndSettle(10)
  for (let count = 0; count < 100; count++) changed()
  await time.advanceAndSettle(15)
  expect(state.looks).toBe(1)
})

test('[PLC11] the more pods there are, the more changes are one look', async () => {
  const { time, state, pods, changed } = rig()
  state.workloads = [aWorkload({ replicas: 1_000 })]
  for (let index = 0; index < 1_000; index++)
    pods.push(aPod('b', { uid: `u${index}`, name: `web-${index}`, index, ready: true, revision: 'new' }))
  await time.advanceAndSettle(2_000)
  const before = state.looks
  for (let ms = 0; ms < 1_000; ms += 5) {
    changed()
    await time.advanceAndSettle(5)
  }
  expect(state.looks - before).toBeGreaterThanOrEqual(18)
  expect(state.looks - before).toBeLessThanOrEqual(25)
})

test('[PLC6] a pod that ends at once wherever it is started is not started all the time', async () => {
  const { time, state, pods, changed } = rig()
  state.workloads = [aWorkload({ replicas: 1 })]
  changed()
  for (let second = 0; second < 60; second++) {
    await time.advanceAndSettle(1_000)
    for (const [at, { node, fact }] of pods.entries()) pods[at] = { node, fact: { ...fact, phase: 'Failed' } }
    changed()
  }
  expect(pods.length).toBeGreaterThanOrEqual(3)
  expect(pods.length).toBeLessThanOrEqual(9)
  expect(pods[0]!.fact.workload).toBe(KEY)
})

test('[PLC14] a node whose pods all serve looks when something changes, and else every 10 s', async () => {
  const { time, state, pods, changed } = rig()
  state.workloads = [aWorkload({ replicas: 1 })]
  changed()
  await time.advanceAndSettle(5_000)
  const before = state.looks
  await time.advanceAndSettle(5_000)
  expect(state.looks - before).toBe(5) // not ready yet: every second
  pods[0] = { node: 'a', fact: { ...pods[0]!.fact, ready: true } }
  changed()
  await time.advanceAndSettle(1_100)
  const served = state.looks
  await time.advanceAndSettle(9_500)
  expect(state.looks - served).toBeLessThanOrEqual(1)
  pods[0] = { node: 'a', fact: { ...pods[0].fact, ready: false } }
  changed()
  await time.advanceAndSettle(20)
  expect(state.looks - served).toBeGreaterThanOrEqual(1)
})
