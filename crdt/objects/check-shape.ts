/**
 * Holds a value to its declaration: types, bounds, required fields. Whatever the value is, nothing throws, and no walk goes
 * deeper than the declaration.
 *
 * @module
 */
import type { Findings } from './field-error.ts'
import { fieldPath, isPlain, own } from './plain.ts'
import { isScalar, type Schema } from './schema.ts'

/** Types, bounds and required fields. A structure that is null counts as left out; a null number or text is an error. */
export function checkShape(schema: Schema, value: unknown, at: string, findings: Findings): void {
  if (schema.system === true || findings.full) return
  if (isLeftOut(schema, value)) {
    if (schema.required !== true) return
    findings.required(at)
    return isScalar(schema) ? undefined : findings.misshape(at)
  }
  if (value === null) {
    findings.misshape(at)
    return findings.invalid(at, null, `must be ${nounOf(schema)}; leave the field out to take its default`)
  }
  switch (schema.is) {
    case 'text':
      return checkText(schema, value, at, findings)
    case 'integer':
      return checkInteger(schema, value, at, findings)
    case 'flag':
      return typeof value === 'boolean' ? undefined : wrongType(schema, value, at, findings)
    case 'choice':
      if (typeof value !== 'string') return wrongType(schema, value, at, findings)
      return schema.of.includes(value) ? undefined : findings.unsupported(at, value, schema.of)
    case 'number-or-text':
      return checkNumberOrText(schema, value, at, findings)
    case 'list':
      return checkList(schema, value, at, findings)
    case 'map':
      return checkMap(schema, value, at, findings)
    case 'fields':
      return checkFields(schema, value, at, findings)
    case 'anything':
  }
}

/** As Kubernetes' decoder has it: an empty text is no text, and null structures are no structures. */
function isLeftOut(schema: Schema, value: unknown): boolean {
  if (value === undefined) return true
  if (value === '') return schema.is === 'text' || schema.is === 'choice'
  return value === null && (schema.required === true || !isScalar(schema))
}

type Of<Is extends Schema['is']> = Extract<Schema, { is: Is }>

function checkText(schema: Of<'text'>, value: unknown, at: string, findings: Findings): void {
  if (typeof value !== 'string') return wrongType(schema, value, at, findings)
  // A character is at most 3 bytes of UTF-8 per UTF-16 unit: only texts near the bound are measured.
  if (value.length * 3 > schema.bytesMax && Buffer.byteLength(value) > schema.bytesMax) {
    return findings.tooLong(at, `must have at most ${schema.bytesMax} bytes`)
  }
  const why = schema.check?.(value)
  if (why !== undefined) findings.invalid(at, value, why)
}

function checkInteger(schema: Of<'integer'>, value: unknown, at: string, findings: Findings): void {
  if (typeof value !== 'number') return wrongType(schema, value, at, findings)
  if (!Number.isInteger(value)) return findings.invalid(at, value, 'must be a whole number')
  if (value >= schema.min && value <= schema.max) return
  if (schema.range !== undefined) findings.invalid(at, value, schema.range)
  else if (value < schema.min) findings.invalid(at, value, `must be greater than or equal to ${schema.min}`)
  else findings.invalid(at, value, `must be less than or equal to ${schema.max}`)
}

function checkNumberOrText(schema: Of<'number-or-text'>, value: unknown, at: string, findings: Findings): void {
  if (typeof value !== 'number' && typeof value !== 'string') return wrongType(schema, value, at, findings)
  const why = schema.check(value)
  if (why !== undefined) findings.invalid(at, value, why)
}

function checkList(schema: Of<'list'>, value: unknown, at: string, findings: Findings): void {
  if (!Array.isArray(value)) return wrongType(schema, value, at, findings)
  if (value.length === 0 && schema.required === true) return findings.required(at)
  if (value.length > schema.itemsMax) {
    findings.misshape(at)
    return findings.tooMany(at, value.length, schema.itemsMax)
  }
  value.forEach((item, index) => checkItem(schema.of, item, `${at}[${index}]`, findings))
  if (schema.keys.length > 0) checkKeysUnique(schema, value, at, findings)
}

/** An item may be empty but not missing. */
function checkItem(schema: Schema, item: unknown, at: string, findings: Findings): void {
  if (item === null || item === undefined) {
    findings.invalid(at, null, `must be ${nounOf(schema)}`)
    findings.misshape(at)
  } else checkShape(schema, item, at, findings)
}

/** Items that merge by key cannot be told apart if they share it. */
function checkKeysUnique(schema: Of<'list'>, items: readonly unknown[], at: string, findings: Findings): void {
  const seen = new Set<string>()
  items.forEach((item, index) => {
    if (!isPlain(item)) return
    const values = schema.keys.map((key) => item[key] ?? defaultOf(schema.of, key))
    if (values.some((value) => typeof value !== 'string' && typeof value !== 'number')) return
    const identity = JSON.stringify(values)
    if (seen.has(identity))
      findings.duplicate(`${at}[${index}]${schema.keys.length === 1 ? `.${schema.keys[0]}` : ''}`, values.join('/'))
    seen.add(identity)
  })
}

function defaultOf(schema: Schema, field: string): unknown {
  return schema.is === 'fields' ? schema.fields[field]?.byDefault : undefined
}

function checkMap(schema: Of<'map'>, value: unknown, at: string, findings: Findings): void {
  if (!isPlain(value)) return wrongType(schema, value, at, findings)
  const entries = Object.entries(value)
  if (entries.length > schema.itemsMax) {
    findings.misshape(at)
    return findings.tooMany(at, entries.length, schema.itemsMax)
  }
  for (const [key, item] of entries) {
    const why = schema.checkKey(key)
    if (why !== undefined) {
      findings.invalid(at, key, why)
      if (typeof item !== 'string') findings.misshape(at)
    } else checkItem(schema.of, item, `${at}[${key}]`, findings)
  }
}

function checkFields(schema: Of<'fields'>, value: unknown, at: string, findings: Findings): void {
  if (!isPlain(value)) return wrongType(schema, value, at, findings)
  for (const name of Object.keys(value)) {
    const field = own(schema.fields, name)
    if (field !== undefined) checkShape(field, value[name], fieldPath(at, name), findings)
  }
  for (const name of schema.requiredNames) {
    if (!Object.hasOwn(value, name)) checkShape(schema.fields[name]!, undefined, fieldPath(at, name), findings)
  }
}

function wrongType(schema: Schema, value: unknown, at: string, findings: Findings): void {
  findings.misshape(at)
  findings.invalid(at, value, `must be ${nounOf(schema)}, not ${nounOfValue(value)}${typeHint(schema, value)}`)
}

function typeHint(schema: Schema, value: unknown): string {
  if (schema.is === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value))
    return ': write it without quotes'
  if (schema.is === 'text' && (typeof value === 'number' || typeof value === 'boolean')) return ': put it in quotes'
  return ''
}

function nounOf(schema: Schema): string {
  switch (schema.is) {
    case 'text':
    case 'choice':
      return 'a string'
    case 'integer':
      return 'an integer'
    case 'flag':
      return 'true or false'
    case 'number-or-text':
      return 'a number or a string'
    case 'list':
      return 'a list'
    case 'map':
    case 'fields':
      return 'an object'
    case 'anything':
      return 'a value'
  }
}

function nounOfValue(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return (
    { object: 'an object', string: 'a string', number: 'a number', boolean: 'a boolean' }[typeof value as string] ??
    `a ${typeof value}`
  )
}
