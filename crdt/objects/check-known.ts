/**
 * Finds fields that a declaration does not have: typing errors, which would otherwise be kept and do nothing.
 *
 * @module
 */
import type { Findings } from './field-error.ts'
import { nearest } from './nearest.ts'
import { fieldPath, isPlain, own } from './plain.ts'
import type { Schema } from './schema.ts'

/** Fields that the declaration does not have, with the nearest one it has. */
export function checkKnown(schema: Schema, value: unknown, at: string, findings: Findings): void {
  if (findings.full) return
  if (schema.is === 'list' && Array.isArray(value)) {
    return value.forEach((item, index) => checkKnown(schema.of, item, `${at}[${index}]`, findings))
  }
  if (!isPlain(value)) return
  if (schema.is === 'map') {
    return Object.entries(value).forEach(([key, item]) => checkKnown(schema.of, item, `${at}[${key}]`, findings))
  }
  if (schema.is !== 'fields') return
  for (const [name, item] of Object.entries(value)) {
    const field = own(schema.fields, name)
    if (field === undefined) sayUnknown(name, Object.keys(schema.fields), at, findings)
    else checkKnown(field, item, fieldPath(at, name), findings)
  }
}

function sayUnknown(name: string, declared: readonly string[], at: string, findings: Findings): void {
  const near = nearest(name, declared)
  const path = fieldPath(at, name.slice(0, 80))
  findings.say(path, 'Invalid', `unknown field "${path}"${near === undefined ? '' : `, did you mean "${near}"?`}`)
}
