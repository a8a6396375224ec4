import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareClaims, GRACE_MS, HOLD_MS, openSlots, releases, settle } from './claims.ts'
import type { Verdict } from '../../crdt/index.ts'
import type { Probe } from './rows.ts'
import { aNode, aPod, aSight, aWorkload, claimsOf } from './sample.ts'
import { slot } from './slot.ts'
import { wantedSlots } from './slots.ts'

const NOW = 100_000

describe('a claim holds its slot', () => {
  type Case = { verdict: Verdict; forMs: number; probe?: Probe; holdMs?: number; live: boolean }

  const isLive = ({ verdict, forMs, probe, holdMs = HOLD_MS }: Case) => {
    const sight = aSight({ nowMs: NOW, holdMs, nodes: [aNode('a', { verdict, sinceMs: NOW - forMs })] })
    return claimsOf([aPod('a', {}, probe)], sight)[0]!.live
  }

  test('[CLM1] while its node is alive, and not when it is lost', () => {
    expect(isLive({ verdict: 'alive', forMs: 0, live: true })).toBe(true)
    expect(isLive({ verdict: 'lost', forMs: 0, live: false })).toBe(false)
  })

  test.each<Case>([
    { verdict: 'unreachable', forMs: HOLD_MS - 1, live: true },
    { verdict: 'unreachable', forMs: HOLD_MS, live: false },
    { verdict: 'unreachable', forMs: HOLD_MS, holdMs: 8_000, live: true },
  ])('[CLM2] $verdict for $forMs ms of $holdMs: $live', (example) => {
    expect(isLive(example)).toBe(example.live)
  })

  test.each<Case>([
    { verdict: 'agent-gone', forMs: GRACE_MS - 1, live: true },
    { verdict: 'agent-gone', forMs: GRACE_MS - 1, probe: 'answers', live: true },
    { verdict: 'agent-gone', forMs: 0, probe: 'refused', live: false },
    { verdict: 'agent-gone', forMs: GRACE_MS, probe: 'answers', live: false },
  ])('[CLM3] $verdict for $forMs ms, its pod $probe: $live', (example) => {
    expect(isLive(example)).toBe(example.live)
  })

  test.each([
    { what: 'told to stop', fact: { stopping: true } },
    { what: 'ended badly', fact: { phase: 'Failed' } },
    { what: 'ended well', fact: { phase: 'Succeeded' } },
  ] as const)('[CLM1] but not when its pod was $what', ({ fact }) => {
    expect(claimsOf([aPod('a', fact)])[0]!.live).toBe(false)
  })

  test('[CLM1] but not when its node never began to run it', () => {
    const pod = aPod('a')
    expect(claimsOf([pod], aSight({ idle: [pod.fact.uid] }))[0]!.live).toBe(false)
  })

  test('[CLM1] and the slots without one are open', () => {
    const wanted = [0, 1, 2].map((index) => slot(aWorkload().key, 'new', index))
    const claims = claimsOf([aPod('a', { index: 0 }), aPod('b', { index: 1, stopping: true })])
    expect(openSlots(wanted, claims).map(({ index }) => index)).toEqual([1, 2])
  })
})

describe('two claims on one slot', () => {
  const older = aPod('b', { uid: 'u2', claimedAtMs: 1_000, ready: true })
  const newer = aPod('a', { uid: 'u1', claimedAtMs: 2_000, ready: true })

  test('[CLM4] the older one wins', () => {
    expect(settle(claimsOf([newer, older])).keep!.row).toBe(older)
  })

  test('[CLM4] claims of one instant fall to the lower uid', () => {
    const same = aPod('a', { uid: 'u1', claimedAtMs: 1_000, ready: true })
    expect(settle(claimsOf([older, same])).keep!.row).toBe(same)
  })

  test('[CLM4] the order is total, so every node settles alike', () => {
    const pods = fc.uniqueArray(fc.record({ uid: fc.string(), at: fc.integer({ min: 0, max: 3 }) }), {
      selector: ({ uid }) => uid,
      minLength: 2,
    })
    fc.assert(
      fc.property(pods, fc.infiniteStream(fc.nat()), (list, dice) => {
        const claims = claimsOf(list.map(({ uid, at }) => aPod('a', { uid, claimedAtMs: at })))
        const shuffled = claims
          .map((claim) => ({ claim, by: dice.next().value! }))
          .sort((a, b) => a.by - b.by)
          .map(({ claim }) => claim)
        expect(shuffled.sort(compareClaims)).toEqual([...claims].sort(compareClaims))
        for (const [index, claim] of shuffled.entries())
          expect(Math.sign(compareClaims(claim, shuffled[index + 1] ?? claim))).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('[CLM5] the loser stops when the winner serves', () => {
    expect(settle(claimsOf([newer, older])).stop.map(({ row }) => row)).toEqual([newer])
  })

  test.each([
    { what: 'is not ready yet', pod: aPod('b', { uid: 'u2', claimedAtMs: 1_000 }), verdict: 'alive' },
    { what: 'cannot be reached', pod: older, verdict: 'unreachable' },
  ] as const)('[CLM5] the loser stays while the winner $what', ({ pod, verdict }) => {
    const sight = aSight({ nodes: [aNode('b', { verdict, sinceMs: 100_000 })] })
    expect(settle(claimsOf([newer, pod], sight)).stop).toEqual([])
  })

  test('[CLM7] what a node said before its last start stops nobody, until it has looked at its pods again', () => {
    const sight = aSight({ nodes: [aNode('b', { incarnation: 2 })] })
    const settled = (incarnation: number) => settle(claimsOf([newer, { ...older, incarnation }], sight)).stop
    expect(settled(1)).toEqual([])
    expect(settled(2).map(({ row }) => row)).toEqual([newer])
  })

  test('[CLM5] an older claim that no longer counts stops nobody', () => {
    const sight = aSight({ nodes: [aNode('b', { verdict: 'lost' })] })
    const { keep, stop } = settle(claimsOf([newer, older], sight))
    expect([keep!.row, stop]).toEqual([newer, []])
  })
})

describe('claims are given up', () => {
  const workload = aWorkload({ replicas: 2 })
  const released = (pods: ReturnType<typeof aPod>[]) => {
    const claims = claimsOf(pods)
    return releases(workload, wantedSlots(workload, claims, NOW), claims).map(({ uid, reason }) => `${uid}: ${reason}`)
  }

  test('[CLM6] when their slot is not wanted any more, with the reason', () => {
    const pods = [0, 1, 2].map((index) => aPod('a', { index, ready: true }))
    expect(released([...pods, aPod('a', { revision: 'old', ready: true })])).toEqual([
      'a-new-2: scaled down to 2 replicas',
      'a-old-0: revision old was replaced by new',
    ])
  })

  test('[CLM6] when their pod ended', () => {
    expect(released([aPod('a', { phase: 'Failed', message: 'no such image' }), aPod('a', { index: 1 })])).toEqual([
      'a-new-0: its pod ended: no such image',
    ])
  })

  test('[CLM6] once: what stops already is left alone', () => {
    expect(released([aPod('a', { index: 7, stopping: true })])).toEqual([])
  })

  test('[CLM5] when an older claim serves their slot: the surplus after a split goes', () => {
    const pods = [aPod('a', { ready: true }), aPod('b', { ready: true, claimedAtMs: 9_000 })]
    expect(released(pods)).toEqual(['b-new-0: slot 0 is held by the older claim web-new-0'])
  })
})
