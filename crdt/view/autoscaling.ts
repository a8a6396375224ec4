/**
 * How many replicas what pods take now asks for: Kubernetes' formula. Everybody reckons alone, from the same usages.
 *
 * What is not known counts against change: a pod of which nothing was measured takes nothing where there are to be more, and
 * all that it asked for where there are to be fewer.
 *
 * @module
 */
import type { PodFact, Used } from '../facts.ts'
import type { NodeId } from '../identity.ts'
import { documentKey, parseKey, type DocumentKey } from '../key.ts'
import type { StoredObject } from '../object.ts'
import { autoscalerSpec, type MetricSpec, type RulesSpec } from '../objects/autoscaler.ts'
import { withDefaults } from '../objects/prepare.ts'
import { cpuMilli, memoryBytes } from '../objects/quantity.ts'
import type { Autoscaler, Metric, PodRow, Revision, ScalingRules, UsageRow } from './rows.ts'

/** Nothing is done about less. */
const TOLERANCE = 0.1
/** How long after its start a pod that is not ready may take more than it will. */
const WARM_MS = 5 * 60_000

/** [HPA2] As Kubernetes where nothing is said. */
const USUAL_UP: ScalingRules = {
  windowMs: 0,
  select: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodMs: 15_000 },
    { type: 'Percent', value: 100, periodMs: 15_000 },
  ],
}
const USUAL_DOWN: ScalingRules = {
  windowMs: 300_000,
  select: 'Max',
  policies: [{ type: 'Percent', value: 100, periodMs: 15_000 }],
}

export function autoscalerOf({ key, object }: StoredObject): Autoscaler {
  const { namespace, name } = parseKey(key)!
  const { scaleTargetRef, minReplicas = 1, maxReplicas, metrics = [], behavior } = autoscalerSpec(withDefaults(object))
  return Object.freeze({
    key,
    namespace,
    name,
    target: documentKey({ group: 'apps', kind: scaleTargetRef.kind, namespace, name: scaleTargetRef.name }),
    minReplicas,
    maxReplicas,
    metrics: metrics.flatMap(metricOf),
    scaleUp: rulesOf(behavior?.scaleUp, USUAL_UP),
    scaleDown: rulesOf(behavior?.scaleDown, USUAL_DOWN),
  })
}

function metricOf({ resource, containerResource }: MetricSpec): Metric[] {
  const metered = resource ?? containerResource
  if (metered === undefined) return []
  const { name, container, target } = metered
  const amount = name === 'cpu' ? cpuMilli(target.averageValue) : memoryBytes(target.averageValue)
  const wanted = target.type === 'Utilization' ? { percent: target.averageUtilization ?? 0 } : { amount: amount ?? 0 }
  return [{ resource: name, ...(container === undefined ? {} : { container }), wanted }]
}

function rulesOf(spec: RulesSpec | undefined, usual: ScalingRules): ScalingRules {
  const { stabilizationWindowSeconds, selectPolicy, policies } = spec ?? {}
  return {
    windowMs: stabilizationWindowSeconds === undefined ? usual.windowMs : stabilizationWindowSeconds * 1_000,
    select: selectPolicy ?? usual.select,
    policies:
      policies?.map(({ type, value, periodSeconds }) => ({ type, value, periodMs: periodSeconds * 1_000 })) ??
      usual.policies,
  }
}

/** What is read of a Deployment. */
export interface Scaled {
  readonly key: DocumentKey
  readonly replicas: number
  readonly revision: string
  readonly template: Revision['template']
  readonly older: readonly Pick<Revision, 'hash' | 'template'>[]
}

export interface Reading {
  readonly metric: Metric
  /** Of a pod in the mean, milli or bytes, and in percent of what pods asked for. */
  readonly amount?: number
  readonly percent?: number
  /** How many it asks for. Absent: nothing can be said, and why. */
  readonly replicas?: number
  readonly trouble?: string
}

export interface Proposal {
  readonly readings: readonly Reading[]
  /** The most that any asks for. Absent: to be left as it is. */
  readonly replicas?: number
}

interface Sight {
  /** Those that are to stay. */
  readonly pods: readonly Pick<PodRow, 'node' | 'fact'>[]
  readonly usageOf: (node: NodeId) => UsageRow | undefined
  readonly nowMs: number
}

/** [HPA5] What one metric asks for more of is done; for fewer all have to be known. */
export function propose({ metrics }: Pick<Autoscaler, 'metrics'>, workload: Scaled, sight: Sight): Proposal {
  const readings = metrics.map((metric) => read(metric, workload, sight))
  const asked = readings.flatMap(({ replicas }) => replicas ?? [])
  const most = Math.max(...asked)
  const isKnown = asked.length === readings.length || most > workload.replicas
  return asked.length > 0 && isKnown ? { readings, replicas: most } : { readings }
}

interface Taken {
  readonly use: number
  /** What stands for all of its target. */
  readonly full: number
}

interface Sorted {
  readonly measured: Taken[]
  readonly missing: number[]
  readonly unready: number[]
}

function read(metric: Metric, workload: Scaled, sight: Sight): Reading {
  const sorted: Sorted = { measured: [], missing: [], unready: [] }
  for (const row of sight.pods) {
    const asked = askedFor(metric, workload, row.fact)
    if (typeof asked === 'string') return { metric, trouble: asked }
    const usage = sight.usageOf(row.node)
    const use = useOf(metric, asked.containers, usage?.fact.pods[row.fact.uid])
    if (row.fact.phase === 'Pending') sorted.unready.push(asked.full)
    else if (use === undefined) sorted.missing.push(asked.full)
    else if (metric.resource === 'cpu' && isWarming(row.fact, usage!, sight.nowMs)) sorted.unready.push(asked.full)
    else sorted.measured.push({ use, full: asked.full })
  }
  const { measured } = sorted
  if (measured.length === 0) return { metric, trouble: `nothing is known yet of the ${metric.resource} of its pods` }
  const amount = Math.round(sum(measured.map(({ use }) => use)) / measured.length)
  const share = shareOf(measured)
  const { percent } = metric.wanted
  const replicas = replicasFor(sorted, percent === undefined ? 1 : percent / 100, workload.replicas)
  return percent === undefined
    ? { metric, amount, replicas }
    : { metric, amount, percent: Math.round(share * 100), replicas }
}

/** [HPA4] What a pod's containers asked for, or a sentence. */
function askedFor(
  { resource, container, wanted }: Metric,
  { revision, template, older }: Scaled,
  pod: PodFact,
): { readonly full: number; readonly containers: readonly string[] } | string {
  const known = pod.revision === revision ? template : older.find(({ hash }) => hash === pod.revision)?.template
  const all = (known ?? template).spec.containers
  const counted = container === undefined ? all : all.filter(({ name }) => name === container)
  if (counted.length === 0) return `there is no container ${container} in pod ${pod.name}`
  const containers = counted.map(({ name }) => name)
  if (wanted.amount !== undefined) return { full: wanted.amount, containers }
  let full = 0
  for (const { name, resources } of counted) {
    const said = resources?.requests?.[resource] ?? resources?.limits?.[resource]
    const asked = resource === 'cpu' ? cpuMilli(said) : memoryBytes(said)
    if (asked === undefined || asked === 0)
      return `missing request for ${resource} in container ${name} of pod ${pod.name}`
    full += asked
  }
  return { full, containers }
}

/** A pod of which one container was not measured was not. */
function useOf(
  { resource }: Metric,
  containers: readonly string[],
  used: Readonly<Record<string, Used>> | undefined,
): number | undefined {
  const found = containers.flatMap((name) => (used !== undefined && Object.hasOwn(used, name) ? [used[name]!] : []))
  if (found.length < containers.length) return undefined
  return sum(found.map(([milli, kib]) => (resource === 'cpu' ? milli : kib * 1_024)))
}

/** [HPA4] Its start is not what it takes. Both times are by its node's clock. */
function isWarming(
  { ready, readyAtMs = 0, startedAtMs = 0 }: PodFact,
  { fact, atMs }: UsageRow,
  nowMs: number,
): boolean {
  return ready ? atMs - fact.overMs < readyAtMs : nowMs - startedAtMs < WARM_MS
}

/** [HPA3] `wanted`: as a share of what stands for all. */
function replicasFor({ measured, missing, unready }: Sorted, wanted: number, current: number): number {
  const first = shareOf(measured) / wanted
  const isMore = first > 1
  if (missing.length === 0 && (unready.length === 0 || !isMore))
    return isNear(first) ? current : roundedUp(first * measured.length)
  const all = [
    ...measured,
    ...missing.map((full) => ({ full, use: isMore ? 0 : full * Math.max(1, wanted) })),
    ...(isMore ? unready.map((full) => ({ full, use: 0 })) : []),
  ]
  const again = shareOf(all) / wanted
  if (isNear(again) || again > 1 !== isMore) return current
  const next = roundedUp(again * all.length)
  return next > current === isMore ? next : current
}

const shareOf = (taken: readonly Taken[]): number =>
  sum(taken.map(({ use }) => use)) / sum(taken.map(({ full }) => full))
const isNear = (ratio: number): boolean => Math.abs(1 - ratio) <= TOLERANCE + 1e-9
/** But for floating-point dust. */
const roundedUp = (count: number): number => Math.max(0, Math.ceil(count - 1e-9))
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
