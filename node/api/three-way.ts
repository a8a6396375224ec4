/**
 * Carries a change over: what differs between `original` and `modified` is done to `current`, which may have moved on
 * meanwhile. Fields that `modified` does not have and `original` had are removed; what only `current` has stays.
 *
 * It serves twice. An edit (PUT, PATCH) is the difference between the object as shown, with its defaults, and as sent
 * back: only that reaches the document, so that defaults are not written down for ever. And `apply` takes what the last
 * apply wrote as the original; there the manifest also wins over fields that somebody changed since.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from './body.ts'
import { isObject } from './body.ts'
import { elementKey } from './list-keys.ts'
import type { ListKeys } from './list-keys.ts'

export interface ThreeWay {
  readonly original: Json | undefined
  readonly modified: Json | undefined
  readonly current: Json | undefined
  readonly keys: ListKeys
  /** `edit`: what is equal in original and modified stays as it is in current. `apply`: modified wins. */
  readonly mode: 'edit' | 'apply'
}

/** Undefined: the field is not there. Shares parts with its arguments and changes none of them. */
export function threeWay(merge: ThreeWay): Json | undefined {
  const { original, modified, current, keys, mode } = merge
  if (modified === undefined) return original === undefined ? current : undefined
  if (mode === 'edit' && isDeepStrictEqual(original, modified)) return current
  if (isObject(modified)) {
    return mergeObjects({ original: objectOr(original), modified, current: objectOr(current), keys, mode })
  }
  const fields = Array.isArray(modified) ? keys.here : undefined
  if (fields !== undefined && Array.isArray(current)) return mergeLists(merge, fields) ?? modified
  return modified
}

type ObjectMerge = { [Part in 'original' | 'modified' | 'current']: JsonObject } & Pick<ThreeWay, 'keys' | 'mode'>

function mergeObjects({ original, modified, current, keys, mode }: ObjectMerge): JsonObject {
  const merged: JsonObject = {}
  for (const name of new Set([...Object.keys(current), ...Object.keys(modified)])) {
    const value = threeWay({
      original: original[name],
      modified: modified[name],
      current: current[name],
      keys: keys.under(name),
      mode,
    })
    if (value !== undefined) merged[name] = value
  }
  return merged
}

/** Elements in the order of `modified`, then those that only `current` has. Undefined where an element has no key. */
function mergeLists(
  { original, modified, current, keys, mode }: ThreeWay,
  fields: readonly string[],
): Json[] | undefined {
  const [before, after, now] = [original ?? [], modified, current].map((list) => byKey(list, fields))
  if (before === undefined || after === undefined || now === undefined) return undefined
  const merged: Json[] = []
  for (const key of new Set([...after.keys(), ...now.keys()])) {
    const value = threeWay({
      original: before.get(key),
      modified: after.get(key),
      current: now.get(key),
      keys: keys.under(key),
      mode,
    })
    if (value !== undefined) merged.push(value)
  }
  return merged
}

function byKey(list: Json | undefined, fields: readonly string[]): Map<string, Json> | undefined {
  if (!Array.isArray(list)) return undefined
  const elements = new Map<string, Json>()
  for (const element of list) {
    const key = elementKey(element, fields)
    if (key === undefined || elements.has(key)) return undefined
    elements.set(key, element)
  }
  return elements
}

function objectOr(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {}
}
