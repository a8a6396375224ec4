/**
 * Keys of a document's one flat map, and the lives they tell of.
 *
 * `3:` says that life 3 was created, `3!` that it was deleted, `3:/spec/replicas` is a field of it. The first two are never
 * removed, so that no edit, however late, brings a deleted object back: to create the name again is to begin life 4.
 *
 * @module
 */
import { KEY_CHARS_MAX, LIFE_MAX } from './limits.ts'
import type { Fields } from './fields.ts'
import { faultInPointer } from './pointer.ts'

/** Field key -> JSON text: a whole document, all lives. */
export type Entries = ReadonlyMap<string, string>

export type FieldKey =
  | { readonly is: 'created' | 'deleted'; readonly life: number }
  | { readonly is: 'field'; readonly life: number; readonly pointer: string }

export function createdKey(life: number): string {
  return `${life}:`
}

export function deletedKey(life: number): string {
  return `${life}!`
}

export function fieldKey(life: number, pointer: string): string {
  return `${life}:${pointer}`
}

/** The parts of a key, or what is wrong with it, in words that follow "it". */
export function parseFieldKey(key: string): FieldKey | { readonly error: string } {
  if (key.length > KEY_CHARS_MAX) return { error: `has ${key.length} characters; ${KEY_CHARS_MAX} are allowed` }
  const life = Number.parseInt(key, 10)
  if (!(life >= 1 && life <= LIFE_MAX)) return { error: `does not begin with the number of a life, 1 to ${LIFE_MAX}` }
  const rest = key.slice(String(life).length)
  if (!key.startsWith(String(life))) return { error: 'does not begin with a plain number' }
  if (rest === ':') return { is: 'created', life }
  if (rest === '!') return { is: 'deleted', life }
  if (!rest.startsWith(':')) return { error: 'is none of <life>:, <life>! and <life>:<pointer>' }
  const fault = faultInPointer(rest.slice(1))
  return fault === undefined ? { is: 'field', life, pointer: rest.slice(1) } : { error: fault }
}

/** Where a document stands. Life 0: it was never created. */
export interface Standing {
  /** The highest life that was created. Those below are dead. */
  readonly life: number
  readonly isLive: boolean
}

export function standingOf(entries: Entries): Standing {
  let life = 0
  for (const key of entries.keys()) if (key.endsWith(':')) life = Math.max(life, lifeOfMarker(key))
  return { life, isLive: life > 0 && !entries.has(deletedKey(life)) }
}

/** 0 where the key, which ends in a colon, is a field whose name does. */
function lifeOfMarker(key: string): number {
  return key.indexOf(':') === key.length - 1 ? Number(key.slice(0, -1)) : 0
}

/** The fields of one life, by pointer. */
export function fieldsOf(entries: Entries, life: number): Fields {
  const prefix = `${life}:/`
  const fields = new Map<string, string>()
  for (const [key, text] of entries) if (key.startsWith(prefix)) fields.set(key.slice(prefix.length - 1), text)
  return fields
}

/** When it happened, as a marker's text (`{"at":ms}`) tells. */
export function atOf(text: string | undefined): number | undefined {
  const at = /^\{"at":(\d{1,15})\}$/.exec(text ?? '')?.[1]
  return at === undefined ? undefined : Number(at)
}

export function atText(atMs: number): string {
  return `{"at":${atMs}}`
}
