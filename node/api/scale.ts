/**
 * `.../scale`: how many replicas, and nothing else. What `kubectl scale` and autoscalers talk to.
 *
 * @module
 */
import { scalePath } from '../../crdt/index.ts'
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
      return asScale(await edit({ ...asked, change: (shown) => scaled(shown, parseObject(request.body), at) }), at)
    case 'PATCH':
      return asScale(
        await edit({ ...asked, change: (shown) => scaled(shown, patchedScale(request, shown, at), at) }),
        at,
      )
    default:
      throw new ApiError('MethodNotAllowed', `${request.method} is not served on scale: use GET, PUT or PATCH`)
  }
}

function presentedScale(request: ApiRequest, backend: ApiBackend, at: Target): unknown {
  const resource = { ...at.resource, group: 'autoscaling', version: 'v1', kind: 'Scale' }
  const presented = presentation({ request, resource, nowMs: () => backend.now() })
  return presented.single(scaleOf(existing(backend, at).shown, at) as unknown as KubeObject)
}

/** Where the numbers of a scale are. */
interface Places {
  readonly wanted: readonly string[]
  readonly present: readonly string[]
  /** As a text; absent: the selector of a workload is an object of its spec. */
  readonly selector?: readonly string[]
}

const WORKLOAD: Places = { wanted: ['spec', 'replicas'], present: ['status', 'replicas'] }

/** [CRD15] Of a kind that somebody defined its definition says them. */
function placesOf({ resource: { custom } }: Target): Places {
  const scale = custom?.version.subresources?.scale
  if (scale === undefined) return WORKLOAD
  return {
    wanted: scalePath(scale.specReplicasPath),
    present: scalePath(scale.statusReplicasPath),
    selector: scale.labelSelectorPath === undefined ? [] : scalePath(scale.labelSelectorPath),
  }
}

const valueAt = (object: JsonObject, path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((value, name) => (isObject(value) ? value[name] : undefined), object)

function withValueAt(object: JsonObject, [name, ...rest]: readonly string[], value: Json): JsonObject {
  if (name === undefined) return object
  return { ...object, [name]: rest.length === 0 ? value : withValueAt(objectAt(object, name), rest, value) }
}

function scaleOf(object: KubeObject, at: Target): JsonObject {
  const shown = plain(object)
  const { wanted, present, selector } = placesOf(at)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadataOf(shown)
  const said = selector === undefined ? selectorText(objectAt(objectAt(shown, 'spec'), 'selector')) : textOf(valueAt(shown, selector) ?? '') // prettier-ignore
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: JSON.parse(JSON.stringify({ name, namespace, uid, resourceVersion, creationTimestamp })) as JsonObject,
    spec: { replicas: valueAt(shown, wanted) ?? 0 },
    status: { replicas: valueAt(shown, present) ?? 0, selector: selector?.length === 0 ? '' : said },
  }
}

function asScale(response: ApiResponse, at: Target): ApiResponse {
  if (response.body.type !== 'json') return response
  return { ...response, body: { type: 'json', value: scaleOf(response.body.value as KubeObject, at) } }
}

function patchedScale(request: ApiRequest, shown: JsonObject, at: Target): JsonObject {
  const type = patchType(request.headers['content-type'])
  if (type === 'apply' || type === 'server-side-apply')
    throw new ApiError('UnsupportedMediaType', 'scale takes no manifest: send a merge patch')
  const target = scaleOf(shown as unknown as KubeObject, at)
  return patched(type, { target, body: request.body, keys: new ListKeys(new Map()) })
}

/** The object with the replicas of a Scale; its resourceVersion and uid are preconditions, where it has them. */
function scaled(shown: JsonObject, sent: JsonObject, at: Target): JsonObject {
  const replicas = objectAt(sent, 'spec')['replicas']
  if (replicas === undefined) {
    throw new ApiError('Invalid', 'spec.replicas: Required value: say how many replicas are wanted', {
      causes: [{ reason: 'FieldValueRequired', field: 'spec.replicas', message: 'Required value' }],
    })
  }
  const conditions = Object.entries(metadataOf(sent)).filter(([name]) => ['resourceVersion', 'uid'].includes(name))
  const metadata = { ...metadataOf(shown), ...Object.fromEntries(conditions) }
  return withValueAt({ ...shown, metadata }, placesOf(at).wanted, replicas)
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
