/**
 * `.../scale`: how many replicas, and nothing else. What `kubectl scale` and autoscalers talk to.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import type { Json, JsonObject } from './body.ts'
import { isObject, parseObject, textOf } from './body.ts'
import { edit } from './edits.ts'
import { metadataOf, plain } from './incoming.ts'
import { ListKeys } from './list-keys.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { patched, patchType } from './patch.ts'
import { presentation } from './presentation.ts'
import { ApiError } from './status.ts'
import { existing } from './target.ts'
import type { Target } from './target.ts'

export async function scale(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const asked = { request, backend, at, subresource: 'scale' }
  switch (request.method) {
    case 'GET':
      return json(200, presentedScale(request, backend, at))
    case 'PUT':
      return asScale(await edit({ ...asked, change: (shown) => scaled(shown, parseObject(request.body)) }))
    case 'PATCH':
      return asScale(await edit({ ...asked, change: (shown) => scaled(shown, patchedScale(request, shown)) }))
    default:
      throw new ApiError('MethodNotAllowed', `${request.method} is not served on scale: use GET, PUT or PATCH`)
  }
}

function presentedScale(request: ApiRequest, backend: ApiBackend, at: Target): unknown {
  const resource = { ...at.resource, group: 'autoscaling', version: 'v1', kind: 'Scale' }
  const presented = presentation({ request, resource, nowMs: () => backend.now() })
  return presented.single(scaleOf(existing(backend, at).shown) as unknown as KubeObject)
}

function scaleOf(object: KubeObject): JsonObject {
  const shown = plain(object)
  const [spec, status] = [objectAt(shown, 'spec'), objectAt(shown, 'status')]
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadataOf(shown)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: JSON.parse(JSON.stringify({ name, namespace, uid, resourceVersion, creationTimestamp })) as JsonObject,
    spec: { replicas: spec['replicas'] ?? 0 },
    status: { replicas: status['replicas'] ?? 0, selector: selectorText(objectAt(spec, 'selector')) },
  }
}

function asScale(response: ApiResponse): ApiResponse {
  if (response.body.type !== 'json') return response
  return { ...response, body: { type: 'json', value: scaleOf(response.body.value as KubeObject) } }
}

function patchedScale(request: ApiRequest, shown: JsonObject): JsonObject {
  const type = patchType(request.headers['content-type'])
  if (type === 'apply' || type === 'server-side-apply')
    throw new ApiError('UnsupportedMediaType', 'scale takes no manifest: send a merge patch')
  const target = scaleOf(shown as unknown as KubeObject)
  return patched(type, { target, body: request.body, keys: new ListKeys(new Map()) })
}

/** The object with the replicas of a Scale; its resourceVersion and uid are preconditions, where it has them. */
function scaled(shown: JsonObject, sent: JsonObject): JsonObject {
  const replicas = objectAt(sent, 'spec')['replicas']
  if (replicas === undefined) {
    throw new ApiError('Invalid', 'spec.replicas: Required value: say how many replicas are wanted', {
      causes: [{ reason: 'FieldValueRequired', field: 'spec.replicas', message: 'Required value' }],
    })
  }
  const conditions = Object.entries(metadataOf(sent)).filter(([name]) => ['resourceVersion', 'uid'].includes(name))
  const metadata = { ...metadataOf(shown), ...Object.fromEntries(conditions) }
  return { ...shown, metadata, spec: { ...objectAt(shown, 'spec'), replicas } }
}

function selectorText(selector: JsonObject): string {
  const labels = Object.entries(objectAt(selector, 'matchLabels')).map(([key, value]) => `${key}=${textOf(value)}`)
  const demands = Array.isArray(selector['matchExpressions']) ? selector['matchExpressions'].map(demandText) : []
  return [...labels, ...demands].join(',')
}

function demandText(demand: Json): string {
  if (!isObject(demand)) return ''
  const [key, operator] = [textOf(demand['key']), textOf(demand['operator'])]
  const values = Array.isArray(demand['values']) ? demand['values'].map(textOf).join(',') : ''
  if (operator === 'Exists') return key
  if (operator === 'DoesNotExist') return `!${key}`
  return `${key} ${operator.toLowerCase()} (${values})`
}

function objectAt(object: JsonObject, field: string): JsonObject {
  const value = object[field]
  return isObject(value) ? value : {}
}
