/**
 * API objects as the command line looks at them.
 *
 * @module
 */
import type { Pod } from '../crdt/tables.ts'

export { at, isPodReady, isUnplaced, listAt, podState, textAt } from '../crdt/tables.ts'
export type { Container, Deployment, ObjectList, Pod, Thing } from '../crdt/tables.ts'

/** Why a pod is not ready, in a sentence; empty where nothing is known. */
export function podTrouble(pod: Pod): string {
  const { status } = pod
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') return scheduled.message ?? ''
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const messages = statuses.flatMap(({ state, lastState }) => [
    state?.waiting?.message,
    state?.terminated?.message,
    lastState?.terminated?.message,
  ])
  return status?.message || messages.find((message) => message !== undefined && message !== '') || ''
}
