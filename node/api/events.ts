/**
 * Events live at the nodes that said them, in bounded rings, and are gathered when somebody asks or watches.
 *
 * @module
 */
import { documentKey, groupOf, timestampMs } from '../../crdt/index.ts'
import type { DocumentKey, KubeEvent, KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { json } from './message.ts'
import type { Presentation } from './presentation.ts'
import { selection } from './selection.ts'
import type { WatchLog } from './watch-log.ts'

/**
 * [LIST5] With the uid of what it is about, by which `kubectl describe` asks. Nodes say names alone: it is that of the object
 * that has the name now, and had it by then.
 */
function identified({ view }: Pick<ApiBackend, 'view'>): (event: KubeEvent) => KubeEvent {
  const found = new Map<DocumentKey, KubeObject | undefined>()
  return (event) => {
    const { apiVersion, kind, namespace = '', name } = event.involvedObject
    const key = documentKey({ group: groupOf(apiVersion), kind, namespace, name })
    if (!found.has(key)) found.set(key, view.get(key))
    const { uid, creationTimestamp = '' } = found.get(key)?.metadata ?? {}
    if (uid === undefined || creationTimestamp > event.lastTimestamp) return event
    return { ...event, involvedObject: { ...event.involvedObject, uid } }
  }
}

/** As often as who watches is told of news; where there are many nodes, more seldom. */
const GATHER_MS_MIN = 2_000
const GATHER_MS_PER_NODE = 50

/** Newer events of the same words have a higher version; below 2^63, whatever the time is that a node says. */
const COUNT_BITS = 20n
const VERSION_MS_MAX = 2 ** 42

function versioned(event: KubeEvent): KubeEvent {
  const count = BigInt(event.count) & ((1n << COUNT_BITS) - 1n)
  const version = (BigInt(Math.min(timestampMs(event.lastTimestamp), VERSION_MS_MAX)) << COUNT_BITS) + count
  return { ...event, metadata: { ...event.metadata, resourceVersion: version.toString() } }
}

const eventKey = ({ metadata: { namespace = '', name } }: KubeEvent): DocumentKey =>
  documentKey({ group: '', kind: 'Event', namespace, name })

/** [LIST6] What was gathered last, and while somebody watches again and again: what is new goes into the log of watches. */
export class EventFeed {
  readonly #backend: ApiBackend
  readonly #log: WatchLog
  #known: ReadonlyMap<DocumentKey, KubeEvent> = new Map()
  #watching = 0
  #isPolling = false
  #gathering: Promise<readonly string[]> | undefined

  constructor(backend: ApiBackend, log: WatchLog) {
    this.#backend = backend
    this.#log = log
  }

  /** Oldest first. */
  list(namespace: string | undefined): readonly KubeEvent[] {
    return [...this.#known.values()]
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .toSorted((one, other) => (one.lastTimestamp < other.lastTimestamp ? -1 : 1))
  }

  /** Gives the names of nodes that did not answer; all who ask meanwhile share it. */
  gather(): Promise<readonly string[]> {
    this.#gathering ??= this.#gather().finally(() => (this.#gathering = undefined))
    return this.#gathering
  }

  /** Until what it gives is called. */
  attend(): () => void {
    this.#watching += 1
    if (!this.#isPolling) this.#gatherLater()
    let isOver = false
    return () => {
      if (!isOver) this.#watching -= 1
      isOver = true
    }
  }

  #gatherLater(): void {
    const pauseMs = Math.max(GATHER_MS_MIN, GATHER_MS_PER_NODE * this.#backend.view.nodes().length)
    this.#isPolling = true
    this.#backend.after(pauseMs, () => {
      this.#isPolling = this.#watching > 0
      if (this.#isPolling)
        void this.gather()
          .catch(() => [])
          .finally(() => this.#gatherLater())
    })
  }

  async #gather(): Promise<readonly string[]> {
    const { rows, missing } = await this.#backend.events()
    const now = new Map(rows.map(identified(this.#backend)).map((event) => [eventKey(event), versioned(event)]))
    const silent = new Set(missing)
    const absent = [...this.#known].filter(([key]) => !now.has(key))
    // What a node said that does not answer now is not gone: it is not heard.
    const unheard = absent.filter(([, { source }]) => silent.has(source.host))
    const gone = absent.filter(([, { source }]) => !silent.has(source.host))
    this.#known = new Map([...now, ...unheard])
    await this.#log.ready()
    this.#log.gathered(new Map([...now, ...gone.map(([key]) => [key, undefined] as const)]))
    return missing
  }
}

export interface EventsAsked {
  readonly request: ApiRequest
  readonly feed: EventFeed
  readonly log: WatchLog
  /** Undefined: of all. */
  readonly namespace: string | undefined
  readonly presented: Presentation
}

/** Oldest first. */
export async function listEvents({ request, feed, log, namespace, presented }: EventsAsked): Promise<ApiResponse> {
  const matches = selection(request.query)
  const missing = await feed.gather()
  const items = feed.list(namespace).filter(matches).map(presented.item)
  const warnings =
    missing.length === 0 ? [] : [`no answer from ${missing.join(', ')}: of its events those that were heard before`]
  return json(200, presented.list(items, { resourceVersion: log.token() }), { warnings })
}

/** Of one name, which `kubectl get events` shows. */
export async function eventNamed(feed: EventFeed, namespace: string, name: string): Promise<KubeEvent | undefined> {
  await feed.gather()
  return feed.list(namespace).find(({ metadata }) => metadata.name === name)
}
