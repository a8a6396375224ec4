/**
 * The vocabulary in which a kind is written down once. One declaration answers five questions: which types and bounds a
 * field has, which fields there are, what stands where nothing was said, by which keys a list merges, and what has no effect yet.
 *
 *     const port = fields({ containerPort: required(integer(1, 65535)), protocol: byDefault(choice(['TCP', 'UDP']), 'TCP') })
 *
 * Walked by `check-shape.ts`, `check-known.ts`, `fill-defaults.ts`, `list-keys.ts` and `without-effect.ts`.
 *
 * @module
 */
import type { TextCheck } from './names.ts'

export interface Modifiers {
  readonly required?: true
  /** What stands when the field is missing: a constant, or made from the fields beside it (those declared before it are filled). */
  readonly byDefault?: unknown
  /** A field of Kubernetes that is kept but has no effect in this version of Shoal. */
  readonly later?: true
  /** Set by the system; what a client sends is of no interest, whatever it is. */
  readonly system?: true
}

export type Schema = Modifiers &
  (
    | { readonly is: 'text'; readonly bytesMax: number; readonly check?: TextCheck }
    /** `range`: what to say of a number outside of it, where Kubernetes has words of its own. */
    | { readonly is: 'integer'; readonly min: number; readonly max: number; readonly range?: string }
    | { readonly is: 'flag' }
    | { readonly is: 'choice'; readonly of: readonly string[]; readonly laterValues: readonly string[] }
    /** Kubernetes' IntOrString, and quantities. */
    | { readonly is: 'number-or-text'; readonly check: (value: number | string) => string | undefined }
    | { readonly is: 'list'; readonly of: Schema; readonly keys: readonly string[]; readonly itemsMax: number }
    | { readonly is: 'map'; readonly of: Schema; readonly checkKey: TextCheck; readonly itemsMax: number }
    | {
        readonly is: 'fields'
        readonly fields: Readonly<Record<string, Schema>>
        /** Names of those fields, so that a walk visits what is there and what must be, and not all that could be. */
        readonly requiredNames: readonly string[]
        readonly defaultedNames: readonly string[]
      }
    /** Not looked into. */
    | { readonly is: 'anything' }
  )

/** Longest text nobody gave a bound: a command line's argument. The object as a whole has a bound too. */
const TEXT_BYTES_MAX = 64 * 1024

/** Items of a list or map nobody gave a bound. */
const ITEMS_MAX = 1000

export const INT32_MAX = 2 ** 31 - 1

export const text = (check?: TextCheck, bytesMax = TEXT_BYTES_MAX): Schema =>
  check === undefined ? { is: 'text', bytesMax } : { is: 'text', bytesMax, check }

export const integer = (min = 0, max = INT32_MAX): Schema => ({ is: 'integer', min, max })

/** Ports, in Kubernetes' words. */
export const portNumber = (): Schema => ({ is: 'integer', min: 1, max: 65_535, range: PORT_RANGE })

export const PORT_RANGE = 'must be between 1 and 65535, inclusive'

export const flag = (): Schema => ({ is: 'flag' })

export const choice = (of: readonly string[], laterValues: readonly string[] = []): Schema => ({
  is: 'choice',
  of,
  laterValues,
})

export const numberOrText = (check: (value: number | string) => string | undefined): Schema => ({
  is: 'number-or-text',
  check,
})

/** `keys`: the fields that name an item when two edits of the list are merged; none: the list is one value. */
export const listOf = (of: Schema, options: { keys?: readonly string[]; itemsMax?: number } = {}): Schema => ({
  is: 'list',
  of,
  keys: options.keys ?? [],
  itemsMax: options.itemsMax ?? ITEMS_MAX,
})

export const mapOf = (of: Schema, checkKey: TextCheck, itemsMax = ITEMS_MAX): Schema => ({
  is: 'map',
  of,
  checkKey,
  itemsMax,
})

export function fields(declared: Readonly<Record<string, Schema>>): Schema {
  const namesOf = (has: (schema: Schema) => boolean): string[] =>
    Object.keys(declared).filter((name) => has(declared[name]!))
  return {
    is: 'fields',
    fields: declared,
    requiredNames: namesOf((schema) => schema.required === true),
    defaultedNames: namesOf((schema) => schema.byDefault !== undefined),
  }
}

export const anything = (): Schema => ({ is: 'anything' })

export const required = (schema: Schema): Schema => ({ ...schema, required: true })

export const byDefault = (schema: Schema, value: unknown): Schema => ({ ...schema, byDefault: value })

export const later = (schema: Schema): Schema => ({ ...schema, later: true })

export const bySystem = (schema: Schema): Schema => ({ ...schema, system: true })

/** Several fields of Kubernetes, all without effect yet. */
export const allLater = (declared: Readonly<Record<string, Schema>>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(declared).map(([name, schema]) => [name, later(schema)]))

/** Holds one value, for which null is no way of leaving it out. */
export const isScalar = (schema: Schema): boolean => !['list', 'map', 'fields', 'anything'].includes(schema.is)
