/**
 * Services with their node ports settled, and the pods behind each, kept until something touches them.
 *
 * @module
 */
import type { DocumentKey } from '../key.ts'
import type { StoredObject } from '../object.ts'
import { NodePorts } from './node-ports.ts'
import type { PodIndex } from './pods.ts'
import type { Endpoint, ServiceRow, Workload } from './rows.ts'
import { endpointOf, selectsRevision, serviceOf, withClashes } from './services.ts'
import { SortedRows } from './sorted-rows.ts'

const NONE: readonly Endpoint[] = []

export class ServiceIndex {
  readonly #workloads: ReadonlyMap<DocumentKey, Workload>
  readonly #pods: PodIndex
  readonly #asked = new Map<DocumentKey, ServiceRow>()
  readonly #rows = new SortedRows<ServiceRow>()
  readonly #settled = new Map<DocumentKey, ServiceRow>()
  readonly #nodePorts = new NodePorts()
  readonly #endpoints = new Map<DocumentKey, readonly Endpoint[]>()
  /** Which Services select a revision, by namespace, then by workload and revision. */
  readonly #selecting = new Map<string, Map<string, readonly DocumentKey[]>>()

  constructor(sources: { workloads: ReadonlyMap<DocumentKey, Workload>; pods: PodIndex }) {
    this.#workloads = sources.workloads
    this.#pods = sources.pods
  }

  get all(): readonly ServiceRow[] {
    return this.#rows.all
  }

  get(key: DocumentKey): ServiceRow | undefined {
    return this.#settled.get(key)
  }

  /** Returns the Services that may read differently. */
  set(stored: StoredObject): Set<DocumentKey> {
    const row = serviceOf(stored)
    const { creationTimestamp: createdAt = '', uid = '' } = stored.object.metadata
    const ports = row.ports.flatMap(({ nodePort }) => nodePort ?? [])
    const concerned = this.#nodePorts.claim({ key: row.key, createdAt, uid }, ports)
    this.#asked.set(row.key, row)
    this.#selecting.delete(row.namespace)
    return this.#settle(concerned.add(row.key))
  }

  remove(key: DocumentKey): Set<DocumentKey> {
    const row = this.#asked.get(key)
    if (row === undefined) return new Set()
    this.#asked.delete(key)
    this.#selecting.delete(row.namespace)
    return this.#settle(this.#nodePorts.release(key).add(key))
  }

  #settle(concerned: Set<DocumentKey>): Set<DocumentKey> {
    for (const key of concerned) {
      const asked = this.#asked.get(key)
      const row = asked && withClashes(asked, (port) => this.#nodePorts.holder(port) ?? key)
      if (row === undefined) {
        this.#rows.delete(key)
        this.#settled.delete(key)
      } else {
        this.#rows.set(key, row)
        this.#settled.set(key, row)
      }
    }
    return concerned
  }

  /** The Services behind which pods of this revision stand. */
  selecting(workload: Workload, hash: string): readonly DocumentKey[] {
    let inNamespace = this.#selecting.get(workload.namespace)
    if (inNamespace === undefined) this.#selecting.set(workload.namespace, (inNamespace = new Map()))
    const name = `${workload.key}#${hash}`
    let keys = inNamespace.get(name)
    if (keys === undefined) {
      keys = this.#rows.all.filter((service) => selectsRevision(service, workload, hash)).map(({ key }) => key)
      inNamespace.set(name, keys)
    }
    return keys
  }

  /** Templates of a workload changed, and with them what its pods wear. */
  relabelled(namespace: string): void {
    this.#selecting.delete(namespace)
  }

  /** Its endpoints may read differently. */
  touch(key: DocumentKey): void {
    this.#endpoints.delete(key)
  }

  endpoints(key: DocumentKey): readonly Endpoint[] {
    const service = this.#settled.get(key)
    if (service === undefined) return NONE
    let endpoints = this.#endpoints.get(key)
    if (endpoints === undefined) this.#endpoints.set(key, (endpoints = this.#find(service)))
    return endpoints
  }

  nodePortsTaken(except?: DocumentKey): Set<number> {
    return this.#nodePorts.takenBy({ except })
  }

  #find(service: ServiceRow): readonly Endpoint[] {
    const found: Endpoint[] = []
    for (const workload of this.#workloads.values()) {
      if (workload.namespace !== service.namespace) continue
      for (const row of this.#pods.of(workload.key)) {
        if (!this.selecting(workload, row.fact.revision).includes(service.key)) continue
        const endpoint = endpointOf(service, workload, row)
        if (endpoint !== undefined) found.push(endpoint)
      }
    }
    return Object.freeze(found)
  }
}
