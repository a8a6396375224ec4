/**
 * Says what was left unsaid. Twice is the same as once, and what does not fit the declaration stays as it is.
 *
 * @module
 */
import { isPlain, own, put, type Plain } from './plain.ts'
import { isScalar, type Schema } from './schema.ts'

/** The value with what is missing filled in and null structures left out. */
export function fillDefaults(schema: Schema, value: unknown): unknown {
  if (schema.is === 'list' && Array.isArray(value)) return value.map((item) => fillDefaults(schema.of, item))
  if (!isPlain(value)) return value
  if (schema.is === 'map') return mapValues(value, (item) => fillDefaults(schema.of, item))
  if (schema.is !== 'fields') return value
  const filled: Record<string, unknown> = {}
  for (const name of Object.keys(value))
    if (!isDropped(own(schema.fields, name), value[name])) put(filled, name, value[name])
  for (const [name, field] of Object.entries(schema.fields)) {
    const given = own(filled, name) ?? startOf(field, filled)
    if (given !== undefined) put(filled, name, fillDefaults(field, given))
  }
  return filled
}

/** Null structures, and empty texts where a default stands ready. */
function isDropped(field: Schema | undefined, value: unknown): boolean {
  if (value === undefined) return true
  if (field === undefined) return false
  return (
    (value === null && (field.system === true || !isScalar(field))) || (value === '' && field.byDefault !== undefined)
  )
}

function startOf(field: Schema, beside: Plain): unknown {
  const start: unknown = typeof field.byDefault === 'function' ? field.byDefault(beside) : field.byDefault
  return start
}

function mapValues(value: Plain, change: (item: unknown) => unknown): Plain {
  const changed: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) put(changed, key, change(item))
  return changed
}
