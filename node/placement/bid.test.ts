import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kubernetes } from '../../crdt/index.ts'
import { aNode, aPod, aWorkload, KEY } from '../control/sample.ts'
import { CURVE_MAX, makeBid, type BidQuestion } from './bid.ts'
import { Promises } from './promises.ts'
import { NOTHING, podRequests, usedOn } from './requests.ts'

const MEBI = 2 ** 20

const needing = (cpu: string, memory: string) => ({
  spec: { containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu, memory } } }] },
})

const bidOf = (changes: Partial<BidQuestion> = {}) =>
  makeBid({
    workload: KEY,
    revision: 'new',
    template: needing('500m', '512Mi'),
    auction: 'digest-0',
    openCount: 3,
    self: aNode('a', { isSelf: true }),
    free: { cpuMilli: 4_000, memoryBytes: 4_096 * MEBI, pods: 100 },
    promised: NOTHING,
    siblings: 0,
    failures: 0,
    refusal: undefined,
    ...changes,
  })

describe('what a pod needs', () => {
  test('[BID1] is the sum of its containers, a limit standing in for a missing request', () => {
    const containers = [
      { name: 'a', resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '1Gi' } } },
      { name: 'b', resources: { limits: { cpu: 1, memory: '64Mi' } } },
      { name: 'c' },
    ]
    expect(podRequests({ spec: { containers } })).toEqual({ cpuMilli: 1_250, memoryBytes: 128 * MEBI, pods: 1 })
  })

  test('[BID30] is what its init containers need where that is more, and its sidecars with the rest', () => {
    const container = (name: string, cpu: string, more = {}) => ({ name, resources: { requests: { cpu } }, ...more })
    const sidecar = container('proxy', '100m', { restartPolicy: 'Always' })
    const needs = (...initContainers: (typeof sidecar)[]) =>
      podRequests({ spec: { initContainers, containers: [container('web', '500m')] } }).cpuMilli
    expect(needs(container('small', '200m'), sidecar)).toBe(600)
    expect(needs(sidecar, container('big', '800m'))).toBe(900)
    expect(needs(container('big', '800m'), sidecar)).toBe(800)
  })

  test('[BID1] is held by pods that stop as well, not by those that ended', () => {
    const workload = aWorkload({ template: needing('1', '1Gi') })
    const pods = [
      aPod('a', { index: 0 }),
      aPod('a', { index: 1, stopping: true }),
      aPod('a', { index: 2, phase: 'Failed' }),
      aPod('b', { index: 3 }),
    ]
    expect(usedOn('a', pods, new Map([[KEY, workload]]))).toEqual({
      cpuMilli: 2_000,
      memoryBytes: 2_048 * MEBI,
      pods: 2,
    })
    expect(usedOn('a', pods, new Map()).pods).toBe(2)
  })
})

describe('a bid', () => {
  test('[BID2] offers as many slots as are open and fit', () => {
    expect(bidOf().curve).toHaveLength(3)
    expect(bidOf({ free: { cpuMilli: 1_200, memoryBytes: 4_096 * MEBI, pods: 100 } }).curve).toHaveLength(2)
    expect(
      bidOf({ openCount: 10_000, template: needing('0', '0'), free: { ...NOTHING, pods: 20_000 } }).curve,
    ).toHaveLength(CURVE_MAX)
  })

  test('[BID2] never rises and never promises more than is free', () => {
    const resources = fc.record({
      cpuMilli: fc.nat(8_000),
      memoryBytes: fc.nat(8_192).map((mebi) => mebi * MEBI),
      pods: fc.nat(20),
    })
    fc.assert(
      fc.property(resources, fc.nat(2_000), fc.nat(2_048), fc.nat(10), (free, cpu, memory, siblings) => {
        const { curve } = bidOf({ free, siblings, openCount: 30, template: needing(`${cpu}m`, `${memory}Mi`) })
        expect(curve.length * cpu).toBeLessThanOrEqual(free.cpuMilli)
        expect(curve.length * memory * MEBI).toBeLessThanOrEqual(free.memoryBytes)
        expect(curve.length).toBeLessThanOrEqual(free.pods)
        expect([...curve].sort((a, b) => b - a)).toEqual(curve)
      }),
    )
  })

  test.each([
    { free: { cpuMilli: 4_000, memoryBytes: 310 * MEBI, pods: 9 }, says: 'needs 512Mi memory, 310Mi free' },
    {
      free: { cpuMilli: 300, memoryBytes: 310 * MEBI, pods: 9 },
      says: 'needs 500m cpu, 300m free; needs 512Mi memory, 310Mi free',
    },
    { free: { cpuMilli: 4_000, memoryBytes: 4_096 * MEBI, pods: 0 }, says: 'has no place for another pod, 0 free' },
  ])('[BID3] declines with numbers: $says', ({ free, says }) => {
    expect(bidOf({ free })).toMatchObject({ curve: [], decline: says })
  })

  test('[BID3] for fewer slots than are open says what the next one would lack', () => {
    const free = { cpuMilli: 4_000, memoryBytes: 1_300 * MEBI, pods: 9 }
    expect(bidOf({ free })).toMatchObject({
      curve: [expect.any(Number), expect.any(Number)],
      decline: 'needs 512Mi memory, 276Mi free',
    })
  })

  test('[BID3] says when the lack is only promised to others', () => {
    const promised = { cpuMilli: 0, memoryBytes: 512 * MEBI, pods: 2 }
    expect(bidOf({ free: { ...NOTHING, pods: 5 }, promised }).decline).toMatch('(2 promised in other auctions)')
  })

  test("[BID3] of a node that is not eligible is a decline with the filter's reason", () => {
    expect(bidOf({ self: aNode('a', { fact: { unschedulable: true } }) })).toMatchObject({
      curve: [],
      decline: 'is cordoned (unschedulable)',
    })
  })

  test('[FAI5] of a node whose agent gave up the last claim is a decline in its words', () => {
    expect(bidOf({ refusal: 'image web:1 is built for linux/arm64' })).toMatchObject({
      curve: [],
      decline: 'gave up the last one: image web:1 is built for linux/arm64',
    })
  })

  test.each<{ what: string; change: Partial<BidQuestion> }>([
    { what: 'a refusal', change: { refusal: 'x'.repeat(2_000) } },
    {
      what: 'a trouble',
      change: { self: aNode('a', { fact: { runtimes: [], runtimeTrouble: { docker: 'x'.repeat(2_000) } } }) },
    },
  ])('[BID5] fits its record, however long $what is', ({ change }) => {
    const bid = bidOf({ revision: '5d4f8c7b9a', ...change })
    expect(bid.decline).toMatch(/x{500}\.\.\.$/)
    expect(kubernetes.parseFact('bid/x', bid)).toEqual({ fact: bid })
  })

  test.each([
    { better: 'an emptier node', one: {}, other: { free: { cpuMilli: 2_000, memoryBytes: 2_048 * MEBI, pods: 100 } } },
    { better: 'a node without a pod of the workload', one: {}, other: { siblings: 1 } },
    {
      better: 'a nearly full node without one, over an empty node with one',
      one: { free: { cpuMilli: 500, memoryBytes: 512 * MEBI, pods: 1 } },
      other: { siblings: 1 },
    },
    { better: 'a node that has the image', one: { self: aNode('a', { fact: { images: ['web:1'] } }) }, other: {} },
    { better: 'a node where nothing failed', one: {}, other: { failures: 1 } },
    {
      better: 'a node nobody would rather avoid',
      one: {},
      other: { self: aNode('a', { fact: { taints: [{ key: 'old', effect: 'PreferNoSchedule' }] } }) },
    },
  ] as { better: string; one: Partial<BidQuestion>; other: Partial<BidQuestion> }[])(
    '[BID4] $better scores higher',
    ({ one, other }) => {
      expect(bidOf(one).curve[0]).toBeGreaterThan(bidOf(other).curve[0]!)
    },
  )

  test('[BID4] shows the parts its first score is made of', () => {
    const { curve, parts } = bidOf({ siblings: 2, failures: 1 })
    expect(parts).toEqual({ cpu: 88, memory: 88, spread: -400, image: 0, failures: -100, taints: 0 })
    expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(curve[0])
  })
})

describe('a promise', () => {
  const some = { cpuMilli: 1_000, memoryBytes: MEBI, pods: 1 }

  test('[PRM1] stands until it is released or replaced', () => {
    const promises = new Promises()
    promises.reserve('a', some)
    promises.reserve('b', some)
    promises.reserve('a', { ...some, pods: 3 })
    expect(promises.total().pods).toBe(4)
    expect(promises.total('a').pods).toBe(1)
    promises.release('b')
    expect(promises.total().pods).toBe(3)
    promises.release('a')
    expect(promises.total()).toEqual(NOTHING)
  })
})

test('[PSS4] a node declines what the namespace does not allow, in the words of its agent', () => {
  const template = { spec: { ...needing('1', '1Mi').spec, hostNetwork: true } }
  const { curve, decline } = bidOf({ template })
  expect(curve).toEqual([])
  expect(decline).toContain('does not run what violates the Pod Security Standard "baseline" of namespace')
  expect(bidOf({ template, podSecurity: 'privileged' }).curve).toHaveLength(3)
  expect(bidOf({ podSecurity: 'restricted' }).decline).toContain('runAsNonRoot must be true')
})
