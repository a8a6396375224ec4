/**
 * Create, replace, patch. Every edit is worked out on the object as the client saw it, with defaults and status, and what
 * it changed is then carried over to the object as users wrote it (`three-way.ts`): defaults are not written down.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import { apply } from './apply.ts'
import type { ApiBackend } from './backend.ts'
import type { Json, JsonObject } from './body.ts'
import { parseObject, textOf } from './body.ts'
import { editable, metadataOf, nameOf, named, placed, plain, typed } from './incoming.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { patched, patchType } from './patch.ts'
import type { Resource } from './served.ts'
import { conflict, refused } from './status.ts'
import { assertWritable, existing, isLeftBehind, keysOf, target } from './target.ts'
import type { Faces, Target } from './target.ts'
import { threeWay } from './three-way.ts'
import { untilUndisturbed, write } from './write.ts'

export async function create(
  request: ApiRequest,
  backend: ApiBackend,
  resource: Resource,
  namespace?: string,
): Promise<ApiResponse> {
  const sent = named(typed(parseObject(request.body), resource), backend)
  const at = target(resource, namespace, nameOf(sent))
  const object = editable(placed(sent, at))
  const [shown, stored] = [backend.view.get(at.key), backend.view.stored(at.key)?.object]
  if (shown !== undefined && !isLeftBehind(backend, at, { shown, stored }))
    throw refused(resource, at.name, { code: 'already-exists', message: '' })
  return write({ request, backend, at, object })
}

export function replace(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const sent = typed(parseObject(request.body), at.resource)
  return edit({ request, backend, at, change: () => sent })
}

export function patch(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const type = patchType(request.headers['content-type'])
  if (type === 'apply') return apply(request, backend, at)
  const keys = keysOf(at)
  return edit({ request, backend, at, change: (shown) => patched(type, { target: shown, body: request.body, keys }) })
}

export interface Edit {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly at: Target
  /** From the object as shown to the object as wanted. May throw an `ApiError`. */
  readonly change: (shown: JsonObject) => JsonObject
}

export async function edit({ request, backend, at, change }: Edit): Promise<ApiResponse> {
  return untilUndisturbed(() => {
    const faces = existing(backend, at)
    assertWritable(at, faces)
    const { shown, stored } = faces
    const wanted = placed(typed(change(plain(shown)), at.resource), at)
    assertSameUid(at, shown, metadataOf(wanted)['uid'])
    assertCurrent(backend, at, metadataOf(wanted)['resourceVersion'])
    const object = carriedOver({ at, shown, stored, wanted })
    return write({ request, backend, at, object, old: stored })
  })
}

/** [API23] The client's change, done to the object as users wrote it. */
function carriedOver({ at, shown, stored, wanted }: Faces & { at: Target; wanted: JsonObject }): JsonObject {
  const { apiVersion, kind } = shown
  const value = threeWay({
    original: editable(plain(shown)),
    modified: editable(wanted),
    current: stored === undefined ? { apiVersion, kind, metadata: { name: at.name } } : editable(plain(stored)),
    keys: keysOf(at),
    mode: 'edit',
  })
  return value as JsonObject
}

/** [API105] Who names a uid means that one object, not another that has its name by now. */
function assertSameUid({ resource, name }: Target, { metadata }: KubeObject, uid: Json | undefined): void {
  if (uid === undefined || uid === '' || uid === metadata.uid) return
  const why = `Precondition failed: UID in precondition: ${textOf(uid)}, UID in object meta: ${metadata.uid ?? ''}`
  throw conflict(resource, name, why)
}

/** [API21] Status may have moved on since the client read the object; what people want may not. */
function assertCurrent(backend: ApiBackend, at: Target, version: Json | undefined): void {
  if (version === undefined || version === '' || backend.view.isCurrent(at.key, textOf(version))) return
  const why = 'the object has been modified; please apply your changes to the latest version and try again'
  throw conflict(at.resource, at.name, why)
}
