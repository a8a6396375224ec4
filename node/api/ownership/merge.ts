/**
 * An applied manifest merged with what is there: what it says wins, what it no longer says goes where nobody else has it, all
 * else stays.
 *
 * @module
 */
import { childOf, treeOf, type FieldTree } from '../../../crdt/index.ts'
import type { Json } from '../body.ts'
import { isObject } from '../body.ts'
import type { FieldSchema } from '../kube/field-schema.ts'
import { partsOf, type Part } from './fields.ts'

/** [SSA2] What is applied over what is there. */
export function merged(live: Json | undefined, applied: Json, schema: FieldSchema): Json {
  const [there, said] = [partsOf(live, schema), partsOf(applied, schema)]
  if (there === undefined || said === undefined) return applied
  if (Array.isArray(applied)) return mergedList(there, said)
  const objects = { ...(live as Record<string, Json>) }
  for (const { element, value, schema: below } of said) {
    const name = element.slice(2)
    objects[name] = merged(objects[name], value as Json, below)
  }
  return objects
}

/** In the order of what is applied; what only was there keeps its place before what it stood before. */
function mergedList(there: readonly Part[], said: readonly Part[]): Json[] {
  const places = new Map(there.map(({ element }, at) => [element, at]))
  const wanted = new Set(said.map(({ element }) => element))
  const list: Json[] = []
  let passed = 0
  const takeUntil = (end: number): void => {
    for (; passed < end; passed += 1) {
      const part = there[passed] as Part
      if (!wanted.has(part.element)) list.push(part.value as Json)
    }
  }
  for (const { element, value, schema } of said) {
    const at = places.get(element)
    if (at !== undefined) takeUntil(at)
    list.push(at === undefined ? (value as Json) : merged((there[at] as Part).value as Json, value as Json, schema))
  }
  takeUntil(there.length)
  return list
}

/**
 * [SSA3] The object without what its manager had and no longer says, unless somebody keeps it. A part of which nobody keeps
 * anything goes whole, with what nobody owns in it, such as defaults.
 */
export function pruned(object: Json, { had, kept }: { had: FieldTree; kept: FieldTree }): Json {
  let left = object
  for (const [element, node] of Object.entries(had)) {
    const value = childOf(left, element) as Json | undefined
    if (value === undefined) continue
    const stays = kept[element]
    if (stays === undefined) left = without(left, element)
    else left = replaced(left, { element, by: pruned(value, { had: treeOf(node), kept: treeOf(stays) }) })
  }
  return left
}

function without(value: Json, element: string): Json {
  const child = childOf(value, element)
  if (Array.isArray(value)) return value.filter((each) => each !== child)
  if (!isObject(value)) return value
  const { [element.slice(2)]: _gone, ...rest } = value
  return rest
}

function replaced(value: Json, { element, by }: { element: string; by: Json }): Json {
  const child = childOf(value, element)
  if (Array.isArray(value)) return value.map((each) => (each === child ? by : each))
  return isObject(value) ? { ...value, [element.slice(2)]: by } : value
}
