/**
 * Slots that nobody took, shown as pods that wait: this is where people look for the reason.
 *
 * @module
 */
import { sha256 } from '../sha256.ts'
import { documentKey, type DocumentKey } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { safeText } from '../objects/meta.ts'
import { replicaSetOwner } from '../objects/replicaset.ts'
import { timestamp } from '../timestamp.ts'
import { derivedUid } from '../objects/uid.ts'
import type { Sources } from './sources.ts'
import { VersionSum } from './resource-version.ts'
import type { PendingSlot, Workload } from './rows.ts'
import { podLabels, revisionOf } from './workloads.ts'

/** Like a claimed pod's name; the end is taken from the slot alone. */
export function pendingPodName(workload: { key: DocumentKey; name: string }, { revision, index }: PendingSlot): string {
  const end = safeText(sha256(`${workload.key}/${revision}/${index}`), 5)
  return `${workload.name}-${revision}-${end}`
}

export function pendingPod(
  { namespace, name }: { namespace: string; name: string },
  from: Sources,
): KubeObject | undefined {
  const owner = name.split('-').slice(0, -2).join('-')
  const workload = from.workload(documentKey({ group: 'apps', kind: 'Deployment', namespace, name: owner }))
  const slot = workload && from.pending(workload.key).find((each) => pendingPodName(workload, each) === name)
  return workload && slot && presentPending(workload, slot)
}

function presentPending(workload: Workload, slot: PendingSlot): KubeObject {
  const { revision, index, sinceMs, reason, message } = slot
  const name = pendingPodName(workload, slot)
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
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime: timestamp(sinceMs) }],
      qosClass: 'BestEffort',
    },
  }
}
