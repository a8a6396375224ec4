/**
 * Where a Deployment stands on its way to what was asked: a pure reading of the Deployment and its pods.
 *
 * @module
 */
import type { Deployment, Pod, Thing } from './objects.ts'
import { isPodReady, isUnplaced, podState, podTrouble } from './objects.ts'
import { REVISION } from './revisions.ts'

export interface Rollout {
  readonly name: string
  readonly namespace: string
  readonly wanted: number
  /** Ready pods of the present template. */
  readonly ready: number
  /** Ready pods of any template. */
  readonly serving: number
  readonly isDone: boolean
  /** Pods of an older template stay, until somebody says `rollout resume`. */
  readonly isPaused: boolean
  readonly pods: readonly PodLine[]
  /** Slots that every node declined. */
  readonly unplaced: readonly PodLine[]
  /** Why the cluster brought it back to an earlier revision the last time; empty: it never did. */
  readonly rolledBack: string
}

export interface PodLine {
  readonly name: string
  readonly node: string
  readonly state: string
  readonly isReady: boolean
  /** Of an older template, on its way out. */
  readonly isOld: boolean
  /** Why it is not ready, in a sentence; empty where nothing is known. */
  readonly trouble: string
}

export interface RolloutParts {
  readonly deployment: Deployment
  readonly pods: readonly Pod[]
  readonly replicaSets: readonly Thing[]
}

export function rolloutOf({ deployment, pods, replicaSets }: RolloutParts): Rollout {
  const { metadata, spec, status } = deployment
  const wanted = spec?.replicas ?? 1
  const hash = currentHash(deployment, replicaSets)
  const lines = pods.map((pod) => lineOf(pod, hash))
  const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  const [updated, ready, total] = [status?.updatedReplicas ?? 0, status?.readyReplicas ?? 0, status?.replicas ?? 0]
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    wanted,
    // What the status counts as ready may be older.
    ready: lines.some(({ isOld }) => isOld)
      ? lines.filter(({ isOld, isReady }) => !isOld && isReady).length
      : Math.min(updated, ready),
    serving: ready,
    isPaused: spec?.paused === true && lines.some(({ isOld }) => isOld),
    isDone: current && updated === wanted && ready === wanted && total === wanted,
    pods: lines,
    unplaced: pods.filter(isUnplaced).map((pod) => lineOf(pod, hash)),
    rolledBack: metadata.annotations?.['shoal.dev/rolled-back'] ?? '',
  }
}

/** A Pod that somebody wrote is there when it serves, or has done its work. */
export function rolloutOfPod(pod: Pod): Rollout {
  const line = lineOf(pod, undefined)
  const isDone = line.isReady || pod.status?.phase === 'Succeeded'
  return {
    name: pod.metadata.name,
    namespace: pod.metadata.namespace ?? 'default',
    wanted: 1,
    ready: isDone ? 1 : 0,
    serving: isDone ? 1 : 0,
    isDone,
    isPaused: false,
    pods: [line],
    unplaced: isUnplaced(pod) ? [line] : [],
    rolledBack: '',
  }
}

function lineOf(pod: Pod, hash: string | undefined): PodLine {
  return {
    name: pod.metadata.name,
    node: pod.spec?.nodeName ?? '',
    state: podState(pod),
    isReady: isPodReady(pod),
    isOld: hash !== undefined && pod.metadata.labels?.['pod-template-hash'] !== hash,
    trouble: podTrouble(pod),
  }
}

/** Of the present template: the replica set that has the Deployment's revision. */
function currentHash({ metadata }: Deployment, replicaSets: readonly Thing[]): string | undefined {
  const revision = metadata.annotations?.[REVISION]
  const own = replicaSets.filter((each) => each.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
  const current = own.find((each) => each.metadata.annotations?.[REVISION] === revision)
  return current?.metadata.labels?.['pod-template-hash']
}
