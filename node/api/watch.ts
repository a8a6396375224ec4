/**
 * `?watch=true`: changes as they happen, one JSON object a line. What a selector stops to match is `DELETED` for that
 * watch, what it begins to match is `ADDED`.
 *
 * After each batch comes a `BOOKMARK` with a fresh token, for clients that ask for it: only from there may they resume.
 *
 * @module
 */
import type { DocumentKey, KubeObject } from '../../crdt/index.ts'
import { faceOf } from './custom/faces.ts'
import type { ApiBackend } from './backend.ts'
import type { ApiRequest, ApiResponse, LineSink } from './message.ts'
import type { ResourceRoute } from './router.ts'
import type { Bookmark, Presentation } from './presentation.ts'
import { selection } from './selection.ts'
import type { Matches } from './selection.ts'
import { apiVersion } from './served.ts'
import type { Resource } from './served.ts'
import { CHARS_PER_TURN, OBJECTS_PER_TURN, turn } from './slices.ts'
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
    const send = (type: string, object: unknown): void => sink.write(eventLine(type, JSON.stringify(object)))
    const bookmark = (annotations?: Record<string, string>): void =>
      send('BOOKMARK', shown.bookmark(bookmarkOf(resource, log.token(), annotations)))
    const pass = (entries: readonly Entry[]): void => {
      const own = entries.filter((entry) => concerns(entry, resource, namespace)).map(asShown)
      for (const { type, object } of own.flatMap((entry) => eventOf(entry, matches))) {
        const form = shown.object(object)
        // [LOAD5] As it is it is the same for all who watch.
        sink.write(form === object ? lineIn(entries, type, object) : eventLine(type, JSON.stringify(form)))
      }
      if (wantsBookmarks && own.length > 0) bookmark()
    }
    let isOver = false
    let unsubscribe = (): void => {}
    const follow = (token: string, onCaughtUp = (): void => {}): void => {
      const missed = log.since(token)
      if (missed === undefined) {
        send('ERROR', statusOf(expired(token)))
        return sink.end()
      }
      pass(missed)
      onCaughtUp()
      unsubscribe = log.subscribe(pass)
    }
    const cancel = backend.after(durationMs, () => sink.end())
    const leave = source?.attend() ?? (() => {})
    if (start.from === 'token') follow(start.token)
    else {
      const token = log.token()
      const look = (each: KubeObject | DocumentKey): string | undefined => {
        const found = typeof each === 'string' ? backend.view.get(each) : each
        const object = found && faceOf(resource, found)
        if (object === undefined || !matches(object)) return undefined
        return eventLine('ADDED', JSON.stringify(shown.object(object)))
      }
      tellAll({
        all: source?.list(namespace) ?? backend.view.keys(resource.group, resource.kind, namespace),
        look,
        sink,
        isOver: () => isOver,
        turn: () => turn(backend),
        onEnd: () => follow(token, () => wantsBookmarks && bookmark(start.marksEnd ? INITIAL_END : undefined)),
      })
    }
    return {
      close: () => {
        isOver = true
        unsubscribe()
        leave()
        cancel()
      },
    }
  }
  return { status: 200, headers: {}, warnings: [], body: { type: 'lines', contentType: 'application/json', open } }
}

const eventLine = (type: string, text: string): string => `{"type":"${type}","object":${text}}`

/** Lines by type and object, for as long as the batch of changes that they came with is told. */
const linesOf = new WeakMap<readonly Entry[], Map<string, Map<KubeObject, string>>>()

function lineIn(batch: readonly Entry[], type: string, object: KubeObject): string {
  const ofBatch = linesOf.get(batch) ?? new Map<string, Map<KubeObject, string>>()
  linesOf.set(batch, ofBatch)
  const ofType = ofBatch.get(type) ?? new Map<KubeObject, string>()
  ofBatch.set(type, ofType)
  const line = ofType.get(object) ?? eventLine(type, JSON.stringify(object))
  ofType.set(object, line)
  return line
}

interface Telling<T> {
  readonly all: readonly T[]
  /** The line for each; undefined: none. */
  readonly look: (each: T) => string | undefined
  readonly sink: LineSink
  readonly isOver: () => boolean
  /** Lets others go first. */
  readonly turn: () => Promise<void>
  readonly onEnd: () => void
}

/** [LOAD4] In slices as a list is, each when the one before is on its way: all at once is more than may wait for a reader. */
function tellAll<T>({ all, look, sink, isOver, turn, onEnd }: Telling<T>): void {
  let at = 0
  const tellSome = (): void => {
    const end = Math.min(all.length, at + OBJECTS_PER_TURN)
    for (let chars = 0; at < end && chars < CHARS_PER_TURN; at += 1) {
      const line = look(all[at]!)
      if (line === undefined) continue
      sink.write(line)
      chars += line.length
    }
  }
  const tellRest = async (): Promise<void> => {
    while (at < all.length) {
      await sink.drained?.()
      await turn()
      if (isOver()) return
      tellSome()
    }
    onEnd()
  }
  tellSome()
  // Few are told at once.
  if (at === all.length) onEnd()
  else void tellRest()
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
