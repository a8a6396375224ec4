/**
 * Strategic merge patch: Kubernetes' merge patch that knows which lists are merged by key. kubectl sends it for `apply`,
 * `edit`, `set` and `rollout restart`.
 *
 * Directives: `$patch: delete|replace|merge`, `$retainKeys`, `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`.
 *
 * @module
 */
import type { Json, JsonObject } from './body.ts'
import { isObject } from './body.ts'
import { elementKey } from './list-keys.ts'
import type { ListKeys } from './list-keys.ts'
import { ApiError } from './status.ts'

const ORDER = '$setElementOrder/'
const DROP = '$deleteFromPrimitiveList/'
const PATCHES: readonly unknown[] = ['delete', 'replace', 'merge']

export function strategicMerge({
  target,
  patch,
  keys,
}: {
  target: JsonObject
  patch: JsonObject
  keys: ListKeys
}): JsonObject {
  assertDirectives(patch)
  if (patch['$patch'] === 'replace') return withoutDirectives(patch)
  const merged = retained(target, patch['$retainKeys'])
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith(DROP)) {
      const list = name.slice(DROP.length)
      merged[list] = listOf(merged[list] ?? [], list).filter((each) => !listOf(value, name).includes(each))
    } else if (!name.startsWith('$')) {
      const next = mergeField({ target: merged[name], patch: value, keys: keys.under(name) })
      if (next === undefined) delete merged[name]
      else merged[name] = next
    }
  }
  for (const [name, value] of Object.entries(patch)) {
    if (!name.startsWith(ORDER)) continue
    const list = name.slice(ORDER.length)
    const elements = merged[list]
    if (Array.isArray(elements))
      merged[list] = ordered({ elements, order: listOf(value, name), fields: keys.under(list).here })
  }
  return merged
}

/** [API104] A directive that is misspelt would leave in place what was to go. Of a field `delete` has been obeyed before. */
function assertDirectives(patch: JsonObject): void {
  const odd = Object.keys(patch).find(
    (name) =>
      name.startsWith('$') &&
      !['$patch', '$retainKeys'].includes(name) &&
      !name.startsWith(ORDER) &&
      !name.startsWith(DROP),
  )
  if (odd !== undefined)
    throw new ApiError('BadRequest', `the patch has the directive ${odd.slice(0, 80)}, which is none`)
  const how = patch['$patch']
  if (how === 'delete')
    throw new ApiError('BadRequest', '$patch: delete takes away a part of an object: send a DELETE for all of it')
  if (how === undefined || PATCHES.includes(how)) return
  const said = JSON.stringify(how).slice(0, 80)
  throw new ApiError('BadRequest', `$patch: Unsupported value: ${said}: supported values: "delete", "merge", "replace"`)
}

function mergeField({
  target,
  patch,
  keys,
}: {
  target: Json | undefined
  patch: Json
  keys: ListKeys
}): Json | undefined {
  if (patch === null) return undefined
  if (isObject(patch)) {
    if (patch['$patch'] === 'delete') return undefined
    return strategicMerge({ target: isObject(target) ? target : {}, patch, keys })
  }
  const fields = Array.isArray(patch) ? keys.here : undefined
  if (fields === undefined || !Array.isArray(patch)) return patch
  return mergeList({ target: Array.isArray(target) ? target : [], patch, keys, fields })
}

interface ListMerge {
  readonly target: readonly Json[]
  readonly patch: readonly Json[]
  readonly keys: ListKeys
  readonly fields: readonly string[]
}

function mergeList({ target, patch, keys, fields }: ListMerge): Json[] {
  const replaces = patch.some(
    (each) => isObject(each) && each['$patch'] === 'replace' && Object.keys(each).length === 1,
  )
  const merged = new Map<string, Json>()
  for (const element of replaces ? [] : target) merged.set(keyOf(element, fields), element)
  for (const element of patch) {
    if (isObject(element) && element['$patch'] === 'replace' && Object.keys(element).length === 1) continue
    const key = keyOf(element, fields)
    const next = mergeField({ target: merged.get(key), patch: element, keys: keys.under(key) })
    if (next === undefined) merged.delete(key)
    else merged.set(key, next)
  }
  return [...merged.values()]
}

function keyOf(element: Json, fields: readonly string[]): string {
  const key = elementKey(element, fields)
  if (key !== undefined) return key
  throw new ApiError(
    'BadRequest',
    `an element of a list that is merged by ${fields.join(' and ')} has no ${fields[0]}: ${JSON.stringify(element).slice(0, 80)}`,
  )
}

function ordered({
  elements,
  order,
  fields,
}: {
  elements: Json[]
  order: readonly Json[]
  fields: readonly string[] | undefined
}): Json[] {
  const place = (element: Json): string =>
    (fields === undefined ? undefined : elementKey(element, fields)) ?? JSON.stringify(element)
  const places = order.map(place)
  const rank = (element: Json): number => {
    const at = places.indexOf(place(element))
    return at === -1 ? places.length : at
  }
  return elements.toSorted((one, other) => rank(one) - rank(other))
}

function retained(target: JsonObject, keep: Json | undefined): JsonObject {
  if (keep === undefined) return { ...target }
  const names = new Set(listOf(keep, '$retainKeys'))
  return Object.fromEntries(Object.entries(target).filter(([name]) => names.has(name)))
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !name.startsWith('$')))
}

function listOf(value: Json, name: string): Json[] {
  if (Array.isArray(value)) return value
  throw new ApiError('BadRequest', `${name} of the patch must be a list`)
}
