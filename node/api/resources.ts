/**
 * Requests for the objects themselves: which verb a method is on a path, whether the kind takes it, and the reading verbs.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { create, patch, replace } from './edits.ts'
import { listEvents } from './events.ts'
import { podLog } from './logs.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { remove } from './remove.ts'
import type { ResourceRoute } from './router.ts'
import { scale } from './scale.ts'
import { selection } from './selection.ts'
import { apiVersion } from './served.ts'
import type { Verb } from './served.ts'
import { ApiError, notFound, qualified } from './status.ts'
import { inTurns, turn } from './slices.ts'
import { target } from './target.ts'
import { expired, inNamespace, watch } from './watch.ts'
import type { WatchLog } from './watch-log.ts'

/** Objects one request may delete or list into a deletion. */
const COLLECTION_MAX = 1_000

export interface Asked {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly log: WatchLog
  readonly route: ResourceRoute
}

export async function handleResource(asked: Asked): Promise<ApiResponse> {
  const { request, backend, route } = asked
  if (route.subresource !== undefined) return handleSubresource(asked)
  const verb = verbOf(request, route)
  assertServed(verb, asked)
  switch (verb) {
    case 'list':
      return route.resource.kind === 'Event' ? listEvents(request, backend, route.namespace) : list(asked)
    case 'watch':
      await asked.log.ready()
      return watch(asked)
    case 'get':
      return json(200, found(asked))
    case 'create':
      return create(request, backend, route.resource, namespaceOf(route))
    case 'update':
      return replace(request, backend, targetOf(route))
    case 'patch':
      return patch(request, backend, targetOf(route))
    case 'delete':
      return remove(request, backend, targetOf(route))
    case 'deletecollection':
      return removeCollection(asked)
  }
}

async function handleSubresource(asked: Asked): Promise<ApiResponse> {
  const { request, backend, route } = asked
  const { resource, subresource } = route
  const served = resource.subresources.find((each) => each === subresource)
  switch (served) {
    case undefined:
      throw new ApiError(
        'NotFound',
        `${qualified(resource)}/${subresource} is not served: it has ${resource.subresources.join(', ') || 'no subresources'}`,
      )
    case 'scale':
      return scale(request, backend, targetOf(route))
    case 'status':
      if (request.method === 'GET') return json(200, found(asked))
      throw new ApiError(
        'MethodNotAllowed',
        `the status of ${qualified(resource)} is worked out by the node that is asked, nobody writes it: change the spec`,
      )
    case 'log':
      if (request.method === 'GET') return podLog(request, backend, targetOf(route))
      throw new ApiError('MethodNotAllowed', 'log is read with GET')
  }
}

function verbOf({ method, query }: ApiRequest, { name, resource, namespace }: ResourceRoute): Verb {
  const collection = name === undefined
  const watches = query.get('watch') === 'true' || query.get('watch') === '1'
  switch (method) {
    case 'GET':
      if (watches) return 'watch'
      return collection ? 'list' : 'get'
    case 'POST':
      if (collection) return 'create'
      break
    case 'PUT':
      if (!collection) return 'update'
      break
    case 'PATCH':
      if (!collection) return 'patch'
      break
    case 'DELETE':
      if (!collection) return 'delete'
      // Deleting over all namespaces at once is nobody's wish.
      if (namespace !== undefined || !resource.namespaced) return 'deletecollection'
      break
  }
  throw new ApiError(
    'MethodNotAllowed',
    `${method} is not served on ${collection ? 'the collection' : 'an object'} of ${qualified(resource)}`,
  )
}

function assertServed(verb: Verb, { route: { resource } }: Asked): void {
  if (resource.verbs.includes(verb)) return
  const why = resource.writeInstead === undefined ? '' : `: ${resource.writeInstead}`
  throw new ApiError('MethodNotAllowed', `${qualified(resource)} cannot be used with ${verb}${why}`, {
    kind: resource.plural,
  })
}

function found({ backend, route }: Asked): KubeObject {
  const at = targetOf(route)
  const object = backend.view.get(at.key)
  if (object === undefined) throw notFound(at.resource, at.name)
  return object
}

/** [API36] In turns. What changes meanwhile is told to who watches from the token of the list: it is taken first. */
async function list({ request, backend, log, route }: Asked): Promise<ApiResponse> {
  const { resource, namespace } = route
  const matches = selection(request.query)
  // Lists are given whole, whatever `limit` says, so there is nothing to continue.
  if (request.query.get('continue')) throw expired(request.query.get('continue') as string)
  await log.ready()
  const resourceVersion = log.token()
  const items = await inTurns(backend.view.keys(resource.group, resource.kind, namespace), {
    look: (key) => {
      const object = backend.view.get(key)
      return object !== undefined && matches(object) ? [object] : []
    },
    turn: () => turn(backend),
  })
  return json(200, {
    kind: `${resource.kind}List`,
    apiVersion: apiVersion(resource),
    metadata: { resourceVersion },
    items,
  })
}

async function removeCollection(asked: Asked): Promise<ApiResponse> {
  const { request, backend, route } = asked
  const { resource, namespace } = route
  const matches = selection(request.query)
  const items = backend.view.list(resource.group, resource.kind, inNamespace(namespace)).filter(matches)
  if (items.length > COLLECTION_MAX) {
    throw new ApiError(
      'RequestEntityTooLarge',
      `${items.length} objects match, at most ${COLLECTION_MAX} are deleted at once: narrow the selector`,
    )
  }
  const warnings: string[] = []
  for (const { metadata } of items) {
    const response = await remove(request, backend, target(resource, metadata.namespace, metadata.name))
    warnings.push(...response.warnings)
  }
  const value = { kind: `${resource.kind}List`, apiVersion: apiVersion(resource), metadata: {}, items }
  return json(200, value, { warnings: [...new Set(warnings)] })
}

function targetOf({ resource, namespace, name }: ResourceRoute): ReturnType<typeof target> {
  if (name === undefined) throw new ApiError('BadRequest', `the path names no object of ${qualified(resource)}`)
  return target(resource, namespace, name)
}

function namespaceOf({ resource, namespace }: ResourceRoute): string | undefined {
  if (resource.namespaced && namespace === undefined) {
    throw new ApiError('BadRequest', `the path names no namespace: send it to /namespaces/NAME/${resource.plural}`)
  }
  return namespace
}
