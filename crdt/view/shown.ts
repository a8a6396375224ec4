/**
 * Objects as they were shown: kept until touched, and remembered by version for as long as what people want stays the same.
 *
 * @module
 */
import { documentKey, type DocumentKey } from '../key.ts'
import { deepFreeze, type KubeObject } from '../object.ts'
import type { LabelSelector } from '../objects/selector.ts'
import { isMatch } from './filter.ts'
import { prefixOf } from './keys.ts'
import { present } from './present.ts'
import type { Presented, Sources } from './sources.ts'

export interface ListFilter {
  readonly namespace?: string
  readonly labels?: LabelSelector
  /** `metadata.name`, `spec.nodeName`, `status.phase` ...: paths to scalars. */
  readonly fields?: Readonly<Record<string, string>>
}

/** Versions of one stored object that were shown with different status; enough for the slowest reader of a rollout. */
const VERSIONS_MAX = 64

/** Kinds and namespaces whose order is kept. */
const ORDERED_MAX = 16

export class ShownObjects {
  readonly #sources: Sources
  readonly #objects = new Map<DocumentKey, Presented>()
  readonly #versions = new Map<DocumentKey, Set<string>>()
  /** The keys that were listed lately, by what they begin with. */
  readonly #ordered = new Map<
    string,
    { readonly found: readonly DocumentKey[]; readonly sorted: readonly DocumentKey[] }
  >()

  constructor(sources: Sources) {
    this.#sources = sources
  }

  get(key: DocumentKey): KubeObject | undefined {
    const kept = this.#objects.get(key)
    if (kept !== undefined) return kept.object
    const presented = present(key, this.#sources)
    if (presented === undefined) return undefined
    deepFreeze(presented.object)
    this.#objects.set(key, presented)
    this.#remember(key, presented.object)
    return presented.object
  }

  /** In the order of namespace and name. */
  keys(group: string, kind: string, namespace: string | undefined): DocumentKey[] {
    const inNamespace = documentKey({ group, kind, namespace: namespace ?? '', name: '' })
    const start = namespace === undefined ? prefixOf(inNamespace) : inNamespace
    const found = [...this.#sources.keys(prefixOf(inNamespace))].filter((key) => key.startsWith(start))
    return [...this.#inPlace(start, found)]
  }

  /** A list is asked for page by page, and the same ones again and again: to sort 5,000 keys takes as long as to send 500 objects. */
  #inPlace(start: string, found: readonly DocumentKey[]): readonly DocumentKey[] {
    const kept = this.#ordered.get(start)
    if (kept !== undefined && isSame(kept.found, found)) return kept.sorted
    const sorted = inPlace(found)
    this.#ordered.set(start, { found, sorted })
    if (this.#ordered.size > ORDERED_MAX) this.#ordered.delete(this.#ordered.keys().next().value!)
    return sorted
  }

  list(group: string, kind: string, filter: ListFilter): KubeObject[] {
    return this.keys(group, kind, filter.namespace).flatMap((key) => {
      const object = this.get(key)
      return object !== undefined && isMatch(object, filter) ? object : []
    })
  }

  /** It may read differently now. */
  touch(key: DocumentKey): void {
    this.#objects.delete(key)
  }

  /** Somebody wrote it: versions shown before are of something else. */
  written(key: DocumentKey): void {
    this.#versions.delete(key)
  }

  isCurrent(key: DocumentKey, resourceVersion: string): boolean {
    if (this.get(key)?.metadata.resourceVersion === resourceVersion) return true
    return this.#versions.get(key)?.has(resourceVersion) === true
  }

  /** Those that read differently by now though nothing happened. */
  due(nowMs: number): DocumentKey[] {
    const isDue = ({ dueMs }: Presented): boolean => dueMs !== undefined && dueMs <= nowMs
    return [...this.#objects].filter(([, presented]) => isDue(presented)).map(([key]) => key)
  }

  #remember(key: DocumentKey, { metadata }: KubeObject): void {
    if (metadata.resourceVersion === undefined || this.#sources.stored(key) === undefined) return
    const versions = this.#versions.get(key) ?? new Set<string>()
    this.#versions.set(key, versions.add(metadata.resourceVersion))
    if (versions.size > VERSIONS_MAX) versions.delete(versions.values().next().value!)
  }
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each, at) => each === other[at])

/** In the order of their parts: `/` sorts after `-` and `.`, which names may hold. */
const inPlace = (keys: readonly DocumentKey[]): DocumentKey[] =>
  keys
    .map((key) => key.replaceAll('/', '\0'))
    .toSorted()
    .map((parts) => parts.replaceAll('\0', '/'))
