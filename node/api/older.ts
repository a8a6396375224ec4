/**
 * Versions of kinds that older clients and older manifests have: single objects are created, looked at, changed and deleted in
 * them. They are read in theirs, kept in ours, and answered in theirs. kubectl up to 1.31 sends autoscalers as `autoscaling/v1`,
 * 1.20 budgets as `policy/v1beta1`.
 *
 * @module
 */
import { isObject, parseObject, type Json, type JsonObject } from './body.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { patchType } from './patch.ts'
import { RESOURCES, type Resource } from './served.ts'
import { ApiError } from './status.ts'

interface Older {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly now: string
  /** A spec, or a patch of one. */
  readonly inward: (spec: JsonObject) => JsonObject
  readonly outward: (spec: JsonObject) => JsonObject
}

const same = (spec: JsonObject): JsonObject => spec

const autoscalers = { group: 'autoscaling', plural: 'horizontalpodautoscalers', now: 'v2' }

const OLDER: readonly Older[] = [
  { ...autoscalers, version: 'v1', inward: metricsOf, outward: percentageOf },
  { ...autoscalers, version: 'v2beta2', inward: same, outward: same },
  { ...autoscalers, version: 'v2beta1', inward: withTargets, outward: withoutTargets },
  { group: 'policy', version: 'v1beta1', plural: 'poddisruptionbudgets', now: 'v1', inward: same, outward: same },
]

/** As discovery tells of them, after ours: whoever has the choice takes those. */
export const OLDER_RESOURCES: readonly Resource[] = OLDER.flatMap(({ group, version, plural }) =>
  RESOURCES.filter((each) => each.group === group && each.plural === plural).map((each) => ({
    ...each,
    version,
    verbs: ['create', 'delete', 'get', 'patch', 'update'],
    subresources: [],
  })),
)

interface Asked {
  readonly older: Older
  /** Behind the version. */
  readonly rest: readonly string[]
  /** Absent: of all namespaces. */
  readonly names?: readonly string[]
}

function askedOf(path: string): Asked | undefined {
  const [, root, group, version, ...rest] = path.split('/')
  const inNamespace = rest[0] === 'namespaces'
  const [plural, ...names] = inNamespace ? rest.slice(2) : rest
  const older = OLDER.find((each) => each.group === group && each.version === version && each.plural === plural)
  if (root !== 'apis' || older === undefined) return undefined
  return { older, rest, ...(inNamespace ? { names } : {}) }
}

const METHODS: readonly (readonly string[])[] = [['POST'], ['GET', 'PUT', 'PATCH', 'DELETE']]

/** Undefined: the request is of a version that is served, or for more than single objects of an older one. */
export function olderOf({ method, path }: Pick<ApiRequest, 'method' | 'path'>): Older | undefined {
  const asked = askedOf(path)
  const methods = asked?.names && METHODS[asked.names.length]
  return methods?.includes(method) === true ? asked?.older : undefined
}

/** [PROTO6] Of a path that nothing is served at. */
export function assertSingle({ path }: Pick<ApiRequest, 'path'>): void {
  const asked = askedOf(path)
  if (asked === undefined) return
  const { group, version, plural, now } = asked.older
  const at = `/apis/${group}/${now}/${asked.rest.join('/')}`
  throw new ApiError(
    'MethodNotAllowed',
    `in ${group}/${version} single ${plural} are created and taken by their names: ask ${at}`,
  )
}

/** [PROTO6] The path, for the router. */
export function pathNow({ path }: Pick<ApiRequest, 'path'>, { group, version, now }: Older): string {
  return path.replace(`/apis/${group}/${version}/`, `/apis/${group}/${now}/`)
}

/** [PROTO6] What it says, in our version. A body that says another version than its path is refused later, as it stands. */
export function inOurs(request: ApiRequest, older: Older): ApiRequest {
  const path = pathNow(request, older)
  if (request.method === 'GET' || request.method === 'DELETE') return { ...request, path }
  if (request.method === 'PATCH' && patchType(request.headers['content-type']) === 'json') {
    assertSame(older)
    return { ...request, path }
  }
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

/** A JSON patch names fields by where they are, which here is elsewhere. */
function assertSame({ group, version, now, inward }: Older): void {
  if (inward === same) return
  const why = `a JSON patch of ${group}/${version} is not taken: send it to ${group}/${now}, or send a merge patch`
  throw new ApiError('UnsupportedMediaType', why)
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
  if (percentage === undefined) return spec
  if (percentage === null) return { ...spec, metrics: null }
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

type OfResource = (resource: JsonObject) => JsonObject

/** With each metric that is about a resource of pods said otherwise. */
function withResources(spec: JsonObject, change: OfResource): JsonObject {
  const { metrics } = spec
  if (!Array.isArray(metrics)) return spec
  const changed = metrics.map((metric): Json => {
    const resource = isObject(metric) ? metric['resource'] : undefined
    return isObject(metric) && isObject(resource) ? { ...metric, resource: change(resource) } : metric
  })
  return { ...spec, metrics: changed }
}

function withTargets(spec: JsonObject): JsonObject {
  return withResources(spec, ({ targetAverageUtilization, targetAverageValue, ...resource }) => {
    if (targetAverageUtilization !== undefined)
      return { ...resource, target: { type: 'Utilization', averageUtilization: targetAverageUtilization } }
    if (targetAverageValue === undefined) return resource
    return { ...resource, target: { type: 'AverageValue', averageValue: targetAverageValue } }
  })
}

function withoutTargets(spec: JsonObject): JsonObject {
  const { behavior: _behavior, ...known } = spec
  return withResources(known, ({ target, ...resource }) => {
    const { averageUtilization, averageValue } = isObject(target) ? target : {}
    return {
      ...resource,
      ...(averageUtilization === undefined ? {} : { targetAverageUtilization: averageUtilization }),
      ...(averageValue === undefined ? {} : { targetAverageValue: averageValue }),
    }
  })
}
