/**
 * HorizontalPodAutoscaler: between which bounds the replicas of a Deployment follow what its pods take.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'
import { REPLICAS_MAX } from './deployment.ts'
import type { Findings } from './field-error.ts'
import { metadataSchema } from './meta.ts'
import { parseQuantity, quantityCheck } from './quantity.ts'
import {
  anything,
  byDefault,
  bySystem,
  choice,
  fields,
  integer,
  listOf,
  numberOrText,
  required,
  text,
} from './schema.ts'

/** As in Kubernetes. */
const WINDOW_SECONDS_MAX = 3_600
const PERIOD_SECONDS_MAX = 1_800
const METRICS_MAX = 16
const POLICIES_MAX = 16

const RESOURCES = ['cpu', 'memory']

const target = fields({
  type: required(choice(['Utilization', 'AverageValue'])),
  averageUtilization: integer(1),
  averageValue: numberOrText(quantityCheck),
})

const metric = fields({
  type: required(text()),
  resource: fields({ name: required(choice(RESOURCES)), target: required(target) }),
  containerResource: fields({
    name: required(choice(RESOURCES)),
    container: required(text()),
    target: required(target),
  }),
  pods: anything(),
  object: anything(),
  external: anything(),
})

const policy = fields({
  type: required(choice(['Pods', 'Percent'])),
  value: required(integer(1)),
  periodSeconds: required(integer(1, PERIOD_SECONDS_MAX)),
})

const rules = fields({
  stabilizationWindowSeconds: integer(0, WINDOW_SECONDS_MAX),
  selectPolicy: choice(['Max', 'Min', 'Disabled']),
  policies: listOf(policy, { itemsMax: POLICIES_MAX }),
})

const USUAL_METRICS = [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
]

export const autoscalerSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: required(
    fields({
      scaleTargetRef: required(fields({ apiVersion: text(), kind: required(text()), name: required(text()) })),
      minReplicas: byDefault(integer(1, REPLICAS_MAX), 1),
      maxReplicas: required(integer(1, REPLICAS_MAX)),
      metrics: byDefault(listOf(metric, { itemsMax: METRICS_MAX }), USUAL_METRICS),
      behavior: fields({ scaleUp: rules, scaleDown: rules }),
    }),
  ),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

export interface MetricTarget {
  readonly type: 'Utilization' | 'AverageValue'
  readonly averageUtilization?: number
  readonly averageValue?: number | string
}

interface MeteredResource {
  readonly name: 'cpu' | 'memory'
  readonly container?: string
  readonly target: MetricTarget
}

export interface MetricSpec {
  readonly type: string
  readonly resource?: MeteredResource
  readonly containerResource?: MeteredResource
}

export interface RulesSpec {
  readonly stabilizationWindowSeconds?: number
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled'
  readonly policies?: readonly {
    readonly type: 'Pods' | 'Percent'
    readonly value: number
    readonly periodSeconds: number
  }[]
}

export interface AutoscalerSpec {
  readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string }
  readonly minReplicas?: number
  readonly maxReplicas: number
  readonly metrics?: readonly MetricSpec[]
  readonly behavior?: { readonly scaleUp?: RulesSpec; readonly scaleDown?: RulesSpec }
}

/** Of an object that was validated and had its defaults filled in. */
export const autoscalerSpec = (autoscaler: KubeObject): AutoscalerSpec => autoscaler['spec'] as AutoscalerSpec

/** [HPA1] */
export function checkAutoscaler(autoscaler: KubeObject, findings: Findings): void {
  const { scaleTargetRef, minReplicas = 1, maxReplicas, metrics = [], behavior } = autoscalerSpec(autoscaler)
  const { apiVersion = 'apps/v1', kind } = scaleTargetRef
  if (kind !== 'Deployment') findings.unsupported('spec.scaleTargetRef.kind', kind, ['Deployment'])
  if (apiVersion !== 'apps/v1') findings.unsupported('spec.scaleTargetRef.apiVersion', apiVersion, ['apps/v1'])
  if (maxReplicas < minReplicas)
    findings.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`')
  for (const [index, metric] of metrics.entries()) checkMetric(metric, `spec.metrics[${index}]`, findings)
  for (const [side, rules] of Object.entries(behavior ?? {})) {
    if ((rules as RulesSpec | undefined)?.policies?.length === 0)
      findings.required(`spec.behavior.${side}.policies`, 'must specify at least one Policy')
  }
}

function checkMetric(metric: MetricSpec, at: string, findings: Findings): void {
  const source = { Resource: 'resource', ContainerResource: 'containerResource' }[metric.type]
  if (source === undefined)
    return findings.invalid(
      `${at}.type`,
      metric.type,
      'Shoal measures the cpu and memory of pods and nothing else: use "Resource" or "ContainerResource"',
    )
  const metered = metric[source as 'resource' | 'containerResource']
  if (metered === undefined)
    return findings.required(`${at}.${source}`, 'must populate information for the given metric')
  const { type, averageUtilization, averageValue } = metered.target
  const field = type === 'Utilization' ? 'averageUtilization' : 'averageValue'
  if (metered.target[field] === undefined) findings.required(`${at}.${source}.target.${field}`)
  if (averageUtilization !== undefined && averageValue !== undefined)
    findings.forbidden(`${at}.${source}.target.averageValue`, 'may not be set when averageUtilization is')
  if (averageValue !== undefined && parseQuantity(averageValue) === 0)
    findings.invalid(`${at}.${source}.target.averageValue`, averageValue, 'must be positive')
}
