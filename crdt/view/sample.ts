/**
 * A view for tests, and short ways to tell it things the way a replica would.
 *
 * @module
 */
import type { BidFact, FactName, NodeFact, PodFact, UsageFact } from '../facts.ts'
import type { DocumentKey } from '../key.ts'
import type { StoredRecord } from '../listener.ts'
import type { KubeObject } from '../object.ts'
import { keyOf, prepare } from '../objects/prepare.ts'
import { aNodeFact, aPodFact } from '../objects/sample.ts'
import { View } from '../view.ts'
import type { Workload } from './rows.ts'

/** Some time in 2026; all times of samples are near it. */
export const T = 1_790_000_000_000

export const WEB: DocumentKey = 'apps/Deployment/default/web'
export const WEB_SERVICE: DocumentKey = 'core/Service/default/web'
export const WEB_ENDPOINTS: DocumentKey = 'core/Endpoints/default/web'
export const BASIL = '12D3KooWBasil'
export const THYME = '12D3KooWThyme'

export class Told {
  readonly view: View
  /** Of each node by name, as a replica keeps them. */
  readonly #records = new Map<string, Map<FactName, StoredRecord>>()
  #seq = 0

  constructor(admittedMs: (node: string) => number = () => 0) {
    const recordsOf = (node: string): Iterable<StoredRecord> => this.#records.get(node)?.values() ?? []
    this.view = new View({ self: BASIL, clusterId: 'cluster', admittedMs, recordsOf })
  }

  #said(node: string, name: FactName, record: StoredRecord | undefined): void {
    const records = this.#records.get(node) ?? new Map<FactName, StoredRecord>()
    this.#records.set(node, records)
    if (record === undefined) records.delete(name)
    else records.set(name, record)
    this.view.recordChanged(node, name, record)
  }

  /** Stores an object as a writing node would: prepared, with what the replica computes. */
  object(
    object: KubeObject,
    { atMs = T, uid = `uid-${object.metadata.name}`, createdAt = '2026-09-21T00:00:00Z' } = {},
  ): DocumentKey {
    const key = keyOf(object)
    const prepared = prepare(object, { old: this.view.stored(key)?.object, nowMs: atMs })
    const metadata = {
      ...prepared.metadata,
      uid,
      creationTimestamp: createdAt,
      generation: 1,
      // Differs with every write, as the heads' hash does in a replica.
      resourceVersion: String((BigInt(atMs - 1_704_067_200_000) << 20n) + BigInt(++this.#seq) * 2n),
    }
    this.view.objectChanged(key, { key, object: { ...prepared, metadata }, life: 1, changedAtMs: atMs, heads: [] })
    return key
  }

  gone(key: DocumentKey): void {
    this.view.objectChanged(key, undefined)
  }

  node(node: string, fact: Partial<NodeFact> | undefined, atMs = T): void {
    this.#said(node, 'node', fact && { ...this.#stamp(node, 'node', atMs), value: aNodeFact(fact) })
  }

  /** A pod of the present revision of `web`, unless told otherwise. */
  pod(node: string, uid: string, fact: Partial<PodFact> | undefined = {}, atMs = T): void {
    const name = `pod/${uid}` as const
    const revision = fact.revision ?? this.web?.revision ?? 'bcdfghjklm'
    const value = aPodFact({ uid, name: `web-${revision}-${uid}`, revision, ...fact })
    this.#said(node, name, { ...this.#stamp(node, name, atMs), value })
  }

  podGone(node: string, uid: string): void {
    this.#said(node, `pod/${uid}`, undefined)
  }

  bid(node: string, value: BidFact | undefined, atMs = T): void {
    this.#said(node, 'bid/web', value && { ...this.#stamp(node, 'bid/web', atMs), ttlMs: 1000, value })
  }

  usage(node: string, value: UsageFact | undefined, atMs = T): void {
    this.#said(node, 'usage', value && { ...this.#stamp(node, 'usage', atMs), ttlMs: 1000, value })
  }

  get web(): Workload | undefined {
    return this.view.workload(WEB)
  }

  #stamp<Name extends 'node' | 'usage' | `pod/${string}` | `bid/${string}`>(node: string, name: Name, atMs: number) {
    return { node, name, incarnation: 1, seq: ++this.#seq, atMs }
  }
}
