/**
 * What can be seen of a cluster at one moment without asking any node: who is up, who is cut off from whom, and for how long
 * that has been so. Checkers wait by it until what they look for has to hold.
 *
 * @module
 */
import { componentsOf, type Cluster } from '../cluster.ts'

/** A member that comes back is watched with more patience for so long (`FLAP_WITHIN_MS` of membership). */
const RETURNS_COUNT_MS = 300_000

export interface Sight {
  readonly atMs: number
  readonly components: readonly (readonly string[])[]
  /** Between any two components nothing passes at all: no one-way cable, no mere bad weather. */
  readonly isClean: boolean
}

export class Outlook {
  readonly #isStopNews: boolean
  readonly #orderly = new Orderly()
  #key: string | undefined
  #changesMs: number[] = []

  /** When what is up, started, sound, reachable and late last changed. */
  quietSinceMs = 0

  /** `isStopNews`: whether it counts that an agent is told to end and started again. */
  constructor({ isStopNews = true }: { isStopNews?: boolean } = {}) {
    this.#isStopNews = isStopNews
  }

  look(cluster: Cluster): Sight {
    const atMs = cluster.nowMs()
    const components = componentsOf(cluster)
    this.#orderly.look(cluster)
    const key = keyOf(cluster, this.#isStopNews ? undefined : this.#orderly)
    if (key !== this.#key) {
      this.#key = key
      this.quietSinceMs = atMs
      this.#changesMs = [...this.#changesMs.filter((each) => atMs - each <= RETURNS_COUNT_MS), atMs]
    }
    return { atMs, components, isClean: areApart(cluster, components) }
  }

  /** How often anything changed in the last minutes: a member can have come back no more often. */
  get changes(): number {
    return this.#changesMs.length
  }
}

/** Restarts in good order: after a stop. */
class Orderly {
  /** By machine that is stopped: how often its node had been started. */
  readonly #stopped = new Map<string, number>()
  readonly #restarts = new Map<string, number>()

  look(cluster: Cluster): void {
    for (const machine of cluster.machines) {
      const starts = cluster.startsOf(machine)
      const before = this.#stopped.get(machine)
      if (before !== undefined && starts > before) {
        this.#restarts.set(machine, this.restartsOf(machine) + 1)
        this.#stopped.delete(machine)
      }
      if (cluster.stateOf(machine) === 'stopped' && !this.#stopped.has(machine)) this.#stopped.set(machine, starts)
    }
  }

  restartsOf(machine: string): number {
    return this.#restarts.get(machine) ?? 0
  }
}

function keyOf(cluster: Cluster, orderly: Orderly | undefined): string {
  const { machines } = cluster
  const states = machines.map((machine) => {
    const [state, starts] = [cluster.stateOf(machine), cluster.startsOf(machine)]
    const isStopped = orderly !== undefined && state === 'stopped'
    const others = starts - (orderly?.restartsOf(machine) ?? 0)
    return [machine, isStopped ? 'up' : state, others, cluster.isSound(machine)].join(' ')
  })
  const ways = machines.flatMap((from) =>
    machines.map(
      (to) => `${cluster.reaches(from, to) ? 1 : 0}${cluster.isCut(from, to) ? 1 : 0}${cluster.lateMs(from, to)}`,
    ),
  )
  return `${states.join(' ')} ${ways.join(' ')}`
}

function areApart(cluster: Cluster, components: Sight['components']): boolean {
  return components.every((here, at) =>
    components
      .slice(at + 1)
      .every((there) =>
        here.every((one) => there.every((other) => cluster.isCut(one, other) && cluster.isCut(other, one))),
      ),
  )
}
