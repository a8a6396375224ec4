/**
 * Keys of a document's one flat map, and the lives they tell of.
 *
 * `3:` says that life 3 was created, `3!` that it was deleted, `3:/spec/replicas` is a field of it. The first two are never
 * removed, so that no edit, however late, brings a deleted object back: to create the name again is to begin life 4. They
 * say when, `{"at":ms}`, and in which life of the object's namespace, `{"at":ms,"in":2}`: see `housing.ts`.
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

/** Where a document stands. */
export interface Standing {
  /** The life that counts, of all that were created; 0 where none was. The others are dead. */
  readonly life: number
  readonly isLive: boolean
  /** The life of its namespace that this life was created in. Undefined: the namespace had no document then. */
  readonly within: number | undefined
  /** Number of the next life. */
  readonly next: number
  /** When that life began or ended. */
  readonly sinceMs: number
}

export const NEVER: Standing = { life: 0, isLive: false, within: undefined, next: 1, sinceMs: 0 }

/** [LIFE8] The life that counts is the last one in the latest life of the namespace, of those that know theirs. */
export function standingOf(entries: Entries): Standing {
  let best = NEVER
  let last = 0
  for (const [key, text] of entries) {
    const life = key.endsWith(':') ? lifeOfMarker(key) : 0
    if (life === 0) continue
    last = Math.max(last, life)
    const { within, atMs = 0 } = markerOf(text) ?? {}
    const lived = { life, within, isLive: true, next: 0, sinceMs: atMs }
    if (compareLives(lived, best) > 0) best = lived
  }
  const end = markerOf(entries.get(deletedKey(best.life)))
  // A deletion that was made in an earlier life of the namespace is about what was there.
  const isOver = end !== undefined && (end.within ?? 0) >= (best.within ?? 0)
  return { ...best, next: last + 1, ...(isOver ? { isLive: false, sinceMs: end.atMs } : {}) }
}

/** The lives that were created and have ended: deleted, or followed by another. `isLost`: the one that counts is over, too. */
export function endedLives(entries: Entries, isLost: boolean): readonly Pick<Standing, 'life' | 'within'>[] {
  const standing = standingOf(entries)
  return [...entries].flatMap(([key, text]) => {
    const life = key.endsWith(':') ? lifeOfMarker(key) : 0
    if (life === 0 || (life === standing.life && standing.isLive && !isLost)) return []
    return [{ life, within: markerOf(text)?.within }]
  })
}

/** Negative where `a` counts for less than `b`. */
export function compareLives(a: Pick<Standing, 'life' | 'within'>, b: Pick<Standing, 'life' | 'within'>): number {
  return (a.within ?? 0) - (b.within ?? 0) || a.life - b.life
}

/** The number of a life where the key says that it began; 0 for any other key. */
function lifeOfMarker(key: string): number {
  return key.indexOf(':') === key.length - 1 ? Number(key.slice(0, -1)) : 0
}

/** Whether the key tells of a life's beginning or end. */
export function isMarker(key: string): boolean {
  return lifeOfMarker(key) > 0 || (key.endsWith('!') && !key.includes(':'))
}

/** The fields of one life, by pointer. */
export function fieldsOf(entries: Entries, life: number): Fields {
  const prefix = `${life}:/`
  const fields = new Map<string, string>()
  for (const [key, text] of entries) if (key.startsWith(prefix)) fields.set(key.slice(prefix.length - 1), text)
  return fields
}

/** What a life's beginning or end says. */
export interface Marker {
  /** When it happened. */
  readonly atMs: number
  /** The life of the namespace that it happened in. */
  readonly within?: number
}

const MARKER = /^\{"at":(\d{1,15})(?:,"in":([1-9]\d{0,5}))?\}$/

/** Undefined where the text is none. */
export function markerOf(text: string | undefined): Marker | undefined {
  const [, at, within] = MARKER.exec(text ?? '') ?? []
  if (at === undefined) return undefined
  return { atMs: Number(at), ...(within === undefined ? {} : { within: Number(within) }) }
}

export function markerText({ atMs, within }: { readonly atMs: number; readonly within: number | undefined }): string {
  return within === undefined ? `{"at":${atMs}}` : `{"at":${atMs},"in":${within}}`
}

/** Of a life's beginnings, or of its ends, made at the same time on many sides: the one in the latest life of the namespace;
 *  the last of these. */
export function latestMarker(texts: readonly string[]): string | undefined {
  const withinOf = (text: string): number => markerOf(text)?.within ?? 0
  return texts.reduce<string | undefined>(
    (best, text) => (best === undefined || withinOf(text) >= withinOf(best) ? text : best),
    undefined,
  )
}
