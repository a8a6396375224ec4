/**
 * Where a Deployment stands on its way to what was asked: a pure reading of the Deployment and its pods.
 *
 * @module
 */
import type { Deployment, Pod } from './objects.ts'
import { isPodReady, isUnplaced, podState, podTrouble } from './objects.ts'

export interface Rollout {
  readonly name: string
  readonly namespace: string
  readonly wanted: number
  /** Ready pods of the present template. */
  readonly ready: number
  readonly isDone: boolean
  readonly pods: readonly PodLine[]
  /** Slots that every node declined. */
  readonly unplaced: readonly PodLine[]
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

/** What waits for other nodes than the one asked: the oldest pods first, so that lines keep their place. */
export function rolloutOf(deployment: Deployment, pods: readonly Pod[]): Rollout {
  const { metadata, spec, status } = deployment
  const wanted = spec?.replicas ?? 1
  const hash = newestHash(pods)
  const lines = pods.map((pod) => lineOf(pod, hash))
  const current = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  const [updated, ready, total] = [status?.updatedReplicas ?? 0, status?.readyReplicas ?? 0, status?.replicas ?? 0]
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    wanted,
    ready: Math.min(updated, ready),
    isDone: current && updated === wanted && ready === wanted && total === wanted && !lines.some(({ state }) => state === 'Terminating'),
    pods: lines,
    unplaced: pods.filter(isUnplaced).map((pod) => lineOf(pod, hash)),
  }
}

function lineOf(pod: Pod, hash: string | undefined): PodLine {
  return {
    name: pod.metadata.name,
    node: pod.spec?.nodeName ?? '',
    state: podState(pod),
    isReady: isPodReady(pod),
    isOld: pod.metadata.labels?.['pod-template-hash'] !== hash,
    trouble: podTrouble(pod),
  }
}

/** Template hash of the pod that was claimed last. */
function newestHash(pods: readonly Pod[]): string | undefined {
  const live = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const sorted = live.toSorted((one, other) => ((one.metadata.creationTimestamp ?? '') < (other.metadata.creationTimestamp ?? '') ? 1 : -1))
  return sorted[0]?.metadata.labels?.['pod-template-hash']
}
