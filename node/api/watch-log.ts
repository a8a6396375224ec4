/**
 * What changed on this node lately, in order: the ground of every watch. An entry has a token (`versions.ts`); a list hands
 * out the token of the newest entry, and a watch that brings a token back gets what came after.
 *
 * The log starts when the first token is wanted and then holds the last face of each object, to tell added from modified
 * and to show what a deleted one was. While nobody watches it only notes which objects changed, and looks at them once, when
 * somebody comes.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { parseKey } from '../../crdt/index.ts'
import type { DocumentKey, KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { inTurns, turn } from './slices.ts'
import { resourcesOf } from './served.ts'
import type { Resource } from './served.ts'
import { TokenIssuer } from './versions.ts'

export interface Entry {
  readonly token: string
  /** By this node's wall clock. */
  readonly atMs: number
  readonly group: string
  readonly kind: string
  readonly namespace: string
  /** Absent where the object was deleted. */
  readonly now: KubeObject | undefined
  /** Absent where it was added. */
  readonly before: KubeObject | undefined
}

/** Entries kept for resuming. A client that was away for longer lists anew; 4,096 is one full rollout of 500 pods. */
const ENTRIES_MAX = 4_096
/** And for so long, as the store of Kubernetes does: each holds an object as it was, of which a pod weighs some 2 kB. */
export const ENTRIES_MS = 5 * 60_000

export class WatchLog {
  readonly #backend: Pick<ApiBackend, 'view' | 'now' | 'after'>
  readonly #issuer: TokenIssuer
  readonly #faces = new Map<DocumentKey, KubeObject>()
  readonly #listeners = new Set<(entries: readonly Entry[]) => void>()
  /** Changed since the log was last brought up to date. */
  readonly #changed = new Set<DocumentKey>()
  #entries: Entry[] = []
  /** The token before the oldest entry that is kept. */
  #base: string
  #unsubscribe: (() => void) | undefined
  #beginning: Promise<void> | undefined
  #isReady = false

  constructor(backend: Pick<ApiBackend, 'view' | 'now' | 'after' | 'self'>) {
    this.#backend = backend
    this.#issuer = new TokenIssuer(`${backend.self}/${backend.now()}`)
    this.#base = this.#issuer.next(backend.now())
  }

  /** Before anything else is asked. The first time all objects are looked at, in turns; nobody has a token until then. */
  ready(): Promise<void> {
    this.#beginning ??= this.#begin()
    return this.#beginning
  }

  /** Where the log stands now. What is listed in the same breath is exactly what was logged up to here. */
  token(): string {
    this.#catchUp()
    return this.#entries.at(-1)?.token ?? this.#base
  }

  /** What came after a token, or undefined where this log did not issue it or no longer reaches back to it. */
  since(token: string): readonly Entry[] | undefined {
    this.#catchUp()
    if (token === this.#base) return this.#entries
    const at = this.#entries.findLastIndex((entry) => entry.token === token)
    return at === -1 ? undefined : this.#entries.slice(at + 1)
  }

  /** Told once per batch of changes, after they are in the log. */
  subscribe(listener: (entries: readonly Entry[]) => void): () => void {
    this.#catchUp()
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What no view has, as it was gathered: told like what one has. Undefined: it has gone. */
  gathered(objects: ReadonlyMap<DocumentKey, KubeObject | undefined>): void {
    this.#catchUp()
    this.#append([...objects].flatMap(([key, now]) => this.#entriesOf(key, now)))
  }

  close(): void {
    this.#unsubscribe?.()
    this.#listeners.clear()
  }

  async #begin(): Promise<void> {
    const { view } = this.#backend
    this.#unsubscribe = view.subscribe((keys) => {
      for (const key of keys) this.#changed.add(key)
      // [API62] What nobody hears of as it happens need not be looked at each time.
      if (this.#listeners.size > 0) this.#catchUp()
    })
    const keys = resourcesOf(view).flatMap(({ group, kind }) => view.keys(group, kind))
    const look = (key: DocumentKey): readonly never[] => {
      this.#look(key, view.get(key))
      return []
    }
    await inTurns(keys, { look, turn: () => turn(this.#backend) })
    this.#isReady = true
  }

  #look(key: DocumentKey, now: KubeObject | undefined): void {
    if (now === undefined) this.#faces.delete(key)
    else this.#faces.set(key, now)
  }

  #catchUp(): void {
    if (!this.#isReady || this.#changed.size === 0) return
    const fresh = [...this.#changed].flatMap((key) => this.#entriesOf(key, this.#backend.view.get(key)))
    this.#changed.clear()
    this.#append(fresh)
  }

  #append(fresh: readonly Entry[]): void {
    if (fresh.length === 0) return
    this.#entries.push(...fresh)
    const sinceMs = this.#backend.now() - ENTRIES_MS
    const old = this.#entries.findIndex(({ atMs }) => atMs > sinceMs)
    const surplus = Math.max(old, this.#entries.length - ENTRIES_MAX)
    if (surplus > 0) {
      this.#base = this.#entries[surplus - 1]!.token
      this.#entries = this.#entries.slice(surplus)
    }
    for (const listener of this.#listeners) listener(fresh)
  }

  #entriesOf(key: DocumentKey, now: KubeObject | undefined): Entry[] {
    const parts = parseKey(key)
    if (parts === undefined) return []
    const before = this.#faces.get(key)
    if (isDeepStrictEqual(before, now)) return []
    this.#look(key, now)
    const { group, kind, namespace } = parts
    const entry = (from: KubeObject | undefined, to: KubeObject | undefined): Entry => {
      const atMs = this.#backend.now()
      return { token: this.#issuer.next(atMs), atMs, group, kind, namespace, now: to, before: from }
    }
    const isAnother = before !== undefined && now !== undefined && before.metadata.uid !== now.metadata.uid
    return isAnother ? [entry(before, undefined), entry(undefined, now)] : [entry(before, now)]
  }
}

/** Whether an entry is about a resource, in a namespace where one is asked for. */
export function concerns(entry: Entry, resource: Resource, namespace: string | undefined): boolean {
  const sameKind = entry.kind === resource.kind && entry.group === resource.group
  return sameKind && (namespace === undefined || entry.namespace === namespace)
}
