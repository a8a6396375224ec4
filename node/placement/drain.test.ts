import { describe, expect, test } from 'vitest'
import type { Budget, NodeId, PodFact } from '../../crdt/index.ts'
import { aWorkload, KEY } from '../control/sample.ts'
import type { Workload } from '../control/rows.ts'
import { Simulation, type SimulationOptions } from './simulation.ts'

const LABELS = { app: 'web' }
const labelled = (fields: Partial<Workload> = {}): Workload =>
  aWorkload({ template: { metadata: { labels: LABELS }, spec: { containers: [{ name: 'web' }] } }, ...fields })

const budget = (fields: Partial<Budget>): Budget => ({
  key: 'policy/PodDisruptionBudget/default/guard',
  namespace: 'default',
  name: 'guard',
  selector: { matchLabels: LABELS },
  unhealthyMayGo: false,
  ...fields,
})

const DRAINED = { drain: 'pods', fact: { unschedulable: true } } as const

interface Watched {
  readonly simulation: Simulation
  /** The fewest slots that were served, and the most pods that ran, since it was asked last. */
  until(holds: () => boolean, withinMs: number): { fewest: number; most: number }
}

function watched(options: SimulationOptions, ...workloads: readonly Workload[]): Watched {
  const simulation = new Simulation(options)
  for (const each of workloads) simulation.apply(each)
  const wanted = workloads.reduce((sum, { replicas }) => sum + replicas, 0)
  const served = () => new Set(simulation.claims().flatMap(({ fact }) => (fact.ready ? [slotOf(fact)] : []))).size
  simulation.runUntil(() => served() === wanted, 10_000)
  simulation.run(1_000)
  return {
    simulation,
    until(holds, withinMs) {
      let [fewest, most] = [Infinity, 0]
      simulation.runUntil(() => {
        fewest = Math.min(fewest, served())
        most = Math.max(most, simulation.claims().length)
        return holds()
      }, withinMs)
      return { fewest, most }
    },
  }
}

const slotOf = ({ workload, revision, index }: PodFact): string => `${workload}/${revision}/${index}`
const on = (simulation: Simulation, node: NodeId) => simulation.claims().filter((row) => row.node === node)

describe('[DRN3] a drained node', () => {
  test('is left by its pods, each after its successor serves, with no more pods than surge allows', () => {
    const { simulation, until } = watched({ nodes: 3 }, labelled({ replicas: 6 }))
    simulation.wish('n0', DRAINED)
    const { fewest, most } = until(() => on(simulation, 'n0').length === 0 && simulation.held().length === 6, 30_000)
    expect(fewest).toBe(6)
    expect(most).toBe(7)
  })

  test('keeps its pods where no other takes them', () => {
    const { simulation } = watched({ nodes: 2 }, labelled({ replicas: 2 }))
    simulation.wish('n0', DRAINED)
    simulation.wish('n1', { fact: { unschedulable: true } })
    simulation.run(20_000)
    expect(simulation.held()).toEqual(['new/0', 'new/1'])
  })

  test('keeps a pod whose successor does not get ready', () => {
    const { simulation } = watched({ nodes: 2 }, labelled({ replicas: 1 }))
    const { node } = simulation.claims()[0]!
    simulation.stuck.add(node === 'n0' ? 'n1' : 'n0')
    simulation.wish(node, DRAINED)
    simulation.run(60_000)
    expect(on(simulation, node)).toMatchObject([{ fact: { ready: true } }])
  })

  test.each([1, 2, 3, 4, 5])('[DRN8] two at once spend a budget once, with pods that go first (seed %i)', (seed) => {
    const strategy = { type: 'Recreate', maxSurge: 0, maxUnavailable: 4 } as const
    const { simulation, until } = watched({ nodes: 4, seed }, labelled({ replicas: 4, strategy }))
    simulation.guard(budget({ minAvailable: 3 }))
    simulation.run(500)
    for (const node of ['n0', 'n1']) simulation.wish(node, DRAINED)
    const isEmpty = () => on(simulation, 'n0').length + on(simulation, 'n1').length === 0
    const { fewest } = until(() => isEmpty() && simulation.held().length === 4, 60_000)
    expect(fewest).toBe(3)
  })

  test('[DRN5] waits while a budget is not met, and goes on when it is', () => {
    const { simulation, until } = watched({ nodes: 3 }, labelled({ replicas: 3 }))
    simulation.guard(budget({ minAvailable: 4 }))
    simulation.run(500)
    simulation.wish('n0', DRAINED)
    simulation.run(10_000)
    expect(on(simulation, 'n0').filter(({ fact }) => fact.ready)).toHaveLength(1)
    simulation.guard(budget({ minAvailable: 3 }))
    expect(until(() => on(simulation, 'n0').length === 0, 10_000).fewest).toBe(3)
  })

  test('[DRN6] gives up a bare Pod only by force, and never one that runs once', () => {
    const pod = (name: string, restartPolicy: string) =>
      labelled({
        kind: 'Pod',
        key: `core/Pod/default/${name}`,
        replicas: 1,
        strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 1 },
        template: { spec: { containers: [{ name: 'web' }], restartPolicy } },
      })
    const { simulation } = watched({ nodes: 1 }, pod('always', 'Always'), pod('once', 'Never'))
    simulation.wish('n0', DRAINED)
    simulation.run(5_000)
    expect(simulation.claims()).toHaveLength(2)
    simulation.wish('n0', { ...DRAINED, drain: 'force' })
    simulation.run(5_000)
    expect(simulation.claims()).toMatchObject([{ fact: { name: 'once' } }])
  })
})

test('[DRN1] a taint NoExecute empties a node of the pods that do not tolerate it', () => {
  const tolerant = labelled({
    key: `${KEY}-tolerant`,
    template: { spec: { containers: [{ name: 'web' }], tolerations: [{ operator: 'Exists' }] } },
  })
  const { simulation, until } = watched({ nodes: 3 }, labelled(), tolerant)
  simulation.wish('n0', { fact: { taints: [{ key: 'broken', effect: 'NoExecute' }] } })
  const left = () => on(simulation, 'n0').map(({ fact }) => fact.workload)
  expect(until(() => !left().includes(KEY), 20_000).fewest).toBe(6)
  expect(left()).toContain(`${KEY}-tolerant`)
})

describe('[END1] one pod', () => {
  const ending = (end: 'evict' | 'delete') => {
    const { simulation, until } = watched({ nodes: 3 }, labelled())
    const { fact } = simulation.claims()[0]!
    simulation.apply(labelled({ ends: new Map([[fact.uid, end]]) }))
    const isGone = () => !simulation.claims().some((row) => row.fact.uid === fact.uid)
    return { simulation, ...until(() => isGone() && simulation.held().length === 3, 10_000) }
  }

  test('that is evicted goes after its successor serves', () => {
    expect(ending('evict')).toMatchObject({ fewest: 3, most: 4 })
  })

  test('that is deleted goes at once, and a new one takes its place', () => {
    const { simulation, fewest } = ending('delete')
    expect(fewest).toBe(2)
    simulation.run(10_000)
    expect(simulation.held()).toEqual(['new/0', 'new/1', 'new/2'])
  })
})
