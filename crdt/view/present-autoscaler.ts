/**
 * A HorizontalPodAutoscaler with its status: what is measured, how many there are, and what holds it back.
 *
 * @module
 */
import { parseKey, type DocumentKey } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { withDefaults } from '../objects/prepare.ts'
import { formatCpu } from '../objects/quantity.ts'
import { timestamp } from '../timestamp.ts'
import type { Reading } from './autoscaling.ts'
import type { Scaling } from './rows.ts'
import { versionOf, withoutInternal, type Sources } from './sources.ts'

/** [HPA6] */
export function presentAutoscaler(key: DocumentKey, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)
  const scaling = from.scaling(key)
  if (stored === undefined || scaling === undefined) return undefined
  const lastTransitionTime = timestamp(stored.changedAtMs)
  const status = {
    observedGeneration: stored.object.metadata.generation ?? 1,
    currentReplicas: scaling.pods,
    desiredReplicas: scaling.workload?.replicas ?? 0,
    currentMetrics: scaling.proposal?.readings.flatMap(metricStatus) ?? [],
    conditions: conditionsOf(scaling).map((condition) => ({ ...condition, lastTransitionTime })),
  }
  const object = withoutInternal(withDefaults(stored.object))!
  const resourceVersion = versionOf(stored).add(JSON.stringify(status), 0).toString()
  return { ...object, metadata: { ...object.metadata, resourceVersion }, status }
}

function metricStatus({ metric: { resource, container }, amount, percent }: Reading): object[] {
  if (amount === undefined) return []
  const averageValue = resource === 'cpu' ? formatCpu(amount) : String(amount)
  const current = percent === undefined ? { averageValue } : { averageValue, averageUtilization: percent }
  return container === undefined
    ? [{ type: 'Resource', resource: { name: resource, current } }]
    : [{ type: 'ContainerResource', containerResource: { name: resource, container, current } }]
}

interface Condition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

const said = (type: string, is: boolean, reason: string, message: string): Condition => ({
  type,
  status: is ? 'True' : 'False',
  reason,
  message,
})

function conditionsOf({ autoscaler, workload, proposal, rival }: Scaling): Condition[] {
  const { minReplicas, maxReplicas, target } = autoscaler
  if (workload === undefined)
    return [said('AbleToScale', false, 'FailedGetScale', `there is no Deployment ${parseKey(target)?.name}`)]
  const able = said('AbleToScale', true, 'ReadyForNewScale', '')
  if (rival !== undefined)
    return [
      able,
      said('ScalingActive', false, 'AmbiguousSelector', `${parseKey(rival)?.name} scales the same Deployment`),
    ]
  if (workload.replicas === 0)
    return [
      able,
      said('ScalingActive', false, 'ScalingDisabled', 'scaling is disabled since its target has no replicas'),
    ]
  const troubles = proposal?.readings.flatMap(({ trouble }) => trouble ?? []) ?? []
  const asked = proposal?.replicas
  if (asked === undefined) return [able, said('ScalingActive', false, 'FailedGetResourceMetric', troubles.join('; '))]
  const isOver = asked > maxReplicas
  const isUnder = asked < minReplicas
  return [
    able,
    said('ScalingActive', true, 'ValidMetricFound', troubles.join('; ')),
    isOver
      ? said('ScalingLimited', true, 'TooManyReplicas', `${asked} are asked for, ${maxReplicas} is the most`)
      : isUnder
        ? said('ScalingLimited', true, 'TooFewReplicas', `${asked} are asked for, ${minReplicas} is the least`)
        : said('ScalingLimited', false, 'DesiredWithinRange', `${asked} are asked for`),
  ]
}
