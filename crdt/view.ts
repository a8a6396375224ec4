/**
 * The read model: everything this node knows, indexed, with what it thinks of the others. Fed by the replica, read by
 * controllers, placement, routes and the API; it writes nothing.
 *
 * A change touches keys: those of all objects, derived ones too, that may read differently now. What was put together for a
 * key is kept until the key is touched.
 *
 * @module
 */
import { asRead, DEFINITIONS } from './definitions/custom.ts'
import type { BidFact, FactName, NodeFact, PodFact, UsageFact } from './facts.ts'
import type { NodeId } from './identity.ts'
import { namespaceKey, parseKey, type DocumentKey } from './key.ts'
import type { ReplicaListener, StoredRecord } from './listener.ts'
import type { KubeObject, StoredObject } from './object.ts'
import { isMarked } from './objects/deletion.ts'
import { contentHashOf } from './objects/kept.ts'
import { DEFAULT_NAMESPACE } from './objects/namespace.ts'
import { DEFAULT_ACCOUNT, serviceAccountKey } from './objects/service-account.ts'
import type { Verdict } from './objects/node.ts'
import { podSecurityLevel, type PodSecurityLevel } from './objects/pod-security.ts'
import { mayRebalance } from './objects/rebalance.ts'
import { reached } from './reached.ts'
import { autoscalerOf, propose } from './view/autoscaling.ts'
import { BidIndex } from './view/bids.ts'
import {
  bidKey,
  endpointsKey,
  endpointSliceKey,
  nodeKey,
  podKey,
  prefixOf,
  replicaSetKey,
  revisionKeys,
} from './view/keys.ts'
import { budgetOf, budgetStanding, type BudgetStanding } from './view/budgets.ts'
import { DefinitionIndex, type Definition } from './view/definitions.ts'
import { Departures } from './view/departures.ts'
import { NodeIndex, type Said } from './view/nodes.ts'
import { countPods, isComplete } from './view/pod-counts.ts'
import { PendingSlots } from './view/pending-slots.ts'
import { PodIndex } from './view/pods.ts'
import type { Sources } from './view/sources.ts'
import { isLive, isReady } from './view/rows.ts'
import type {
  Autoscaler,
  BidRow,
  Budget,
  Endpoint,
  NamespaceRules,
  NodeRow,
  PendingSlot,
  PodRow,
  ProbeAnswer,
  Scaling,
  ServiceRow,
  UsageRow,
  Workload,
} from './view/rows.ts'
import { ServiceIndex } from './view/service-index.ts'
import { ShownObjects, type ListFilter } from './view/shown.ts'
import { SortedRows } from './view/sorted-rows.ts'
import { workloadOf, WORKLOADS } from './view/workloads.ts'

export type ViewListener = (keys: ReadonlySet<DocumentKey>) => void

const SERVICES = 'core/Service/'
const NODES = 'core/Node/'
const BUDGETS = 'policy/PodDisruptionBudget/'
const AUTOSCALERS = 'autoscaling/HorizontalPodAutoscaler/'
const NAMESPACES = 'core/Namespace/'
const DEFAULT_NAMESPACE_KEY = namespaceKey(DEFAULT_NAMESPACE)

interface ViewOptions {
  readonly self: NodeId
  readonly clusterId: string
  readonly admittedMs?: (node: NodeId) => number
  /** All that a node says of itself, whether it is shown or not. */
  readonly recordsOf?: (node: NodeId) => Iterable<StoredRecord>
}

export class View implements Pick<ReplicaListener, 'objectChanged' | 'recordChanged' | 'memberAdded'> {
  readonly #self: NodeId
  readonly #recordsOf: (node: NodeId) => Iterable<StoredRecord>
  readonly #nodes: NodeIndex
  readonly #departures = new Departures()
  readonly #pods: PodIndex
  readonly #services: ServiceIndex
  readonly #bids = new BidIndex()
  readonly #shown: ShownObjects
  /** By `group/Kind/`, as keys begin. */
  readonly #objects = new Map<string, Map<DocumentKey, StoredObject>>()
  readonly #workloads = new Map<DocumentKey, Workload>()
  readonly #workloadRows = new SortedRows<Workload>()
  readonly #budgets = new SortedRows<Budget>()
  readonly #autoscalers = new SortedRows<Autoscaler>()
  readonly #definitions = new DefinitionIndex()
  readonly #usages = new Map<NodeId, UsageRow>()
  readonly #pending = new PendingSlots()
  /** The revision of a workload that this node saw complete. */
  readonly #completed = new Map<DocumentKey, string>()
  readonly #members = new Set<NodeId>()
  readonly #listeners = new Set<ViewListener>()
  #touched = new Set<DocumentKey>()
  #batchDepth = 0
  #version = 0
  #nowMs = 0

  /** `admittedMs`: when a member was admitted, the same on every node; who was first keeps a name that two chose. */
  constructor({ self, clusterId, admittedMs = () => 0, recordsOf = () => [] }: ViewOptions) {
    this.#self = self
    this.#recordsOf = recordsOf
    this.#nodes = new NodeIndex(self, admittedMs)
    this.#pods = new PodIndex(this.#nodes)
    this.#services = new ServiceIndex({ workloads: this.#workloads, pods: this.#pods })
    this.#shown = new ShownObjects(this.#sources(clusterId, admittedMs))
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

  objectChanged(key: DocumentKey, written: StoredObject | undefined): void {
    const stored = written && asRead(written)
    const prefix = prefixOf(key)
    const ofKind = this.#objects.get(prefix) ?? new Map<DocumentKey, StoredObject>()
    this.#objects.set(prefix, ofKind)
    if (stored === undefined) ofKind.delete(key)
    else ofKind.set(key, stored)
    this.#shown.written(key)
    this.#touch(key)
    if (WORKLOADS.has(prefix)) this.#workloadChanged(key, stored)
    if (prefix === SERVICES) this.#serviceChanged(key, stored)
    if (prefix === BUDGETS) this.#budgetChanged(key, stored)
    if (prefix === AUTOSCALERS) this.#autoscalerChanged(key, stored)
    if (prefix === NODES) this.#nodeWritten(key, stored?.object)
    if (prefix === NAMESPACES) this.#namespaceChanged(parseKey(key)!.name)
    if (prefix === DEFINITIONS) this.#definitionChanged(key, stored)
    this.#changed()
  }

  recordChanged(node: NodeId, name: FactName, record: StoredRecord | undefined): void {
    if (this.#isHidden(node)) return
    this.#said(node, name, record)
    this.#changed()
  }

  #said(node: NodeId, name: FactName, record: StoredRecord | undefined): void {
    const said = record && {
      changedAtMs: record.atMs,
      version: `${node}/${record.incarnation}.${record.seq}`,
      incarnation: record.incarnation,
    }
    if (name === 'node') this.#nodeSaid(node, said && { ...said, fact: record.value as NodeFact })
    else if (name === 'usage') this.#usageSaid(node, record && { fact: record.value as UsageFact, atMs: record.atMs })
    else if (name.startsWith('pod/')) {
      const uid = name.slice('pod/'.length)
      this.#touchPods(this.#pods.report(node, uid, said && { ...said, fact: record.value as PodFact }))
    } else {
      const row = record && { node, fact: record.value as BidFact, atMs: record.atMs, ttlMs: record.ttlMs ?? 0 }
      for (const workload of this.#bids.set(node, name, row)) this.#touch(bidKey(workload))
    }
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
    if (this.pendingOf(workload).length === 0 && slots.length === 0) return
    this.#touch(workload)
    for (const key of this.#pending.keysOf(workload)) this.#touch(key)
    this.#pending.set(workload, slots)
    for (const key of this.#pending.keysOf(workload)) this.#touch(key)
    this.#changed()
  }

  /**
   * The time by which pods become available and rollouts are late; the view has no other clock. Told as often as that should
   * be seen, say every second.
   */
  tick(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs)
    this.#noteCompleted()
    const due = this.#shown.due(this.#nowMs)
    if (due.length === 0) return
    for (const key of due) this.#touch(key)
    this.#changed()
  }

  #noteCompleted(): void {
    for (const workload of this.#workloadRows.all) {
      const { key, revision } = workload
      if (this.#completed.get(key) === revision) continue
      const { counts } = countPods({ workload, pods: this.#pods.of(key), nowMs: this.#nowMs })
      if (isComplete(counts, workload)) this.#completed.set(key, revision)
    }
  }

  // ---- as the API shows them

  get(key: DocumentKey): KubeObject | undefined {
    return this.#shown.get(key)
  }

  /** Of all objects of a kind, in the order of namespace and name. To put 10,000 of them together takes half a second. */
  keys(group: string, kind: string, namespace?: string): DocumentKey[] {
    return this.#shown.keys(group, kind, namespace)
  }

  /** In the order of namespace and name. */
  list(group: string, kind: string, filter: ListFilter = {}): KubeObject[] {
    return this.#shown.list(group, kind, filter)
  }

  /** What is stored, internal part and all: for the next write of it. */
  stored(key: DocumentKey): StoredObject | undefined {
    return this.#objects.get(prefixOf(key))?.get(key)
  }

  /** All that are stored, shown or not. */
  *storedAll(): Iterable<DocumentKey> {
    for (const objects of this.#objects.values()) yield* objects.keys()
  }

  /** How the present content of a ConfigMap or Secret is called; undefined where there is none. */
  contentHash(key: DocumentKey): string | undefined {
    const stored = this.stored(key)
    return stored && contentHashOf(stored)
  }

  /**
   * Whether a resource version that was shown belongs to the object as it is stored now: status may have moved on since, what
   * people want has not. For writes on condition.
   */
  isCurrent(key: DocumentKey, resourceVersion: string): boolean {
    return this.#shown.isCurrent(key, resourceVersion)
  }

  // ---- rows

  nodes(): readonly NodeRow[] {
    return this.#nodes.all
  }

  node(id: NodeId): NodeRow | undefined {
    return this.#nodes.get(id)
  }

  /** All that were admitted and not deleted, whether they have said anything or not. */
  members(): ReadonlySet<NodeId> {
    return this.#departures.without(this.#members)
  }

  /** The documents by which this node was deleted. */
  departuresOf(node: NodeId): DocumentKey[] {
    return this.#departures.documentsOf(node)
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

  /** What a namespace lets its pods do; the same where it is not known. */
  podSecurity(namespace: string): PodSecurityLevel {
    return this.namespaceRules(namespace).podSecurity
  }

  /** The same where it is not known. */
  namespaceRules(namespace: string): NamespaceRules {
    const object = this.stored(namespaceKey(namespace))?.object
    return {
      podSecurity: podSecurityLevel(object?.metadata.labels, 'enforce'),
      mayRebalance: mayRebalance(object),
      isEnding: isMarked(object),
    }
  }

  bidsOf(workload: DocumentKey): readonly BidRow[] {
    return this.#bids.of(workload)
  }

  pendingOf(workload: DocumentKey): readonly PendingSlot[] {
    return this.#pending.of(workload)
  }

  autoscalers(): readonly Autoscaler[] {
    return this.#autoscalers.all
  }

  /** With what it asks for now, as far as this node knows. */
  scaling(key: DocumentKey): Scaling | undefined {
    const autoscaler = this.#autoscalers.all.find((each) => each.key === key)
    if (autoscaler === undefined) return undefined
    const { target } = autoscaler
    const workload = this.#workloads.get(target)
    const rival = this.#autoscalers.all.find((each) => each.target === target && each.key !== key)?.key
    const pods = this.#pods.of(target).filter((row) => isLive(row, this.#nowMs))
    const sight = { pods, usageOf: (node: NodeId) => this.#usages.get(node), nowMs: this.#nowMs }
    const proposal = workload && propose(autoscaler, workload, sight)
    return { autoscaler, workload, pods: pods.length, rival, proposal }
  }

  /** While it says so: a usage does not last. */
  usageOf(node: NodeId): UsageRow | undefined {
    return this.#usages.get(node)
  }

  budgets(): readonly Budget[] {
    return this.#budgets.all
  }

  /** The kinds that people defined, served or not, in the order of their names. */
  definitions(): readonly Definition[] {
    return this.#definitions.all
  }

  /** The definition of a kind that is served. */
  definition(group: string, kind: string): Definition | undefined {
    return this.#definitions.ofKind(group, kind)
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

  /** Which Service keeps a node port. */
  nodePortHolder(port: number): DocumentKey | undefined {
    return this.#services.nodePortHolder(port)
  }

  // ---- what a change touches

  #workloadChanged(key: DocumentKey, stored: StoredObject | undefined): void {
    const before = this.#workloads.get(key)
    if (before !== undefined) this.#touchSelecting(before)
    const after = stored && workloadOf(stored, this.namespaceRules(parseKey(key)!.namespace))
    if (after === undefined) {
      this.#workloads.delete(key)
      this.#workloadRows.delete(key)
      this.#completed.delete(key)
    } else {
      this.#workloads.set(key, after)
      this.#workloadRows.set(key, after)
    }
    this.#services.relabelled(key, after)
    this.#touchBudgets(key)
    this.#touchAutoscalers(key)
    if (after !== undefined) this.#touchSelecting(after)
    for (const each of [before, after].filter((workload) => workload !== undefined).flatMap(revisionKeys))
      this.#touch(each)
    for (const { fact } of this.#pods.of(key)) this.#touch(podKey(fact))
    for (const pod of this.#pending.keysOf(key)) this.#touch(pod)
    if (after === undefined) this.#pending.set(key, [])
  }

  #budgetChanged(key: DocumentKey, stored: StoredObject | undefined): void {
    if (stored === undefined) this.#budgets.delete(key)
    else this.#budgets.set(key, budgetOf(stored))
  }

  /** Objects are shown while their kind is served; and whose names are taken may hang on any other of its group. */
  #definitionChanged(key: DocumentKey, stored: StoredObject | undefined): void {
    for (const kind of this.#definitions.set(key, stored))
      for (const object of this.#storedKeys(kind)) this.#touch(object)
    for (const each of this.#storedKeys(DEFINITIONS)) this.#touch(each)
  }

  #autoscalerChanged(key: DocumentKey, stored: StoredObject | undefined): void {
    if (stored === undefined) this.#autoscalers.delete(key)
    else this.#autoscalers.set(key, autoscalerOf(stored))
    // Whose rival it was or is.
    this.#touchAutoscalers()
  }

  /** Of one workload, or all. */
  #touchAutoscalers(workload?: DocumentKey): void {
    if (this.#autoscalers.all.length === 0) return
    for (const { key, target } of this.#autoscalers.all)
      if (workload === undefined || target === workload) this.#touch(key)
  }

  /** What they count may have changed. */
  #touchBudgets(workload: DocumentKey): void {
    if (this.#budgets.all.length === 0) return
    const namespace = parseKey(workload)?.namespace
    for (const budget of this.#budgets.all) if (budget.namespace === namespace) this.#touch(budget.key)
  }

  /** [PSS5, REB4] What it says now holds at once, for what is to be started or moved from now on. [FIN9] Its end, too. */
  #namespaceChanged(namespace: string): void {
    const { podSecurity, mayRebalance: may, isEnding } = this.namespaceRules(namespace)
    const isConcerned = ({ kind, key, ...row }: Workload): boolean => {
      if (row.podSecurity !== podSecurity || row.isEnding !== isEnding) return true
      return kind === 'Deployment' && row.mayRebalance !== (may && mayRebalance(this.stored(key)?.object))
    }
    this.#touch(serviceAccountKey(namespace, DEFAULT_ACCOUNT))
    for (const { key } of this.workloads().filter((row) => row.namespace === namespace && isConcerned(row))) {
      this.#workloadChanged(key, this.stored(key))
      this.#touch(key)
    }
  }

  /** Services behind which its pods stand. */
  #touchSelecting(workload: Workload): void {
    const hashes = new Set(this.#pods.of(workload.key).map(({ fact }) => fact.revision))
    for (const hash of hashes) this.#touchEndpoints(this.#services.selecting(workload, hash))
  }

  #touchPods(rows: readonly PodRow[]): void {
    for (const { fact } of rows) {
      this.#touch(podKey(fact))
      this.#touch(fact.workload)
      this.#touchBudgets(fact.workload)
      this.#touchAutoscalers(fact.workload)
      this.#touch(replicaSetKey(fact.workload, fact.revision))
      const workload = this.#workloads.get(fact.workload)
      if (workload !== undefined) this.#touchEndpoints(this.#services.selecting(workload, fact.revision))
    }
  }

  #serviceChanged(key: DocumentKey, stored: StoredObject | undefined): void {
    const concerned = stored === undefined ? this.#services.remove(key) : this.#services.set(stored)
    for (const each of concerned) this.#touch(each)
    this.#touchEndpoints(concerned)
  }

  #touchEndpoints(services: Iterable<DocumentKey>): void {
    for (const key of services) {
      this.#services.touch(key)
      this.#touch(endpointsKey(key))
      this.#touch(endpointSliceKey(key))
    }
  }

  /** [DEP1] What a member said that is deleted is taken out; [DEP2] and put in again when it is back. */
  #nodeWritten(key: DocumentKey, document: KubeObject | undefined): void {
    const { gone, back } = this.#departures.set(key, document)
    this.#nodes.wish(parseKey(key)!.name, document)
    const hidden = gone.filter((node) => this.#isHidden(node))
    for (const node of hidden) for (const { name } of this.#recordsOf(node)) this.#said(node, name, undefined)
    for (const node of back) {
      reached('deleted-member-back')
      for (const record of this.#recordsOf(node)) this.#said(node, record.name, record)
    }
  }

  /** Never this node itself: its agent lives by what it said. */
  #isHidden(node: NodeId): boolean {
    return node !== this.#self && this.#departures.has(node)
  }

  #nodeSaid(node: NodeId, said: Said | undefined): void {
    const { nodes, names } = this.#nodes.say(node, said)
    for (const name of names) this.#touch(nodeKey(name))
    for (const id of nodes) this.#touchPods(this.#pods.on(id))
  }

  #usageSaid(node: NodeId, row: UsageRow | undefined): void {
    if (row === undefined) this.#usages.delete(node)
    else this.#usages.set(node, row)
    this.#touchAutoscalers()
  }

  #touch(key: DocumentKey): void {
    this.#shown.touch(key)
    this.#touched.add(key)
  }

  #changed(): void {
    this.#version++
    this.#tell()
  }

  #tell(): void {
    if (this.#batchDepth > 0 || this.#touched.size === 0) return
    const touched = this.#touched
    this.#touched = new Set()
    for (const listener of this.#listeners) listener(touched)
  }

  #standing(key: DocumentKey): BudgetStanding | undefined {
    const budget = this.#budgets.all.find((each) => each.key === key)
    return (
      budget &&
      budgetStanding(budget, this.#workloadRows.all, ({ key }) =>
        this.#pods.of(key).map((row) => ({ fact: row.fact, serves: isReady(row) })),
      )
    )
  }

  // ---- what objects are put together from

  #sources(clusterId: string, admittedMs: (node: NodeId) => number): Sources {
    const nowMs = (): number => this.#nowMs
    return {
      clusterId,
      get nowMs() {
        return nowMs()
      },
      keys: (prefix) => this.#keys(prefix),
      stored: (key) => this.stored(key),
      workload: (key) => this.#workloads.get(key),
      podsOf: (workload) => this.#pods.of(workload),
      standing: (key) => this.#standing(key),
      scaling: (key) => this.scaling(key),
      podNamed: (key) => this.#pods.named(key),
      wasComplete: ({ key, revision }) => this.#completed.get(key) === revision,
      pending: (workload) => this.pendingOf(workload),
      pendingNamed: (pod) => this.#pending.named(pod),
      definition: (key) => this.#definitions.all.find((each) => each.key === key),
      definitionOf: (group, kind) => this.definition(group, kind),
      nodeNamed: (name) => this.#nodes.named(name),
      node: (id) => this.#nodes.get(id),
      admittedMs,
      service: (key) => this.#services.get(key),
      endpoints: (service) => this.#services.endpoints(service),
    }
  }

  #keys(prefix: string): Iterable<DocumentKey> {
    switch (prefix) {
      case 'core/Pod/':
        return new Set([...this.#storedKeys(prefix), ...this.#pods.keys(), ...this.#pending.keys()])
      case 'core/Node/':
        return this.#nodes.all.map(({ name }) => nodeKey(name))
      case 'core/Endpoints/':
        return this.#services.all.map(({ key }) => endpointsKey(key))
      case 'discovery.k8s.io/EndpointSlice/':
        return this.#services.all.map(({ key }) => endpointSliceKey(key))
      case 'apps/ReplicaSet/':
        return this.#workloadRows.all.flatMap(revisionKeys)
      case 'core/Namespace/':
        return this.#namespaces()
      case 'core/ServiceAccount/':
        return new Set([...this.#defaultAccounts(), ...this.#storedKeys(prefix)])
      default:
        return this.#storedKeys(prefix)
    }
  }

  #namespaces(): ReadonlySet<DocumentKey> {
    return new Set([DEFAULT_NAMESPACE_KEY, ...this.#storedKeys(NAMESPACES)])
  }

  #defaultAccounts(): DocumentKey[] {
    return [...this.#namespaces()].map((key) => serviceAccountKey(parseKey(key)!.name, DEFAULT_ACCOUNT))
  }

  #storedKeys(prefix: string): Iterable<DocumentKey> {
    return this.#objects.get(prefix)?.keys() ?? []
  }
}
