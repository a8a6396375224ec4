/**
 * Services with their node ports settled, and the pods behind each, kept until something touches them.
 *
 * Pods of one revision wear the same labels, so what is selected is settled per revision, not per pod.
 *
 * @module
 */
import type { DocumentKey } from '../key.ts'
import type { StoredObject } from '../object.ts'
import { LabelIndex, labelOfSelector, labelsOf } from './label-index.ts'
import { NodePorts } from './node-ports.ts'
import type { PodIndex } from './pods.ts'
import type { Endpoint, ServiceRow, Workload } from './rows.ts'
import { endpointOf, selectsPods, serviceOf, withClashes } from './services.ts'
import { SortedRows } from './sorted-rows.ts'
import { podLabels } from './workloads.ts'

const NONE: readonly Endpoint[] = []

export class ServiceIndex {
  readonly #workloads: ReadonlyMap<DocumentKey, Workload>
  readonly #pods: PodIndex
  readonly #asked = new Map<DocumentKey, ServiceRow>()
  readonly #rows = new SortedRows<ServiceRow>()
  readonly #settled = new Map<DocumentKey, ServiceRow>()
  readonly #nodePorts = new NodePorts()
  readonly #endpoints = new Map<DocumentKey, readonly Endpoint[]>()
  readonly #servicesByLabel = new LabelIndex()
  readonly #workloadsByLabel = new LabelIndex()

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
    this.#servicesByLabel.set(row.key, [labelOfSelector(row.namespace, row.selector)])
    return this.#settle(concerned.add(row.key))
  }

  remove(key: DocumentKey): Set<DocumentKey> {
    if (!this.#asked.delete(key)) return new Set()
    this.#servicesByLabel.delete(key)
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
  selecting(workload: Workload, hash: string): DocumentKey[] {
    const labels = podLabels(workload, hash)
    const candidates = labelsOf(workload.namespace, labels).flatMap((label) => [...this.#servicesByLabel.at(label)])
    return candidates.filter((key) => selectsPods(this.#asked.get(key)!, labels))
  }

  /** A workload came, changed what its pods wear, or went. */
  relabelled(key: DocumentKey, workload: Workload | undefined): void {
    if (workload === undefined) return this.#workloadsByLabel.delete(key)
    const worn = [
      workload.selectorLabels,
      ...[workload.current, ...workload.older].map(({ template }) => template.metadata?.labels ?? {}),
    ]
    this.#workloadsByLabel.set(key, [...new Set(worn.flatMap((labels) => labelsOf(workload.namespace, labels)))])
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

  nodePortHolder(port: number): DocumentKey | undefined {
    return this.#nodePorts.holder(port)
  }

  #find(service: ServiceRow): readonly Endpoint[] {
    const candidates = this.#workloadsByLabel.at(labelOfSelector(service.namespace, service.selector))
    return Object.freeze([...candidates].toSorted().flatMap((key) => this.#findIn(service, this.#workloads.get(key)!)))
  }

  #findIn(service: ServiceRow, workload: Workload): Endpoint[] {
    const answers = new Map<string, boolean>()
    const isSelected = (hash: string): boolean => {
      const answer = answers.get(hash) ?? selectsPods(service, podLabels(workload, hash))
      answers.set(hash, answer)
      return answer
    }
    const selected = this.#pods.of(workload.key).filter(({ fact }) => isSelected(fact.revision))
    return selected.map((row) => endpointOf(service, workload, row)).filter((endpoint) => endpoint !== undefined)
  }
}
