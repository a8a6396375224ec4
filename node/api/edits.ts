/**
 * Create, replace, patch. Every edit is worked out on the object as the client saw it, with defaults and status, and what
 * it changed is then carried over to the object as users wrote it (`three-way.ts`): defaults are not written down.
 *
 * @module
 */
import { apply } from './apply.ts'
import type { ApiBackend } from './backend.ts'
import type { JsonObject } from './body.ts'
import { parseObject } from './body.ts'
import { editable, metadataOf, nameOf, named, placed, plain, typed } from './incoming.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { assertUnforced } from './ownership/field-manager.ts'
import { claimedManagers } from './ownership/claimed.ts'
import { serverSideApply } from './ownership/server-side-apply.ts'
import { patched, patchType } from './patch.ts'
import { assertCurrent, assertSameUid } from './preconditions.ts'
import { depthOf } from './served.ts'
import type { Resource } from './served.ts'
import { taken } from './status.ts'
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
  const sent = named(typed(parseObject(request.body, depthOf(resource)), resource), backend)
  const at = target(resource, namespace, nameOf(sent))
  const object = editable(placed(sent, at), resource)
  const [shown, stored] = [backend.view.get(at.key), backend.view.stored(at.key)?.object]
  if (shown !== undefined && !isLeftBehind(backend, at, { shown, stored })) throw taken(resource, shown)
  return write({ request, backend, at, object, claimed: claimedManagers(sent) })
}

export function replace(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const sent = typed(parseObject(request.body, depthOf(at.resource)), at.resource)
  return edit({ request, backend, at, change: () => sent })
}

export async function patch(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const type = patchType(request.headers['content-type'], at.resource)
  if (type === 'server-side-apply') return serverSideApply(request, backend, at)
  assertUnforced(request)
  if (type === 'apply') return apply(request, backend, at)
  const patching = { body: request.body, keys: keysOf(at), depthMax: depthOf(at.resource) }
  const change = (shown: JsonObject): JsonObject => patched(type, { target: shown, ...patching })
  return edit({ request, backend, at, change })
}

export interface Edit {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly at: Target
  /** From the object as shown to the object as wanted. May throw an `ApiError`. */
  readonly change: (shown: JsonObject) => JsonObject
  readonly subresource?: string
}

export async function edit({ request, backend, at, change, subresource }: Edit): Promise<ApiResponse> {
  return untilUndisturbed(() => {
    const faces = existing(backend, at)
    assertWritable(at, faces)
    const { shown, stored } = faces
    const wanted = placed(typed(change(plain(shown)), at.resource), at)
    assertSameUid(at, shown, metadataOf(wanted)['uid'])
    assertCurrent(backend, at, metadataOf(wanted)['resourceVersion'])
    const object = carriedOver({ at, shown, stored, wanted })
    return write({ request, backend, at, object, old: stored, subresource, claimed: claimedManagers(wanted, shown) })
  })
}

/** [API23] The client's change, done to the object as users wrote it. */
function carriedOver({ at, shown, stored, wanted }: Faces & { at: Target; wanted: JsonObject }): JsonObject {
  const { apiVersion, kind } = shown
  const { namespace, name } = at
  const metadata = namespace === '' ? { name } : { name, namespace }
  const value = threeWay({
    original: editable(plain(shown), at.resource),
    modified: editable(wanted, at.resource),
    current: stored === undefined ? { apiVersion, kind, metadata } : editable(plain(stored), at.resource),
    keys: keysOf(at),
    mode: 'edit',
  })
  return value as JsonObject
}
