import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Autoscaler, ScalingRules } from '../../crdt/index.ts'
import { TURN_MS } from '../control/turns.ts'
import { scaleStep, type Memory, type ScaleQuestion } from './decision.ts'

const T = 1_000_000
const UP: ScalingRules = { windowMs: 0, select: 'Max', policies: [{ type: 'Percent', value: 900, periodMs: 1_000 }] }
const DOWN: ScalingRules = { windowMs: 0, select: 'Max', policies: [{ type: 'Percent', value: 100, periodMs: 1_000 }] }

const autoscaler = (change: Partial<Autoscaler> = {}): Autoscaler => ({
  key: 'autoscaling/HorizontalPodAutoscaler/default/web',
  namespace: 'default',
  name: 'web',
  target: 'apps/Deployment/default/web',
  minReplicas: 1,
  maxReplicas: 100,
  metrics: [],
  scaleUp: UP,
  scaleDown: DOWN,
  ...change,
})

const alive = (...ids: readonly string[]) => ids.map((id) => ({ id, verdict: 'alive' as const }))
const METRIC = { resource: 'cpu', wanted: { percent: 50 } } as const

interface Moment {
  readonly atMs: number
  readonly asked: number | undefined
}

/** One node over a time, whose steps are done at once. */
function run(
  moments: readonly Moment[],
  start: number,
  rules: Partial<Autoscaler> = {},
  change: Partial<ScaleQuestion> = {},
) {
  // prettier-ignore
  let [replicas, memory] = [start, undefined as Memory | undefined]
  const trail: [atMs: number, to: number][] = []
  for (const { atMs, asked } of moments) {
    const proposal = asked === undefined ? { readings: [] } : { readings: [{ metric: METRIC, amount: 90, percent: 90, replicas: asked }], replicas: asked } // prettier-ignore
    const question = { autoscaler: autoscaler(rules), replicas, proposal, nodes: alive('a'), memberCount: 1, self: 'a', nowMs: T + atMs, ...change } // prettier-ignore
    const next = scaleStep(question, memory)
    memory = next.memory
    if (next.step !== undefined) trail.push([atMs, (replicas = next.step.to)])
  }
  return trail
}

const seconds = (count: number, asked: (second: number) => number | undefined): Moment[] =>
  Array.from({ length: count + 1 }, (_, second) => ({ atMs: second * 1_000, asked: asked(second) }))

test('[HPA7] what is asked for is done within the bounds, and nothing where nothing is known', () => {
  expect(
    run(
      seconds(3, () => 5),
      1,
    ),
  ).toEqual([[1_000, 5]])
  expect(
    run(
      seconds(3, () => 500),
      50,
    ),
  ).toEqual([[1_000, 100]])
  expect(
    run(
      seconds(3, () => 0),
      3,
    ),
  ).toEqual([[1_000, 1]])
  expect(
    run(
      seconds(3, () => undefined),
      3,
    ),
  ).toEqual([])
})

test('[HPA7] bounds hold whatever is measured, but where there are to be none', () => {
  expect(
    run(
      seconds(0, () => undefined),
      200,
    ),
  ).toEqual([[0, 100]])
  expect(
    run(
      seconds(0, () => undefined),
      1,
      { minReplicas: 2 },
    ),
  ).toEqual([[0, 2]])
  expect(
    run(
      seconds(9, () => 5),
      0,
    ),
  ).toEqual([])
})

test('[HPA8] down goes to the most that was asked for in its window, up to the least in its own', () => {
  const down = { scaleDown: { ...DOWN, windowMs: 10_000 } }
  expect(run(seconds(30, (second) => (second < 5 ? 8 : second < 9 ? 4 : 2)), 8, down)).toEqual([[15_000, 4], [19_000, 2]]) // prettier-ignore
  const up = { scaleUp: { ...UP, windowMs: 10_000 } }
  expect(run(seconds(30, (second) => (second < 5 ? 2 : second < 9 ? 4 : 8)), 2, up)).toEqual([[15_000, 4], [19_000, 8]]) // prettier-ignore
})

test('[HPA8] a node that just started does nothing that way before its window and its longest period are over', () => {
  expect(
    run(
      seconds(400, () => 1),
      3,
      { scaleDown: { ...DOWN, windowMs: 300_000 } },
    ),
  ).toEqual([[300_000, 1]])
  const slow = { ...UP, policies: [{ type: 'Pods', value: 1, periodMs: 60_000 } as const] }
  expect(run(seconds(130, () => 3), 1, { scaleUp: slow })).toEqual([[60_000, 2], [121_000, 3]]) // prettier-ignore
})

test.each<[string, Partial<Autoscaler>, number, number, number]>([
  ['pods up', { scaleUp: { ...UP, policies: [{ type: 'Pods', value: 4, periodMs: 1_000 }] } }, 2, 50, 6],
  [
    'percent up, rounded up',
    { scaleUp: { ...UP, policies: [{ type: 'Percent', value: 50, periodMs: 1_000 }] } },
    3,
    50,
    5,
  ],
  ['the larger of two', { scaleUp: { ...UP, policies: [{ type: 'Pods', value: 4, periodMs: 1_000 }, { type: 'Percent', value: 100, periodMs: 1_000 }] } }, 10, 50, 20], // prettier-ignore
  ['the smaller of two', { scaleUp: { ...UP, select: 'Min', policies: [{ type: 'Pods', value: 4, periodMs: 1_000 }, { type: 'Percent', value: 100, periodMs: 1_000 }] } }, 10, 50, 14], // prettier-ignore
  ['pods down', { scaleDown: { ...DOWN, policies: [{ type: 'Pods', value: 3, periodMs: 1_000 }] } }, 10, 1, 7],
  ['percent down, rounded down', { scaleDown: { ...DOWN, policies: [{ type: 'Percent', value: 10, periodMs: 1_000 }] } }, 15, 1, 13], // prettier-ignore
  ['the smaller of two down', { scaleDown: { ...DOWN, select: 'Min', policies: [{ type: 'Pods', value: 3, periodMs: 1_000 }, { type: 'Percent', value: 10, periodMs: 1_000 }] } }, 10, 1, 9], // prettier-ignore
])('[HPA11] policies bound a change: %s', (_, rules, replicas, asked, to) => {
  expect(
    run(
      seconds(1, () => asked),
      replicas,
      rules,
    ),
  ).toEqual([[1_000, to]])
})

test('[HPA11] Disabled changes nothing that way; what was changed in a period counts', () => {
  expect(
    run(
      seconds(9, () => 1),
      10,
      { scaleDown: { ...DOWN, select: 'Disabled' } },
    ),
  ).toEqual([])
  expect(
    run(
      seconds(9, () => 50),
      10,
      { scaleUp: { ...UP, select: 'Disabled' } },
    ),
  ).toEqual([])
  const up = { ...UP, policies: [{ type: 'Pods', value: 4, periodMs: 10_000 } as const] }
  expect(run(seconds(35, () => 50), 2, { scaleUp: up }).map(([atMs, to]) => `${atMs / 1_000}: ${to}`)).toEqual(['10: 6', '21: 10', '32: 14']) // prettier-ignore
})

test('[HPA9] one node begins, the next one follows 2 s later', () => {
  const ids = ['a', 'b', 'c']
  const when = ids.map(
    (self) =>
      run(
        seconds(9, () => 5),
        1,
        {},
        { self, nodes: alive(...ids), memberCount: 3 },
      )[0],
  )
  expect(when.map((each) => each?.[0] ?? 0).toSorted((one, other) => one - other)).toEqual([
    1_000,
    1_000 + TURN_MS,
    1_000 + 2 * TURN_MS,
  ])
  expect(new Set(when.map((each) => each?.[1]))).toEqual(new Set([5]))
})

test.each([
  ['up', 5, 1],
  ['down', 1, 5],
])('[HPA10] who sees half of the members or fewer does not scale %s', (_, asked, replicas) => {
  const moments = seconds(60, () => asked)
  expect(run(moments, replicas, {}, { nodes: alive('a', 'b'), memberCount: 4 })).toEqual([])
  expect(run(moments, replicas, {}, { nodes: alive('a'), memberCount: 2 })).toEqual([])
  expect(run(moments, replicas, {}, { nodes: alive('a', 'b'), memberCount: 3 })).toHaveLength(1)
})

test('[HPA12] the reason is told in numbers', () => {
  const proposal = { readings: [{ metric: METRIC, amount: 90, percent: 90, replicas: 2 }], replicas: 2 }
  const question = { autoscaler: autoscaler(), replicas: 1, proposal, nodes: alive('a'), memberCount: 1, self: 'a', nowMs: T } // prettier-ignore
  const { memory } = scaleStep(question, undefined)
  expect(scaleStep({ ...question, nowMs: T + 2_000 }, memory).step).toEqual({
    to: 2,
    why: 'cpu is at 90 % of what was asked for, 50 % is wanted',
  })
})

test('[HPA7] whatever is asked for, replicas stay within the bounds', () => {
  const asked = fc.array(fc.option(fc.nat(200), { nil: undefined }), { maxLength: 60 })
  fc.assert(
    fc.property(asked, fc.integer({ min: 1, max: 300 }), (list, start) => {
      const trail = run(
        seconds(list.length - 1, (second) => list[second]),
        start,
        { minReplicas: 3, maxReplicas: 20 },
      )
      return trail.every(([, to]) => to >= 3 && to <= 20)
    }),
  )
})

test('[HPA8] on a constant load there is no flapping: it goes one way and stays', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 1, max: 80 }), (start, asked) => {
      const tos = run(
        seconds(120, () => asked),
        start,
      ).map(([, to]) => to)
      const isUp = asked > start
      const ordered = [...tos].sort((a, b) => (isUp ? a - b : b - a))
      expect(tos).toEqual(ordered)
      expect(tos.at(-1) ?? start).toBe(asked)
    }),
  )
})
