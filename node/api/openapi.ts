/**
 * `/openapi/v2` and `/openapi/v3`: what is served, for clients that ask how to merge, explain and check it. Made when it is asked
 * for: a document takes some 20 ms, and clients keep it by its hash.
 *
 * @module
 */
import { accepts } from './accept.ts'
import { json, whole } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import type { Resource } from './served.ts'
import { ApiError } from './status.ts'

/** As kubectl asks for it, and as the API server answers: the one with `@`, the other without. */
const PROTOBUF_ASKED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** `what`: the segments after `/openapi/`. */
export async function openApi(
  request: ApiRequest,
  what: readonly string[],
  served: readonly Resource[],
): Promise<ApiResponse> {
  const [version, ...groupVersion] = what
  if (version === 'v2' && groupVersion.length === 0) return v2(request, served)
  if (version === 'v3') return groupVersion.length === 0 ? index(served) : v3(request, groupVersion.join('/'), served)
  throw new ApiError('NotFound', `nothing is served at ${request.path}: there are /openapi/v2 and /openapi/v3`)
}

/** [OPEN1] [OPEN3] */
async function v2(request: ApiRequest, served: readonly Resource[]): Promise<ApiResponse> {
  const formats = await import('./kube/formats.ts')
  const type = accepts(request, ['application/json', PROTOBUF_ASKED, PROTOBUF])
  const isJson = type === 'application/json'
  const etag = `"${formats.openApiHash(served)}${isJson ? '' : '-protobuf'}"`
  const headers = { etag, vary: 'Accept', 'cache-control': 'no-cache' }
  if (request.headers['if-none-match'] === etag) return { ...whole(304, 'application/json', new Uint8Array()), headers }
  const bytes = isJson ? formats.openApiV2(served) : formats.openApiV2Protobuf(served)
  return { ...whole(200, isJson ? 'application/json' : PROTOBUF, bytes), headers }
}

/** [OPEN2] */
async function index(served: readonly Resource[]): Promise<ApiResponse> {
  const formats = await import('./kube/formats.ts')
  const hash = formats.openApiHash(served)
  const paths = formats
    .groupVersions(served)
    .map((each) => [each, { serverRelativeURL: `/openapi/v3/${each}?hash=${hash}` }])
  return json(200, { paths: Object.fromEntries(paths) as Record<string, unknown> })
}

const YEAR_SECONDS = 365 * 24 * 3_600

async function v3(request: ApiRequest, groupVersion: string, served: readonly Resource[]): Promise<ApiResponse> {
  const formats = await import('./kube/formats.ts')
  accepts(request, ['application/json'])
  const bytes = formats.openApiV3(served, groupVersion)
  if (bytes === undefined)
    throw new ApiError(
      'NotFound',
      `nothing is served at ${request.path}: there are ${formats.groupVersions(served).join(', ')}`,
    )
  const etag = `"${formats.openApiHash(served)}"`
  const asked = request.query.get('hash')
  // What was asked for by its hash is that for ever.
  const isFixed = asked !== null && `"${asked}"` === etag
  const headers = { etag, 'cache-control': isFixed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache' }
  if (request.headers['if-none-match'] === etag) return { ...whole(304, 'application/json', new Uint8Array()), headers }
  return { ...whole(200, 'application/json', bytes), headers }
}
