/**
 * Which objects hang on which others: those that say who owns them on their owners, objects of a defined kind on its definition,
 * and while a namespace is being deleted all that is in it. Kept up as documents change, so that the end of one leads to those
 * that end with it.
 *
 * @module
 */
import { definitionKey, isDefinedGroup, isMarked, namespaceKey, originOf, parseKey } from '../../crdt/index.ts'
import type { DocumentKey, KubeObject, View } from '../../crdt/index.ts'
import { ownerKeys } from './sweep.ts'

const NAMESPACES = namespaceKey('')

export class SweepIndex {
  readonly #view: Pick<View, 'stored' | 'storedAll' | 'get'>
  readonly #above = new Map<DocumentKey, readonly DocumentKey[]>()
  readonly #below = new Map<DocumentKey, Set<DocumentKey>>()
  /** Names of namespaces that are being deleted. */
  readonly #ending = new Set<string>()

  constructor(view: Pick<View, 'stored' | 'storedAll' | 'get'>) {
    this.#view = view
  }

  /** Of what changed and what hangs together with it all that may be over now. */
  changed(keys: Iterable<DocumentKey>): ReadonlySet<DocumentKey> {
    const concerned = new Set<DocumentKey>()
    for (const key of keys) {
      const object = this.#view.stored(key)?.object
      const before = this.#above.get(key) ?? []
      const after = object === undefined ? [] : hangsOn(key, object)
      if (after.length > 0 || isMarked(object)) concerned.add(key)
      for (const each of this.#below.get(key) ?? []) concerned.add(each)
      // What is being deleted waits for the last of what hangs on it.
      for (const each of before) if (this.#isEnding(each)) concerned.add(each)
      if (before.length + after.length > 0) this.#set(key, { before, after })
      for (const each of this.#besides(key)) concerned.add(each)
    }
    return concerned
  }

  /** Objects of a defined kind, and all that are owned by an object. */
  below(key: DocumentKey): readonly DocumentKey[] {
    return [...(this.#below.get(key) ?? [])]
  }

  /** What people wrote in a namespace and is shown there. */
  within(namespace: string): readonly DocumentKey[] {
    const isIn = (key: DocumentKey): boolean => parseKey(key)?.namespace === namespace
    return [...this.#view.storedAll()].filter((key) => isIn(key) && this.#view.get(key) !== undefined)
  }

  #isEnding(key: DocumentKey): boolean {
    return isMarked(this.#view.stored(key)?.object)
  }

  /** [FIN8] Of a namespace that is being deleted all that is in it, and of that the namespace. */
  #besides(key: DocumentKey): readonly DocumentKey[] {
    if (key.startsWith(NAMESPACES)) {
      const name = key.slice(NAMESPACES.length)
      if (!this.#isEnding(key)) this.#ending.delete(name)
      else this.#ending.add(name)
      return this.#ending.has(name) ? this.within(name) : []
    }
    if (this.#ending.size === 0) return []
    const { namespace = '' } = parseKey(key) ?? {}
    return this.#ending.has(namespace) ? [key, namespaceKey(namespace)] : []
  }

  #set(key: DocumentKey, { before, after }: { before: readonly DocumentKey[]; after: readonly DocumentKey[] }): void {
    for (const each of before) {
      const below = this.#below.get(each)
      below?.delete(key)
      if (below?.size === 0) this.#below.delete(each)
    }
    for (const each of after) this.#below.set(each, (this.#below.get(each) ?? new Set()).add(key))
    if (after.length === 0) this.#above.delete(key)
    else this.#above.set(key, after)
  }
}

function hangsOn(key: DocumentKey, object: KubeObject): readonly DocumentKey[] {
  const { group = '' } = parseKey(key) ?? {}
  const origin = isDefinedGroup(group) ? originOf(object) : undefined
  return [...ownerKeys(object), ...(origin === undefined ? [] : [definitionKey(origin.name)])]
}
