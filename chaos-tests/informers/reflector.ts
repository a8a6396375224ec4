/**
 * What keeps a client's cache, as client-go does it (`tools/cache/reflector.go`): a list, in pages, or a watch that begins with all
 * there is; then watches, each from where the last one stood, until it is told that this is too old: then a list again. It does not
 * know which node it talks to.
 *
 * @module
 */
import type { KubeObject } from '../../crdt/index.ts'

export interface Heard {
  readonly status: number
  readonly body: unknown
}

/** Where it asks. All reject, or end, where the connection breaks. */
export interface Way {
  get(path: string): Promise<Heard>
  /** Resolves when the watch is over; with another status than 200 it never was one. */
  watch(path: string, onLine: (line: string) => void): Promise<Heard>
  pause(ms: number): Promise<void>
}

export interface ReflectorOptions {
  readonly way: Way
  /** Of a collection. */
  readonly path: string
  /** How it begins: by a list, or by a watch with `sendInitialEvents`. */
  readonly begins: 'list' | 'watch-list'
  readonly pageSize: number
}

/** client-go waits from 0.8 s on, twice as long each time; here much happens in a short while. */
const RETRY_MS = 30

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: KubeObject & { readonly code?: number }
}

interface ObjectList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly KubeObject[]
}

const INITIAL_END = 'k8s.io/initial-events-end'

export class Reflector {
  /** What the client believes, by namespace and name. */
  cache: ReadonlyMap<string, KubeObject> = new Map()
  /** What it went through. */
  readonly counts = { lists: 0, pages: 0, pagesExpired: 0, watches: 0, resumed: 0, expired: 0, events: 0, broken: 0 }
  readonly #options: ReflectorOptions
  #version = ''
  #isOver = false

  constructor(options: ReflectorOptions) {
    this.#options = options
  }

  /** Until it is stopped. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#listAndWatch()
      } catch {
        this.counts.broken += 1
        await this.#options.way.pause(RETRY_MS)
      }
    }
  }

  stop(): void {
    this.#isOver = true
  }

  async #listAndWatch(): Promise<void> {
    let isFresh = true
    if (this.#options.begins === 'watch-list') {
      if (!(await this.#watchList())) return
      isFresh = false
    } else await this.#list()
    while (!this.#isOver) {
      const before = this.counts.events
      const isGood = await this.#watch()
      if (!isGood) return
      if (!isFresh && this.counts.events > before) this.counts.resumed += 1
      isFresh = false
    }
  }

  // ---- the beginning

  async #list(): Promise<void> {
    this.counts.lists += 1
    const found = (await this.#pages(this.#options.pageSize)) ?? (await this.#pages(0))
    if (found === undefined) throw new Error('a list without pages was told that it is too old')
    this.cache = new Map(found.items.map((object) => [keyOf(object), object]))
    this.#version = found.version
  }

  /** Undefined: the pages begun are too old to go on with. */
  async #pages(limit: number): Promise<{ items: KubeObject[]; version: string } | undefined> {
    const items: KubeObject[] = []
    let next = ''
    for (;;) {
      const words = next === '' ? `resourceVersion=${this.#version}` : `continue=${encodeURIComponent(next)}`
      const { status, body } = await this.#options.way.get(`${this.#options.path}?limit=${limit}&${words}`)
      if (status === 410 && next !== '') {
        this.counts.pagesExpired += 1
        return undefined
      }
      if (status !== 200) throw new Error(`a list was answered ${status}`)
      const { metadata, items: more } = body as ObjectList
      this.counts.pages += 1
      items.push(...more)
      next = metadata.continue ?? ''
      if (next === '') return { items, version: metadata.resourceVersion }
    }
  }

  /** Whether it came to the end of what there was, and went on until its connection ended. */
  async #watchList(): Promise<boolean> {
    this.counts.lists += 1
    const begun = new Map<string, KubeObject>()
    let isWhole = false
    const isGood = await this.#follow('sendInitialEvents=true&resourceVersionMatch=NotOlderThan', (event) => {
      apply(begun, event)
      const isEnd = event.type === 'BOOKMARK' && event.object.metadata.annotations?.[INITIAL_END] === 'true'
      // From here on it is what the client believes, and the events that follow change it.
      if (isEnd) this.cache = begun
      isWhole ||= isEnd
    })
    return isGood && isWhole
  }

  // ---- what changes

  #watch(): Promise<boolean> {
    const cache = new Map(this.cache)
    this.cache = cache
    return this.#follow(`resourceVersion=${this.#version}`, (event) => apply(cache, event))
  }

  /** Whether there is more to be had from where it ended; otherwise all is to be begun anew. */
  async #follow(words: string, onEvent: (event: WatchEvent) => void): Promise<boolean> {
    const { way, path } = this.#options
    this.counts.watches += 1
    let isExpired = false
    const { status } = await way.watch(`${path}?watch=true&allowWatchBookmarks=true&${words}`, (line) => {
      const event = JSON.parse(line) as WatchEvent
      if (event.type === 'ERROR') {
        if (event.object.code !== 410) throw new Error(`a watch was told ${line}`)
        isExpired = true
        return
      }
      this.counts.events += 1
      onEvent(event)
      // As client-go: also where it is an object's own version, from which nobody may resume here.
      this.#version = event.object.metadata.resourceVersion ?? ''
    })
    if (status === 410) isExpired = true
    else if (status !== 200) throw new Error(`a watch was answered ${status}`)
    if (isExpired) this.counts.expired += 1
    return !isExpired
  }
}

function apply(cache: Map<string, KubeObject>, { type, object }: WatchEvent): void {
  if (type === 'ADDED' || type === 'MODIFIED') cache.set(keyOf(object), object)
  else if (type === 'DELETED') cache.delete(keyOf(object))
}

export const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

/** What a cache has wrong, in a few words for each object. */
export function differences(
  cache: ReadonlyMap<string, KubeObject>,
  truth: ReadonlyMap<string, KubeObject>,
): readonly string[] {
  const missing = [...truth.keys()].filter((key) => !cache.has(key)).map((key) => `${key} is missing`)
  const stale = [...cache].flatMap(([key, object]) => {
    const now = truth.get(key)
    if (now === undefined) return [`${key} is not there any more`]
    return JSON.stringify(object) === JSON.stringify(now) ? [] : [`${key} is another by now`]
  })
  return [...missing, ...stale]
}
