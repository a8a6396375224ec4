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
  const list = listOf(value)
  if (list === undefined) return yield `${JSON.stringify(value)}\n`
  const { name, items, head } = list
  let slice = `${JSON.stringify(head).slice(0, -1)}${Object.keys(head).length > 0 ? ',' : ''}"${name}":[`
  for (const [index, item] of items.entries()) {
    slice += `${index === 0 ? '' : ','}${JSON.stringify(item)}`
    if (slice.length < CHARS_PER_TURN) continue
    yield slice
    slice = ''
  }
  yield `${slice}]}\n`
}

interface List {
  readonly name: string
  readonly items: readonly unknown[]
  readonly head: object
}

/** The items of a list, the rows of a table. */
function listOf(value: unknown): List | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const name of ['items', 'rows']) {
    const { [name]: items, ...head } = value as Record<string, unknown>
    if (Array.isArray(items)) return { name, items, head }
  }
  return undefined
}

/** A list of more is made in turns from its first slice on. */
const ITEMS_AT_ONCE_MAX = 50

export const isLong = (value: unknown): boolean => (listOf(value)?.items.length ?? 0) > ITEMS_AT_ONCE_MAX

/**
 * [LOAD3] Who waits goes on one at a time, each in a turn of its own: a thousand lists that all went on in the same turn would
 * hold the node up for as long as all their slices take.
 *
 * @param later - runs it when the rest of the node has gone first
 */
export function inOneRow(later: (run: () => void) => void): () => Promise<void> {
  const waiting: (() => void)[] = []
  const serve = (): void => {
    waiting.shift()?.()
    if (waiting.length > 0) later(serve)
  }
  return () =>
    new Promise((resume) => {
      waiting.push(resume)
      if (waiting.length === 1) later(serve)
    })
}

const rows = new WeakMap<object, () => Promise<void>>()

/** Lets the rest of the node go first. */
export function turn(backend: Pick<ApiBackend, 'after'>): Promise<void> {
  const row = rows.get(backend) ?? inOneRow((run) => void backend.after(0, run))
  rows.set(backend, row)
  return row()
}

export interface Looking<T, R> {
  readonly look: (each: T) => readonly R[]
  /** Asked after each. Absent: all are looked at. */
  readonly isEnough?: () => boolean
  /** Lets others go first. */
  readonly turn: () => Promise<void>
}

/** Looks at them in their order, `OBJECTS_PER_TURN` at a time. */
export async function inTurns<T, R>(all: readonly T[], { look, isEnough, turn }: Looking<T, R>): Promise<R[]> {
  const found: R[] = []
  for (const [at, each] of all.entries()) {
    if (at > 0 && at % OBJECTS_PER_TURN === 0) await turn()
    found.push(...look(each))
    if (isEnough?.() === true) break
  }
  return found
}
