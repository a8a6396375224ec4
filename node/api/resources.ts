/**
 * Requests for the objects themselves: which verb a method is on a path, whether the kind takes it, and the reading verbs.
 *
 * @module
 */
import type { DocumentKey, KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { faceOf } from './custom/faces.ts'
import { customStatus } from './custom/status.ts'
import { create, patch, replace } from './edits.ts'
import { evict } from './eviction.ts'
import { eventNamed, listEvents, type EventFeed } from './events.ts'
import { podLog } from './logs.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { continueToken, pageOf } from './paging.ts'
import { presentation, type Presentation } from './presentation.ts'
import { remove } from './remove.ts'
import type { ResourceRoute } from './router.ts'
import { scale } from './scale.ts'
import { hasSelector, selection } from './selection.ts'
import { apiVersion } from './served.ts'
import type { Subresource, Verb } from './served.ts'
import { podSession } from './sessions.ts'
import { ApiError, notFound, qualified } from './status.ts'
import { inTurns, turn } from './slices.ts'
import { target } from './target.ts'
import { expired, inNamespace, watch, type WatchSource } from './watch.ts'
import type { WatchLog } from './watch-log.ts'

/** Objects one request may delete or list into a deletion. */
const COLLECTION_MAX = 1_000

export interface Asked {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly log: WatchLog
  readonly feed: EventFeed
  readonly route: ResourceRoute
}

export async function handleResource(asked: Asked): Promise<ApiResponse> {
  const { request, backend, route } = asked
  if (route.subresource !== undefined) return handleSubresource(asked)
  const verb = verbOf(request, route)
  assertServed(verb, asked)
  switch (verb) {
    case 'list':
      return isEvents(route) ? listEvents({ ...asked, ...route, presented: presentationOf(asked) }) : list(asked)
    case 'watch':
      await asked.log.ready()
      return watch({ ...asked, presented: presentationOf(asked), ...(await sourceOf(asked)) })
    case 'get':
      return json(200, presentationOf(asked).single(await found(asked)))
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

/** Throws where there is none of that name. */
export function servedSubresource({ resource, subresource }: ResourceRoute): Subresource {
  const served = resource.subresources.find((each) => each === subresource)
  if (served !== undefined) return served
  throw new ApiError(
    'NotFound',
    `${qualified(resource)}/${subresource} is not served: it has ${resource.subresources.join(', ') || 'no subresources'}`,
  )
}

async function handleSubresource(asked: Asked): Promise<ApiResponse> {
  const { request, backend, route } = asked
  const { resource } = route
  const served = servedSubresource(route)
  switch (served) {
    case 'eviction':
      return evict(request, backend, targetOf(route))
    case 'scale':
      return scale(request, backend, targetOf(route))
    case 'status':
      if (resource.custom !== undefined) return customStatus(request, backend, targetOf(route))
      if (request.method === 'GET') return json(200, presentationOf(asked).single(await found(asked)))
      throw new ApiError(
        'MethodNotAllowed',
        `the status of ${qualified(resource)} is worked out by the node that is asked, nobody writes it: change the spec`,
      )
    case 'log':
      if (request.method === 'GET') return podLog(request, backend, targetOf(route))
      throw new ApiError('MethodNotAllowed', 'log is read with GET')
    case 'exec':
    case 'attach':
    case 'portforward':
    case 'files':
      return podSession(request, backend, { ...targetOf(route), subresource: served })
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

function presentationOf({ request, backend, route: { resource } }: Asked): Presentation {
  return presentation({ request, resource, nowMs: () => backend.now() })
}

const isEvents = ({ resource }: ResourceRoute): boolean => resource.kind === 'Event'

/** [LIST6] Events are told of as they are gathered. */
async function sourceOf({ feed, route }: Asked): Promise<{ readonly source?: WatchSource }> {
  if (!isEvents(route)) return {}
  await feed.gather()
  return { source: { list: (namespace) => feed.list(namespace), attend: () => feed.attend() } }
}

async function found({ backend, feed, route }: Asked): Promise<KubeObject> {
  const at = targetOf(route)
  const object = isEvents(route) ? await eventNamed(feed, at.namespace, at.name) : backend.view.get(at.key)
  if (object === undefined) throw notFound(at.resource, at.name)
  return faceOf(at.resource, object)
}

/** [API36] In turns. What changes meanwhile is told to who watches from the token of the list: it is taken first. */
async function list(asked: Asked): Promise<ApiResponse> {
  const { request, backend, log, route } = asked
  const { resource, namespace } = route
  const matches = selection(request.query)
  const presented = presentationOf(asked)
  const { limit = Infinity, from } = pageOf(request.query)
  await log.ready()
  const resourceVersion = listVersion(request.query, log, from?.version)
  const keys = backend.view.keys(resource.group, resource.kind, namespace)
  const start = from === undefined ? 0 : after(keys, from.after)
  let count = 0
  let end = start
  const items = await inTurns(keys.slice(start), {
    look: (key) => {
      const seen = backend.view.get(key)
      end += 1
      const object = seen && faceOf(resource, seen)
      if (object === undefined || !matches(object)) return []
      count += 1
      return [presented.item(object)]
    },
    isEnough: () => count >= limit,
    turn: () => turn(backend),
  })
  const more = end < keys.length ? { continue: continueToken({ version: resourceVersion, after: keys[end - 1]! }) } : {}
  // How many of the rest match is known only where all do.
  const isCounted = more.continue !== undefined && !hasSelector(request.query)
  const rest = isCounted ? { remainingItemCount: keys.length - end } : {}
  return json(200, presented.list(items, { resourceVersion, ...more, ...rest }))
}

/** [LIST3] What a list is of: now, or when its first piece was given. */
function listVersion(query: URLSearchParams, log: WatchLog, begun: string | undefined): string {
  const asked = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  if (!['', 'NotOlderThan', 'Exact'].includes(match))
    throw new ApiError(
      'BadRequest',
      `resourceVersionMatch: Unsupported value: ${JSON.stringify(match.slice(0, 80))}: supported values: "Exact", "NotOlderThan"`,
    )
  if (begun !== undefined) {
    if (log.since(begun) === undefined) throw expired(begun)
    return begun
  }
  const now = log.token()
  if (match === 'Exact' && asked !== now) throw expired(asked)
  return now
}

/** [LIST2] The place after a key, also where it is gone: keys come in one order, which is not that of their text. */
function after(keys: readonly DocumentKey[], key: DocumentKey): number {
  const place = (each: DocumentKey): string => each.replaceAll('/', '\0')
  const last = place(key)
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (place(keys[middle]!) > last) high = middle
    else low = middle + 1
  }
  return low
}

async function removeCollection(asked: Asked): Promise<ApiResponse> {
  const { request, backend, route } = asked
  const { resource, namespace } = route
  const matches = selection(request.query)
  const items = backend.view
    .list(resource.group, resource.kind, inNamespace(namespace))
    .map((each) => faceOf(resource, each))
    .filter(matches)
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
