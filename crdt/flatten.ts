/**
 * An object as flat fields (see `fields.ts`). What it refuses, it refuses with the path of the field.
 *
 * @module
 */
import { type Data, isData, OBJECT_TEXT } from './fields.ts'
import { faultIn, faultInName, textOf } from './json.ts'
import type { FieldError, ListKeys } from './kind-port.ts'
import { DEPTH_MAX, FIELDS_MAX, LEAF_CHARS_MAX, OBJECT_CHARS_MAX, SEGMENT_CHARS_MAX } from './limits.ts'
import { patternTree, step, type PatternNode } from './list-keys.ts'
import { escapeSegment, unescapeSegment } from './pointer.ts'

export type Flattened = { readonly fields: Map<string, string> } | { readonly errors: readonly FieldError[] }

export function flatten(object: Data, listKeys: ListKeys): Flattened {
  const walk: Walk = { fields: new Map(), errors: [], chars: 0 }
  flattenInside(walk, object, { pointer: '', depth: 1, pattern: patternTree(listKeys) })
  if (walk.fields.size > FIELDS_MAX) fail(walk, '', 'TooLong', `has more than ${FIELDS_MAX} fields`)
  if (walk.chars > OBJECT_CHARS_MAX) fail(walk, '', 'TooLong', `has more than ${OBJECT_CHARS_MAX} characters`)
  return walk.errors.length > 0 ? { errors: walk.errors } : { fields: walk.fields }
}

interface Walk {
  readonly fields: Map<string, string>
  readonly errors: FieldError[]
  chars: number
}

interface Place {
  readonly pointer: string
  readonly depth: number
  readonly pattern: PatternNode | undefined
}

function flattenInside(walk: Walk, object: Data, place: Place): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue
    const fault = faultInName(name) ?? (name.length > SEGMENT_CHARS_MAX ? 'has a name that is too long' : undefined)
    // The object as a whole is no field that could be named.
    if (fault !== undefined) fail(walk, place.pointer || `/${escapeSegment(name.slice(0, 64))}`, 'Invalid', fault)
    else flattenValue(walk, value, below(place, name))
  }
}

function below(place: Place, segment: string): Place {
  return {
    pointer: `${place.pointer}/${escapeSegment(segment)}`,
    depth: place.depth + 1,
    pattern: step(place.pattern, segment),
  }
}

function flattenValue(walk: Walk, value: unknown, place: Place): void {
  if (place.depth > DEPTH_MAX) return fail(walk, place.pointer, 'Invalid', `lies deeper than ${DEPTH_MAX} levels`)
  if (walk.fields.size > FIELDS_MAX) return
  const keyFields = place.pattern?.keyFields
  if (Array.isArray(value)) {
    const elements = keyFields === undefined ? undefined : elementsByKey(value, keyFields)
    if (elements === undefined) setLeaf(walk, place, value)
    else flattenList(walk, elements, place)
  } else if (isData(value) && keyFields?.length !== 0) {
    setText(walk, place, OBJECT_TEXT)
    flattenInside(walk, value, place)
  } else setLeaf(walk, place, value)
}

function flattenList(walk: Walk, elements: ReadonlyMap<string, Data>, place: Place): void {
  setText(walk, place, JSON.stringify({ order: [...elements.keys()] }))
  for (const [key, element] of elements) {
    const within = below(place, key)
    setText(walk, within, OBJECT_TEXT)
    flattenInside(walk, element, within)
  }
}

/** Undefined where not every element has a key of its own: such a list is one leaf. */
function elementsByKey(list: readonly unknown[], keyFields: readonly string[]): Map<string, Data> | undefined {
  if (keyFields.length === 0) return undefined
  const elements = new Map<string, Data>()
  for (const element of list) {
    const key = isData(element) ? elementKey(element, keyFields) : undefined
    if (key === undefined || elements.has(key)) return undefined
    elements.set(key, element as Data)
  }
  return elements
}

/** The first key field must be there; the others may be absent (`protocol` of a port). */
function elementKey(element: Data, keyFields: readonly string[]): string | undefined {
  const parts = keyFields.map((field) => (Object.hasOwn(element, field) ? element[field] : undefined))
  if (parts[0] === undefined || !parts.every(isKeyPart)) return undefined
  const key = parts.map((part) => part ?? '').join(',')
  return faultInName(key) === undefined && key.length <= SEGMENT_CHARS_MAX ? key : undefined
}

function isKeyPart(part: unknown): part is string | number | undefined {
  return part === undefined || typeof part === 'number' || (typeof part === 'string' && part !== '')
}

function setLeaf(walk: Walk, place: Place, value: unknown): void {
  const levels = levelsOf(value, DEPTH_MAX + 1 - place.depth)
  if (levels === undefined) return fail(walk, place.pointer, 'Invalid', `is nested deeper than ${DEPTH_MAX} levels`)
  const fault = faultIn(value)
  if (fault !== undefined) return fail(walk, place.pointer, 'Invalid', fault)
  setText(walk, place, textOf(isData(value) ? { atom: value } : value))
}

function setText(walk: Walk, place: Place, text: string): void {
  if (text.length > LEAF_CHARS_MAX) {
    return fail(walk, place.pointer, 'TooLong', `has more than ${LEAF_CHARS_MAX} characters`)
  }
  walk.chars += text.length + place.pointer.length
  walk.fields.set(place.pointer, text)
}

/** Undefined where the value is nested deeper than `left` levels. Looks no deeper than that. */
function levelsOf(value: unknown, left: number): number | undefined {
  if (typeof value !== 'object' || value === null) return 0
  if (left <= 0) return undefined
  let deepest = 0
  for (const child of Object.values(value)) {
    const levels = levelsOf(child, left - 1)
    if (levels === undefined) return undefined
    deepest = Math.max(deepest, levels + 1)
  }
  return deepest
}

const ERRORS_MAX = 32

function fail(walk: Walk, pointer: string, reason: FieldError['reason'], message: string): void {
  if (walk.errors.length < ERRORS_MAX) walk.errors.push({ field: dotted(pointer), reason, message })
}

/** As Kubernetes names fields in errors: `spec.template.spec`. */
function dotted(pointer: string): string {
  return pointer.split('/').slice(1).map(unescapeSegment).join('.')
}
