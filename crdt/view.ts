/**
 * The read model: everything this node knows, indexed, with what it thinks of the others. Fed by the replica, read by
 * controllers, placement, routes and the API; it writes nothing.
 *
 * A change touches keys: those of all objects, derived ones too, that may read differently now. What was put together for a
 * key is kept until the key is touched.
 *
 * @module
 */
import type { BidFact, FactName, NodeFact, PodFact } from './facts.ts'
import type { NodeId } from './identity.ts'
import { documentKey, parseKey, type DocumentKey } from './key.ts'
import type { ReplicaListener, StoredRecord } from './listener.ts'
import { deepFreeze, type KubeObject, type StoredObject } from './object.ts'
import { DEFAULT_NAMESPACE } from './objects/namespace.ts'
import type { Verdict } from './objects/node.ts'
import { replicaSetName } from './objects/replicaset.ts'
import type { LabelSelector } from './objects/selector.ts'
import { BidIndex, bidKey } from './view/bids.ts'
import { isMatch } from './view/filter.ts'
import { NodeIndex } from './view/nodes.ts'
import { pendingPodName } from './view/pending.ts'
import { podKey, PodIndex } from './view/pods.ts'
import { present, type Presented, type Sources } from './view/present.ts'
import type { BidRow, Endpoint, NodeRow, PendingSlot, PodRow, ProbeAnswer, ServiceRow, Workload } from './view/rows.ts'
import { ServiceIndex } from './view/service-index.ts'
import { SortedRows } from './view/sorted-rows.ts'
import { workloadOf } from './view/workloads.ts'

export interface ListFilter {
  readonly namespace?: string
  readonly labels?: LabelSelector
  /** `metadata.name`, `spec.nodeName`, `status.phase` ...: paths to scalars. */
  readonly fields?: Readonly<Record<string, string>>
}

export type ViewListener = (keys: ReadonlySet<DocumentKey>) => void

const NO_PENDING: readonly PendingSlot[] = []

/** Versions of one stored object that were shown with different status; enough for the slowest reader of a rollout. */
const SHOWN_VERSIONS_MAX = 64

export class View implements Pick<ReplicaListener, 'objectChanged' | 'recordChanged' | 'memberAdded'> {
  readonly #nodes: NodeIndex
  readonly #pods: PodIndex
  readonly #services: ServiceIndex
  readonly #bids = new BidIndex()
  readonly #sources: Sources
  /** By `group/Kind/`, as keys begin. */
  readonly #objects = new Map<string, Map<DocumentKey, StoredObject>>()
  readonly #workloads = new Map<DocumentKey, Workload>()
  readonly #workloadRows = new SortedRows<Workload>()
  readonly #pending = new Map<DocumentKey, readonly PendingSlot[]>()
  readonly #members = new Set<NodeId>()
  readonly #presented = new Map<DocumentKey, Presented>()
  readonly #shownVersions = new Map<DocumentKey, Set<string>>()
  readonly #listeners = new Set<ViewListener>()
  #touched = new Set<DocumentKey>()
  #batchDepth = 0
  #version = 0
  #nowMs = 0

  constructor({ self, clusterId }: { self: NodeId; clusterId: string }) {
    this.#nodes = new NodeIndex(self)
    this.#pods = new PodIndex(this.#nodes)
    this.#services = new ServiceIndex({ workloads: this.#workloads, pods: this.#pods })
    this.#sources = this.#makeSources(clusterId)
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version
  }

  /** Called after every change, or batch of changes, with the keys it touched. Auctions are told under `bidKey`. */
  subscribe(listener: ViewListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Runs many changes and tells of them once. */
  batch<T>(run: () => T): T {
    this.#batchDepth++
    try {
      return run()
    } finally {
      this.#batchDepth--
      this.#tell()
    }
  }

  // ---- from the replica

  objectChanged(key: DocumentKey, stored: StoredObject | undefined): void {
    const prefix = prefixOf(key)
    const ofKind = this.#objects.get(prefix) ?? new Map<DocumentKey, StoredObject>()
    this.#objects.set(prefix, ofKind)
    if (stored === undefined) ofKind.delete(key)
    else ofKind.set(key, stored)
    this.#shownVersions.delete(key)
    this.#see(stored?.changedAtMs ?? 0)
    this.#touch(key)
    if (prefix === DEPLOYMENTS) this.#workloadChanged(key, stored)
    if (prefix === SERVICES) this.#touchServices(stored === undefined ? this.#services.remove(key) : this.#services.set(stored))
    this.#changed()
  }

  recordChanged(node: NodeId, name: FactName, record: StoredRecord | undefined): void {
    const said = record && { changedAtMs: record.atMs, version: `${node}/${record.incarnation}.${record.seq}` }
    this.#see(record?.atMs ?? 0)
    if (name === 'node') this.#nodeSaid(node, said && { ...said, fact: record.value as NodeFact })
    else if (name.startsWith('pod/')) {
      const uid = name.slice('pod/'.length)
      this.#touchPods(this.#pods.report(node, uid, said && { ...said, fact: record.value as PodFact }))
    } else {
      const row = record && { node, fact: record.value as BidFact, atMs: record.atMs, ttlMs: record.ttlMs ?? 0 }
      for (const workload of this.#bids.set(node, name, row)) this.#touch(bidKey(workload))
    }
    this.#changed()
  }

  memberAdded(node: NodeId): void {
    this.#members.add(node)
    this.#changed()
  }

  // ---- opinions of this node, never replicated

  setVerdict(node: NodeId, verdict: Verdict, sinceMs: number): void {
    if (!this.#nodes.judge(node, { verdict, sinceMs })) return
    const row = this.#nodes.get(node)
    if (row !== undefined) this.#touch(nodeKey(row.name))
    this.#touchPods(this.#pods.rejudge(node))
    this.#changed()
  }

  /** What a pod answered whose agent is gone; undefined: not asked. */
  setProbe(podUid: string, answer: ProbeAnswer | undefined): void {
    const concerned = this.#pods.probe(podUid, answer)
    if (concerned.length === 0) return
    this.#touchPods(concerned)
    this.#changed()
  }

  /** Slots of a workload that nobody takes, with the reasons: shown as pending pods. */
  setPending(workload: DocumentKey, slots: readonly PendingSlot[]): void {
    const before = this.#pending.get(workload) ?? NO_PENDING
    if (before.length === 0 && slots.length === 0) return
    if (slots.length === 0) this.#pending.delete(workload)
    else this.#pending.set(workload, slots)
    this.#touch(workload)
    for (const key of [...before, ...slots].map((slot) => pendingKey(workload, slot))) this.#touch(key)
    this.#changed()
  }

  /** The time by which pods become available and rollouts are late. Told as often as that should be seen, say every second. */
  tick(nowMs: number): void {
    this.#see(nowMs)
    const due = [...this.#presented].filter(([, { dueMs }]) => dueMs !== undefined && dueMs <= nowMs)
    if (due.length === 0) return
    for (const [key] of due) this.#touch(key)
    this.#changed()
  }

  // ---- as the API shows them

  get(key: DocumentKey): KubeObject | undefined {
    const kept = this.#presented.get(key)
    if (kept !== undefined) return kept.object
    const presented = present(key, this.#sources)
    if (presented === undefined) return undefined
    deepFreeze(presented.object)
    this.#presented.set(key, presented)
    this.#rememberShown(key, presented.object)
    return presented.object
  }

  /** In the order of namespace and name. */
  list(group: string, kind: string, filter: ListFilter = {}): KubeObject[] {
    const found: KubeObject[] = []
    const prefix = documentKey({ group, kind, namespace: filter.namespace ?? '', name: '' })
    const start = filter.namespace === undefined ? prefix.slice(0, -1) : prefix
    for (const key of [...this.#keysOf(prefixOf(prefix))].filter((each) => each.startsWith(start)).sort()) {
      const object = this.get(key)
      if (object !== undefined && isMatch(object, filter)) found.push(object)
    }
    return found
  }

  /** What is stored, internal part and all: for the next write of it. */
  stored(key: DocumentKey): StoredObject | undefined {
    return this.#objects.get(prefixOf(key))?.get(key)
  }

  /**
   * Whether a resource version that was shown belongs to the object as it is stored now: status may have moved on since, what
   * people want has not. For writes on condition.
   */
  isCurrent(key: DocumentKey, resourceVersion: string): boolean {
    return this.get(key)?.metadata.resourceVersion === resourceVersion || this.#shownVersions.get(key)?.has(resourceVersion) === true
  }

  // ---- rows

  nodes(): readonly NodeRow[] {
    return this.#nodes.all
  }

  node(id: NodeId): NodeRow | undefined {
    return this.#nodes.get(id)
  }

  /** All that were admitted, whether they have said anything or not. */
  members(): ReadonlySet<NodeId> {
    return this.#members
  }

  pods(): readonly PodRow[] {
    return this.#pods.all
  }

  podsOf(workload: DocumentKey): readonly PodRow[] {
    return this.#pods.of(workload)
  }

  podsOn(node: NodeId): readonly PodRow[] {
    return this.#pods.on(node)
  }

  workloads(): readonly Workload[] {
    return this.#workloadRows.all
  }

  workload(key: DocumentKey): Workload | undefined {
    return this.#workloads.get(key)
  }

  bidsOf(workload: DocumentKey): readonly BidRow[] {
    return this.#bids.of(workload)
  }

  pendingOf(workload: DocumentKey): readonly PendingSlot[] {
    return this.#pending.get(workload) ?? NO_PENDING
  }

  services(): readonly ServiceRow[] {
    return this.#services.all
  }

  service(key: DocumentKey): ServiceRow | undefined {
    return this.#services.get(key)
  }

  endpoints(service: DocumentKey): readonly Endpoint[] {
    return this.#services.endpoints(service)
  }

  /** Node ports other Services ask for: not to be given to this one. */
  nodePortsTaken(except?: DocumentKey): ReadonlySet<number> {
    return this.#services.nodePortsTaken(except)
  }

  // ---- what a change touches

  #workloadChanged(key: DocumentKey, stored: StoredObject | undefined): void {
    const before = this.#workloads.get(key)
    if (before !== undefined) this.#touchSelecting(before)
    const after = stored && workloadOf(stored)
    if (after === undefined) {
      this.#workloads.delete(key)
      this.#workloadRows.delete(key)
    } else {
      this.#workloads.set(key, after)
      this.#workloadRows.set(key, after)
    }
    const namespace = (after ?? before)?.namespace
    if (namespace !== undefined) this.#services.relabelled(namespace)
    if (after !== undefined) this.#touchSelecting(after)
    for (const workload of [before, after]) for (const revision of revisionsIn(workload)) this.#touch(revision)
    for (const { fact } of this.#pods.of(key)) this.#touch(podKey(fact))
    for (const slot of this.pendingOf(key)) this.#touch(pendingKey(key, slot))
  }

  /** Services behind which its pods stand. */
  #touchSelecting(workload: Workload): void {
    const hashes = new Set(this.#pods.of(workload.key).map(({ fact }) => fact.revision))
    for (const hash of hashes) this.#touchServices(this.#services.selecting(workload, hash))
  }

  #touchPods(rows: readonly PodRow[]): void {
    for (const { fact } of rows) {
      this.#touch(podKey(fact))
      this.#touch(fact.workload)
      this.#touch(replicaSetKey(fact.workload, fact.revision))
      const workload = this.#workloads.get(fact.workload)
      if (workload !== undefined) this.#touchServices(this.#services.selecting(workload, fact.revision))
    }
  }

  #touchServices(keys: Iterable<DocumentKey>): void {
    for (const key of keys) {
      const { namespace, name } = parseKey(key)!
      this.#services.touch(key)
      this.#touch(key)
      this.#touch(documentKey({ group: '', kind: 'Endpoints', namespace, name }))
    }
  }

  #nodeSaid(node: NodeId, said: { fact: NodeFact; changedAtMs: number; version: string } | undefined): void {
    const { nodes, names } = this.#nodes.say(node, said)
    for (const name of names) this.#touch(nodeKey(name))
    for (const id of nodes) this.#touchPods(this.#pods.on(id))
  }

  #touch(key: DocumentKey): void {
    this.#presented.delete(key)
    this.#touched.add(key)
  }

  #see(ms: number): void {
    this.#nowMs = Math.max(this.#nowMs, ms)
  }

  #changed(): void {
    this.#version++
    this.#tell()
  }

  #tell(): void {
    if (this.#batchDepth > 0 || this.#touched.size === 0) return
    const touched = this.#touched
    this.#touched = new Set()
    for (const listener of [...this.#listeners]) listener(touched)
  }

  // ---- helpers of reading

  *#keysOf(prefix: string): Iterable<DocumentKey> {
    const stored = this.#objects.get(prefix)?.keys() ?? []
    switch (prefix) {
      case 'core/Pod/':
        yield* this.#pods.keys()
        for (const [workload, slots] of this.#pending) for (const slot of slots) yield pendingKey(workload, slot)
        return
      case 'core/Node/':
        for (const { name } of this.#nodes.all) yield nodeKey(name)
        return
      case 'core/Endpoints/':
        for (const { namespace, name } of this.#services.all) yield documentKey({ group: '', kind: 'Endpoints', namespace, name })
        return
      case 'apps/ReplicaSet/':
        for (const workload of this.#workloads.values()) yield* revisionsIn(workload)
        return
      case 'core/Namespace/':
        yield* new Set([...stored, DEFAULT_NAMESPACE_KEY])
        return
      default:
        yield* stored
    }
  }

  #rememberShown(key: DocumentKey, { metadata }: KubeObject): void {
    if (metadata.resourceVersion === undefined || this.stored(key) === undefined) return
    const shown = this.#shownVersions.get(key) ?? new Set<string>()
    this.#shownVersions.set(key, shown)
    shown.add(metadata.resourceVersion)
    if (shown.size > SHOWN_VERSIONS_MAX) shown.delete(shown.values().next().value!)
  }

  #makeSources(clusterId: string): Sources {
    const nowMs = (): number => this.#nowMs
    return {
      clusterId,
      get nowMs() {
        return nowMs()
      },
      stored: (key) => this.stored(key),
      workload: (key) => this.#workloads.get(key),
      podsOf: (workload) => this.#pods.of(workload),
      podNamed: (key) => this.#pods.named(key),
      pending: (workload) => this.pendingOf(workload),
      nodeNamed: (name) => this.#nodes.named(name),
      node: (id) => this.#nodes.get(id),
      service: (key) => this.#services.get(key),
      endpoints: (service) => this.#services.endpoints(service),
    }
  }
}

const DEPLOYMENTS = 'apps/Deployment/'
const SERVICES = 'core/Service/'
const DEFAULT_NAMESPACE_KEY = documentKey({ group: '', kind: 'Namespace', namespace: '', name: DEFAULT_NAMESPACE })

/** `apps/Deployment/` of `apps/Deployment/default/web`. */
const prefixOf = (key: DocumentKey): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1)

const nodeKey = (name: string): DocumentKey => documentKey({ group: '', kind: 'Node', namespace: '', name })

function replicaSetKey(workload: DocumentKey, hash: string): DocumentKey {
  const { namespace, name } = parseKey(workload)!
  return documentKey({ group: 'apps', kind: 'ReplicaSet', namespace, name: replicaSetName(name, hash) })
}

function pendingKey(workload: DocumentKey, slot: PendingSlot): DocumentKey {
  const { namespace, name } = parseKey(workload)!
  return podKey({ namespace, name: pendingPodName({ key: workload, name }, slot) })
}

const revisionsIn = (workload: Workload | undefined): DocumentKey[] =>
  workload === undefined ? [] : [workload.current, ...workload.older].map(({ hash }) => replicaSetKey(workload.key, hash))
