/**
 * Status of a Deployment: counted from its pods as this node sees them, never stored.
 *
 * @module
 */
import type { DeploymentCondition, DeploymentStatus } from 'kubernetes-types/apps/v1.js'
import { timestamp } from '../timestamp.ts'
import { isLive, isReady, type PendingSlot, type PodRow, type Workload } from './rows.ts'

export interface StatusInput {
  readonly workload: Workload
  readonly pods: readonly PodRow[]
  readonly pending: readonly PendingSlot[]
  readonly progressDeadlineMs: number
  readonly nowMs: number
}

export interface StatusOutput {
  readonly status: DeploymentStatus
  /** When the status will read differently though nothing happens. */
  readonly dueMs?: number
}

interface Counts {
  replicas: number
  updated: number
  ready: number
  available: number
}

export function deploymentStatus(input: StatusInput): StatusOutput {
  const { workload, pods } = input
  const live = pods.filter(isLive)
  const counts: Counts = {
    replicas: live.length,
    updated: live.filter(({ fact }) => fact.revision === workload.revision).length,
    ready: live.filter(isReady).length,
    available: live.filter((row) => isAvailable(row, workload, input.nowMs)).length,
  }
  const progressedMs = lastProgressMs(workload, pods)
  const conditions = [
    availableCondition(counts, input),
    progressingCondition(counts, progressedMs, input),
    ...failures(input),
  ]
  const status: DeploymentStatus = {
    observedGeneration: workload.generation,
    ...unlessZero({
      replicas: counts.replicas,
      updatedReplicas: counts.updated,
      readyReplicas: counts.ready,
      availableReplicas: counts.available,
      unavailableReplicas: Math.max(workload.replicas - counts.available, 0),
    }),
    conditions,
  }
  const dueMs = nextDueMs(live, counts, progressedMs, input)
  return dueMs === undefined ? { status } : { status, dueMs }
}

/** Kubernetes leaves out what is zero. */
const unlessZero = (counts: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))

const availableAtMs = ({ fact, changedAtMs }: PodRow, { minReadyMs }: Workload): number =>
  (fact.readyAtMs ?? changedAtMs) + minReadyMs

/** Ready for long enough. */
export function isAvailable(row: PodRow, workload: Workload, nowMs: number): boolean {
  return isReady(row) && (workload.minReadyMs === 0 || availableAtMs(row, workload) <= nowMs)
}

function availableCondition({ available }: Counts, { workload, pods }: StatusInput): DeploymentCondition {
  const isEnough =
    available >= workload.replicas - (workload.strategy.type === 'Recreate' ? 0 : workload.strategy.maxUnavailable)
  const readySince = pods.map(({ fact }) => fact.readyAtMs ?? 0)
  return {
    type: 'Available',
    status: isEnough ? 'True' : 'False',
    reason: isEnough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: isEnough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    ...times(Math.max(workload.current.createdMs, ...readySince)),
  }
}

function progressingCondition(counts: Counts, progressedMs: number, input: StatusInput): DeploymentCondition {
  const { workload, nowMs, progressDeadlineMs } = input
  const set = `ReplicaSet "${workload.name}-${workload.revision}"`
  const condition = (status: 'True' | 'False' | 'Unknown', reason: string, message: string): DeploymentCondition => ({
    type: 'Progressing',
    status,
    reason,
    message,
    ...times(progressedMs),
  })
  if (workload.paused) return condition('Unknown', 'DeploymentPaused', 'Deployment is paused')
  if (isComplete(counts, workload))
    return condition('True', 'NewReplicaSetAvailable', `${set} has successfully progressed.`)
  if (nowMs - progressedMs > progressDeadlineMs) {
    return condition('False', 'ProgressDeadlineExceeded', `${set} has timed out progressing.`)
  }
  return condition('True', 'ReplicaSetUpdated', `${set} is progressing.`)
}

const isComplete = ({ replicas, updated, available }: Counts, workload: Workload): boolean =>
  replicas === workload.replicas && updated === workload.replicas && available >= workload.replicas

/** Slots that nobody took. */
function failures({ pending }: StatusInput): DeploymentCondition[] {
  const [first] = pending
  if (first === undefined) return []
  const more = pending.length === 1 ? '' : ` (and ${pending.length - 1} more)`
  return [
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: first.reason,
      message: first.message + more,
      ...times(first.sinceMs),
    },
  ]
}

/** The last time something of this revision moved. */
function lastProgressMs(workload: Workload, pods: readonly PodRow[]): number {
  let latest = Math.max(workload.current.createdMs, 0)
  for (const { fact } of pods) {
    if (fact.revision === workload.revision) latest = Math.max(latest, fact.claimedAtMs, fact.readyAtMs ?? 0)
  }
  return latest
}

const times = (ms: number): Pick<DeploymentCondition, 'lastUpdateTime' | 'lastTransitionTime'> => ({
  lastUpdateTime: timestamp(ms),
  lastTransitionTime: timestamp(ms),
})

function nextDueMs(
  live: readonly PodRow[],
  counts: Counts,
  progressedMs: number,
  input: StatusInput,
): number | undefined {
  const { workload, nowMs, progressDeadlineMs } = input
  const due = live
    .filter((row) => isReady(row) && !isAvailable(row, workload, nowMs))
    .map((row) => availableAtMs(row, workload))
  const isWaiting = !workload.paused && !isComplete(counts, workload) && nowMs - progressedMs <= progressDeadlineMs
  if (isWaiting) due.push(progressedMs + progressDeadlineMs + 1)
  return due.length === 0 ? undefined : Math.min(...due)
}
