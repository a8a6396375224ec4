/**
 * Which objects hang on which others: those that say who owns them on their owners, objects of a defined kind on its definition.
 * Kept up as documents change, so that the end of one leads to those that end with it.
 *
 * @module
 */
import {
  definitionKey,
  DEFINITIONS,
  documentKey,
  groupOf,
  isDefinedGroup,
  originOf,
  parseKey,
} from '../../crdt/index.ts'
import type { DocumentKey, KubeObject, StoredObject } from '../../crdt/index.ts'

export class SweepIndex {
  readonly #stored: (key: DocumentKey) => StoredObject | undefined
  readonly #above = new Map<DocumentKey, readonly DocumentKey[]>()
  readonly #below = new Map<DocumentKey, Set<DocumentKey>>()

  constructor(stored: (key: DocumentKey) => StoredObject | undefined) {
    this.#stored = stored
  }

  /** Of what changed and what hangs together with it all that may be over now. */
  changed(keys: Iterable<DocumentKey>): ReadonlySet<DocumentKey> {
    const concerned = new Set<DocumentKey>()
    for (const key of keys) {
      const before = this.#above.get(key) ?? []
      const after = this.#hangsOn(key)
      if (after.length > 0 || key.startsWith(DEFINITIONS)) concerned.add(key)
      for (const each of this.#below.get(key) ?? []) concerned.add(each)
      // A definition that is being deleted waits for the last of its objects.
      for (const each of before) if (each.startsWith(DEFINITIONS)) concerned.add(each)
      this.#set(key, { before, after })
    }
    return concerned
  }

  /** Objects of a defined kind, and all that are owned by an object. */
  below(key: DocumentKey): readonly DocumentKey[] {
    return [...(this.#below.get(key) ?? [])]
  }

  #hangsOn(key: DocumentKey): readonly DocumentKey[] {
    const object = this.#stored(key)?.object
    if (object === undefined) return []
    const { group = '' } = parseKey(key) ?? {}
    const origin = isDefinedGroup(group) ? originOf(object) : undefined
    return [...ownerKeys(object), ...(origin === undefined ? [] : [definitionKey(origin.name)])]
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

/** An owner is in the same namespace, or in none. */
function ownerKeys({ metadata }: KubeObject): readonly DocumentKey[] {
  const owners = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : []
  return owners.flatMap(({ apiVersion, kind, name }) => {
    const at = { group: groupOf(apiVersion), kind, name }
    const namespaces = metadata.namespace === undefined ? [''] : [metadata.namespace, '']
    return namespaces.map((namespace) => documentKey({ ...at, namespace }))
  })
}
