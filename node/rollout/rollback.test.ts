import { expect, test } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import { aNode, aPod, aWorkload, older } from '../control/sample.ts'
import { rollbackStep, type RollbackQuestion } from './rollback.ts'
import { TURN_MS } from '../control/turns.ts'

const LATE_MS = 1_000_000
const NODES = ['a', 'b', 'c']

function question(change: Partial<RollbackQuestion> = {}): RollbackQuestion {
  return {
    workload: {
      ...aWorkload({ older: [older('old', 2), older('oldest', 1)] }),
      name: 'web',
      current: { number: 3, createdMs: 900_000 },
    },
    pods: [aPod('a', { revision: 'old', ready: true }), aPod('b', { message: 'ended with exit code 7' })],
    pending: [],
    nodes: NODES.map((id) => aNode(id)),
    memberCount: 3,
    self: 'a',
    nowMs: LATE_MS + NODES.length * TURN_MS,
    lateSinceMs: LATE_MS,
    watchingSinceMs: 0,
    awakeSinceMs: 0,
    ...change,
  }
}

const stepOf = (change: Partial<RollbackQuestion> = {}) => rollbackStep(question(change))
const withPods = (...pods: [revision: string, fact?: Partial<PodFact>][]) => ({
  pods: pods.map(([revision, fact], index) => aPod('a', { revision, index, ...fact })),
})

test('[RBK1] a revision that missed its deadline is given up for the one before, with the reason', () => {
  expect(stepOf()).toEqual({
    to: 'old',
    why: 'revision 3 missed its deadline, and revision 2 was brought back: pod web-new-0: ended with exit code 7',
  })
})

test('[RBK1] one that has not missed it stays, and so does the first there is', () => {
  expect(stepOf({ lateSinceMs: undefined })).toBeUndefined()
  const { workload } = question()
  expect(stepOf({ workload: { ...workload, older: [] } })).toBeUndefined()
})

test('[RBK2] of the earlier ones that which still serves is brought back, else the newest', () => {
  expect(stepOf(withPods(['oldest', { ready: true }], ['new']))).toMatchObject({ to: 'oldest' })
  expect(stepOf(withPods(['oldest', { ready: true, stopping: true }], ['new']))).toMatchObject({ to: 'old' })
  expect(stepOf(withPods(['new']))).toMatchObject({ to: 'old' })
})

test('[RBK3] who has not seen the whole life of a revision gives it up only while an earlier one serves', () => {
  expect(stepOf({ watchingSinceMs: 950_000, ...withPods(['new']) })).toBeUndefined()
  expect(stepOf({ watchingSinceMs: 950_000 })).toMatchObject({ to: 'old' })
})

test.each([
  { members: 3, away: 1, step: true },
  { members: 4, away: 2, step: false },
  { members: 5, away: 2, step: true },
  { members: 5, away: 3, step: false },
  { members: 1, away: 0, step: true },
])('[RBK4] with $away of $members members away: $step', ({ members, away, step }) => {
  const nodes = Array.from({ length: members }, (_, index) =>
    aNode(`n${index}`, { verdict: index < away ? 'unreachable' : 'alive' }),
  )
  const self = `n${members - 1}`
  expect(stepOf({ nodes, memberCount: members, self, nowMs: LATE_MS + 10 * TURN_MS }) !== undefined).toBe(step)
})

test('[RBK4] members nobody has heard of are away too', () => {
  expect(stepOf({ memberCount: 6 })).toBeUndefined()
})

const turnsAt = (nowMs: number, nodes = NODES.map((id) => aNode(id))): string[] =>
  nodes.filter(({ verdict }) => verdict === 'alive').flatMap(({ id }) => (stepOf({ self: id, nowMs, nodes }) === 'wait' ? [] : [id])) // prettier-ignore

test('[RBK5] one node begins, and each next one follows if nothing has happened', () => {
  const [first] = turnsAt(LATE_MS)
  expect(turnsAt(LATE_MS)).toHaveLength(1)
  expect(turnsAt(LATE_MS + TURN_MS)).toHaveLength(2)
  expect(turnsAt(LATE_MS + 2 * TURN_MS)).toHaveLength(3)
  const without = NODES.map((id) => aNode(id, { verdict: id === first ? 'lost' : 'alive' }))
  expect(turnsAt(LATE_MS, without)).toHaveLength(1)
})

test('[RBK5] for another revision another node may begin', () => {
  const { workload } = question()
  const firsts = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'].map((revision) =>
    NODES.find((self) => stepOf({ self, nowMs: LATE_MS, workload: { ...workload, revision } }) !== 'wait'),
  )
  expect(new Set(firsts).size).toBeGreaterThan(1)
})

test('[RBK9] one that was held up hears first what others did meanwhile', () => {
  const nodes = [aNode('a')]
  const alone = { nodes, memberCount: 1 }
  expect(stepOf({ ...alone, nowMs: LATE_MS })).toMatchObject({ to: 'old' })
  const awakeSinceMs = LATE_MS + 20_000
  expect(stepOf({ ...alone, awakeSinceMs, nowMs: awakeSinceMs })).toBe('wait')
  expect(stepOf({ ...alone, awakeSinceMs, nowMs: awakeSinceMs + TURN_MS })).toMatchObject({ to: 'old' })
})

test('[RBK6] the reason is that of a pod, else why nobody takes it, else that they do not get ready', () => {
  const slot = { revision: 'new', index: 0, sinceMs: 0, reason: 'Unschedulable', message: 'a has no room' }
  expect(stepOf({ pods: [], pending: [slot] })).toMatchObject({ why: expect.stringMatching(/: a has no room$/) as string }) // prettier-ignore
  expect(stepOf(withPods(['new'], ['new']))).toMatchObject({ why: expect.stringMatching(/: 2 of its pods did not get ready$/) as string }) // prettier-ignore
  const creating = { reason: 'ContainerCreating' }
  expect(stepOf(withPods(['new', creating], ['new', creating]))).toMatchObject({ why: expect.stringMatching(/: 2 of its pods did not get ready \(ContainerCreating\)$/) as string }) // prettier-ignore
  expect(stepOf({ pods: [] })).toMatchObject({ why: expect.stringMatching(/: none of its pods was begun$/) as string })
  const long = stepOf(withPods(['new', { message: 'x'.repeat(5_000) }])) as { why: string }
  expect(long.why.length).toBeLessThan(1_200)
})
