import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Budget } from '../../crdt/index.ts'
import { releases, settle } from './claims.ts'
import { departures, leaversOf, slotsToMove, type Leaver } from './leaving.ts'
import type { Workload } from './rows.ts'
import { aNode, aPod, aSight, aWorkload, claimsOf, KEY } from './sample.ts'
import { slot } from './slot.ts'
import { wantedSlots } from './slots.ts'

const NOW_MS = 100_000
const drained = (...ids: string[]) => aSight({ nowMs: NOW_MS, nodes: ids.map((id) => aNode(id, { drain: 'pods' })) })
const ready = (index: number, uid = `u${index}`) => ({ index, uid, ready: true, readyAtMs: 2_000 })
const budget = (minAvailable: number, name = 'guard'): Budget => ({
  key: `policy/PodDisruptionBudget/default/${name}`,
  namespace: 'default',
  name,
  selector: {},
  minAvailable,
  unhealthyMayGo: false,
})

const strategies = {
  surge: { type: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 },
  none: { type: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 },
  recreate: { type: 'Recreate', maxSurge: 0, maxUnavailable: 3 },
} as const

test.each([
  ['surge', 1, []],
  ['none', 0, ['u0']],
  ['recreate', 0, ['u0', 'u1', 'u2']],
] as const)('[DRN2] with strategy %s %i slots are offered again and %j go first', (name, moved, goneFirst) => {
  const workload = aWorkload({ strategy: strategies[name] })
  const rows = [0, 1, 2].map((index) => aPod('a', ready(index)))
  const claims = claimsOf(rows, drained('a'), workload)
  const wanted = [0, 1, 2].map((index) => slot(KEY, 'new', index))
  expect(slotsToMove(workload, { wanted, claims, nowMs: NOW_MS }).size).toBe(moved)
  const going = departures(leaversOf(workload, { claims, moving: new Set(), nowMs: NOW_MS }), {
    budgets: [],
    workloads: [workload],
    claimsOf: () => claims,
  }).filter(({ waitsFor }) => waitsFor === undefined)
  expect(going.map(({ release }) => release.uid)).toEqual(goneFirst)
})

test.each([
  [false, []],
  [true, ['u0']],
])('[DRN4] what does not serve waits for a budget that is not met, unless that says: %s', (unhealthyMayGo, goes) => {
  const workload = aWorkload({ strategy: strategies.none })
  const rows = [aPod('a', { ...ready(0), ready: false }), aPod('b', ready(1)), aPod('b', ready(2))]
  const claims = claimsOf(rows, drained('a'), workload)
  const going = departures(leaversOf(workload, { claims, moving: new Set(), nowMs: NOW_MS }), {
    budgets: [{ ...budget(3), unhealthyMayGo }],
    workloads: [workload],
    claimsOf: () => claims,
  }).filter(({ waitsFor }) => waitsFor === undefined)
  expect(going.map(({ release }) => release.uid)).toEqual(goes)
})

test('[DRN9] a rollout and a move share the surge, whichever began', () => {
  const workload = aWorkload({ older: [{ hash: 'old', number: 1, template: aWorkload().template }] })
  const rows = [0, 1, 2].map((index) => aPod('a', { ...ready(index), revision: 'old' }))
  const successor = aPod('b', { ...ready(0, 'v0'), revision: 'old', ready: false, claimedAtMs: 50_000 })
  const pods = (of: typeof rows) => {
    const claims = claimsOf(of, drained('a'), workload)
    const wanted = wantedSlots(workload, claims, NOW_MS)
    const moving = slotsToMove(workload, { wanted, claims, nowMs: NOW_MS })
    return { begun: wanted.filter(({ revision }) => revision === 'new').length, moved: moving.size }
  }
  expect(pods(rows)).toEqual({ begun: 1, moved: 0 })
  expect(pods([...rows, successor])).toEqual({ begun: 0, moved: 1 })
  // What is there of both stays.
  expect(pods([...rows, successor, aPod('b', { index: 0, revision: 'new' })])).toEqual({ begun: 1, moved: 0 })
})

test('[DRN9] a successor that is to leave before it serves costs a place of the surge, until one of the two is gone', () => {
  const workload = aWorkload()
  const rows = [...[0, 1, 2].map((index) => aPod('a', ready(index))), aPod('b', { ...ready(1, 'v1'), ready: false })]
  const wanted = [0, 1, 2].map((index) => slot(KEY, 'new', index))
  const moved = (pods: typeof rows) => {
    const claims = claimsOf(pods, drained('a', 'b'), workload)
    return [...slotsToMove(workload, { wanted, claims, nowMs: NOW_MS })].length
  }
  expect(moved(rows)).toBe(0)
  expect(moved(rows.filter(({ fact }) => fact.uid !== 'u1'))).toBe(1)
  expect(moved(rows.filter(({ fact }) => fact.uid !== 'v1'))).toBe(1)
  const rolling = aWorkload({ older: [{ hash: 'old', number: 1, template: aWorkload().template }] })
  const old = rows.map(({ fact: { index, uid, ready: isReady } }, at) =>
    aPod(at === 3 ? 'b' : 'a', { index, uid, ready: isReady, readyAtMs: 2_000, revision: 'old' }),
  )
  const begun = (pods: typeof rows) =>
    wantedSlots(rolling, claimsOf(pods, drained('a', 'b'), rolling), NOW_MS).filter(
      ({ revision }) => revision === 'new',
    )
  expect(begun(old)).toHaveLength(0)
  expect(begun(old.slice(0, 3))).toHaveLength(1)
})

test('[DRN9] a slot with two pods costs a place of the surge though none of them is to leave any more', () => {
  const workload = aWorkload({ replicas: 2 })
  const single = [aPod('a', ready(0)), aPod('b', ready(1))]
  const doubled = [...single, aPod('c', { ...ready(0, 'v0'), ready: false })]
  const wanted = [0, 1].map((index) => slot(KEY, 'new', index))
  const moved = (pods: typeof single) =>
    slotsToMove(workload, { wanted, claims: claimsOf(pods, drained('b'), workload), nowMs: NOW_MS }).size
  expect([moved(doubled), moved(single)]).toEqual([0, 1])
  const rolling = aWorkload({ replicas: 2, older: [{ hash: 'old', number: 1, template: aWorkload().template }] })
  const old = (pods: typeof single) => pods.map(({ node, fact }) => aPod(node, { ...fact, revision: 'old' }))
  const begun = (pods: typeof single) =>
    wantedSlots(rolling, claimsOf(old(pods), drained(), rolling), NOW_MS).filter(({ revision }) => revision === 'new')
  expect([begun(doubled).length, begun(single).length]).toEqual([0, 1])
})

test('[DRN7] the older claim gives way when it leaves, and not before the newer one is available and may count', () => {
  const workload = aWorkload({ replicas: 1, minReadyMs: 5_000 })
  const old = aPod('a', { ...ready(0, 'old'), claimedAtMs: 1_000 })
  const claims = (readyAtMs: number) =>
    claimsOf([old, aPod('b', { ...ready(0, 'new'), claimedAtMs: 90_000, readyAtMs })], drained('a'), workload)
  expect(settle(claims(99_000), NOW_MS).keep?.row.fact.uid).toBe('new')
  for (const [readyAtMs, waits] of [
    [99_000, 'its successor web-new-0 to be available'],
    [91_000, undefined],
  ] as const) {
    const [leaver] = leaversOf(workload, { claims: claims(readyAtMs), moving: new Set(), nowMs: NOW_MS })
    expect(leaver?.waitsFor).toBe(waits)
  }
  // Settling alone never takes one that serves.
  const wanted = [slot(KEY, 'new', 0)]
  expect(releases(workload, { wanted, claims: claims(91_000), nowMs: NOW_MS })).toEqual([])
})

test('[DRN7] a pod of a claim that leaves and does not serve is no obstacle', () => {
  const claims = claimsOf(
    [aPod('a', { index: 0, uid: 'old' }), aPod('b', { ...ready(0, 'new'), claimedAtMs: 90_000 })],
    drained('a'),
  )
  expect(settle(claims, NOW_MS).stop.map(({ row }) => row.fact.uid)).toEqual(['old'])
})

test('[DRN10] the younger of two takes its time if it serves, whether both are to leave or none', () => {
  const old = aPod('a', { ...ready(0, 'old'), claimedAtMs: 1_000 })
  const released = (isReady: boolean, ...nodes: string[]) => {
    const young = aPod('b', { ...ready(0, 'new'), claimedAtMs: 90_000, ready: isReady })
    const claims = claimsOf([old, young], drained(...nodes))
    const all = releases(aWorkload({ replicas: 1 }), { wanted: [slot(KEY, 'new', 0)], claims, nowMs: NOW_MS })
    return all.map(({ uid, isVoluntary = false }) => [uid, isVoluntary])
  }
  expect(released(true, 'a', 'b')).toEqual([['new', true]])
  expect(released(false, 'a', 'b')).toEqual([['new', false]])
  expect(released(true)).toEqual([['new', true]])
})

interface Scene {
  readonly workload: Workload
  readonly leavers: readonly Leaver[]
  readonly claims: ReturnType<typeof claimsOf>
  readonly budgets: readonly Budget[]
}

/** Pods on three nodes of which some are drained, with or without successors. */
const scenes: fc.Arbitrary<Scene> = fc
  .record({
    strategy: fc.constantFrom(...Object.values(strategies)),
    pods: fc.array(fc.record({ node: fc.constantFrom('a', 'b', 'c'), isReady: fc.boolean(), isMoved: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    }),
    drains: fc.subarray(['a', 'b']),
    least: fc.array(fc.nat(8), { maxLength: 2 }),
  })
  .map(({ strategy, pods, drains, least }) => {
    const workload = aWorkload({ replicas: pods.length, strategy })
    const rows = pods.flatMap(({ node, isReady, isMoved }, index) => [
      aPod(node, { ...ready(index), ready: isReady }),
      ...(isMoved ? [aPod('d', { ...ready(index, `v${index}`), claimedAtMs: 50_000 })] : []),
    ])
    const claims = claimsOf(rows, drained(...drains), workload)
    const budgets = least.map((each, index) => budget(each, `guard-${index}`))
    return { workload, leavers: leaversOf(workload, { claims, moving: new Set(), nowMs: NOW_MS }), claims, budgets }
  })

const gone = ({ workload, claims, budgets }: Scene, leavers: readonly Leaver[]): string[] =>
  departures(leavers, { budgets, workloads: [workload], claimsOf: () => claims })
    .filter(({ waitsFor }) => waitsFor === undefined)
    .map(({ release }) => release.uid)

test('[DRN4] who goes does not hang on the order in which the claims were read', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      expect(gone(scene, scene.leavers.toReversed())).toEqual(gone(scene, scene.leavers))
    }),
  )
})

test('[DRN4, DRN5] when all that may go have gone, every budget that was met is met, and none that was not lost a pod that serves', () => {
  fc.assert(
    fc.property(scenes, (scene) => {
      const uids = new Set(gone(scene, scene.leavers))
      const served = (claims: Scene['claims']) =>
        new Set(claims.filter(({ row }) => row.fact.ready).map(({ slot }) => slot.id)).size
      const before = served(scene.claims)
      const after = served(scene.claims.filter(({ row }) => !uids.has(row.fact.uid)))
      const took = scene.claims.some(({ row }) => uids.has(row.fact.uid) && row.fact.ready)
      for (const { minAvailable } of scene.budgets) {
        if (before >= Number(minAvailable)) expect(after).toBeGreaterThanOrEqual(Number(minAvailable))
        else expect(took).toBe(false)
      }
      if (scene.workload.strategy.maxSurge > 0) expect(after).toBe(before)
    }),
  )
})
