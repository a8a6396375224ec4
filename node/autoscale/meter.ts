/**
 * What the pods of this node take: runtimes count, and the difference of two counts over the time between them is a rate.
 *
 * @module
 */
import { USED_CONTAINERS_MAX, type UsageFact, type Used } from '../../crdt/index.ts'
import type { ContainerUsage } from '../runtime/runtime.ts'
import type { Clock, Timers, World } from '../world/world.ts'

/** An older count says nothing about now. */
const COUNT_MS_MAX = 60_000
/** Who asks now and then is told what was measured so long ago. */
const FRESH_MS = 20_000
/** Of a look that nothing was measured before: long enough for a hundredth of a processor to be seen. */
const LOOK_MS = 500

interface Count {
  readonly atMs: number
  readonly containers: readonly ContainerUsage[]
}

/** `pods`: those that it is known of what they take, or that nothing can be said of. */
interface Measured {
  readonly atMs: number
  readonly fact: UsageFact
  readonly pods: ReadonlySet<string>
}

export interface MeterPorts extends Pick<World, 'clock' | 'timers' | 'runtimes'> {
  /** Uids of the pods that run here. */
  running(): readonly string[]
}

export class Meter {
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #runtimes: World['runtimes']
  readonly #running: () => readonly string[]
  #last: Count | undefined
  #measured: Measured | undefined
  #looking: Promise<UsageFact> | undefined

  constructor({ clock, timers, runtimes, running }: MeterPorts) {
    this.#clock = clock
    this.#timers = timers
    this.#runtimes = runtimes
    this.#running = running
  }

  /** Since it was asked the last time; of containers that were not there then, nothing. */
  async measure(): Promise<UsageFact> {
    const before = this.#last
    const now = await this.#count()
    this.#last = now
    const isOld = before === undefined || now.atMs - before.atMs > COUNT_MS_MAX
    const fact = isOld ? { overMs: 0, pods: {} } : usageBetween(before, now)
    if (!isOld) this.#measured = { atMs: now.atMs, fact, pods: new Set(before.containers.map(({ uid }) => uid)) }
    return fact
  }

  /**
   * [TOP2] What was measured lately, or a short look for whoever asks, also where a pod has come since; all who ask meanwhile
   * share it.
   */
  async look(): Promise<UsageFact> {
    const measured = this.#measured
    const isFresh = measured !== undefined && this.#clock.mono() - measured.atMs <= FRESH_MS
    if (isFresh && this.#running().every((uid) => measured.pods.has(uid))) return measured.fact
    this.#looking ??= this.#lookNow().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  /** Beside what `measure` compares: the autoscaler's time does not begin anew because somebody looks. */
  async #lookNow(): Promise<UsageFact> {
    const pods = new Set(this.#running())
    const before = await this.#count()
    await new Promise<void>((done) => void this.#timers.after(LOOK_MS, done))
    const now = await this.#count()
    const fact = usageBetween(before, now)
    this.#measured = { atMs: now.atMs, fact, pods }
    return fact
  }

  /** An engine that does not answer says nothing of its pods. */
  async #count(): Promise<Count> {
    const said = await Promise.all(this.#runtimes.map((runtime) => runtime.usage().catch(() => [])))
    return { atMs: this.#clock.mono(), containers: said.flat() }
  }
}

/** [MTR1] A container that began anew, or that was not there, has no rate yet. */
export function usageBetween(before: Count, now: Count): UsageFact {
  const overMs = now.atMs - before.atMs
  if (overMs <= 0) return { overMs: 0, pods: {} }
  const known = new Map(before.containers.map((each) => [each.id, each.cpuMs]))
  const pods: Record<string, Record<string, Used>> = {}
  const rated = now.containers.filter(({ id }) => known.has(id)).slice(0, USED_CONTAINERS_MAX)
  for (const { uid, container, id, cpuMs, memoryBytes } of rated) {
    // Less than before: a child ended that nobody waited for.
    const cpuMilli = Math.round((Math.max(0, cpuMs - known.get(id)!) * 1_000) / overMs)
    pods[uid] = { ...pods[uid], [container]: [cpuMilli, Math.round(memoryBytes / 1_024)] }
  }
  return { overMs: Math.round(overMs), pods }
}
