/**
 * Deployments with their status, their revisions as ReplicaSets, and their pods.
 *
 * @module
 */
import { documentKey, parseKey, type DocumentKey } from '../key.ts'
import type { KubeObject, StoredObject } from '../object.ts'
import { isForeground, isMarked } from '../objects/deletion.ts'
import { deploymentSpec } from '../objects/deployment.ts'
import { podAnnotations, podMeta, podSpec, podStatus, type PodView } from '../objects/pod.ts'
import { withDefaults } from '../objects/prepare.ts'
import {
  REVISION_ANNOTATION,
  replicaSetMeta,
  replicaSetOwner,
  replicaSetSpec,
  replicaSetStatus,
} from '../objects/replicaset.ts'
import { deploymentStatus } from './deployment-status.ts'
import { countPods } from './pod-counts.ts'
import { VersionSum } from './resource-version.ts'
import { REVISION_LABEL } from '../objects/selector.ts'
import { endedStatus, pendingStatus } from './pending.ts'
import { byClaim } from './pods.ts'
import { hasEnded, isForsaken, isLive, isOutOfReach, isReady, type PodRow, type Workload } from './rows.ts'
import { versionOf, withoutInternal, type Place, type Presented, type Sources } from './sources.ts'
import { podLabels, revisionOf } from './workloads.ts'

export function presentDeployment(key: DocumentKey, from: Sources): Presented | undefined {
  const stored = from.stored(key)
  const workload = from.workload(key)
  if (stored === undefined || workload === undefined) return undefined
  const object = withoutInternal(withDefaults(stored.object))!
  const pods = from.podsOf(key)
  const { status, dueMs } = deploymentStatus({
    workload,
    pods,
    pending: from.pending(key),
    progressDeadlineMs: (deploymentSpec(object).progressDeadlineSeconds ?? 600) * 1000,
    wasComplete: from.wasComplete(workload),
    nowMs: from.nowMs,
  })
  const version = versionOf(stored).add(JSON.stringify(status), 0)
  for (const row of pods) version.add(row.version, row.changedAtMs)
  const annotations = { ...object.metadata.annotations, [REVISION_ANNOTATION]: String(workload.current.number) }
  const metadata = { ...object.metadata, annotations, resourceVersion: version.toString() }
  const shown = { ...object, metadata, status }
  return dueMs === undefined ? { object: shown } : { object: shown, dueMs }
}

export function presentReplicaSet({ namespace, name }: Place, from: Sources): Presented | undefined {
  const dash = name.lastIndexOf('-')
  const key = documentKey({ group: 'apps', kind: 'Deployment', namespace, name: name.slice(0, Math.max(dash, 0)) })
  const [workload, stored] = [from.workload(key), from.stored(key)]
  const revision = workload && revisionOf(workload, name.slice(dash + 1))
  if (workload === undefined || revision === undefined || stored === undefined) return undefined
  const pods = from.podsOf(key).filter(({ fact }) => fact.revision === revision.hash)
  // [FIN13] Of what goes after its dependents they go with their pods.
  if (isForeground(stored.object) && pods.length === 0) return undefined
  const { counts, dueMs } = countPods({ workload, pods, nowMs: from.nowMs })
  const isPresent = revision.hash === workload.revision
  const replicas = isPresent ? workload.replicas : counts.replicas
  const deployment = withDefaults(stored.object)
  const view = { deployment, revision, isPresent, replicas, counts }
  const status = replicaSetStatus(view)
  const version = versionOf(stored).add(`${revision.number}/${replicas}/${JSON.stringify(status)}`, 0)
  for (const row of pods) version.add(row.version, row.changedAtMs)
  const metadata = { ...replicaSetMeta(view), resourceVersion: version.toString() }
  const object = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: replicaSetSpec(view), status }
  return dueMs === undefined ? { object } : { object, dueMs }
}

/** [VIEW23] A pod by its name: as somebody wrote it, with the state its node reports, or one that a Deployment's claim made. */
export function presentPod(key: DocumentKey, from: Sources): KubeObject | undefined {
  const [stored, workload] = [from.stored(key), from.workload(key)]
  if (stored !== undefined && workload !== undefined)
    return presentWrittenPod({ stored, workload, row: holderOf(key, from), from })
  const row = from.podNamed(key)
  if (row === undefined) return undefined
  const view = podView(row, from)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...podMeta(view), resourceVersion: reportedVersion(row, view, from).toString() },
    spec: podSpec(view),
    status: podStatus(view),
  }
}

/** Of the claims on its one slot the oldest that still counts; else what is left of it. */
function holderOf(key: DocumentKey, { podsOf, nowMs }: Sources): PodRow | undefined {
  const counts = (row: PodRow): boolean => isLive(row, nowMs) || (hasEnded(row.fact) && !row.fact.stopping)
  return podsOf(key).toSorted((one, other) => Number(counts(other)) - Number(counts(one)) || byClaim(one, other))[0]
}

function presentWrittenPod({
  stored,
  workload,
  row,
  from,
}: {
  stored: StoredObject
  workload: Workload
  row: PodRow | undefined
  from: Sources
}): KubeObject {
  const { apiVersion, kind, metadata } = stored.object
  const { spec } = workload.template
  if (row === undefined) {
    const [slot] = from.pending(workload.key)
    const resourceVersion = versionOf(stored)
      .add(JSON.stringify(slot ?? {}), slot?.sinceMs ?? 0)
      .toString()
    const status = isMarked(stored.object) ? endedStatus() : pendingStatus(slot)
    return { apiVersion, kind, metadata: { ...metadata, resourceVersion }, spec, status }
  }
  const view = podView(row, from)
  // Since somebody deleted it; else, since its node stops it.
  const { deletionTimestamp } = isMarked(stored.object) ? metadata : podMeta(view)
  const resourceVersion = reportedVersion(row, view, from, versionOf(stored)).toString()
  return {
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, ...podAnnotations(row.fact) },
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      resourceVersion,
    },
    spec: { ...spec, nodeName: view.nodeName },
    status: podStatus(view),
  }
}

function podView(row: PodRow, from: Sources): PodView {
  const { fact, changedAtMs } = row
  const workload = from.workload(fact.workload)
  const { kind, name } = parseKey(fact.workload)!
  return {
    fact,
    changedAtMs,
    nodeName: from.node(row.node)?.name ?? row.node.toLowerCase(),
    labels: workload === undefined ? { [REVISION_LABEL]: fact.revision } : podLabels(workload, fact.revision),
    template: workload && revisionOf(workload, fact.revision)?.template,
    owner: kind === 'Pod' ? undefined : replicaSetOwner({ name, uid: workload?.uid ?? '' }, fact.revision),
    readiness: readinessOf(row),
    isForsaken: isForsaken(row),
  }
}

/** What the template says follows from its hash: whether it is known is all that can change. */
function reportedVersion(
  row: PodRow,
  { nodeName, template }: PodView,
  from: Sources,
  version = new VersionSum(),
): VersionSum {
  const { changedAtMs, verdict, sinceMs, probe } = row
  const uid = from.workload(row.fact.workload)?.uid ?? ''
  const known = [uid, template !== undefined, nodeName, verdict, sinceMs, probe].join('/')
  return version.add(row.version, changedAtMs).add(known, sinceMs)
}

function readinessOf(row: PodRow): PodView['readiness'] {
  if (isReady(row)) return 'ready'
  return isOutOfReach(row) ? 'unknown' : 'not-ready'
}
