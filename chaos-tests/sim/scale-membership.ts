/**
 * How membership and spread grow with the cluster: so many nodes in two regions, at rest, then a few writes, silent deaths and
 * a join, each watched until the last node knows.
 *
 * @module
 */
import { documentKey, type NodeId, type View } from '../../crdt/index.ts'
import { percentile } from '../../bench/figures.ts'
import { requestOf } from '../workloads/deeds.ts'
import type { SimCluster } from './sim-cluster.ts'
import { during, type Rate } from './traffic-rate.ts'

const WRITES = 10
const DEATHS = 3
/** A beat in which neighbours are told comes every 4 s. */
const REST_MS = 8_000
/** After the last machine is up: first looks, and tellings, which are repeated after 2 s and 10 s. */
const SETTLE_MS = 14_000
/** From one write to the next, and from one death to the next. */
const PAUSE_MS = 1_000
const DEATH_MS = 5_000
/** Longest wait for the last node to know. */
const KNOWN_MS_MAX = 60_000
/** Between two looks at who knows. */
const LOOK_MS = 1

export interface MembershipScale {
  /** Of all nodes, for all writes together: from the request until a node shows the object. */
  readonly spreadMs: Times
  /** Of all that live on, for all deaths together: from the cut until a node holds the dead one to be away. */
  readonly deathMs: Times
  /** From the newcomer's request for a ticket until a node shows it as alive. */
  readonly joinMs: Times
  /** Until the newcomer shows all others. */
  readonly joinedMs: number
  readonly atRest: Rate
  readonly atWrites: Rate
  readonly atDeaths: Rate
  /** Verdicts on machines that were up. */
  readonly falseSuspicions: number
}

export interface Times {
  readonly p50: number
  readonly p99: number
  readonly all: number
}

export async function measureMembership(cluster: SimCluster): Promise<MembershipScale> {
  const suspicions = new Suspicions(cluster)
  await cluster.runFor(SETTLE_MS)
  const atRest = await during(cluster, () => cluster.runFor(REST_MS))
  const spread: number[] = []
  const atWrites = await during(cluster, async () => {
    for (let index = 0; index < WRITES; index++) {
      spread.push(...(await write(cluster, index)))
      await cluster.runFor(PAUSE_MS)
    }
  })
  const death: number[] = []
  const atDeaths = await during(cluster, async () => {
    for (let index = 0; index < DEATHS; index++) {
      death.push(...(await kill(cluster, suspicions)))
      await cluster.runFor(DEATH_MS)
    }
  })
  const { knownMs, knowsMs } = await join(cluster)
  return {
    spreadMs: timesOf(spread),
    deathMs: timesOf(death),
    joinMs: timesOf(knownMs),
    joinedMs: knowsMs,
    atRest,
    atWrites,
    atDeaths,
    falseSuspicions: suspicions.count,
  }
}

/** Through a machine of the first region, another one each time. */
async function write(cluster: SimCluster, index: number): Promise<number[]> {
  const name = `scale-${index}`
  const { method, path, asking } = requestOf({ verb: 'create', name, replicas: 0 })
  const key = documentKey({ group: 'apps', kind: 'Deployment', namespace: 'default', name })
  const via = cluster.machines[(2 * index) % cluster.machines.length]!
  const startMs = cluster.nowMs()
  const answered = cluster.request(via, method, path, asking)
  const times = await untilAll(cluster, startMs, (view) => view.stored(key) !== undefined)
  const { status } = await answered
  if (status !== 201) throw new Error(`${via} answered ${status} to a Deployment without replicas`)
  return times
}

/** The power of the machine that is last by now. */
async function kill(cluster: SimCluster, suspicions: Suspicions): Promise<number[]> {
  const [machine, view] = [...cluster.views()].at(-1)!
  const dead = selfOf(view)
  suspicions.expect(dead)
  const startMs = cluster.nowMs()
  await cluster.cutPower(machine)
  return untilAll(cluster, startMs, (other) => other.node(dead)?.verdict !== 'alive')
}

async function join(cluster: SimCluster): Promise<{ knownMs: number[]; knowsMs: number }> {
  const before = cluster.views()
  const there = new Set([...before.values()].map(selfOf))
  const known = new Set([...before.values()].flatMap((view) => view.nodes().map(({ id }) => id)))
  const startMs = cluster.nowMs()
  const joined = cluster.addMachine(cluster.machines[0]!)
  const knownMs = await untilAll(cluster, startMs, (view) => aliveIn(view).some((id) => !known.has(id)), before)
  const newcomer = cluster.views().get(await joined)!
  await untilAll(
    cluster,
    startMs,
    () => there.size === aliveIn(newcomer).filter((id) => there.has(id)).length,
    new Map([['newcomer', newcomer]]),
  )
  return { knownMs, knowsMs: cluster.nowMs() - startMs }
}

const selfOf = (view: View): NodeId => view.nodes().find(({ isSelf }) => isSelf)!.id

const aliveIn = (view: View): NodeId[] => view.nodes().flatMap(({ id, verdict }) => (verdict === 'alive' ? id : []))

/** When each of the nodes came to know it, since then. */
async function untilAll(
  cluster: SimCluster,
  startMs: number,
  knows: (view: View) => boolean,
  views = cluster.views(),
): Promise<number[]> {
  const waiting = new Set(views.values())
  const times: number[] = []
  while (waiting.size > 0) {
    const atMs = cluster.nowMs() - startMs
    if (atMs > KNOWN_MS_MAX) throw new Error(`${waiting.size} of ${views.size} nodes do not know it after ${atMs} ms`)
    for (const view of waiting) {
      if (!knows(view)) continue
      waiting.delete(view)
      times.push(atMs)
    }
    if (waiting.size > 0) await cluster.runFor(LOOK_MS)
  }
  return times
}

function timesOf(samples: readonly number[]): Times {
  return { p50: percentile(samples, 0.5), p99: percentile(samples, 0.99), all: Math.max(...samples) }
}

const NODE_KEYS = 'core/Node//'

/** Counts verdicts on machines that nobody cut off. */
class Suspicions {
  count = 0
  readonly #expected = new Set<NodeId>()

  constructor(cluster: SimCluster) {
    for (const view of cluster.views().values()) {
      view.subscribe((keys) => {
        for (const key of keys) if (key.startsWith(NODE_KEYS)) this.#look(view, key.slice(NODE_KEYS.length))
      })
    }
  }

  expect(node: NodeId): void {
    this.#expected.add(node)
  }

  #look(view: View, name: string): void {
    const row = view.nodes().find((one) => one.name === name)
    if (row !== undefined && row.verdict !== 'alive' && !this.#expected.has(row.id)) this.count += 1
  }
}
