/**
 * Status of a Deployment: counted from its pods as this node sees them, never stored.
 *
 * @module
 */
import type { DeploymentCondition, DeploymentStatus } from 'kubernetes-types/apps/v1.js'
import { timestamp } from '../timestamp.ts'
import { countPods, isComplete, type PodCounts } from './pod-counts.ts'
import type { PendingSlot, PodRow, Workload } from './rows.ts'

export interface StatusInput {
  readonly workload: Workload
  readonly pods: readonly PodRow[]
  readonly pending: readonly PendingSlot[]
  readonly progressDeadlineMs: number
  /** The present revision was complete once: from then on it cannot be late, whatever befalls its pods. */
  readonly wasComplete: boolean
  readonly nowMs: number
}

export interface StatusOutput {
  readonly status: DeploymentStatus
  /** When the status will read differently though nothing happens. */
  readonly dueMs?: number
}

export function deploymentStatus(input: StatusInput): StatusOutput {
  const { workload } = input
  const { counts, dueMs: availableMs = Infinity } = countPods(input)
  const progress = progressOf(counts, input)
  const status: DeploymentStatus = {
    observedGeneration: workload.generation,
    ...unlessZero({
      replicas: counts.replicas,
      updatedReplicas: counts.updated,
      readyReplicas: counts.ready,
      availableReplicas: counts.available,
      unavailableReplicas: Math.max(workload.replicas - counts.available, 0),
    }),
    conditions: [availableCondition(counts, input), progressingCondition(progress, input), ...failureCondition(input)],
  }
  const dueMs = Math.min(availableMs, progress.lateMs ?? Infinity)
  return dueMs === Infinity ? { status } : { status, dueMs }
}

/** Kubernetes leaves out what is zero. */
const unlessZero = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))

function availableCondition({ available }: PodCounts, { workload, pods }: StatusInput): DeploymentCondition {
  const { replicas, strategy, changedAtMs } = workload
  const isEnough = available >= replicas - (strategy.type === 'Recreate' ? 0 : strategy.maxUnavailable)
  const readySinceMs = Math.max(changedAtMs, ...pods.map(({ fact }) => fact.readyAtMs ?? 0))
  return {
    type: 'Available',
    status: isEnough ? 'True' : 'False',
    reason: isEnough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: isEnough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    ...times(readySinceMs),
  }
}

interface Progress {
  readonly state: 'paused' | 'complete' | 'moving' | 'late'
  /** When something last moved. */
  readonly movedMs: number
  /** When a moving rollout will be late. */
  readonly lateMs?: number
}

function progressOf(counts: PodCounts, input: StatusInput): Progress {
  const { workload, nowMs, progressDeadlineMs, wasComplete } = input
  const movedMs = lastMoveMs(input)
  if (workload.paused) return { state: 'paused', movedMs }
  if (isComplete(counts, workload)) return { state: 'complete', movedMs }
  if (wasComplete) return { state: 'moving', movedMs }
  const lateMs = movedMs + progressDeadlineMs + 1
  return nowMs >= lateMs ? { state: 'late', movedMs } : { state: 'moving', movedMs, lateMs }
}

/** The last time somebody wrote the Deployment, or a pod of the present revision was claimed or became ready. */
function lastMoveMs({ workload, pods }: StatusInput): number {
  let latest = workload.changedAtMs
  for (const { fact } of pods) {
    if (fact.revision === workload.revision) latest = Math.max(latest, fact.claimedAtMs, fact.readyAtMs ?? 0)
  }
  return latest
}

function progressingCondition({ state, movedMs }: Progress, { workload }: StatusInput): DeploymentCondition {
  return {
    type: 'Progressing',
    ...PROGRESS[state](`ReplicaSet "${workload.name}-${workload.revision}"`),
    ...times(movedMs),
  }
}

type Said = Pick<DeploymentCondition, 'status' | 'reason' | 'message'>

const PROGRESS: Readonly<Record<Progress['state'], (replicaSet: string) => Said>> = {
  paused: () => ({ status: 'Unknown', reason: 'DeploymentPaused', message: 'Deployment is paused' }),
  complete: (set) => ({
    status: 'True',
    reason: 'NewReplicaSetAvailable',
    message: `${set} has successfully progressed.`,
  }),
  moving: (set) => ({ status: 'True', reason: 'ReplicaSetUpdated', message: `${set} is progressing.` }),
  late: (set) => ({
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `${set} has timed out progressing.`,
  }),
}

/** Slots that nobody took. */
function failureCondition({ pending }: StatusInput): DeploymentCondition[] {
  const [first] = pending
  if (first === undefined) return []
  const message = first.message + (pending.length === 1 ? '' : ` (and ${pending.length - 1} more)`)
  return [{ type: 'ReplicaFailure', status: 'True', reason: first.reason, message, ...times(first.sinceMs) }]
}

const times = (ms: number): Pick<DeploymentCondition, 'lastUpdateTime' | 'lastTransitionTime'> => ({
  lastUpdateTime: timestamp(ms),
  lastTransitionTime: timestamp(ms),
})
