import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareClaims, GET_READY_MS, HOLD_MS, openSlots, releases, settle, type Claim } from './claims.ts'
import { AGENT_GRACE_MS, type Verdict } from '../../crdt/index.ts'
import type { NodeRow, PodRow, Probe } from './rows.ts'
import { aNode, aPod, aSight, aWorkload, claimsOf, older } from './sample.ts'
import { slot } from './slot.ts'
import { wantedSlots } from './slots.ts'

const NOW = 100_000

describe('[CLM11] a Pod runs once', () => {
  const pod = (restartPolicy = 'Always') =>
    aWorkload({
      kind: 'Pod',
      replicas: 1,
      strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 1 },
      template: { spec: { restartPolicy, containers: [{ name: 'web' }] } },
    })
  const lost = aSight({ nowMs: NOW, nodes: [aNode('a', { verdict: 'lost', sinceMs: NOW - 60_000 })] })
  const outcome = (fact: Partial<PodRow['fact']>, workload = pod(), sight = aSight({ nowMs: NOW })) => {
    const claims = claimsOf([aPod('a', fact)], sight, workload)
    const wanted = wantedSlots(workload, claims, NOW)
    return { open: openSlots(wanted, claims).length, given: releases(workload, { wanted, claims, nowMs: NOW }).length }
  }

  test.each(['Succeeded', 'Failed'] as const)(
    'what has %s keeps its slot, on a node that is there or lost',
    (phase) => {
      expect(outcome({ phase })).toEqual({ open: 0, given: 0 })
      expect(outcome({ phase }, pod(), lost)).toMatchObject({ open: 0 })
    },
  )

  test('what was to stop, or ended for an earlier revision, does not', () => {
    expect(outcome({ phase: 'Succeeded', stopping: true })).toMatchObject({ open: 1 })
    expect(outcome({ phase: 'Succeeded', revision: 'old' })).toEqual({ open: 1, given: 1 })
  })

  test('what ended of a Deployment is made anew', () => {
    expect(outcome({ phase: 'Succeeded' }, aWorkload({ replicas: 1 }))).toEqual({ open: 1, given: 1 })
  })

  test('one that began and is never to begin again is not begun elsewhere', () => {
    expect(outcome({ startedAtMs: 1 }, pod('Never'), lost)).toMatchObject({ open: 0 })
    expect(outcome({}, pod('Never'), lost)).toMatchObject({ open: 1 })
    expect(outcome({ startedAtMs: 1 }, pod('OnFailure'), lost)).toMatchObject({ open: 1 })
  })

  test('an older claim that has ended stops a younger rival', () => {
    const rivals = [aPod('a', { phase: 'Succeeded' }), aPod('b', { ready: true, claimedAtMs: 5_000 })]
    const { keep, stop } = settle(claimsOf(rivals, aSight({ nowMs: NOW }), pod()), NOW)
    expect([keep?.row.node, stop.map(({ row }) => row.node)]).toEqual(['a', ['b']])
  })
})

describe('[CLM12] a claim whose engine does not answer', () => {
  const silent = { reason: 'RuntimeUnavailable', runtime: 'docker', phase: 'Running', startedAtMs: 1 } as const
  const outcome = ({
    pods,
    runtimes = [],
    workload = aWorkload({ replicas: 1 }),
  }: {
    pods: readonly PodRow[]
    runtimes?: readonly string[]
    workload?: ReturnType<typeof aWorkload>
  }) => {
    const claims = claimsOf(pods, aSight({ nowMs: NOW, nodes: [aNode('a', { fact: { runtimes } })] }), workload)
    const wanted = wantedSlots(workload, claims, NOW)
    const given = releases(workload, { wanted, claims, nowMs: NOW })
    return { open: openSlots(wanted, claims).length, given: given.map(({ uid, reason }) => [uid, reason]) }
  }

  test('holds no slot, and is not given up while nothing serves in its place', () => {
    expect(outcome({ pods: [aPod('a', silent)] })).toEqual({ open: 1, given: [] })
    expect(outcome({ pods: [aPod('a', silent)], runtimes: ['process'] })).toEqual({ open: 1, given: [] })
    expect(outcome({ pods: [aPod('a', silent), aPod('b')] })).toEqual({ open: 0, given: [] })
  })

  test('goes for good once another serves, though that is younger', () => {
    const other = aPod('b', { ready: true, claimedAtMs: 90_000, readyAtMs: 90_500 })
    const reason = `its docker runtime does not answer, and ${other.fact.name} serves in its place`
    expect(outcome({ pods: [aPod('a', silent), other] })).toEqual({ open: 0, given: [['a-new-0', reason]] })
  })

  test('holds its slot when its engine answers, whatever its own record still says', () => {
    expect(outcome({ pods: [aPod('a', silent)], runtimes: ['docker'] })).toEqual({ open: 0, given: [] })
  })

  test('of a Pod that is never to begin again keeps its slot', () => {
    const workload = aWorkload({
      kind: 'Pod',
      replicas: 1,
      strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 1 },
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'web' }] } },
    })
    expect(outcome({ pods: [aPod('a', silent)], workload })).toEqual({ open: 0, given: [] })
  })

  test('of an old revision is made anew where a rollout needs it, as one of a node that is away', () => {
    const workload = aWorkload({ replicas: 1, older: [older('old', 1)] })
    const pods = [aPod('a', { ...silent, revision: 'old' }), aPod('b')]
    const sight = aSight({ nowMs: NOW, nodes: [aNode('a', { fact: { runtimes: [] } })] })
    const claims = claimsOf(pods, sight, workload)
    const wanted = wantedSlots(workload, claims, NOW)
    expect(openSlots(wanted, claims).map(({ revision }) => revision)).toEqual(['old'])
  })
})

describe('what was deleted and is to end', () => {
  const surveyed = (workload: ReturnType<typeof aWorkload>, pods: readonly PodRow[]) => {
    const claims = claimsOf(pods, aSight({ nowMs: NOW }), workload)
    const wanted = wantedSlots(workload, claims, NOW)
    const given = releases(workload, { wanted, claims, nowMs: NOW })
    return { open: openSlots(wanted, claims).length, given: given.map(({ uid, reason }) => [uid, reason]) }
  }
  const pod = { kind: 'Pod', replicas: 1, strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 1 } } as const

  test.each([pod, {}, { paused: true }, { strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 3 } } as const])(
    '[FIN4] [FIN13] has no slots, and its pods are given up at once: %j',
    (fields) => {
      const rows = [aPod('a', { uid: 'u', ready: true }), aPod('b', { uid: 'old', revision: 'old', ready: true })]
      const { open, given } = surveyed(aWorkload({ ...fields, isEnding: true }), rows)
      expect(open).toBe(0)
      expect(given).toEqual([
        ['u', 'it was deleted'],
        ['old', 'it was deleted'],
      ])
      expect(surveyed(aWorkload({ ...fields, isEnding: true }), [])).toEqual({ open: 0, given: [] })
    },
  )

  test('[FIN5] a Pod that had run its course is left as it is', () => {
    const ended = [aPod('a', { phase: 'Succeeded' })]
    expect(surveyed(aWorkload({ ...pod, isEnding: true }), ended)).toEqual({ open: 0, given: [] })
    expect(surveyed(aWorkload({ isEnding: true }), ended).given).toHaveLength(1)
  })
})

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
    { verdict: 'unreachable', forMs: -400 * 86_400_000, live: false },
    { verdict: 'agent-gone', forMs: -400 * 86_400_000, live: false },
    { verdict: 'unreachable', forMs: -5_000, live: true },
  ])('[CLM10] $verdict since a time that is $forMs ms ahead: $live', (example) => {
    expect(isLive(example)).toBe(example.live)
  })

  test.each<Case>([
    { verdict: 'agent-gone', forMs: AGENT_GRACE_MS - 1, live: true },
    { verdict: 'agent-gone', forMs: AGENT_GRACE_MS - 1, probe: 'answers', live: true },
    { verdict: 'agent-gone', forMs: 0, probe: 'refused', live: false },
    { verdict: 'agent-gone', forMs: AGENT_GRACE_MS, probe: 'answers', live: false },
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
  const settled = (pods: PodRow[], { nowMs = NOW, nodes = [] }: { nowMs?: number; nodes?: NodeRow[] } = {}) => {
    const { keep, stop } = settle(claimsOf(pods, aSight({ nowMs, nodes })), nowMs)
    return { keep: keep?.row, stop: stop.map(({ row }) => row) }
  }

  test('[CLM4] the older one wins', () => {
    expect(settled([newer, older]).keep).toBe(older)
  })

  test('[CLM4] claims of one instant fall to the lower uid', () => {
    const same = aPod('a', { uid: 'u1', claimedAtMs: 1_000, ready: true })
    expect(settled([older, same]).keep).toBe(same)
  })

  test('[CLM4] the order is total, so every node settles alike', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(someClaim, { selector: ({ uid }) => uid, minLength: 2, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (list, dice) => {
          const claims = claimsOf(list.map(podOf))
          const compare = (left: Claim, right: Claim): number => compareClaims(left, right, NOW)
          const shuffled = claims
            .map((claim) => ({ claim, by: dice.next().value! }))
            .sort((a, b) => a.by - b.by)
            .map(({ claim }) => claim)
          expect(shuffled.sort(compare)).toEqual([...claims].sort(compare))
          for (const [index, claim] of shuffled.entries())
            for (const later of shuffled.slice(index + 1)) expect(compare(claim, later)).toBeLessThan(0)
        },
      ),
    )
  })

  test('[CLM5] the loser stops when the winner serves', () => {
    expect(settled([newer, older]).stop).toEqual([newer])
  })

  test.each([
    { what: 'is not ready yet', pod: aPod('b', { uid: 'u2', claimedAtMs: 1_000 }), verdict: 'alive' },
    { what: 'cannot be reached', pod: older, verdict: 'unreachable' },
  ] as const)('[CLM5] the loser stays while the winner $what', ({ pod, verdict }) => {
    const nowMs = 3_000
    expect(settled([newer, pod], { nowMs, nodes: [aNode('b', { verdict, sinceMs: nowMs })] }).stop).toEqual([])
  })

  test('[CLM7] what a node said before its last start stops nobody, until it has looked at its pods again', () => {
    const nodes = [aNode('b', { incarnation: 2 })]
    expect(settled([newer, { ...older, incarnation: 1 }], { nodes }).stop).toEqual([])
    expect(settled([newer, { ...older, incarnation: 2 }], { nodes }).stop).toEqual([newer])
  })

  test('[CLM5] an older claim that no longer counts stops nobody', () => {
    expect(settled([newer, older], { nodes: [aNode('b', { verdict: 'lost' })] })).toEqual({ keep: newer, stop: [] })
  })

  type Times = { claimedAtMs: number; readyAtMs?: number }
  const late = GET_READY_MS + 2_000
  const pod = (uid: string, { readyAtMs, ...times }: Times) =>
    aPod(uid, { uid, ...times, ...(readyAtMs === undefined ? {} : { ready: true, readyAtMs }) })

  test.each<{ what: string; a: Times; b: Times; nowMs: number; keep: string; stop: string }>([
    {
      what: 'has time left',
      a: { claimedAtMs: 0 },
      b: { claimedAtMs: 2_000, readyAtMs: 2_500 },
      nowMs: late,
      keep: 'a',
      stop: '',
    },
    {
      what: 'had its time',
      a: { claimedAtMs: 0 },
      b: { claimedAtMs: 2_000, readyAtMs: 2_500 },
      nowMs: late + 1,
      keep: 'b',
      stop: 'a',
    },
    {
      what: 'got ready in time',
      a: { claimedAtMs: 0, readyAtMs: late },
      b: { claimedAtMs: 2_000, readyAtMs: 2_500 },
      nowMs: NOW,
      keep: 'a',
      stop: 'b',
    },
    {
      what: 'got ready too late',
      a: { claimedAtMs: 0, readyAtMs: late + 1 },
      b: { claimedAtMs: 2_000, readyAtMs: 2_500 },
      nowMs: NOW,
      keep: 'b',
      stop: 'a',
    },
    {
      what: 'and its rival were slow',
      a: { claimedAtMs: 0, readyAtMs: 60_000 },
      b: { claimedAtMs: 2_000, readyAtMs: 61_000 },
      nowMs: NOW,
      keep: 'a',
      stop: 'b',
    },
    {
      what: 'had its time before they met',
      a: { claimedAtMs: 0 },
      b: { claimedAtMs: 60_000, readyAtMs: 60_100 },
      nowMs: 60_200,
      keep: 'a',
      stop: '',
    },
    {
      what: 'is no more ready than its rival',
      a: { claimedAtMs: 0 },
      b: { claimedAtMs: 2_000 },
      nowMs: late - 1,
      keep: 'a',
      stop: '',
    },
    {
      what: 'is not ready, nor its rival in its time',
      a: { claimedAtMs: 0 },
      b: { claimedAtMs: 2_000 },
      nowMs: late,
      keep: 'a',
      stop: 'b',
    },
  ])('[CLM8, CLM9] an older claim that $what: $keep is kept', ({ a, b, nowMs, keep, stop }) => {
    for (const pods of [
      [pod('a', a), pod('b', b)],
      [pod('b', b), pod('a', a)],
    ]) {
      const { keep: kept, stop: stopped } = settled(pods, { nowMs })
      expect([kept?.fact.uid, stopped.map(({ fact }) => fact.uid).join()]).toEqual([keep, stop])
    }
  })

  test('[CLM8] what a node said before its last start is not held against it', () => {
    const nodes = [aNode('b', { incarnation: 2 })]
    const rival = aPod('a', { uid: 'u1', claimedAtMs: 20_000, ready: true, readyAtMs: 20_100 })
    expect(settled([rival, { ...older, incarnation: 1 }], { nodes })).toMatchObject({ keep: { node: 'b' }, stop: [] })
  })

  /** Each node knows all facts, goes by a clock of its own, and stops its own claim only. */
  test('[CLM8, CLM9] whatever the facts, the clocks and who looks first, exactly one claim survives', () => {
    const world = fc.record({
      claims: fc.uniqueArray(someClaim, { selector: ({ uid }) => uid, minLength: 1, maxLength: 5 }),
      skewsMs: fc.array(fc.integer({ min: -GET_READY_MS, max: GET_READY_MS }), { minLength: 5, maxLength: 5 }),
      looks: fc.array(fc.record({ who: fc.nat(4), together: fc.boolean() }), { maxLength: 30 }),
    })
    fc.assert(
      fc.property(world, ({ claims, skewsMs, looks }) => {
        let left = claims.map((claim, index) => ({ pod: podOf(claim), skewMs: skewsMs[index]! }))
        const outdone = (who: (typeof left)[number], nowMs: number): boolean =>
          settled(
            left.map(({ pod: each }) => each),
            { nowMs: nowMs + who.skewMs },
          ).stop.includes(who.pod)
        for (const [index, { who, together }] of looks.entries()) {
          const looking = together ? left : left.filter((_, at) => at === who)
          const stopping = looking.filter((one) => outdone(one, index * 500))
          left = left.filter((one) => !stopping.includes(one))
          expect(left.some(({ pod: { fact } }) => fact.ready)).toBe(
            claims.some(({ readyAfterMs }) => readyAfterMs !== null),
          )
          expect(left.length).toBeGreaterThanOrEqual(1)
        }
        for (const one of left) if (outdone(one, NOW)) left = left.filter((other) => other !== one)
        expect(left).toHaveLength(1)
      }),
    )
  })
})

const someClaim = fc.record({
  uid: fc.string({ minLength: 1, maxLength: 3 }),
  claimedAtMs: fc.nat(3 * GET_READY_MS),
  readyAfterMs: fc.option(fc.nat(3 * GET_READY_MS), { freq: 1 }),
})

function podOf({
  uid,
  claimedAtMs,
  readyAfterMs,
}: {
  uid: string
  claimedAtMs: number
  readyAfterMs: number | null
}): PodRow {
  return aPod('a', {
    uid,
    claimedAtMs,
    ...(readyAfterMs !== null && { ready: true, readyAtMs: claimedAtMs + readyAfterMs }),
  })
}

describe('claims are given up', () => {
  const workload = aWorkload({ replicas: 2 })
  const released = (pods: ReturnType<typeof aPod>[]) => {
    const claims = claimsOf(pods)
    return releases(workload, { wanted: wantedSlots(workload, claims, NOW), claims, nowMs: NOW }).map(
      ({ uid, reason }) => `${uid}: ${reason}`,
    )
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

  test('[CLM8] when a newer claim got ready where they did not', () => {
    const pods = [aPod('a'), aPod('b', { ready: true, claimedAtMs: 9_000, readyAtMs: 9_500 })]
    expect(released(pods)).toEqual(['a-new-0: slot 0 is held by claim web-new-0, which got ready first'])
  })
})
