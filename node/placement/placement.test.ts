import { describe, expect, test } from 'vitest'
import { aWorkload, KEY } from '../control/sample.ts'
import { BIDDERS } from './bidder-set.ts'
import { PATIENCE_MS } from './patience.ts'
import { Simulation } from './simulation.ts'

const slots = (count: number, revision = 'new') =>
  Array.from({ length: count }, (_, index) => `${revision}/${index}`).sort()

const needing = (memory: string) => ({ spec: { containers: [{ name: 'web', resources: { requests: { memory } } }] } })

const perNode = (simulation: Simulation) => {
  const counts = new Map<string, number>()
  for (const { node } of simulation.claims()) counts.set(node, (counts.get(node) ?? 0) + 1)
  return [...counts.values()]
}

describe('[PLC15] a Pod that somebody wrote', () => {
  const LONE = 'core/Pod/default/lone'
  const pod = (revision = 'new') =>
    aWorkload({
      kind: 'Pod',
      key: LONE,
      replicas: 1,
      revision,
      strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 1 },
    })
  const placed = (): Simulation => {
    const simulation = new Simulation({ nodes: 3 })
    simulation.apply(pod())
    simulation.run(2_000)
    return simulation
  }

  test('is placed once, under its own name', () => {
    expect(
      placed()
        .claims()
        .map(({ fact }) => fact.name),
    ).toEqual(['lone'])
  })

  test('is placed again where its node is lost', () => {
    const simulation = placed()
    const { node } = simulation.claims()[0]!
    simulation.kill(node, 'lost')
    simulation.runUntil(() => simulation.held().length === 1, 3_000)
    expect(simulation.claims()[0]!.node).not.toBe(node)
  })

  test.each(['Succeeded', 'Failed'] as const)('is not begun again once it has %s', (phase) => {
    const simulation = placed()
    const claims = simulation.claimsWritten
    simulation.end(LONE, phase)
    simulation.run(30_000)
    expect(simulation.claimsWritten).toBe(claims)
    expect(simulation.claims()).toMatchObject([{ fact: { phase } }])
  })

  test('is begun again when it was deleted and made again', () => {
    const simulation = placed()
    simulation.end(LONE, 'Succeeded')
    simulation.run(1_000)
    simulation.apply(pod('again'))
    simulation.run(5_000)
    expect(simulation.claims()).toMatchObject([{ fact: { revision: 'again', phase: 'Running' } }])
  })
})

describe('placement among nodes', () => {
  test('[PLC2] each slot is claimed once, and the pods spread', () => {
    const simulation = new Simulation({ nodes: 3 })
    simulation.apply(aWorkload({ replicas: 3 }))
    simulation.runUntil(() => simulation.held().length >= 3, 1_000)
    simulation.run(2_000)
    expect(simulation.held()).toEqual(slots(3))
    expect(perNode(simulation)).toEqual([1, 1, 1])
  })

  test('[PLC3] 100 slots on 20 nodes: no more bids than slots in a round, none claimed twice', () => {
    const simulation = new Simulation({ nodes: 20 })
    simulation.apply(aWorkload({ replicas: 100 }))
    simulation.runUntil(() => simulation.held().length >= 100, 1_000)
    simulation.run(3_000)
    expect(simulation.held()).toEqual(slots(100))
    expect(perNode(simulation)).toEqual(Array(20).fill(5))
    expect(simulation.bidsSent).toBeLessThanOrEqual(20)
  })

  test('[HIS6] a claim carries the first eight of all offers for its slot', () => {
    const simulation = new Simulation({ nodes: 20 })
    simulation.apply(aWorkload({ replicas: 20 }))
    simulation.run(3_000)
    const lengths = simulation.claims().map(({ fact }) => fact.auction.length)
    expect(lengths).toEqual(Array(20).fill(8))
  })

  test('[PLC3] 1 slot on 20 nodes costs no more bids than the bidder set has', () => {
    const simulation = new Simulation({ nodes: 20 })
    simulation.apply(aWorkload({ replicas: 1 }))
    simulation.run(3_000)
    expect(simulation.held()).toEqual(slots(1))
    expect(simulation.bidsSent).toBe(BIDDERS)
  })

  test.each([1, 2, 3, 4, 5])(
    '[PLC2] with a fifth of the messages lost all is placed and double claims are settled (seed %i)',
    (seed) => {
      const simulation = new Simulation({ nodes: 10, seed, loss: 0.2, latencyMs: [2, 150] })
      simulation.apply(aWorkload({ replicas: 30 }))
      simulation.runUntil(() => new Set(simulation.held()).size >= 30, 5_000)
      simulation.run(10_000)
      expect(simulation.held()).toEqual(slots(30))
    },
  )

  test.each([1, 2, 3, 4, 5])(
    '[PLC12] bids that are 400 to 800 ms late spread the slots all the same (seed %i)',
    (seed) => {
      const simulation = new Simulation({ nodes: 3, seed, bidDelayMs: () => [400, 800] })
      simulation.apply(aWorkload({ replicas: 6 }))
      simulation.runUntil(() => simulation.held().length >= 6, 1_200)
      simulation.run(3_000)
      expect(simulation.held()).toEqual(slots(6))
      expect([perNode(simulation), simulation.claimsWritten]).toEqual([[2, 2, 2], 6])
    },
  )

  test.each([1, 2, 3, 4, 5])('[PLC12] also where one node of three is late (seed %i)', (seed) => {
    const simulation = new Simulation({ nodes: 3, seed, bidDelayMs: (node) => (node === 'n1' ? [400, 800] : [0, 0]) })
    simulation.apply(aWorkload({ replicas: 3 }))
    simulation.run(4_000)
    expect(simulation.held()).toEqual(slots(3))
    expect([perNode(simulation), simulation.claimsWritten]).toEqual([[1, 1, 1], 3])
  })

  test('[PLC12] a bidder that died unnoticed holds an auction up for half a second, one that is known to be dead not at all', () => {
    const placedInMs = (verdictAfterMs: number): number => {
      const simulation = new Simulation({ nodes: 3 })
      simulation.run(100)
      simulation.kill('n2', 'unreachable', { afterMs: verdictAfterMs })
      simulation.run(100)
      simulation.apply(aWorkload({ replicas: 4 }))
      return simulation.runUntil(() => simulation.held().length >= 4, 2_000)
    }
    expect(placedInMs(0)).toBeLessThanOrEqual(300)
    expect(placedInMs(1_600)).toBeLessThanOrEqual(300 + PATIENCE_MS)
  })

  test('[PLC7] a killed node whose pod refuses is replaced at once', () => {
    const simulation = new Simulation({ nodes: 3 })
    simulation.apply(aWorkload({ replicas: 3 }))
    simulation.run(2_000)
    simulation.kill('n1', 'agent-gone', { afterMs: 25, probe: 'refused' })
    simulation.runUntil(() => simulation.held().length === 3, 1_500)
    simulation.run(3_000)
    expect(simulation.held()).toEqual(slots(3))
  })

  test('[PLC7] a silent node is replaced after the hold', () => {
    const simulation = new Simulation({ nodes: 3 })
    simulation.apply(aWorkload({ replicas: 3 }))
    simulation.run(2_000)
    simulation.kill('n1', 'unreachable')
    simulation.run(950)
    expect(simulation.held()).toHaveLength(2)
    simulation.runUntil(() => simulation.held().length === 3, 1_000)
  })

  test.each([30_000, -30_000, 2_000, -2_000])('[CLM10] also where its clock is set by %i ms meanwhile', (byMs) => {
    const simulation = new Simulation({ nodes: 3 })
    simulation.apply(aWorkload({ replicas: 3 }))
    simulation.run(2_000)
    simulation.kill('n1', 'unreachable')
    simulation.run(500)
    simulation.setClocks(byMs)
    simulation.run(450)
    expect(simulation.held()).toHaveLength(2)
    simulation.runUntil(() => simulation.held().length === 3, 1_000)
  })

  test('[PLC7] an agent that is gone while its pods answer is not replaced', () => {
    const simulation = new Simulation({ nodes: 3 })
    simulation.apply(aWorkload({ replicas: 3 }))
    simulation.run(2_000)
    simulation.kill('n1', 'agent-gone', { probe: 'answers' })
    simulation.run(29_000)
    expect(simulation.claimsWritten).toBe(3)
    simulation.run(3_000)
    expect(simulation.held()).toEqual(slots(3))
  })

  test('[PLC8] split in two, each side has all replicas; healed, the surplus goes and the older claims stay', () => {
    const simulation = new Simulation({ nodes: 4 })
    simulation.apply(aWorkload({ replicas: 4 }))
    simulation.run(3_000)
    const before = simulation
      .claims()
      .map(({ fact }) => fact.uid)
      .sort()
    simulation.split((node) => (node < 'n2' ? 0 : 1))
    simulation.run(3_000)
    expect(simulation.held()).toEqual([...slots(4), ...slots(4)].sort().slice(0, 8))
    simulation.heal()
    simulation.run(3_000)
    expect(
      simulation
        .claims()
        .map(({ fact }) => fact.uid)
        .sort(),
    ).toEqual(before)
  })

  test('[PLC8] healed, an older claim that does not get ready gives way to the newer one that serves', () => {
    const simulation = new Simulation({ nodes: 2 })
    simulation.split((node) => (node === 'n0' ? 0 : 1))
    simulation.apply(aWorkload({ replicas: 1 }))
    simulation.runUntil(() => simulation.claims().length === 2, 1_000)
    const [older, newer] = simulation.claims().sort((a, b) => a.fact.claimedAtMs - b.fact.claimedAtMs)
    simulation.stuck.add(older!.node)
    simulation.run(2_000)
    simulation.heal()
    simulation.runUntil(() => simulation.held().length === 1, 10_000)
    simulation.run(3_000)
    expect(simulation.claims().map(({ fact }) => [fact.uid, fact.ready])).toEqual([[newer!.fact.uid, true]])
  })

  test('[PLC9] what fits nowhere is pending with the reason of every node, and placed when there is room', () => {
    let memoryBytes = 310 * 2 ** 20
    const fact = (index: number) => ({
      unschedulable: index === 2,
      capacity: { cpuMilli: 4_000, memoryBytes, pods: 10 },
    })
    const simulation = new Simulation({ nodes: 3, fact })
    simulation.apply(aWorkload({ replicas: 1, template: needing('512Mi') }))
    simulation.run(3_000)
    const why = () => simulation.nodes.map(({ history }) => history.explain({ group: `${KEY}/new` }).pending)
    for (const pending of why()) {
      expect([...pending].sort()).toEqual([
        'n0: needs 512Mi memory, 310Mi free',
        'n1: needs 512Mi memory, 310Mi free',
        'n2: is cordoned (unschedulable)',
      ])
    }
    memoryBytes = 1024 * 2 ** 20
    simulation.runUntil(() => simulation.held().length === 1, 6_000)
    simulation.run(2_000)
    expect(simulation.held()).toEqual(slots(1))
    expect(why()).toEqual([[], [], []])
  })

  test('[PSS5] a pod that its namespace did not allow is placed as soon as it does', () => {
    const simulation = new Simulation({ nodes: 3 })
    const template = { spec: { ...needing('1Mi').spec, hostPID: true } }
    simulation.apply(aWorkload({ replicas: 1, template }))
    simulation.run(30_000)
    expect(simulation.held()).toEqual([])
    const [pending] = simulation.nodes.map(({ history }) => history.explain({ group: `${KEY}/new` }).pending)
    expect(pending?.join()).toContain('pod-security.kubernetes.io/enforce=privileged')
    simulation.apply(aWorkload({ replicas: 1, template, podSecurity: 'privileged' }))
    simulation.run(2_000)
    expect(simulation.held()).toEqual(slots(1))
  })

  test('[PLC1] memory is not sold twice, however many auctions run at once', () => {
    const fact = () => ({ capacity: { cpuMilli: 4_000, memoryBytes: 2 ** 30, pods: 110 } })
    const simulation = new Simulation({ nodes: 3, fact })
    for (let number = 0; number < 20; number++) {
      simulation.apply(
        aWorkload({ key: `apps/Deployment/default/w${number}`, replicas: 2, template: needing('256Mi') }),
      )
    }
    simulation.run(20_000)
    expect(perNode(simulation)).toEqual([4, 4, 4])
  })

  test('[PRM1] nor while one of them waits for a node that is slow to bid', () => {
    const fact = () => ({ capacity: { cpuMilli: 4_000, memoryBytes: 2 ** 30, pods: 110 } })
    const simulation = new Simulation({
      nodes: 3,
      fact,
      bidDelayMs: (node) => (node === 'n1' ? [1_700, 1_700] : [0, 0]),
    })
    for (const key of ['apps/Deployment/default/first', 'apps/Deployment/default/second']) {
      simulation.apply(aWorkload({ key, replicas: 3, template: needing('768Mi') }))
      simulation.run(1_600)
    }
    simulation.run(10_000)
    expect(perNode(simulation)).toEqual([1, 1, 1])
  })

  test('[PLC10] a rolling update keeps the floor and the ceiling on its way', () => {
    const simulation = new Simulation({ nodes: 4 })
    const workload = aWorkload({ replicas: 12, strategy: { type: 'RollingUpdate', maxSurge: 3, maxUnavailable: 0 } })
    simulation.apply({ ...workload, revision: 'old' })
    simulation.run(3_000)
    simulation.apply({ ...workload, older: [{ hash: 'old', number: 1, template: workload.template }] })
    const serving = () => simulation.claims().filter(({ fact }) => fact.ready).length
    let [least, most] = [Infinity, 0]
    simulation.runUntil(() => {
      least = Math.min(least, serving())
      most = Math.max(most, simulation.claims().length)
      return simulation.held().join() === slots(12).join() && serving() === 12
    }, 20_000)
    expect(least).toBeGreaterThanOrEqual(12)
    expect(most).toBeLessThanOrEqual(15)
  })

  test('[PLC4] a deleted workload leaves no claim behind', () => {
    const simulation = new Simulation({ nodes: 3 })
    simulation.apply(aWorkload())
    simulation.run(2_000)
    simulation.remove(KEY)
    simulation.runUntil(() => simulation.held().length === 0, 1_000)
  })
})
