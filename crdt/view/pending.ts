/**
 * Slots that nobody took, shown as pods that wait: this is where people look for the reason.
 *
 * @module
 */
import { sha256 } from '../sha256.ts'
import type { PodStatus } from 'kubernetes-types/core/v1.js'
import { parseKey, type DocumentKey } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { safeText } from '../objects/meta.ts'
import { replicaSetOwner } from '../objects/replicaset.ts'
import { timestamp } from '../timestamp.ts'
import { derivedUid } from '../objects/uid.ts'
import type { Sources } from './sources.ts'
import { VersionSum } from './resource-version.ts'
import type { PendingSlot, Workload } from './rows.ts'
import { podLabels, revisionOf } from './workloads.ts'

/** Like a claimed pod's name; the end is taken from the slot alone. A Pod that somebody wrote has its own. */
export function pendingPodName(key: DocumentKey, { revision, index }: PendingSlot): string {
  const { kind, name } = parseKey(key)!
  if (kind === 'Pod') return name
  const end = safeText(sha256(`${key}/${revision}/${index}`), 5)
  return `${name}-${revision}-${end}`
}

export function pendingPod(key: DocumentKey, from: Sources): KubeObject | undefined {
  const found = from.pendingNamed(key)
  const workload = found && from.workload(found.workload)
  return workload?.kind === 'Deployment' ? presentPending(workload, found!.slot) : undefined
}

function presentPending(workload: Workload, slot: PendingSlot): KubeObject {
  const { revision, index, sinceMs } = slot
  const name = pendingPodName(workload.key, slot)
  const template = revisionOf(workload, revision)?.template
  const version = new VersionSum().add(JSON.stringify(slot), sinceMs).add(workload.uid, workload.changedAtMs)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: workload.namespace,
      uid: derivedUid('PendingPod', workload.uid, revision, String(index)),
      creationTimestamp: timestamp(sinceMs),
      resourceVersion: version.toString(),
      labels: podLabels(workload, revision),
      annotations: { ...template?.metadata?.annotations, 'shoal.dev/slot': String(index) },
      ownerReferences: [replicaSetOwner(workload, revision)],
    },
    spec: template?.spec ?? { containers: [] },
    status: pendingStatus(slot),
  }
}

/** [FIN5] Of a Pod that was deleted, of which nothing runs any more; nobody keeps how it ended. */
export function endedStatus(): PodStatus {
  const message = 'it was deleted, nothing of it runs any more, and it waits for its finalizers'
  return { phase: 'Failed', reason: 'Deleted', message, qosClass: 'BestEffort' }
}

/** `undefined`: nobody has bid for it yet. */
export function pendingStatus(slot: PendingSlot | undefined): PodStatus {
  if (slot === undefined) return { phase: 'Pending', qosClass: 'BestEffort' }
  const { sinceMs, reason, message } = slot
  return {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime: timestamp(sinceMs) }],
    qosClass: 'BestEffort',
  }
}
