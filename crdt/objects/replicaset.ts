/**
 * ReplicaSet, derived: a revision of a Deployment, in the shape in which `kubectl rollout history` and `undo` look for it.
 *
 * @module
 */
import type { ReplicaSetSpec, ReplicaSetStatus } from 'kubernetes-types/apps/v1.js'
import type { KubeObject, ObjectMeta, OwnerReference } from '../object.ts'
import { deploymentSpec } from './deployment.ts'
import type { PodTemplate } from './pod-template.ts'
import { CAUSE_ANNOTATION, type Revision } from './revision.ts'
import { timestamp } from '../timestamp.ts'
import { derivedUid } from './uid.ts'

export interface ReplicaSetView {
  readonly deployment: KubeObject
  readonly revision: Revision
  /** Whether it is the one that the Deployment is at. */
  readonly isPresent: boolean
  /** Wanted: all for the present revision, those that still run for an older one. */
  readonly replicas: number
  readonly counts: { readonly replicas: number; readonly ready: number; readonly available: number }
}

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision'

export const replicaSetName = (deployment: string, hash: string): string => `${deployment}-${hash}`

export const replicaSetUid = (deploymentUid: string, hash: string): string =>
  derivedUid('ReplicaSet', deploymentUid, hash)

/** What pods of a revision call their owner. */
export function replicaSetOwner(deployment: { name: string; uid: string }, hash: string): OwnerReference {
  const name = replicaSetName(deployment.name, hash)
  const uid = replicaSetUid(deployment.uid, hash)
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid, controller: true, blockOwnerDeletion: true }
}

/** [HIST2] Of a revision that missed its deadline. */
const GIVEN_UP_ANNOTATION = 'shoal.dev/given-up'

/** [HIST1] What `kubectl rollout history` shows of it: its own reason, not that of the present one. */
function pastOf({ cause, givenUp }: Revision): Readonly<Record<string, string>> {
  const says = givenUp === true ? `given up: it missed its deadline${cause === undefined ? '' : ` (${cause})`}` : cause
  return {
    ...(says === undefined ? {} : { [CAUSE_ANNOTATION]: says }),
    ...(givenUp === true ? { [GIVEN_UP_ANNOTATION]: 'true' } : {}),
  }
}

export function replicaSetMeta({ deployment, revision, isPresent, replicas }: ReplicaSetView): ObjectMeta {
  const { name, namespace, uid = '', annotations } = deployment.metadata
  const { [CAUSE_ANNOTATION]: _, ...others } = annotations ?? {}
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid, controller: true, blockOwnerDeletion: true }
  return {
    name: replicaSetName(name, revision.hash),
    ...(namespace === undefined ? {} : { namespace }),
    uid: replicaSetUid(uid, revision.hash),
    creationTimestamp: timestamp(revision.createdMs),
    generation: 1,
    labels: { ...revision.template.metadata?.labels, 'pod-template-hash': revision.hash },
    annotations: {
      ...(isPresent ? annotations : { ...others, ...pastOf(revision) }),
      [REVISION_ANNOTATION]: String(revision.number),
      'deployment.kubernetes.io/desired-replicas': String(replicas),
    },
    ownerReferences: [owner],
  }
}

export function replicaSetSpec({
  deployment,
  revision,
  replicas,
}: ReplicaSetView): Omit<ReplicaSetSpec, 'template'> & { template: PodTemplate } {
  const { selector, minReadySeconds } = deploymentSpec(deployment)
  const hash = { 'pod-template-hash': revision.hash }
  return {
    replicas,
    ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    selector: { ...selector, matchLabels: { ...selector.matchLabels, ...hash } },
    template: {
      ...revision.template,
      metadata: { ...revision.template.metadata, labels: { ...revision.template.metadata?.labels, ...hash } },
    },
  }
}

export function replicaSetStatus({ counts }: ReplicaSetView): ReplicaSetStatus {
  const { replicas, ready, available } = counts
  return {
    replicas,
    observedGeneration: 1,
    ...(replicas === 0 ? {} : { fullyLabeledReplicas: replicas }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
  }
}
