/**
 * How the fields of a kind merge when several managers apply it: which parts are one value, which lists have elements with
 * keys, which are sets. Read from the table of types as Kubernetes reads its own OpenAPI; what is not in it merges by its shape.
 *
 * @module
 */
import type { Field, FieldType, Messages } from './messages.ts'

/**
 * `value`: one value, whatever is in it. `fields`: an object, each field by itself; so are `entries`, whose names are anybody's
 * own. `unknown`: objects by field, lists as one value.
 */
export type MergeBy =
  | { readonly by: 'value' | 'fields' | 'entries' | 'set' | 'unknown' }
  | { readonly by: 'keys'; readonly keys: readonly string[] }

export class FieldSchema {
  readonly merge: MergeBy
  /** An object that is always there for Kubernetes, though nobody may have said anything in it. */
  readonly isImplied: boolean
  readonly #below: (name: string) => FieldSchema

  private constructor(merge: MergeBy, isImplied: boolean, below: (name: string) => FieldSchema) {
    this.merge = merge
    this.isImplied = isImplied
    this.#below = below
  }

  static of(messages: Messages, message: string): FieldSchema {
    return structure(messages, message, true)
  }

  static make(merge: MergeBy, isImplied: boolean, below: (name: string) => FieldSchema): FieldSchema {
    return new FieldSchema(merge, isImplied, below)
  }

  /** Of a field, or of an entry. */
  field(name: string): FieldSchema {
    return this.#below(name)
  }

  /** Of an element of a list. */
  get element(): FieldSchema {
    return this.#below('')
  }
}

export const VALUE: FieldSchema = FieldSchema.make({ by: 'value' }, false, () => VALUE)
export const UNKNOWN: FieldSchema = FieldSchema.make({ by: 'unknown' }, false, () => UNKNOWN)

/** An object that is there where somebody said so. */
export const plainObject = (below: (name: string) => FieldSchema): FieldSchema =>
  FieldSchema.make({ by: 'fields' }, false, below)

function structure(messages: Messages, message: string, isImplied: boolean): FieldSchema {
  const type = messages.get(message)
  if (type === undefined) return UNKNOWN
  if (type.isAtomic) return VALUE
  const known = new Map<string, FieldSchema>()
  return FieldSchema.make({ by: 'fields' }, isImplied, (name) => {
    const schema = known.get(name) ?? fieldNamed(messages, message, name)
    known.set(name, schema)
    return schema
  })
}

function fieldNamed(messages: Messages, message: string, name: string): FieldSchema {
  const field = flat(messages, message).find((each) => each.name === name)
  return field === undefined ? UNKNOWN : schemaOf(messages, field)
}

/** What is written into the object around it stands in its place. */
function flat(messages: Messages, message: string): readonly Field[] {
  const fields = messages.get(message)?.fields ?? []
  return fields.flatMap((field) => (field.isInline && field.type.is === 'message' ? flat(messages, field.type.of) : [field])) // prettier-ignore
}

function schemaOf(messages: Messages, { type, marks, isPointer, isRequired }: Field): FieldSchema {
  if (marks['map'] === 'atomic' || marks['struct'] === 'atomic') return VALUE
  if (type.is !== 'list') return plainOf(messages, type, !isPointer)
  const merge = mergeOfList(marks)
  const element = plainOf(messages, type.of, false)
  return FieldSchema.make(merge, isRequired, () => element)
}

function plainOf(messages: Messages, type: FieldType, isImplied: boolean): FieldSchema {
  switch (type.is) {
    case 'scalar':
    case 'list':
      return VALUE
    case 'map': {
      const entry = plainOf(messages, type.of, false)
      return FieldSchema.make({ by: 'entries' }, false, () => entry)
    }
    case 'message':
      return structure(messages, type.of, isImplied)
  }
}

/** A list that says nothing of this is merged as a strategic merge patch would, and else is one value. */
export function mergeOfList({ list, keys, patch, key }: Field['marks']): MergeBy {
  if (list === 'set') return { by: 'set' }
  if (list === 'map') return { by: 'keys', keys: (keys ?? key ?? '').split(',') }
  if (list !== undefined || patch?.split(',').includes('merge') !== true) return { by: 'value' }
  return key === undefined ? { by: 'set' } : { by: 'keys', keys: [key] }
}
