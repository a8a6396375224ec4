/**
 * Who owns which fields of an object, as its document holds it: an entry for each manager, `/shoal/managers/<manager>`, whose
 * text is `[seconds since 1970, fields]`. Writers of different managers write different entries. What one manager wrote on two
 * sides of a split is joined: both had their part in what the fields are now. See docs/decisions/0025-who-owns-a-field.md.
 *
 * @module
 */
import { type FieldTree, isFieldTree, union } from './field-tree.ts'
import { parseText, textOf } from './json.ts'

export interface Owned {
  /** When its manager last changed what it owns. */
  readonly atSeconds: number
  readonly fields: FieldTree
}

/** In the internal part of the object. */
export const MANAGERS = 'managers'

/** Of one entry. A set of 4,096 fields, the most an object has, is smaller. */
export const OWNED_CHARS_MAX = 128 * 1024

const SECONDS_MAX = 2 ** 40

export const ownedValue = ({ atSeconds, fields }: Owned): unknown => [atSeconds, fields]

/** Undefined where the value is none. */
export function ownedOf(value: unknown): Owned | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [atSeconds, fields] = value as [unknown, unknown]
  const isTime = Number.isSafeInteger(atSeconds) && Number(atSeconds) >= 0 && Number(atSeconds) <= SECONDS_MAX
  return isTime && isFieldTree(fields) ? { atSeconds: Number(atSeconds), fields } : undefined
}

/** Whether a key of a document is that of such an entry, with its life or as a pointer. */
export const isOwnership = (key: string): boolean => /^(?:\d+:)?\/shoal\/managers\/[^/]+$/.test(key)

/** As many sides of one split. Beyond it the text that wins everywhere else wins here. */
const SIDES_MAX = 8

/** [SSA30] Of what one manager said on several sides: all of it. The texts come in an order that is the same everywhere. */
export function joinedOwnership(texts: readonly string[]): string | undefined {
  const winner = texts.at(-1)
  if (texts.length < 2 || texts.length > SIDES_MAX) return winner
  if (texts.some((text) => text.length > OWNED_CHARS_MAX)) return winner
  const sides = texts.map((text) => {
    const read = parseText(text)
    return 'error' in read ? undefined : ownedOf(read.value)
  })
  if (!sides.every((side) => side !== undefined)) return winner
  return textOf(
    ownedValue({
      atSeconds: Math.max(...sides.map(({ atSeconds }) => atSeconds)),
      fields: sides.map(({ fields }) => fields).reduce(union),
    }),
  )
}
