/**
 * What an object says that this version of Shoal keeps and does not do: people should hear of it.
 *
 * @module
 */
import { fieldPath, isPlain, own } from './plain.ts'
import type { Schema } from './schema.ts'

/** Fields that are said and have no effect yet. */
export function withoutEffect(schema: Schema, value: unknown, at = ''): string[] {
  if (isSilent(value)) return []
  if (schema.later === true) return value === schema.byDefault ? [] : [at]
  switch (schema.is) {
    case 'choice':
      return schema.laterValues.includes(value as string) ? [`${at}: ${String(value)}`] : []
    case 'list':
      return Array.isArray(value)
        ? value.flatMap((item, index) => withoutEffect(schema.of, item, `${at}[${index}]`))
        : []
    case 'map':
      return isPlain(value)
        ? Object.entries(value).flatMap(([key, item]) => withoutEffect(schema.of, item, `${at}[${key}]`))
        : []
    case 'fields':
      return isPlain(value)
        ? Object.entries(value).flatMap(([name, item]) => {
            const field = own(schema.fields, name)
            return field === undefined ? [] : withoutEffect(field, item, fieldPath(at, name))
          })
        : []
    default:
      return []
  }
}

/** Says nothing: `securityContext: {}`, `hostNetwork: false`. */
function isSilent(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}
