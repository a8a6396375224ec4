import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PodRow, Workload } from './rows.ts'
import { aNode, aPod, aSight, aWorkload, claimsOf, older } from './sample.ts'
import { RELIC_MS, rolloutBounds, wantedSlots } from './slots.ts'

const NOW = 100_000

const wantedOf = (workload: Workload, pods: readonly PodRow[] = [], sight = aSight({ nowMs: NOW })) =>
  wantedSlots(workload, claimsOf(pods, sight), sight.nowMs).map(({ revision, index }) => `${revision}/${index}`)

const pods = (revision: string, count: number, ready = true): PodRow[] =>
  Array.from({ length: count }, (_, index) => aPod(`n${index}`, { revision, index, ready }))

const rolling = (maxSurge: number, maxUnavailable: number) =>
  ({ type: 'RollingUpdate', maxSurge, maxUnavailable }) as const

describe('slots', () => {
  test('[SLOT1] a slot has the same name everywhere', () => {
    expect(wantedSlots(aWorkload({ replicas: 1 }), [], NOW)[0]!.id).toBe('apps/Deployment/default/web/new/0')
  })

  test('[SLOT2] a Deployment at rest wants its replicas, numbered from 0', () => {
    expect(wantedOf(aWorkload())).toEqual(['new/0', 'new/1', 'new/2'])
    expect(wantedOf(aWorkload(), pods('new', 5))).toEqual(['new/0', 'new/1', 'new/2'])
    expect(wantedOf(aWorkload({ replicas: 0 }), pods('new', 5))).toEqual([])
  })
})

describe('a rolling update', () => {
  const workload = aWorkload({ replicas: 4, strategy: rolling(1, 1), older: [older('old', 1)] })

  test.each([
    { replicas: 4, surge: 1, unavailable: 1, ceiling: 5, floor: 3 },
    { replicas: 3, surge: 1, unavailable: 0, ceiling: 4, floor: 3 },
    { replicas: 10, surge: 2, unavailable: 0, ceiling: 12, floor: 10 },
    { replicas: 3, surge: 0, unavailable: 0, ceiling: 3, floor: 2 },
    { replicas: 2, surge: 0, unavailable: 9, ceiling: 2, floor: 0 },
  ])(
    '[ROL1] of $replicas with surge $surge and unavailable $unavailable stays within $floor and $ceiling',
    ({ replicas, surge, unavailable, ceiling, floor }) => {
      expect(rolloutBounds(replicas, { maxSurge: surge, maxUnavailable: unavailable })).toEqual({ ceiling, floor })
    },
  )

  test('[ROL2] begins with as many new slots as the bounds leave', () => {
    expect(wantedOf(workload, pods('old', 4))).toEqual(['new/0', 'new/1', 'old/0', 'old/1', 'old/2'])
  })

  test('[ROL2] goes on with each new pod that is available', () => {
    const after = (ready: number) => wantedOf(workload, [...pods('old', 3), ...pods('new', ready)])
    expect(after(1)).toEqual(['new/0', 'new/1', 'new/2', 'old/0', 'old/1'])
    expect(after(2)).toEqual(['new/0', 'new/1', 'new/2', 'new/3', 'old/0'])
    expect(after(3)).toEqual(['new/0', 'new/1', 'new/2', 'new/3'])
  })

  test('[ROL2] stands still while the new pods are not ready', () => {
    expect(wantedOf(workload, [...pods('old', 3), ...pods('new', 2, false)])).toEqual([
      'new/0',
      'new/1',
      'old/0',
      'old/1',
      'old/2',
    ])
  })

  test('[ROL3] a pod counts as available once it has been ready for minReadySeconds', () => {
    const slow = { ...workload, minReadyMs: 10_000 }
    const ready = (readyAtMs: number) => [...pods('old', 3), aPod('x', { ready: true, readyAtMs })]
    expect(wantedOf(slow, ready(NOW - 9_999)).filter((slot) => slot.startsWith('old'))).toHaveLength(3)
    expect(wantedOf(slow, ready(NOW - 10_000)).filter((slot) => slot.startsWith('old'))).toHaveLength(2)
  })

  test.each([
    { minReadyMs: 0, aheadMs: 5_000, oldLeft: 2 },
    { minReadyMs: 0, aheadMs: 30_000, oldLeft: 2 },
    { minReadyMs: 10_000, aheadMs: 5_000, oldLeft: 3 },
    { minReadyMs: 10_000, aheadMs: 30_000, oldLeft: 2 },
  ])(
    '[ROL3] a pod that got ready $aheadMs ms from now, by a clock set back since: of $minReadyMs ms asked for',
    ({ minReadyMs, aheadMs, oldLeft }) => {
      const claims = [...pods('old', 3), aPod('x', { ready: true, readyAtMs: NOW + aheadMs })]
      const wanted = wantedOf({ ...workload, minReadyMs }, claims)
      expect(wanted.filter((slot) => slot.startsWith('old'))).toHaveLength(oldLeft)
    },
  )

  test('[ROL4] old pods that do not serve go before those that do', () => {
    const mixed = [aPod('a', { revision: 'old', index: 0 }), ...pods('old', 4).slice(1)]
    expect(wantedOf(workload, mixed)).toEqual(['new/0', 'new/1', 'old/1', 'old/2', 'old/3'])
  })

  test('[ROL4] of old revisions the older goes first', () => {
    const three = { ...workload, older: [older('older', 1), older('old', 2)] }
    const both = [...pods('older', 2), ...pods('old', 2)]
    expect(wantedOf(three, both)).toEqual(['new/0', 'new/1', 'old/0', 'old/1', 'older/0'])
  })

  describe('when a node with an old pod goes away', () => {
    const sight = (sinceMs: number) =>
      aSight({ nowMs: RELIC_MS * 2, nodes: [aNode('n2', { verdict: 'lost', sinceMs })] })
    const recent = sight(RELIC_MS * 2 - 5_000)

    test('[ROL5] its slot is filled anew while the new revision has not proven itself', () => {
      expect(wantedOf(workload, [...pods('old', 3), ...pods('new', 2, false)], recent)).toContain('old/2')
    })

    test('[ROL5] its slot is not filled any more once the new revision served on enough nodes', () => {
      expect(wantedOf(workload, [...pods('old', 3), ...pods('new', 4)], recent)).toEqual([
        'new/0',
        'new/1',
        'new/2',
        'new/3',
      ])
    })

    test('[ROL5] its claim is a relic after ten minutes', () => {
      expect(wantedOf(workload, [...pods('old', 3), ...pods('new', 2, false)], sight(0))).not.toContain('old/2')
    })
  })

  test('[ROL5] a slot that was never filled is not filled with an old revision', () => {
    expect(wantedOf({ ...workload, replicas: 8 }, pods('old', 2)).filter((slot) => slot.startsWith('old'))).toEqual([
      'old/0',
      'old/1',
    ])
  })
})

describe('a Deployment of strategy Recreate', () => {
  const workload = aWorkload({
    strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 3 },
    older: [older('old', 1)],
  })

  test('[ROL6] wants nothing new while an old pod may still run', () => {
    expect(wantedOf(workload, pods('old', 1))).toEqual([])
    expect(wantedOf(workload, [aPod('a', { revision: 'old', stopping: true })])).toEqual([])
  })

  test('[ROL6] begins when the last old pod is gone, or its node is', () => {
    expect(wantedOf(workload)).toHaveLength(3)
    const lost = aSight({ nodes: [aNode('a', { verdict: 'lost' })] })
    expect(wantedOf(workload, [aPod('a', { revision: 'old', stopping: true })], lost)).toHaveLength(3)
  })

  test('[ROL6] keeps what it has when an old pod turns up', () => {
    expect(wantedOf(workload, [...pods('new', 2), ...pods('old', 1)])).toEqual(['new/0', 'new/1'])
  })
})

describe('a paused Deployment', () => {
  const paused = aWorkload({ paused: true, replicas: 4, older: [older('old', 1)] })

  test('[ROL7] keeps the revisions as they are', () => {
    expect(wantedOf(paused, pods('old', 4))).toEqual(['old/0', 'old/1', 'old/2', 'old/3'])
    expect(wantedOf(paused, [...pods('old', 3), ...pods('new', 1)])).toEqual(['new/0', 'old/0', 'old/1', 'old/2'])
  })

  test('[ROL7] still scales, with the revision that serves', () => {
    expect(wantedOf({ ...paused, replicas: 5 }, pods('old', 4))).toEqual(['old/0', 'old/1', 'old/2', 'old/3', 'old/4'])
    expect(wantedOf({ ...paused, replicas: 2 }, pods('old', 4))).toEqual(['old/0', 'old/1'])
  })

  test('[ROL7] with no pod of any revision starts the current one', () => {
    expect(wantedOf(paused)).toHaveLength(4)
  })
})

describe('whatever the claims are', () => {
  const sight = aSight({ nowMs: NOW, nodes: [aNode('gone', { verdict: 'lost', sinceMs: NOW - 5_000 })] })
  const amount = fc.integer({ min: 0, max: 8 })
  const pod = fc.record({
    node: fc.constantFrom('a', 'b', 'c', 'gone'),
    revision: fc.constantFrom('new', 'old', 'older', 'forgotten'),
    index: fc.integer({ min: 0, max: 9 }),
    ready: fc.boolean(),
    stopping: fc.boolean(),
  })
  const scene = fc
    .record({
      replicas: fc.integer({ min: 0, max: 8 }),
      maxSurge: amount,
      maxUnavailable: amount,
      paused: fc.boolean(),
      list: fc.array(pod, { maxLength: 24 }),
    })
    .map(({ replicas, maxSurge, maxUnavailable, paused, list }) => {
      const workload = aWorkload({
        replicas,
        paused,
        strategy: rolling(maxSurge, maxUnavailable),
        older: [older('older', 1), older('old', 2)],
      })
      const rows = list.map(({ node, ...fact }, number) => aPod(node, { ...fact, uid: `u${number}` }))
      const claims = claimsOf(rows, sight)
      return {
        workload,
        claims,
        wanted: wantedSlots(workload, claims, NOW),
        bounds: rolloutBounds(replicas, { maxSurge, maxUnavailable }),
      }
    })
  test('[ROL1] never more is wanted than the replicas and the surge', () => {
    fc.assert(
      fc.property(scene, ({ wanted, bounds }) => {
        expect(wanted.length).toBeLessThanOrEqual(bounds.ceiling)
        expect(new Set(wanted.map(({ id }) => id)).size).toBe(wanted.length)
      }),
      { numRuns: 500 },
    )
  })

  test('[ROL1] no available pod is given up that the floor needs', () => {
    fc.assert(
      fc.property(scene, ({ wanted, claims, bounds, workload }) => {
        const available = new Set(
          claims
            .filter(
              ({ live, row }) =>
                live && row.fact.ready && (row.fact.revision !== 'new' || row.fact.index < workload.replicas),
            )
            .map(({ slot }) => slot.id),
        )
        const kept = wanted.filter(({ id }) => available.has(id))
        expect(kept.length).toBeGreaterThanOrEqual(Math.min(bounds.floor, available.size))
      }),
      { numRuns: 500 },
    )
  })

  test('[ROL1] the answer does not depend on the order of the claims', () => {
    fc.assert(
      fc.property(scene, ({ workload, claims, wanted }) => {
        expect(wantedSlots(workload, [...claims].reverse(), NOW)).toEqual(wanted)
      }),
    )
  })

  test('[ROL2] a rollout whose new pods get ready comes to its end', () => {
    fc.assert(
      fc.property(scene, ({ workload }) => {
        let rows = pods('old', workload.replicas)
        for (let round = 0; round <= 2 * workload.replicas; round++) {
          const wanted = wantedSlots({ ...workload, paused: false }, claimsOf(rows), NOW)
          rows = wanted.map(({ revision, index }) => aPod('a', { revision, index, ready: true }))
        }
        expect(rows.map(({ fact }) => fact.revision)).toEqual(Array(workload.replicas).fill('new'))
      }),
    )
  })
})
