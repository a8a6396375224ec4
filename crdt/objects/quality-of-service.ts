/**
 * Who gives first when a machine runs out of memory: Kubernetes' three classes, and what they mean to the kernel.
 *
 * @module
 */
import type { PodSpec } from './pod-template.ts'
import { memoryBytes } from './quantity.ts'

/** What the engine may take from whom when memory runs out: those who promised nothing give first. */
export function qualityOfService(spec: PodSpec | undefined): 'BestEffort' | 'Burstable' | 'Guaranteed' {
  const resources = (spec?.containers ?? []).map((container) => container.resources ?? {})
  const saysNothing = resources.every(
    ({ limits = {}, requests = {} }) => Object.keys({ ...limits, ...requests }).length === 0,
  )
  if (saysNothing) return 'BestEffort'
  const isFirm = resources.every(({ limits = {}, requests = {} }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  )
  return isFirm ? 'Guaranteed' : 'Burstable'
}

const OOM_GUARANTEED = -997
const OOM_BEST_EFFORT = 1_000
/** Between the others, whatever was asked for. */
const OOM_BURSTABLE = { min: 3, max: 999 }

/** As kubelet has it: of a pod that promised something, the more of the machine a container asked for, the later it is killed. */
export function oomScore(spec: PodSpec, container: string, machineBytes: number): number {
  const quality = qualityOfService(spec)
  if (quality === 'Guaranteed') return OOM_GUARANTEED
  if (quality === 'BestEffort') return OOM_BEST_EFFORT
  const { requests, limits } =
    [...(spec.initContainers ?? []), ...spec.containers].find(({ name }) => name === container)?.resources ?? {}
  const asked = memoryBytes(requests?.['memory'] ?? limits?.['memory']) ?? 0
  const score = 1_000 - Math.floor((1_000 * asked) / Math.max(1, machineBytes))
  return Math.min(OOM_BURSTABLE.max, Math.max(OOM_BURSTABLE.min, score))
}
