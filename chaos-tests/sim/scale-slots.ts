/**
 * How placement grows with the cluster: ten slots a node are asked for at once, then a tenth of the nodes lose their power in one
 * instant, and the slots of these run again on the rest.
 *
 * @module
 */
import type { Run } from '../cluster.ts'
import { requestOf } from '../workloads/deeds.ts'
import type { SimCluster } from './sim-cluster.ts'
import { during, type Rate } from './traffic-rate.ts'

const SLOTS_PER_NODE = 10
/** Of each Deployment. */
const REPLICAS = 50
const DEAD_SHARE = 0.1
const SETTLE_MS = 10_000
/** What the deaths set in motion is over by then. */
const WATCH_MS = 20_000
/** Longest wait for the last slot. */
const PLACED_MS_MAX = 60_000
/** Between two looks at what runs. */
const LOOK_MS = 20

export interface SlotScale {
  readonly slots: number
  readonly dead: number
  /** From the first request, resp. from the cut, until each Deployment has all its pods. */
  readonly placedMs: number
  readonly replacedMs: number
  readonly atPlacing: Rate
  readonly atReplacing: Rate
  /** Most pods beyond those wanted that ran at a time, after the first placement and after the deaths. */
  readonly doubled: number
  /** Pods of nodes that lived on, and do not run any more. */
  readonly moved: number
  /** Of pods on nodes: the most less the fewest, when all was placed first, and at the end. */
  readonly spreadPlaced: number
  readonly spreadReplaced: number
}

export async function measureSlots(cluster: SimCluster): Promise<SlotScale> {
  const nodes = cluster.machines.length
  const names = Array.from({ length: Math.ceil((nodes * SLOTS_PER_NODE) / REPLICAS) }, (_, index) => `app${index}`)
  const runs = new Runs(cluster, names)
  await cluster.runFor(SETTLE_MS)
  const placing = await during(cluster, async () => {
    const asked = Promise.all(names.map((name, index) => create(cluster, name, index)))
    await runs.untilAll()
    await asked
  })
  await runs.watch(SETTLE_MS)
  const spreadPlaced = runs.spread()
  const dead = cluster.machines.filter((_, index) => index % (1 / DEAD_SHARE) === 1)
  const before = runs.now().filter(({ machine }) => !dead.includes(machine))
  const replacing = await during(cluster, async () => {
    for (const machine of dead) await cluster.cutPower(machine)
    await runs.untilAll()
  })
  await runs.watch(WATCH_MS)
  const after = new Set(runs.now().map(({ uid }) => uid))
  return {
    slots: names.length * REPLICAS,
    dead: dead.length,
    placedMs: placing.lastedMs,
    replacedMs: replacing.lastedMs,
    atPlacing: placing,
    atReplacing: replacing,
    doubled: runs.doubled,
    moved: before.filter(({ uid }) => !after.has(uid)).length,
    spreadPlaced,
    spreadReplaced: runs.spread(),
  }
}

async function create(cluster: SimCluster, name: string, index: number): Promise<void> {
  const { method, path, asking } = requestOf({ verb: 'create', name, replicas: REPLICAS })
  const via = cluster.machines[(7 * index) % cluster.machines.length]!
  const { status } = await cluster.request(via, method, path, asking)
  if (status !== 201) throw new Error(`${via} answered ${status} to a Deployment of ${REPLICAS}`)
}

/** What runs, looked at again and again. */
class Runs {
  doubled = 0
  readonly #cluster: SimCluster
  readonly #names: readonly string[]

  constructor(cluster: SimCluster, names: readonly string[]) {
    this.#cluster = cluster
    this.#names = names
  }

  now(): Run[] {
    return this.#cluster.running()
  }

  /** Until each Deployment has as many pods as it wants. */
  async untilAll(): Promise<void> {
    await this.#cluster.waitUntil('all slots run', PLACED_MS_MAX, () =>
      this.#look().every((count) => count >= REPLICAS),
    )
  }

  async watch(forMs: number): Promise<void> {
    for (let ms = 0; ms < forMs; ms += LOOK_MS) {
      this.#look()
      await this.#cluster.runFor(LOOK_MS)
    }
  }

  /** Of nodes that are up. */
  spread(): number {
    const counts = new Map([...this.#cluster.views().keys()].map((machine) => [machine, 0]))
    for (const { machine } of this.now()) counts.set(machine, (counts.get(machine) ?? 0) + 1)
    return Math.max(...counts.values()) - Math.min(...counts.values())
  }

  #look(): number[] {
    const counts = new Map(this.#names.map((name) => [name, 0]))
    for (const { pod } of this.now()) {
      const name = pod.slice(0, pod.indexOf('-'))
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    const surplus = [...counts.values()].reduce((sum, count) => sum + Math.max(0, count - REPLICAS), 0)
    this.doubled = Math.max(this.doubled, surplus)
    return [...counts.values()]
  }
}
