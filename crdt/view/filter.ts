/**
 * Which objects a list asks for: by labels, and by fields named with dots.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'
import { selects, type LabelSelector } from '../objects/selector.ts'

export interface Filter {
  readonly labels?: LabelSelector
  readonly fields?: Readonly<Record<string, string>>
}

export function isMatch(object: KubeObject, { labels, fields = {} }: Filter): boolean {
  if (labels !== undefined && !selects(labels, object.metadata.labels ?? {})) return false
  return Object.entries(fields).every(([path, wanted]) => textAt(object, path) === wanted)
}

/** As text; a field that is missing reads as an empty one, as in Kubernetes. */
function textAt(object: unknown, path: string): string {
  let at = object
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return ''
    at = (at as Record<string, unknown>)[name]
  }
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : ''
}
