/**
 * `.../status` of an object of a defined kind: whoever runs it says there how it is, and changes nothing else.
 *
 * @module
 */
import type { ApiBackend } from '../backend.ts'
import { parseObject, type JsonObject } from '../body.ts'
import { metadataOf, placed, plain, typed } from '../incoming.ts'
import { json } from '../message.ts'
import type { ApiRequest, ApiResponse } from '../message.ts'
import { applyStatus } from '../ownership/server-side-apply.ts'
import { patched, patchType } from '../patch.ts'
import { assertCurrent, assertSameUid } from '../preconditions.ts'
import { ApiError } from '../status.ts'
import { existing, keysOf } from '../target.ts'
import type { Target } from '../target.ts'
import { untilUndisturbed, write } from '../write.ts'

export async function customStatus(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  switch (request.method) {
    case 'GET':
      return json(200, existing(backend, at).shown)
    case 'PUT':
      return writeStatus({ request, backend, at, change: () => parseObject(request.body) })
    case 'PATCH':
      return patchStatus(request, backend, at)
    default:
      throw new ApiError('MethodNotAllowed', `${request.method} is not served on status: use GET, PUT or PATCH`)
  }
}

async function patchStatus(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  const type = patchType(request.headers['content-type'], at.resource)
  if (type === 'server-side-apply') return applyStatus(request, backend, at)
  if (type === 'apply') throw new ApiError('UnsupportedMediaType', 'status takes no manifest: send a merge patch')
  const keys = keysOf(at)
  const change = (shown: JsonObject): JsonObject => patched(type, { target: shown, body: request.body, keys })
  return writeStatus({ request, backend, at, change })
}

interface StatusEdit {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly at: Target
  readonly change: (shown: JsonObject) => JsonObject
}

function writeStatus({ request, backend, at, change }: StatusEdit): Promise<ApiResponse> {
  return untilUndisturbed(() => {
    const { shown, stored } = existing(backend, at)
    const wanted = placed(typed(change(plain(shown)), at.resource), at)
    assertSameUid(at, shown, metadataOf(wanted)['uid'])
    assertCurrent(backend, at, metadataOf(wanted)['resourceVersion'])
    const { status: _, ...rest } = plain(stored!)
    const object = wanted['status'] === undefined ? rest : { ...rest, status: wanted['status'] }
    return write({ request, backend, at, object, old: stored, subresource: 'status' })
  })
}
