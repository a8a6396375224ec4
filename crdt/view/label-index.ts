/**
 * Finds by a label what would otherwise have to be asked one by one.
 *
 * @module
 */
import type { DocumentKey } from '../key.ts'
import { REVISION_LABEL, type Labels } from '../objects/selector.ts'

/** A label of objects in one namespace. */
export type LabelName = string

const labelName = (namespace: string, key: string, value: string): LabelName => `${namespace}/${key}=${value}`

/** For selectors that ask for no label but the revision: whatever is in the namespace. */
const anyLabel = (namespace: string): LabelName => `${namespace}/`

/** The one label under which a selector is looked for. */
export function labelOfSelector(namespace: string, selector: Labels): LabelName {
  const asked = Object.entries(selector).find(([key]) => key !== REVISION_LABEL)
  return asked === undefined ? anyLabel(namespace) : labelName(namespace, asked[0], asked[1])
}

/** All labels under which a selector may be that selects these. */
export function labelsOf(namespace: string, labels: Labels): LabelName[] {
  return [anyLabel(namespace), ...Object.entries(labels).map(([key, value]) => labelName(namespace, key, value))]
}

const NONE: ReadonlySet<DocumentKey> = new Set()

export class LabelIndex {
  readonly #keys = new Map<LabelName, Set<DocumentKey>>()
  readonly #labels = new Map<DocumentKey, readonly LabelName[]>()

  set(key: DocumentKey, labels: readonly LabelName[]): void {
    this.delete(key)
    this.#labels.set(key, labels)
    for (const label of labels) {
      const keys = this.#keys.get(label)
      if (keys === undefined) this.#keys.set(label, new Set([key]))
      else keys.add(key)
    }
  }

  delete(key: DocumentKey): void {
    for (const label of this.#labels.get(key) ?? []) {
      const keys = this.#keys.get(label)
      keys?.delete(key)
      if (keys?.size === 0) this.#keys.delete(label)
    }
    this.#labels.delete(key)
  }

  at(label: LabelName): ReadonlySet<DocumentKey> {
    return this.#keys.get(label) ?? NONE
  }
}
