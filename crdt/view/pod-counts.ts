/**
 * How many pods of a workload there are, and how far they have come.
 *
 * @module
 */
import { AGENT_GRACE_MS, isLive, isReady, type PodRow, type Workload } from './rows.ts'

export interface PodCounts {
  readonly replicas: number
  /** Of the present revision. */
  readonly updated: number
  readonly ready: number
  /** Ready for long enough. */
  readonly available: number
}

export interface CountedPods {
  readonly counts: PodCounts
  /** When the counts change though nothing happens: a pod is available, or its node has been away for too long. */
  readonly dueMs?: number
}

export function countPods({
  workload,
  pods,
  nowMs,
}: {
  workload: Workload
  pods: readonly PodRow[]
  nowMs: number
}): CountedPods {
  const live = pods.filter((row) => isLive(row, nowMs))
  const ready = live.filter(isReady)
  const availableAtMs = workload.minReadyMs === 0 ? [] : ready.map((row) => readyAtMs(row) + workload.minReadyMs)
  const waitingUntilMs = availableAtMs.filter((atMs) => atMs > nowMs)
  const counts = {
    replicas: live.length,
    updated: live.filter(({ fact }) => fact.revision === workload.revision).length,
    ready: ready.length,
    available: ready.length - waitingUntilMs.length,
  }
  const givenUpAtMs = live.flatMap(({ verdict, sinceMs }) =>
    verdict === 'agent-gone' ? [sinceMs + AGENT_GRACE_MS] : [],
  )
  const dueMs = Math.min(...waitingUntilMs, ...givenUpAtMs)
  return dueMs === Infinity ? { counts } : { counts, dueMs }
}

/** A rollout is complete when all that is wanted is there, of the present revision, available, and nothing else is. */
export function isComplete({ replicas, updated, available }: PodCounts, workload: Workload): boolean {
  return replicas === workload.replicas && updated === workload.replicas && available >= workload.replicas
}

const readyAtMs = ({ fact, changedAtMs }: PodRow): number => fact.readyAtMs ?? changedAtMs
