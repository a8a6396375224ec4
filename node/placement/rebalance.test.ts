import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Budget, NodeFact, NodeId } from '../../crdt/index.ts'
import { readClaims, RELIEF_MS, releases, seenNodes, settle } from '../control/claims.ts'
import type { NodeRow, PodRow, Workload } from '../control/rows.ts'
import { aNode, aPod, aSight, aWorkload, claimsOf, KEY, older } from '../control/sample.ts'
import { groupOf, slot } from '../control/slot.ts'
import type { Move } from './rebalance.ts'
import { podRequests, usedOn } from './requests.ts'
import { Simulation } from './simulation.ts'
import { Surveyor, type Snapshot } from './survey.ts'

const NOW_MS = 1_000_000
const CALM_MS = 60_000

/** `at('a', 0)`: the pod of slot 0 of the Deployment, long ready on node a. */
const at = (node: NodeId, index: number, fields: Partial<PodRow['fact']> = {}): PodRow =>
  aPod(node, { index, uid: `u${index}`, ready: true, ...fields })

const NODES = ['a', 'b', 'c'].map((id) => aNode(id))

/** Two of four pods are too many on a: c has none. */
const UNEVEN: Snapshot = {
  nodes: NODES,
  pods: [at('a', 0), at('a', 1), at('b', 2)],
  workloads: [aWorkload()],
}

function moveIn(snapshot: Snapshot, calmMs: number | undefined = CALM_MS): Move | undefined {
  const nodes = seenNodes(snapshot.nodes, NOW_MS)
  const { groups } = new Surveyor().survey(snapshot, { nowMs: NOW_MS, nodes, holdMs: () => 1_000 }, calmMs)
  const moves = [...groups.values()].flatMap(({ move, open }) => (move === undefined ? [] : [{ move, open }]))
  expect(moves.length).toBeLessThanOrEqual(1)
  for (const { move, open } of moves) expect(open).toEqual([move.slot])
  return moves[0]?.move
}

const budget = (minAvailable: number): Budget => ({
  key: 'policy/PodDisruptionBudget/default/guard',
  namespace: 'default',
  name: 'guard',
  selector: {},
  minAvailable,
  unhealthyMayGo: false,
})

/** The first node, changed. */
const withA = (fields: Parameters<typeof aNode>[1]): readonly NodeRow[] => [aNode('a', fields), ...NODES.slice(1)]
const recent = NOW_MS - CALM_MS + 1
const other = aWorkload({ key: `${KEY}-other`, replicas: 1 })
const ofOther = (fields: Partial<PodRow['fact']>) => aPod('b', { workload: other.key, uid: 'o', ...fields })
const beside = (...pods: PodRow[]): Partial<Snapshot> => ({
  workloads: [aWorkload(), other],
  pods: [...UNEVEN.pods, ...pods],
})

test.each<[string, Partial<Snapshot>, boolean]>([
  ['all is calm', {}, true],
  ['a verdict has changed of late', { nodes: withA({ sinceMs: recent }) }, false],
  ['a verdict has changed longer ago', { nodes: withA({ sinceMs: recent - 1 }) }, true],
  ['a node has started of late', { nodes: withA({ fact: { startedAtMs: recent } }) }, false],
  ['one that is away for long is no news', { nodes: [...NODES, aNode('d', { verdict: 'lost', sinceMs: 5 })] }, true],
  ['one that went away of late is', { nodes: [...NODES, aNode('d', { verdict: 'lost', sinceMs: recent })] }, false],
  ['a clock was set back', { nodes: withA({ sinceMs: NOW_MS + 60_000 }) }, true],
  ['another Deployment serves', beside(ofOther({ ready: true })), true],
  ['a slot of another Deployment is open', beside(), false],
  ['another Deployment is rolled out', beside(ofOther({ ready: true, revision: 'old' })), false],
  ['another pod is not ready', beside(ofOther({})), true],
  ['a pod of its own is not ready', { pods: [...UNEVEN.pods.slice(0, 2), at('b', 2, { ready: false })] }, false],
  [
    'a drain is under way',
    { ...beside(ofOther({ ready: true })), nodes: [NODES[0]!, aNode('b', { drain: 'pods' }), NODES[2]!] },
    false,
  ],
])('[REB1] %s: %j', (_, fields, isMoved) => {
  expect(moveIn({ ...UNEVEN, ...fields }) !== undefined).toBe(isMoved)
})

test('[REB1] nothing is moved where nobody said how long it is to be calm', () => {
  expect(moveIn(UNEVEN)).toBeDefined()
  const nodes = seenNodes(NODES, NOW_MS)
  const whole = new Surveyor().survey(UNEVEN, { nowMs: NOW_MS, nodes, holdMs: () => 0 })
  expect(whole).toMatchObject({ groups: new Map(), isAtRest: true })
})

test.each<[string, string, string | undefined, string[]]>([
  ['aab', 'one less here is one more there', 'u1', ['c']],
  ['abc', 'even', undefined, []],
  ['aabbc', 'one more is what is left', undefined, []],
  ['aaaab', 'the emptiest first', 'u3', ['c', 'b']],
  ['aabb', 'of equal nodes the first', 'u1', ['c']],
])('[REB2] %s: %s', (where, _, uid, targets) => {
  const pods = where.split('').map((node, index) => at(node, index))
  const move = moveIn({ nodes: NODES, pods, workloads: [aWorkload({ replicas: pods.length })] })
  expect(move?.uid).toBe(uid)
  expect([...(move?.targets.keys() ?? [])]).toEqual(targets)
})

test('[REB2] it tells from where, to where and why', () => {
  expect(moveIn(UNEVEN)?.targets.get('c')).toBe('to even out nodes, from a to c: a has 2 pods of its Deployment, c 0')
})

const sized = (key: string, cpu: string): Workload =>
  aWorkload({
    key,
    replicas: 1,
    template: { spec: { containers: [{ name: 'web', resources: { requests: { cpu } } }] } },
  })

/** A Deployment with one pod for each size, all on node a. Nodes have 4 cpus. */
const packed = (...cpus: string[]): Snapshot => ({
  nodes: NODES.slice(0, 2),
  workloads: cpus.map((cpu, index) => sized(`${KEY}-${index}`, cpu)),
  pods: cpus.map((_, index) => aPod('a', { workload: `${KEY}-${index}`, uid: `u${index}`, ready: true })),
})

test.each<[string[], string | undefined, string]>([
  [['1', '1'], 'u0', 'of equal ones the first by name'],
  [['500m', '500m'], undefined, '25 points are borne'],
  [['500m', '600m'], 'u0', 'more are not'],
  [['600m', '3', '400m'], 'u1', 'the one that helps most'],
  [['4'], undefined, 'nothing gets better by it'],
  [['1', '2', '1'], 'u1', 'the one that leaves both nodes emptiest'],
])('[REB3] pods of %j cpus on one node of two: %s goes (%s)', (cpus, uid) => {
  expect(moveIn(packed(...cpus))?.uid).toBe(uid)
})

test('[REB3] how full nodes are never makes a spread worse, and the spread goes first', () => {
  const big = sized(`${KEY}-big`, '3')
  const spread = { nodes: NODES.slice(0, 2), workloads: [{ ...big, replicas: 2 }] }
  const pods = ['a', 'b'].map((node, index) => aPod(node, { workload: big.key, index, uid: `u${index}`, ready: true }))
  const load = { workload: KEY, uid: 'x', ready: true }
  expect(moveIn({ ...spread, pods })).toBeUndefined()
  // Node a is the fuller one for the pod of another workload, which would fit nowhere else.
  const full = { ...sized(KEY, '1'), mayRebalance: false }
  expect(
    moveIn({ ...spread, workloads: [...spread.workloads, full], pods: [...pods, aPod('a', load)] }),
  ).toBeUndefined()
  const mixed = packed('1', '1')
  const uneven = aWorkload({ replicas: 2 })
  const both = [at('a', 0, { uid: 's0' }), at('a', 1, { uid: 's1' })]
  expect(moveIn({ ...mixed, workloads: [...mixed.workloads, uneven], pods: [...mixed.pods, ...both] })?.uid).toBe('s1')
})

const only = (fields: Partial<Workload>): Partial<Snapshot> => ({ workloads: [aWorkload(fields)] })
const withC = (fields: Parameters<typeof aNode>[1]): Partial<Snapshot> => ({
  nodes: [NODES[0]!, NODES[1]!, aNode('c', fields)],
})
const OFF: Partial<NodeFact> = { labels: { 'shoal.dev/rebalance': 'off' } }

test.each<[string, Partial<Snapshot>, boolean]>([
  ['nobody says anything', {}, true],
  ['the Deployment or its namespace says off', only({ mayRebalance: false }), false],
  ['Recreate', only({ strategy: { type: 'Recreate', maxSurge: 0, maxUnavailable: 3 } }), false],
  ['no surge', only({ strategy: { type: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 } }), false],
  ['it is paused', only({ paused: true }), false],
  ['a budget is not met', { budgets: [budget(4)] }, false],
  ['a budget is met', { budgets: [budget(3)] }, true],
  ['the better node is cordoned', withC({ fact: { unschedulable: true } }), false],
  ['the better node takes none', withC({ fact: OFF }), false],
  ['the better node is full', withC({ fact: { capacity: { cpuMilli: 0, memoryBytes: 0, pods: 0 } } }), false],
  ['the better node does not answer', withC({ verdict: 'lost' }), false],
])('[REB4] %s: %j', (_, fields, isMoved) => {
  expect(moveIn({ ...UNEVEN, ...fields }) !== undefined).toBe(isMoved)
})

test('[REB4] bare Pods stay', () => {
  const pods = ['x', 'y', 'z'].map((name) => `core/Pod/default/${name}`)
  const workloads = pods.map((key): Workload => ({ ...sized(key, '1'), kind: 'Pod' }))
  const rows = pods.map((workload, index) => aPod('a', { workload, uid: `u${index}`, ready: true }))
  expect(moveIn({ nodes: NODES, workloads, pods: rows })).toBeUndefined()
})

test.each([
  ['a move was begun', { claimedAtMs: NOW_MS - CALM_MS / 2 + 1, readyAtMs: 0 }, false],
  ['its pod got ready', { readyAtMs: NOW_MS - CALM_MS / 2 + 1 }, false],
  ['its pod got ready longer ago', { readyAtMs: NOW_MS - CALM_MS / 2 }, true],
])('[REB5] half of the calm has to pass since %s', (_, times, isMoved) => {
  const moved = ofOther({ ready: true, relieves: { uid: 'gone', why: '' }, ...times })
  expect(moveIn({ ...UNEVEN, ...beside(moved) }) !== undefined).toBe(isMoved)
})

test('[REB5] a Deployment of which a pod is young rests', () => {
  const young = [...UNEVEN.pods.slice(0, 2), at('b', 2, { readyAtMs: NOW_MS - CALM_MS / 2 + 1 })]
  expect(moveIn({ ...UNEVEN, pods: young })).toBeUndefined()
})

describe('[REB6] a claim that relieves another', () => {
  const claims = (fields: Partial<PodRow['fact']>, nodes: NodeRow[] = []) => {
    const relief = aPod('c', { index: 1, uid: 'new', relieves: { uid: 'u1', why: 'why' }, ...fields })
    return claimsOf([at('a', 1), relief], aSight({ nowMs: NOW_MS, nodes }))
  }
  const LATE_MS = NOW_MS - RELIEF_MS

  test.each<[string, Partial<PodRow['fact']>, NodeRow[], string | undefined]>([
    ['is young', { claimedAtMs: LATE_MS + 1 }, [], 'why'],
    ['is late', { claimedAtMs: LATE_MS }, [], undefined],
    ['is late and serves', { claimedAtMs: LATE_MS, ready: true }, [], 'why'],
    ['is given up', { claimedAtMs: NOW_MS, stopping: true }, [], undefined],
    ['is on another slot', { claimedAtMs: NOW_MS, index: 2 }, [], undefined],
    ['relieves somebody else', { claimedAtMs: NOW_MS, relieves: { uid: 'x', why: '' } }, [], undefined],
    ['is on a node that does not answer', { claimedAtMs: NOW_MS }, [aNode('c', { verdict: 'unreachable' })], undefined],
    ['is to leave itself', { claimedAtMs: NOW_MS }, [aNode('c', { drain: 'pods' })], undefined],
  ])('%s: it leaves because %s', (_, fields, nodes, why) => {
    expect(claims(fields, nodes)[0]?.leaving).toBe(why)
  })

  test('and comes to nothing is given up, and the older pod stays', () => {
    const late = claims({ claimedAtMs: LATE_MS })
    expect(settle(late, NOW_MS)).toMatchObject({
      keep: { row: { fact: { uid: 'u1' } } },
      stop: [{ row: { fact: { uid: 'new' } } }],
    })
  })

  test('holds up every other move', () => {
    const pods = [
      ...UNEVEN.pods,
      ofOther({ ready: true }),
      aPod('c', { workload: other.key, uid: 'n', relieves: { uid: 'o', why: 'w' }, claimedAtMs: NOW_MS }),
    ]
    expect(moveIn({ ...UNEVEN, workloads: [aWorkload(), other], pods })).toBeUndefined()
  })

  test('is never the reason why a pod that serves is stopped before it serves itself', () => {
    const wanted = [slot(KEY, 'new', 1)]
    const young = claims({ claimedAtMs: NOW_MS - 60_000 })
    expect(releases(aWorkload(), { wanted, claims: young, nowMs: NOW_MS })).toEqual([])
  })
})

// ---- as a whole

interface Cluster {
  readonly nodes: readonly NodeRow[]
  readonly workloads: readonly Workload[]
  readonly pods: readonly PodRow[]
}

/** Deployments of several sizes, strewn over nodes of several sizes, some of which take nothing. */
const clusters: fc.Arbitrary<Cluster> = fc
  .record({
    nodes: fc.array(
      fc.record({ cpuMilli: fc.constantFrom(2_000, 4_000, 8_000), isCordoned: fc.constantFrom(false, false, true) }),
      { minLength: 2, maxLength: 5 },
    ),
    workloads: fc.array(
      fc.record({
        cpu: fc.constantFrom('0', '100m', '700m', '1', '3'),
        on: fc.array(fc.nat(99), { minLength: 1, maxLength: 7 }),
        mayRebalance: fc.constantFrom(true, true, false),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ nodes, workloads }) => ({
    nodes: nodes.map(({ cpuMilli, isCordoned }, index) =>
      aNode(`n${index}`, {
        fact: { unschedulable: isCordoned, capacity: { cpuMilli, memoryBytes: 2 ** 32, pods: 10 } },
      }),
    ),
    workloads: workloads.map(({ cpu, on, mayRebalance }, index) => ({
      ...sized(`${KEY}-${index}`, cpu),
      replicas: on.length,
      mayRebalance,
    })),
    pods: workloads.flatMap(({ on }, number) =>
      on.map((node, index) =>
        aPod(`n${node % nodes.length}`, {
          workload: `${KEY}-${number}`,
          index,
          uid: `u${number}-${index}`,
          ready: true,
        }),
      ),
    ),
  }))

/** The sum of the squares of pods of a Deployment on a node, and how full the nodes are, fullest first. */
function measure({ nodes, workloads, pods }: Cluster): number[] {
  const byKey = new Map(workloads.map((each) => [each.key, each]))
  const shares = nodes.map(({ id, fact }) => usedOn(id, pods, byKey).cpuMilli / fact.capacity.cpuMilli)
  const squares = workloads.flatMap(({ key }) =>
    nodes.map(({ id }) => pods.filter(({ node, fact }) => node === id && fact.workload === key).length ** 2),
  )
  return [squares.reduce((sum, each) => sum + each, 0), ...shares.toSorted((a, b) => b - a)]
}

function isLess(some: readonly number[], others: readonly number[]): boolean {
  const at = some.findIndex((each, index) => each !== others[index])
  return at !== -1 && some[at]! < others[at]!
}

const MOVES_MAX = 200

test('[REB2, REB3] every move, to whichever of its nodes, makes the measure less and fits, and so it ends', () => {
  fc.assert(
    fc.property(clusters, fc.infiniteStream(fc.nat(99)), (start, dice) => {
      let cluster = start
      for (let moves = 0; ; moves++) {
        const move = moveIn(cluster)
        if (move === undefined) return
        expect(moves).toBeLessThan(MOVES_MAX)
        const targets = [...move.targets.keys()]
        const target = targets[(dice.next().value as number) % targets.length]!
        const after = {
          ...cluster,
          pods: cluster.pods.map((row) => (row.fact.uid === move.uid ? { ...row, node: target } : row)),
        }
        expect(isLess(measure(after), measure(cluster))).toBe(true)
        const node = cluster.nodes.find(({ id }) => id === target)!
        const used = usedOn(target, after.pods, new Map(after.workloads.map((each) => [each.key, each])))
        expect(node.fact.unschedulable).toBe(false)
        if (podRequests(move.workload.template).cpuMilli > 0)
          expect(used.cpuMilli).toBeLessThanOrEqual(node.fact.capacity.cpuMilli)
        expect(move.workload.mayRebalance).toBe(true)
        cluster = after
      }
    }),
    { numRuns: 300 },
  )
})

test('[REB2] where every node may take every pod, what is left is even', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }), (on) => {
      const nodes = [0, 1, 2, 3].map((index) => aNode(`n${index}`))
      let pods = on.map((node, index) => at(`n${node}`, index))
      const workloads = [aWorkload({ replicas: on.length })]
      for (let moves = 0; ; moves++) {
        const move = moveIn({ nodes, workloads, pods })
        if (move === undefined) break
        expect(moves).toBeLessThan(MOVES_MAX)
        const [target] = move.targets.keys()
        pods = pods.map((row) => (row.fact.uid === move.uid ? { ...row, node: target! } : row))
      }
      const counts = nodes.map(({ id }) => pods.filter(({ node }) => node === id).length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }),
  )
})

describe('[REB7] on nodes that hear of each other late', () => {
  const CALM = 5_000
  const begun = (seed: number) => {
    const simulation = new Simulation({ nodes: 4, seed, calmMs: CALM })
    for (const away of ['n2', 'n3']) simulation.wish(away, { fact: { unschedulable: true } })
    simulation.run(500)
    const others = [aWorkload({ replicas: 8 }), aWorkload({ key: `${KEY}-b`, replicas: 4 })]
    for (const each of others) simulation.apply(each)
    const served = () => new Set(simulation.claims().flatMap(({ fact }) => (fact.ready ? [idOf(fact)] : []))).size
    simulation.runUntil(() => served() === 12, 20_000)
    return { simulation, served }
  }
  const idOf = ({ workload, index }: PodRow['fact']) => `${workload}/${index}`
  const countOn = (simulation: Simulation, node: NodeId, key: string) =>
    simulation.claims().filter((row) => row.node === node && row.fact.workload === key).length

  test.each([1, 2, 3])('pods spread one after the other, and none is missing for a moment (seed %i)', (seed) => {
    const { simulation, served } = begun(seed)
    for (const back of ['n2', 'n3']) simulation.wish(back, {})
    let [fewest, most] = [Infinity, 0]
    const begins = new Map<string, number>()
    const isEven = () =>
      simulation.held().length === 12 &&
      simulation.nodes.every(
        ({ id }) => countOn(simulation, id, KEY) === 2 && countOn(simulation, id, `${KEY}-b`) === 1,
      )
    simulation.runUntil(() => {
      fewest = Math.min(fewest, served())
      most = Math.max(most, simulation.claims().length)
      for (const { fact } of simulation.claims())
        if (fact.relieves !== undefined && !begins.has(fact.uid)) begins.set(fact.uid, simulation.nowMs)
      return isEven()
    }, 120_000)
    expect(fewest).toBe(12)
    expect(most).toBe(13)
    const times = [...begins.values()].toSorted((a, b) => a - b)
    expect(times).toHaveLength(6)
    times.slice(1).forEach((atMs, index) => expect(atMs - times[index]!).toBeGreaterThanOrEqual(CALM / 2))
    const claimed = simulation.claimsWritten
    simulation.run(60_000)
    expect(simulation.claimsWritten).toBe(claimed)
  })

  test('[REB8] where the successor does not get ready the pod stays, and nothing is pending', () => {
    const { simulation, served } = begun(4)
    simulation.stuck.add('n2')
    simulation.wish('n2', {})
    simulation.runUntil(() => simulation.claims().some(({ fact }) => fact.relieves !== undefined), 60_000)
    simulation.runUntil(() => simulation.claims().every(({ fact }) => fact.relieves === undefined), RELIEF_MS + 60_000)
    expect(served()).toBe(12)
  })

  test('[REB7, REB8] a node on which its like has failed of late takes none over, nor do those that gain nothing, and what nobody takes is not pending', () => {
    const { simulation } = begun(5)
    const report = { group: groupOf({ workload: KEY, revision: 'new' }), uid: 'u', reason: 'crashed', refused: false }
    const { core } = simulation.nodes.find(({ id }) => id === 'n2')!
    core.failed(report, { nowMs: simulation.nowMs, monoMs: simulation.nowMs })
    simulation.wish('n2', {})
    simulation.run(120_000)
    expect(countOn(simulation, 'n2', KEY)).toBe(0)
    const written = simulation.claimsWritten
    simulation.run(120_000)
    expect(simulation.claimsWritten).toBe(written)
    expect([...simulation.pending.values()].filter((slots) => slots > 0)).toEqual([])
    simulation.run(600_000)
    expect(countOn(simulation, 'n2', KEY)).toBeGreaterThan(0)
  })
})

test('[REB6] what a node says of whom it relieves is read in the order of claims by all alike', () => {
  const rows = [
    at('a', 1),
    aPod('c', { index: 1, uid: 'new', ready: true, claimedAtMs: NOW_MS, relieves: { uid: 'u1', why: 'w' } }),
  ]
  for (const order of [rows, rows.toReversed()]) {
    const claims = readClaims(order, aSight({ nowMs: NOW_MS }), aWorkload({ older: [older('old', 1)] }))
    expect(settle(claims, NOW_MS).keep?.row.fact.uid).toBe('new')
  }
})
