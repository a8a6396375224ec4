/**
 * An applied manifest merged with what is there: what it says wins, what it no longer says goes where nobody else has it, all
 * else stays.
 *
 * @module
 */
import { childrenOf, treeOf, type FieldTree } from '../../../crdt/index.ts'
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
  const childAt = childrenOf(object)
  /** What becomes of a child; undefined: it goes. */
  const fates = new Map<string, { child: Json; becomes: Json | undefined }>()
  for (const [element, node] of Object.entries(had)) {
    const child = childAt(element) as Json | undefined
    if (child === undefined) continue
    const stays = kept[element]
    const becomes = stays === undefined ? undefined : pruned(child, { had: treeOf(node), kept: treeOf(stays) })
    fates.set(element, { child, becomes })
  }
  return Array.isArray(object) ? listAfter(object, [...fates.values()]) : objectAfter(object, fates)
}

interface Fate {
  readonly child: Json
  readonly becomes: Json | undefined
}

function listAfter(list: readonly Json[], fates: readonly Fate[]): Json[] {
  const fateOf = new Map(fates.map((fate) => [fate.child, fate]))
  return list.flatMap((each) => {
    const fate = fateOf.get(each)
    if (fate === undefined) return [each]
    return fate.becomes === undefined ? [] : [fate.becomes]
  })
}

function objectAfter(object: Json, fates: ReadonlyMap<string, Fate>): Json {
  if (!isObject(object)) return object
  const left = Object.entries(object).flatMap(([name, value]): [string, Json][] => {
    const fate = fates.get(`f:${name}`)
    if (fate === undefined) return [[name, value]]
    return fate.becomes === undefined ? [] : [[name, fate.becomes]]
  })
  return Object.fromEntries(left)
}
