/**
 * Objects as the API shows them, put together from what is stored and what is known: defaults filled in, status counted,
 * the internal part left out. Pure: the same sources give the same object on every node.
 *
 * @module
 */
import type { NodeId } from '../identity.ts'
import { documentKey, parseKey, type DocumentKey } from '../key.ts'
import type { KubeObject, ObjectMeta, StoredObject } from '../object.ts'
import { deploymentSpec } from '../objects/deployment.ts'
import { DEFAULT_NAMESPACE } from '../objects/namespace.ts'
import { nodeLabels, nodeStatusAndSpec } from '../objects/node.ts'
import { podMeta, podSpec, podStatus } from '../objects/pod.ts'
import { withDefaults } from '../objects/prepare.ts'
import {
  REVISION_ANNOTATION,
  replicaSetMeta,
  replicaSetOwner,
  replicaSetSpec,
  replicaSetStatus,
} from '../objects/replicaset.ts'
import { timestamp } from '../timestamp.ts'
import { derivedUid } from '../objects/uid.ts'
import { deploymentStatus, isAvailable } from './deployment-status.ts'
import { endpointSubsets } from './endpoints.ts'
import { pendingPod } from './pending.ts'
import { VersionSum } from './resource-version.ts'
import {
  isLive,
  isReady,
  type Endpoint,
  type NodeRow,
  type PendingSlot,
  type PodRow,
  type ServiceRow,
  type Workload,
} from './rows.ts'
import { podLabels, revisionOf } from './workloads.ts'

/** What the view knows, for those who put objects together. */
export interface Sources {
  readonly clusterId: string
  readonly nowMs: number
  /** Of all objects whose keys begin so. */
  keys(prefix: string): Iterable<DocumentKey>
  stored(key: DocumentKey): StoredObject | undefined
  workload(key: DocumentKey): Workload | undefined
  podsOf(workload: DocumentKey): readonly PodRow[]
  podNamed(key: DocumentKey): PodRow | undefined
  pending(workload: DocumentKey): readonly PendingSlot[]
  nodeNamed(name: string): NodeRow | undefined
  node(id: NodeId): NodeRow | undefined
  service(key: DocumentKey): ServiceRow | undefined
  endpoints(service: DocumentKey): readonly Endpoint[]
}

export interface Presented {
  readonly object: KubeObject
  /** When it will read differently though nothing happens. */
  readonly dueMs?: number
}

export function present(key: DocumentKey, from: Sources): Presented | undefined {
  const parts = parseKey(key)
  if (parts === undefined) return undefined
  switch (`${parts.group}/${parts.kind}`) {
    case 'apps/Deployment':
      return presentDeployment(key, from)
    case 'apps/ReplicaSet':
      return wrapped(presentReplicaSet(parts, from))
    case '/Service':
      return wrapped(presentService(key, from))
    case '/Namespace':
      return wrapped(presentNamespace(key, parts.name, from))
    case '/Node':
      return wrapped(presentNode(parts.name, from))
    case '/Pod':
      return wrapped(presentPod(key, from) ?? pendingPod(parts, from))
    case '/Endpoints':
      return wrapped(presentEndpoints(parts, from))
    default:
      return wrapped(withoutInternal(from.stored(key)?.object))
  }
}

const wrapped = (object: KubeObject | undefined): Presented | undefined =>
  object === undefined ? undefined : { object }

function withoutInternal(object: KubeObject | undefined): KubeObject | undefined {
  if (object === undefined) return undefined
  const { shoal: _, ...shown } = object
  return shown as KubeObject
}

function presentDeployment(key: DocumentKey, from: Sources): Presented | undefined {
  const stored = from.stored(key)
  const workload = from.workload(key)
  if (stored === undefined || workload === undefined) return undefined
  const object = withoutInternal(withDefaults(stored.object))!
  const pods = from.podsOf(key)
  const progressDeadlineMs = (deploymentSpec(object).progressDeadlineSeconds ?? 600) * 1000
  const { status, dueMs } = deploymentStatus({
    workload,
    pods,
    pending: from.pending(key),
    progressDeadlineMs,
    nowMs: from.nowMs,
  })
  const version = new VersionSum()
    .add(object.metadata.resourceVersion ?? '', stored.changedAtMs)
    .add(JSON.stringify(status), 0)
  for (const row of pods) version.add(row.version, row.changedAtMs)
  const annotations = { ...object.metadata.annotations, [REVISION_ANNOTATION]: String(workload.current.number) }
  const metadata = { ...object.metadata, annotations, resourceVersion: version.toString() }
  const shown = { ...object, metadata, status }
  return dueMs === undefined ? { object: shown } : { object: shown, dueMs }
}

function presentReplicaSet(
  { namespace, name }: { namespace: string; name: string },
  from: Sources,
): KubeObject | undefined {
  const dash = name.lastIndexOf('-')
  const key = documentKey({ group: 'apps', kind: 'Deployment', namespace, name: name.slice(0, Math.max(dash, 0)) })
  const workload = from.workload(key)
  const revision = workload && revisionOf(workload, name.slice(dash + 1))
  const stored = from.stored(key)
  if (workload === undefined || revision === undefined || stored === undefined) return undefined
  const pods = from.podsOf(key).filter(({ fact }) => fact.revision === revision.hash)
  const live = pods.filter(isLive)
  const counts = {
    live: live.length,
    ready: live.filter(isReady).length,
    available: live.filter((row) => isAvailable(row, workload, from.nowMs)).length,
  }
  const replicas = revision.hash === workload.revision ? workload.replicas : live.length
  const deployment = withDefaults(stored.object)
  const view = { deployment, revision, replicas, counts }
  const status = replicaSetStatus(view)
  const version = new VersionSum().add(`${deployment.metadata.resourceVersion}/${revision.number}`, stored.changedAtMs)
  for (const row of pods) version.add(row.version, row.changedAtMs)
  version.add(JSON.stringify(status), 0)
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { ...replicaSetMeta(view), resourceVersion: version.toString() },
    spec: replicaSetSpec(view),
    status,
  }
}

function presentService(key: DocumentKey, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)
  const row = from.service(key)
  if (stored === undefined || row === undefined) return undefined
  const object = withoutInternal(withDefaults(stored.object))!
  const conditions = row.ports.flatMap((port) =>
    port.clash === undefined ? [] : [clashCondition(stored, port.port, port.clash)],
  )
  const status = conditions.length === 0 ? { loadBalancer: {} } : { loadBalancer: {}, conditions }
  const version = new VersionSum()
    .add(object.metadata.resourceVersion ?? '', stored.changedAtMs)
    .add(JSON.stringify(status), 0)
  return { ...object, metadata: { ...object.metadata, resourceVersion: version.toString() }, status }
}

function clashCondition({ changedAtMs }: StoredObject, port: number, clash: DocumentKey): Record<string, string> {
  const holder = parseKey(clash)!
  return {
    type: 'NodePortClash',
    status: 'True',
    reason: 'HeldByOlderService',
    message: `the node port of port ${port} is held by the older Service ${holder.namespace}/${holder.name}; choose another`,
    lastTransitionTime: timestamp(changedAtMs),
  }
}

function presentNamespace(key: DocumentKey, name: string, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)?.object ?? (name === DEFAULT_NAMESPACE ? builtInNamespace(from.clusterId) : undefined)
  if (stored === undefined) return undefined
  const { name: _, ...metadata } = stored.metadata
  const labels = { 'kubernetes.io/metadata.name': name, ...metadata.labels }
  return {
    ...withoutInternal(withDefaults(stored))!,
    metadata: { ...metadata, name, labels },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating' },
  }
}

function builtInNamespace(clusterId: string): KubeObject {
  const uid = derivedUid('Namespace', clusterId, DEFAULT_NAMESPACE)
  const metadata = {
    name: DEFAULT_NAMESPACE,
    uid,
    creationTimestamp: timestamp(0),
    resourceVersion: new VersionSum().toString(),
  }
  return { apiVersion: 'v1', kind: 'Namespace', metadata }
}

function presentNode(name: string, from: Sources): KubeObject | undefined {
  const row = from.nodeNamed(name)
  if (row === undefined) return undefined
  const view = { ...row, heardMs: row.changedAtMs }
  const { spec, status } = nodeStatusAndSpec(view)
  const version = new VersionSum().add(row.version, row.changedAtMs).add(`${row.id}/${row.verdict}`, row.sinceMs)
  const metadata: ObjectMeta = {
    name,
    uid: derivedUid('Node', row.id),
    creationTimestamp: timestamp(row.fact.startedAtMs),
    resourceVersion: version.toString(),
    labels: nodeLabels(view),
    annotations: { 'shoal.dev/peer-id': row.id },
  }
  return { apiVersion: 'v1', kind: 'Node', metadata, spec, status }
}

function presentPod(key: DocumentKey, from: Sources): KubeObject | undefined {
  const row = from.podNamed(key)
  if (row === undefined) return undefined
  const { fact, changedAtMs, verdict } = row
  const workload = from.workload(fact.workload)
  const nodeName = from.node(row.node)?.name ?? row.node.toLowerCase()
  const view = {
    fact,
    changedAtMs,
    nodeName,
    labels: workload === undefined ? { 'pod-template-hash': fact.revision } : podLabels(workload, fact.revision),
    template: workload && revisionOf(workload, fact.revision)?.template,
    owner: replicaSetOwner({ name: parseKey(fact.workload)!.name, uid: workload?.uid ?? '' }, fact.revision),
    readiness: isReady(row)
      ? ('ready' as const)
      : verdict === 'unreachable' || verdict === 'lost'
        ? ('unknown' as const)
        : ('not-ready' as const),
  }
  const version = new VersionSum()
    .add(row.version, changedAtMs)
    .add(`${verdict}/${row.probe}/${workload?.uid}/${nodeName}`, row.sinceMs)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...podMeta(view), resourceVersion: version.toString() },
    spec: podSpec(view),
    status: podStatus(view),
  }
}

function presentEndpoints(
  { namespace, name }: { namespace: string; name: string },
  from: Sources,
): KubeObject | undefined {
  const key = documentKey({ group: '', kind: 'Service', namespace, name })
  const stored = from.stored(key)
  const row = from.service(key)
  if (stored === undefined || row === undefined) return undefined
  const subsets = endpointSubsets(row, from.endpoints(key), (id) => from.node(id)?.name)
  const version = new VersionSum()
    .add(stored.object.metadata.resourceVersion ?? '', stored.changedAtMs)
    .add(JSON.stringify(subsets), 0)
  const { uid = '', creationTimestamp = timestamp(0), labels } = stored.object.metadata
  const metadata: ObjectMeta = {
    name,
    namespace,
    uid: derivedUid('Endpoints', uid),
    creationTimestamp,
    resourceVersion: version.toString(),
    ...(labels === undefined ? {} : { labels }),
  }
  return { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets }
}
