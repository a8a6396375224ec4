/**
 * Big answers in slices between which the node does its other work: 10,000 pods in one go held it up for 600 ms.
 *
 * @module
 */

import type { ApiBackend } from './backend.ts'

/** Objects that are put together in one turn: some 10 ms where each is put together anew. */
export const OBJECTS_PER_TURN = 200

/** Characters of JSON written in one turn, and one object more: an object has at most 256 KiB. */
export const CHARS_PER_TURN = 128 * 1024

/** What `value` is as JSON, a list item by item, in pieces of `CHARS_PER_TURN` and less than one item more. */
export function* jsonSlices(value: unknown): Generator<string> {
  if (!isList(value)) return yield `${JSON.stringify(value)}\n`
  const { items, ...head } = value
  let slice = `${JSON.stringify(head).slice(0, -1)}${Object.keys(head).length > 0 ? ',' : ''}"items":[`
  for (const [index, item] of items.entries()) {
    slice += `${index === 0 ? '' : ','}${JSON.stringify(item)}`
    if (slice.length < CHARS_PER_TURN) continue
    yield slice
    slice = ''
  }
  yield `${slice}]}\n`
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items)
}

/** Lets the rest of the node go first. */
export const turn = (backend: Pick<ApiBackend, 'after'>): Promise<void> =>
  new Promise((resume) => void backend.after(0, resume))

/** Looks at all, `OBJECTS_PER_TURN` at a time; `turn` lets others go first. */
export async function inTurns<T, R>(
  all: readonly T[],
  { look, turn }: { look: (each: T) => readonly R[]; turn: () => Promise<void> },
): Promise<R[]> {
  const found: R[] = []
  for (let at = 0; at < all.length; at += OBJECTS_PER_TURN) {
    if (at > 0) await turn()
    for (const each of all.slice(at, at + OBJECTS_PER_TURN)) found.push(...look(each))
  }
  return found
}
