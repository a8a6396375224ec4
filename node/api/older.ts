/**
 * Versions of kinds that older clients create single objects in, look at them, replace and delete them in: read in theirs, kept in ours, answered in theirs.
 * kubectl up to 1.31 sends autoscalers as `autoscaling/v1`, 1.20 budgets as `policy/v1beta1`. They are taken, and not told of by
 * discovery.
 *
 * @module
 */
import { isObject, parseObject, type JsonObject } from './body.ts'
import type { ApiRequest, ApiResponse } from './message.ts'

interface Older {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly now: string
  readonly inward: (spec: JsonObject) => JsonObject
  readonly outward: (spec: JsonObject) => JsonObject
}

const same = (spec: JsonObject): JsonObject => spec

const OLDER: readonly Older[] = [
  {
    group: 'autoscaling',
    version: 'v1',
    plural: 'horizontalpodautoscalers',
    now: 'v2',
    inward: metricsOf,
    outward: percentageOf,
  },
  {
    group: 'autoscaling',
    version: 'v2beta2',
    plural: 'horizontalpodautoscalers',
    now: 'v2',
    inward: same,
    outward: same,
  },
  { group: 'policy', version: 'v1beta1', plural: 'poddisruptionbudgets', now: 'v1', inward: same, outward: same },
]

/** Undefined: the request is of a version that is served, or for more than single ones: to list, to watch or to patch. */
export function olderOf({ method, path }: Pick<ApiRequest, 'method' | 'path'>): Older | undefined {
  return OLDER.find(({ group, version, plural }) => {
    if (!path.startsWith(`/apis/${group}/${version}/namespaces/`)) return false
    const [, collection, ...names] = path.split('/').slice(5)
    const methods = [['POST'], ['GET', 'PUT', 'DELETE']][names.length]
    return collection === plural && methods?.includes(method) === true
  })
}

/** [PROTO6] The path, for the router. */
export function pathNow({ path }: Pick<ApiRequest, 'path'>, { group, version, now }: Older): string {
  return path.replace(`/apis/${group}/${version}/`, `/apis/${group}/${now}/`)
}

/** [PROTO6] What it says, in our version. A body that says another version than its path is refused later, as it stands. */
export function inOurs(request: ApiRequest, older: Older): ApiRequest {
  const path = pathNow(request, older)
  if (request.method === 'GET' || request.method === 'DELETE') return { ...request, path }
  const sent = parseObject(request.body)
  const { apiVersion, spec } = sent
  const isTheirs = apiVersion === undefined || apiVersion === `${older.group}/${older.version}`
  if (!isTheirs) return { ...request, path }
  const changed = {
    ...sent,
    apiVersion: `${older.group}/${older.now}`,
    ...(isObject(spec) ? { spec: older.inward(spec) } : {}),
  }
  return { ...request, path, body: Buffer.from(JSON.stringify(changed)) }
}

export function inTheirs(response: ApiResponse, { group, version, now, outward }: Older): ApiResponse {
  const { body } = response
  if (body.type !== 'json' || !isObject(body.value) || body.value['apiVersion'] !== `${group}/${now}`) return response
  const { spec, status, ...rest } = body.value
  const value = {
    ...rest,
    apiVersion: `${group}/${version}`,
    ...(isObject(spec) ? { spec: outward(spec) } : {}),
    ...(isObject(status) ? { status: outward === same ? status : countsOf(status) } : {}),
  }
  return { ...response, body: { type: 'json', value } }
}

function metricsOf({ targetCPUUtilizationPercentage: percentage, ...spec }: JsonObject): JsonObject {
  if (percentage === undefined || percentage === null) return spec
  const target = { type: 'Utilization', averageUtilization: percentage }
  return { ...spec, metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] }
}

/** What of a status all versions have. */
function countsOf({ currentReplicas, desiredReplicas }: JsonObject): JsonObject {
  return { currentReplicas: currentReplicas ?? 0, desiredReplicas: desiredReplicas ?? 0 }
}

function percentageOf({ metrics, behavior: _behavior, ...spec }: JsonObject): JsonObject {
  const resources = (Array.isArray(metrics) ? metrics : []).flatMap((metric) =>
    isObject(metric) && isObject(metric['resource']) && metric['resource']['name'] === 'cpu'
      ? [metric['resource']]
      : [],
  )
  const target = resources[0]?.['target']
  const percentage = isObject(target) ? target['averageUtilization'] : undefined
  return percentage === undefined ? spec : { ...spec, targetCPUUtilizationPercentage: percentage }
}
