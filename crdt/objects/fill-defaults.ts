/**
 * Says what was left unsaid. Twice is the same as once, and what does not fit the declaration stays as it is.
 *
 * @module
 */
import { isPlain, own, put, type Plain } from './plain.ts'
import { isScalar, type Schema } from './schema.ts'

/** The value with what is missing filled in and null structures left out. */
export function fillDefaults(schema: Schema, value: unknown): unknown {
  switch (schema.is) {
    case 'list':
      return Array.isArray(value) && !isScalar(schema.of) ? value.map((item) => fillDefaults(schema.of, item)) : value
    case 'map':
      return isPlain(value) && !isScalar(schema.of) ? fillMap(schema.of, value) : value
    case 'fields':
      return isPlain(value) ? fillFields(schema, value) : value
    default:
      return value
  }
}

function fillFields(schema: Extract<Schema, { is: 'fields' }>, value: Plain): Plain {
  const filled: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const field = own(schema.fields, name)
    if (field === undefined) put(filled, name, value[name])
    else if (!isDropped(field, value[name])) filled[name] = fillDefaults(field, value[name])
  }
  for (const name of schema.defaultedNames) {
    if (Object.hasOwn(filled, name)) continue
    const field = schema.fields[name]!
    const start = startOf(field, filled)
    if (start !== undefined) filled[name] = fillDefaults(field, start)
  }
  return filled
}

/** Null structures, and empty texts where a default stands ready. */
function isDropped(field: Schema, value: unknown): boolean {
  if (value === undefined) return true
  return (
    (value === null && (field.system === true || !isScalar(field))) || (value === '' && field.byDefault !== undefined)
  )
}

function startOf(field: Schema, beside: Plain): unknown {
  const start: unknown = typeof field.byDefault === 'function' ? field.byDefault(beside) : field.byDefault
  return start
}

function fillMap(of: Schema, value: Plain): Plain {
  const filled: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) put(filled, key, fillDefaults(of, item))
  return filled
}
