/**
 * Faults as data: what breaks, from when to when. A run's faults are drawn before it begins, so that it can be replayed, cut
 * down and told to others. A nemesis knows how to draw one kind of fault, how to begin it and how to end it.
 *
 * @module
 */
import type { Cluster } from './cluster.ts'
import type { Stream } from './sim/random.ts'

export interface Fault {
  /** Unique within a run. */
  readonly id: string
  /** Of a nemesis. */
  readonly kind: string
  readonly fromMs: number
  readonly toMs: number
  /** What its nemesis drew; plain JSON. */
  readonly what: unknown
}

/** What a nemesis may know when it draws. */
export interface Drawing {
  readonly chance: Stream
  readonly machines: readonly string[]
}

export interface Stage {
  readonly cluster: Cluster
  /** Machines that are down on purpose, by the faults that hold them down: what one fault ends, another may still want. */
  readonly downs: Downs
  /** Whether the fault of that id has begun and is not over. */
  isOn(fault: string): boolean
  /** Starts a machine's node again, under the eyes of those who check what it knows then. */
  restart(machine: string): Promise<void>
  /** Lets go of a machine that a fault held down; it is started again when nobody else holds it. */
  bringBack(machine: string, fault: string): Promise<void>
  /** Pods of which a container was ended, by uid. */
  readonly ended: Set<string>
}

export interface Nemesis<What> {
  readonly kind: string
  /** How long such a fault may last. */
  readonly lastsMs: readonly [least: number, most: number]
  draw(drawing: Drawing): What
  begin(stage: Stage, what: What, id: string): Promise<void>
  end(stage: Stage, what: What, id: string): Promise<void>
}

/** A nemesis whose drawings nobody else looks into. */
export type AnyNemesis = Nemesis<unknown>

export function nemesis<What>(one: Nemesis<What>): AnyNemesis {
  return one
}

export class Downs {
  readonly #holders = new Map<string, Set<string>>()

  hold(machine: string, fault: string): void {
    const holders = this.#holders.get(machine) ?? new Set()
    this.#holders.set(machine, holders.add(fault))
  }

  /** Whether nobody holds it down any more. */
  release(machine: string, fault: string): boolean {
    const holders = this.#holders.get(machine)
    holders?.delete(fault)
    return (holders?.size ?? 0) === 0
  }

  isHeldBy(machine: string, fault: string): boolean {
    return this.#holders.get(machine)?.has(fault) === true
  }

  isHeldOnlyBy(machine: string, fault: string): boolean {
    return this.isHeldBy(machine, fault) && this.#holders.get(machine)?.size === 1
  }

  clear(): void {
    this.#holders.clear()
  }
}
