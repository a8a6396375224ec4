/**
 * The record `node`: what this node says of itself. Put together from what it was told at its start and from what its runtimes
 * answer now, and written again only when it reads differently.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import type { NodeFact, Platform, Resources, Taint } from '../crdt/index.ts'
import type { RuntimeHealth } from './agent/ports.ts'

/** What does not change while the node runs. */
export interface NodeSettings {
  readonly name: string
  /** Where nodePorts are served to others, an IP. */
  readonly hostAddress: string
  /** Where the API answers over TLS, `HOST:PORT`; absent where it does not. */
  readonly apiTls?: string
  /** Where containers of this machine reach it; absent without an engine. */
  readonly gateway?: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly capacity: Resources
  readonly platform: Platform
  readonly version: string
  /** Names of the runtimes this node has, best first. */
  readonly runtimes: readonly string[]
  /** Label value that two nodes of one network stack share. */
  readonly network?: string
  readonly lowestPort: number
  readonly dataDir: string
}

/** Bounds of the record's lists, as its reader checks them. */
const IMAGES_MAX = 64
const ADDRESSES_MAX = 16

export class SelfRecord {
  readonly #settings: NodeSettings
  readonly #startedAtMs: number
  readonly #put: (fact: NodeFact) => void
  readonly #health = new Map<string, RuntimeHealth>()
  readonly #answered = new Set<string>()
  #addresses: readonly string[] = []
  #last: NodeFact | undefined

  constructor(settings: NodeSettings, startedAtMs: number, put: (fact: NodeFact) => void) {
    this.#settings = settings
    this.#startedAtMs = startedAtMs
    this.#put = put
  }

  get fact(): NodeFact {
    return this.#last ?? this.#assemble()
  }

  addresses(addresses: readonly string[]): void {
    this.#addresses = addresses.slice(0, ADDRESSES_MAX)
    this.#write()
  }

  runtimeHealth(health: RuntimeHealth): void {
    this.#health.set(health.runtime, health)
    if (health.ok) this.#answered.add(health.runtime)
    this.#write()
  }

  #write(): void {
    const fact = this.#assemble()
    if (isDeepStrictEqual(fact, this.#last)) return
    this.#last = fact
    this.#put(fact)
  }

  #assemble(): NodeFact {
    const { name, hostAddress, apiTls, labels, taints, capacity, platform, version } = this.#settings
    const health = this.#settings.runtimes.flatMap((runtime) => this.#health.get(runtime) ?? [])
    const lost = health.flatMap((one) => (!one.ok && this.#answered.has(one.runtime) ? [one.runtime] : []))
    const images = health.flatMap((one) => (one.ok ? one.images : []))
    return {
      name,
      addresses: this.#addresses,
      hostAddress,
      ...(apiTls === undefined ? {} : { apiTls }),
      labels,
      taints,
      unschedulable: false,
      capacity,
      platform,
      runtimes: health.flatMap((one) => (one.ok ? [one.runtime] : [])),
      runtimeTrouble: Object.fromEntries(health.flatMap((one) => (one.ok ? [] : [[one.runtime, one.reason]]))),
      ...(lost.length === 0 ? {} : { lostRuntimes: lost }),
      images: [...new Set(images)].slice(0, IMAGES_MAX),
      version,
      startedAtMs: this.#startedAtMs,
    }
  }
}
