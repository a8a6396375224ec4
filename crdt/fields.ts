/**
 * An object as a flat map, JSON pointer -> JSON text, and back: the form in which concurrent edits merge field by field.
 *
 * | text            | means                                                                                       |
 * |-----------------|---------------------------------------------------------------------------------------------|
 * | `{}`            | an object stands here; its fields are entries below                                         |
 * | `{"order":[]}`  | a list merged by key stands here; its elements are entries below, those not named come last |
 * | `{"atom":{}}`   | an object that is replaced as a whole                                                       |
 * | anything else   | a scalar, or a list that is replaced as a whole                                             |
 *
 * An entry counts only while every object and list above it stands. So removing a container beats a concurrent edit inside
 * it, by no other rule than this one. Reading back needs no schema; only flattening is told which lists have keys.
 *
 * @module
 */

/** Pointer -> JSON text. The object itself, pointer '', is understood. */
export type Fields = ReadonlyMap<string, string>

/** `text` undefined: the entry goes. */
export interface Edit {
  readonly pointer: string
  readonly text: string | undefined
}

/** An object before anything is known of it but that it is one. */
export type Data = { readonly [field: string]: unknown }

export const OBJECT_TEXT = '{}'

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Edits that turn `before` into `after`, by pointer. Entries that hang in the air in `before` are removed with the rest. */
export function diff(before: Fields, after: Fields): Edit[] {
  const edits: Edit[] = []
  for (const [pointer, text] of after) if (before.get(pointer) !== text) edits.push({ pointer, text })
  for (const pointer of before.keys()) if (!after.has(pointer)) edits.push({ pointer, text: undefined })
  return edits
}
