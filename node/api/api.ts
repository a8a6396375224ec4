/**
 * The API of a node, without its sockets: a request in, a response out. Everything that can go wrong becomes a `Status`;
 * `handle` never rejects.
 *
 * @module
 */
import { formOf } from './accept.ts'
import { assertMay } from './access.ts'
import type { ApiBackend, ClusterInfo } from './backend.ts'
import { asJson } from './content.ts'
import { discover } from './discovery.ts'
import { EventFeed } from './events.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { json, text } from './message.ts'
import { metrics } from './metrics.ts'
import { assertSingle, inOurs, inTheirs, olderOf, pathNow } from './older.ts'
import { openApi } from './openapi.ts'
import { RateLimit } from './rate.ts'
import { handleResource, servedSubresource } from './resources.ts'
import { review } from './reviews.ts'
import { route } from './router.ts'
import type { Route } from './router.ts'
import { handleShoal } from './shoal.ts'
import { apiVersion, resourcesOf } from './served.ts'
import { ApiError, errorResponse } from './status.ts'
import { reachWarnings } from './warnings.ts'
import { WatchLog } from './watch-log.ts'

export class Api {
  readonly #backend: ApiBackend
  readonly #log: WatchLog
  readonly #feed: EventFeed
  readonly #rate = new RateLimit()
  /** Told of errors that are nobody's fault but ours. */
  readonly #onFault: (error: unknown) => void

  constructor(backend: ApiBackend, onFault: (error: unknown) => void = () => {}) {
    this.#backend = backend
    this.#log = new WatchLog(backend)
    this.#feed = new EventFeed(backend, this.#log)
    this.#onFault = onFault
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    try {
      const older = olderOf(request)
      const to = route(older === undefined ? request.path : pathNow(request, older), this.#backend.view)
      // A probe is answered however busy its sender was.
      if (to.to !== 'health') this.#assertRate(request)
      assertMay(request, to)
      // [API4] Before anything is done for an answer that would not be taken.
      if (to.to !== 'openapi' && to.to !== 'discovery') formOf(request)
      // What nothing is served for is told so, whatever was sent.
      if (to.to === 'resource' && to.subresource !== undefined) servedSubresource(to)
      const { request: readable, warnings } = to.to === 'nowhere' ? { request, warnings: [] } : await asJson(request)
      const response =
        older === undefined
          ? await this.#answer(to, readable)
          : inTheirs(await this.#answer(to, inOurs(readable, older)), older)
      return { ...response, warnings: [...warnings, ...response.warnings, ...aging(to), ...this.#reach(to, request)] }
    } catch (error) {
      if (error instanceof ApiError) return errorResponse(error)
      this.#onFault(error)
      // No stack and no message of unknown origin leaves the node.
      return errorResponse(new ApiError('InternalError', 'the node failed to answer: its log says more'))
    }
  }

  close(): void {
    this.#log.close()
  }

  async #answer(to: Route, request: ApiRequest): Promise<ApiResponse> {
    const [backend, log] = [this.#backend, this.#log]
    switch (to.to) {
      case 'resource':
        return handleResource({ request, backend, log, feed: this.#feed, route: to })
      case 'metrics':
        return metrics({ ...to, request, backend })
      case 'shoal':
        return handleShoal(to.what, request, backend)
      case 'openapi':
        return readOnly(request, () => openApi(request, to.what, resourcesOf(backend.view)))
      case 'discovery':
        return readOnly(request, () => discover(to, request.headers['accept'], resourcesOf(backend.view)))
      case 'review':
        return review(request, to.review)
      case 'version':
        return readOnly(request, () => json(200, versionOf(backend.clusterInfo())))
      case 'health':
        return text(200, 'ok')
      case 'nowhere':
        assertSingle(request)
        if (request.path.startsWith('/apis/apiextensions.k8s.io/v1beta1/'))
          throw new ApiError(
            'NotFound',
            'definitions of apiextensions.k8s.io/v1beta1 are not served: write them as apiextensions.k8s.io/v1, with a schema for each version',
          )
        throw new ApiError(
          'NotFound',
          `nothing is served at ${request.path}: the API begins at /api/v1, /apis and /shoal/v1`,
        )
    }
  }

  #reach(to: Route, request: ApiRequest): readonly string[] {
    return to.to === 'resource' ? reachWarnings(this.#backend, request.method) : []
  }

  #assertRate({ by }: ApiRequest): void {
    const retryAfterSeconds = this.#rate.take(by, this.#backend.now())
    if (retryAfterSeconds === 0) return
    throw new ApiError('TooManyRequests', `too many requests from ${by}: ask again in ${retryAfterSeconds} s`, {
      retryAfterSeconds,
    })
  }
}

/** [CRD18] Of a version that whoever defined it wants to be rid of. */
function aging(to: Route): readonly string[] {
  if (to.to !== 'resource' || to.resource.custom?.version.deprecated !== true) return []
  const { kind, custom } = to.resource
  return [custom.version.deprecationWarning ?? `${apiVersion(to.resource)} ${kind} is deprecated`]
}

function readOnly<Answer>(request: ApiRequest, answer: () => Answer): Answer {
  if (request.method === 'GET' || request.method === 'HEAD') return answer()
  throw new ApiError('MethodNotAllowed', `${request.path} is read with GET, not ${request.method}`)
}

/** As `kubectl version` reads it: the Kubernetes version whose API this is, ours behind the plus. */
function versionOf({ version, platform }: ClusterInfo): Record<string, string> {
  return {
    major: '1',
    minor: '33',
    gitVersion: `v1.33.0+shoal-${version}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '2026-11-21T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform,
  }
}
