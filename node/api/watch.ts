/**
 * `?watch=true`: changes as they happen, one JSON object a line. What a selector stops to match is `DELETED` for that
 * watch, what it begins to match is `ADDED`.
 *
 * After each batch comes a `BOOKMARK` with a fresh token, for clients that ask for it: only from there may they resume.
 *
 * @module
 */
import { faceOf } from './custom/faces.ts'
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import type { ApiRequest, ApiResponse, LineSink } from './message.ts'
import type { ResourceRoute } from './router.ts'
import type { Bookmark, Presentation } from './presentation.ts'
import { selection } from './selection.ts'
import type { Matches } from './selection.ts'
import { apiVersion } from './served.ts'
import type { Resource } from './served.ts'
import { ApiError, statusOf } from './status.ts'
import { concerns } from './watch-log.ts'
import type { Entry, WatchLog } from './watch-log.ts'

/** A watch that names no end is ended after half an hour; clients watch again, maybe on another node. */
const WATCH_MS_MAX = 30 * 60_000

const INITIAL_END = { 'k8s.io/initial-events-end': 'true' }

export interface Watching {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly log: WatchLog
  readonly route: ResourceRoute
  readonly presented: Presentation
  /** Absent: the view has them. */
  readonly source?: WatchSource
}

/** Where objects are that no view has. */
export interface WatchSource {
  readonly list: (namespace: string | undefined) => readonly KubeObject[]
  /** Somebody watches, until what it gives is called. */
  readonly attend: () => () => void
}

export function watch({ request, backend, log, route, presented, source }: Watching): ApiResponse {
  const { resource, namespace, name } = route
  const selected = selection(request.query)
  // A watch on the path of one object is a watch of that name.
  const matches: Matches = (object) => (name === undefined || object.metadata.name === name) && selected(object)
  const wantsBookmarks = request.query.get('allowWatchBookmarks') === 'true'
  const durationMs = watchMs(request.query.get('timeoutSeconds'))
  const start = startOf(request.query)

  const asShown = ({ before, now, ...entry }: Entry): Entry => ({
    ...entry,
    before: before && faceOf(resource, before),
    now: now && faceOf(resource, now),
  })

  const open = (sink: LineSink): { close(): void } => {
    const shown = presented.events()
    const send = (type: string, object: unknown): void => sink.write(JSON.stringify({ type, object }))
    const tell = (type: string, object: KubeObject): void => send(type, shown.object(object))
    const bookmark = (annotations?: Record<string, string>): void =>
      send('BOOKMARK', shown.bookmark(bookmarkOf(resource, log.token(), annotations)))
    const pass = (entries: readonly Entry[]): void => {
      const own = entries.filter((entry) => concerns(entry, resource, namespace)).map(asShown)
      for (const { type, object } of own.flatMap((entry) => eventOf(entry, matches))) tell(type, object)
      if (wantsBookmarks && own.length > 0) bookmark()
    }
    const missed = start.from === 'token' ? log.since(start.token) : []
    if (missed === undefined) {
      send('ERROR', statusOf(expired((start as { token: string }).token)))
      sink.end()
      return { close: () => {} }
    }
    if (start.from === 'now') {
      const all = source?.list(namespace) ?? backend.view.list(resource.group, resource.kind, inNamespace(namespace))
      for (const object of all) {
        const face = faceOf(resource, object)
        if (matches(face)) tell('ADDED', face)
      }
      if (wantsBookmarks) bookmark(start.marksEnd ? INITIAL_END : undefined)
    }
    pass(missed)
    const unsubscribe = log.subscribe(pass)
    const leave = source?.attend() ?? (() => {})
    const cancel = backend.after(durationMs, () => sink.end())
    return {
      close: () => {
        unsubscribe()
        leave()
        cancel()
      },
    }
  }
  return { status: 200, headers: {}, warnings: [], body: { type: 'lines', contentType: 'application/json', open } }
}

type Start = { from: 'now'; marksEnd: boolean } | { from: 'token'; token: string }

/** [API41] Without a version, or with 0: everything as it is now, then changes. Else after the token. */
function startOf(query: URLSearchParams): Start {
  const version = query.get('resourceVersion') ?? ''
  const marksEnd = query.get('sendInitialEvents') === 'true'
  if (version === '' || version === '0' || marksEnd) return { from: 'now', marksEnd }
  return { from: 'token', token: version }
}

export function expired(token: string): ApiError {
  return new ApiError(
    'Expired',
    `the resource version "${token}" was not given by this node, or too long ago: list again`,
  )
}

function eventOf({ before, now }: Entry, matches: Matches): readonly { type: string; object: KubeObject }[] {
  const did = before !== undefined && matches(before)
  const does = now !== undefined && matches(now)
  if (does) return [{ type: did ? 'MODIFIED' : 'ADDED', object: now }]
  if (did) return [{ type: 'DELETED', object: now ?? before }]
  return []
}

function bookmarkOf(resource: Resource, token: string, annotations?: Record<string, string>): Bookmark {
  return {
    kind: resource.kind,
    apiVersion: apiVersion(resource),
    metadata: { resourceVersion: token, ...(annotations === undefined ? {} : { annotations }) },
  }
}

function watchMs(timeoutSeconds: string | null): number {
  if (timeoutSeconds === null || timeoutSeconds === '') return WATCH_MS_MAX
  const seconds = Number(timeoutSeconds)
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw new ApiError(
      'BadRequest',
      `timeoutSeconds: Invalid value: ${JSON.stringify(timeoutSeconds)}: must be a whole number of seconds`,
    )
  }
  return seconds === 0 ? WATCH_MS_MAX : Math.min(seconds * 1_000, WATCH_MS_MAX)
}

export function inNamespace(namespace: string | undefined): { namespace?: string } {
  return namespace === undefined ? {} : { namespace }
}
