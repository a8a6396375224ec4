/**
 * How a pod is, in the words that people know from kubectl.
 *
 * @module
 */
import { ageOf } from './age.ts'
import type { Container, ContainerState, ContainerStatus, Pod } from './thing.ts'

/** One word for how a pod is, as `kubectl get` says it. */
export function podState(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating'
  const { status } = pod
  const initialising = initState(pod)
  if (initialising !== undefined && !isUnplaced(pod)) return initialising
  for (const { state } of status?.containerStatuses ?? []) {
    const reason = state?.waiting?.reason || (state?.terminated && endOf(state.terminated))
    if (reason !== undefined && reason !== '' && reason !== 'Completed') return reason
  }
  if (isUnplaced(pod)) return 'Pending'
  if (status?.phase === 'Succeeded') return 'Completed'
  return status?.reason || status?.phase || 'Unknown'
}

/** [CLI75] How far a pod is with what runs before its containers, as kubectl says it; undefined: that is done. */
function initState({ spec, status }: Pod): string | undefined {
  const statuses = status?.initContainerStatuses ?? []
  const done = statuses.findIndex((one) => !isInitDone(one, isSidecar(spec?.initContainers, one.name)))
  const { state } = statuses[done] ?? {}
  if (state === undefined) return undefined
  if (state.terminated !== undefined) {
    return `Init:${endOf(state.terminated)}`
  }
  const why = state.waiting?.reason ?? ''
  return why !== '' && why !== 'PodInitializing' ? `Init:${why}` : `Init:${done}/${statuses.length}`
}

function endOf({ reason, exitCode }: NonNullable<ContainerState['terminated']>): string {
  return reason || `ExitCode:${exitCode ?? '?'}`
}

function isInitDone({ state, started }: ContainerStatus, isSidecar: boolean): boolean {
  return state?.terminated?.exitCode === 0 || (isSidecar && started === true)
}

function isSidecar(initContainers: readonly Container[] | undefined, name: string): boolean {
  return initContainers?.find((one) => one.name === name)?.restartPolicy === 'Always'
}

/** Nobody took it. */
export function isUnplaced(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'PodScheduled' && status === 'False') === true
}

export function isPodReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
}

/** `1/2`: containers and sidecars that are ready, of those there are. */
export function readyText(pod: Pod): string {
  const { spec } = pod
  const sidecars = (pod.status?.initContainerStatuses ?? []).filter(({ name }) => isSidecar(spec?.initContainers, name))
  const statuses = [...sidecars, ...(pod.status?.containerStatuses ?? [])]
  const wanted = (spec?.containers?.length ?? 0) + sidecars.length
  // A node that does not answer takes its pods' readiness with it, whatever it said last.
  const isKnown = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'Unknown') !== true
  const ready = isKnown ? statuses.filter((each) => each.ready === true).length : 0
  return `${ready}/${Math.max(statuses.length, wanted)}`
}

/** `0`, `2 (5m ago)` */
export function restartsText(pod: Pod, nowMs: number): string {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  const all = [...initContainerStatuses, ...containerStatuses]
  const sum = all.reduce((total, each) => total + (each.restartCount ?? 0), 0)
  const ends = all.flatMap(({ lastState }) => lastState?.terminated?.finishedAt ?? []).toSorted()
  return sum === 0 || ends.length === 0 ? String(sum) : `${sum} (${ageOf(ends.at(-1), nowMs)} ago)`
}
