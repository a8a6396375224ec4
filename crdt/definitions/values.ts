/**
 * Holds an object to the schema of its kind, in the words of kube-apiserver. The schema and the object come from anybody, so
 * what both together may cost is bounded.
 *
 * @module
 */
import { textOf } from '../json.ts'
import type { Findings } from '../objects/field-error.ts'
import { fieldPath, isPlain, own, type Plain } from '../objects/plain.ts'
import { isInRange, isOfFormat } from './formats.ts'
import { Pattern, spend, TooCostly, type Budget } from './pattern.ts'
import { valuesOf, type JsonSchema, type SchemaType } from './schema.ts'

/** Some 200 ms of work at most. An object of 256 KiB under the schema of Prometheus' operator takes a tenth of it. */
export const STEPS_MAX = 3_000_000

/** What is wrong with the object. Its envelope (`apiVersion`, `kind`, `metadata`) is looked at elsewhere. */
export function checkValue(schema: JsonSchema, object: Plain, findings: Findings): void {
  const budget: Budget = { steps: STEPS_MAX }
  try {
    check(schema, object, { at: '', findings, budget })
  } catch (error) {
    if (!(error instanceof TooCostly)) throw error
    findings.forbidden('', error.message)
  }
}

interface Looking {
  readonly at: string
  readonly findings: Findings
  readonly budget: Budget
}

const inBody = (at: string): string => (at === '' ? '' : `${at} in body `)

function check(schema: JsonSchema, value: unknown, looking: Looking): void {
  const { at, findings, budget } = looking
  spend(budget, 1)
  if (findings.full) return
  if (value === null && schema.nullable === true) return
  if (!isOfType(schema, value)) {
    const told = value === null ? 'null' : typeNameOf(value)
    findings.invalid(at, told, `${inBody(at)}must be of type ${typesText(schema)}: "${told}"`)
    return
  }
  if (schema.enum !== undefined && !isAmong(schema.enum, value, budget))
    findings.unsupported(
      at,
      value,
      schema.enum.map((each) => (typeof each === 'string' ? each : textOf(each))),
    )
  if (typeof value === 'string') checkText(schema, value, looking)
  if (typeof value === 'number') checkNumber(schema, value, looking)
  if (Array.isArray(value)) checkList(schema, value, looking)
  if (isPlain(value)) checkObject(schema, value, looking)
  checkJunctors(schema, value, looking)
}

function isAmong(choices: readonly unknown[], value: unknown, budget: Budget): boolean {
  spend(budget, choices.length)
  const text = textOf(value)
  return choices.some((each) => textOf(each) === text)
}

function isOfType(schema: JsonSchema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) return typeof value === 'string' || Number.isInteger(value)
  if (schema.type === undefined) return true
  const type = typeNameOf(value)
  return type === schema.type || (type === 'integer' && schema.type === 'number')
}

const typesText = (schema: JsonSchema): string =>
  schema['x-kubernetes-int-or-string'] === true ? 'integer,string' : (schema.type ?? 'object')

function typeNameOf(value: unknown): SchemaType | 'null' {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'number':
      return Number.isInteger(value) ? 'integer' : 'number'
    default:
      return 'object'
  }
}

// ---- texts and numbers

/** Patterns of a schema, read once. */
const patterns = new WeakMap<JsonSchema, Pattern>()

function patternOf(schema: JsonSchema, text: string): Pattern {
  const pattern = patterns.get(schema) ?? Pattern.of(text)
  patterns.set(schema, pattern)
  return pattern
}

function checkText(schema: JsonSchema, value: string, { at, findings, budget }: Looking): void {
  const { minLength, maxLength, pattern, format } = schema
  // Characters are counted where that may make a difference.
  const length = (): number => Array.from(value).length
  if (maxLength !== undefined && value.length > maxLength && length() > maxLength)
    findings.tooLong(at, `may not be longer than ${maxLength}`)
  if (minLength !== undefined && length() < minLength)
    findings.invalid(at, value, `${inBody(at)}should be at least ${minLength} chars long`)
  if (pattern !== undefined && !patternOf(schema, pattern).matches(value, budget))
    findings.invalid(at, value, `${inBody(at)}should match '${pattern}'`)
  if (format !== undefined && !isOfFormat(format, value))
    findings.invalid(at, value, `${inBody(at)}must be of type ${format}: ${JSON.stringify(value.slice(0, 80))}`)
}

function checkNumber(schema: JsonSchema, value: number, { at, findings }: Looking): void {
  const { minimum, maximum, exclusiveMinimum = false, exclusiveMaximum = false, multipleOf, format } = schema
  const refuse = (why: string): void => findings.invalid(at, value, `${inBody(at)}${why}`)
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    refuse(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`)
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    refuse(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`)
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) refuse(`should be a multiple of ${multipleOf}`)
  if (schema.type === 'integer' && !isInRange(format, value)) refuse(`must be of type ${format ?? 'int64'}: "${value}"`)
}

// ---- lists and objects

function checkList(schema: JsonSchema, value: readonly unknown[], looking: Looking): void {
  const { at, findings } = looking
  const { minItems, maxItems, items } = schema
  if (minItems !== undefined && value.length < minItems)
    findings.invalid(at, value.length, `${inBody(at)}should have at least ${minItems} items`)
  if (maxItems !== undefined && value.length > maxItems) findings.tooMany(at, value.length, maxItems)
  if (items !== undefined) value.forEach((item, index) => check(items, item, { ...looking, at: `${at}[${index}]` }))
  checkDistinct(schema, value, looking)
}

/** Elements that merge by key, or as a set, have to be told apart. */
function checkDistinct(schema: JsonSchema, value: readonly unknown[], { at, findings, budget }: Looking): void {
  const type = schema['x-kubernetes-list-type']
  if (type !== 'set' && type !== 'map') return
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const seen = new Set<string>()
  value.forEach((item, index) => {
    spend(budget, 1)
    const identity = type === 'set' ? item : Object.fromEntries(keys.map((key) => [key, keyValue(schema, item, key)]))
    const text = textOf(identity)
    if (seen.has(text)) findings.duplicate(`${at}[${index}]`, identity)
    seen.add(text)
  })
}

function keyValue({ items }: JsonSchema, item: unknown, key: string): unknown {
  const said = isPlain(item) ? own(item, key) : undefined
  return said ?? own(items?.properties ?? {}, key)?.default ?? null
}

function checkObject(schema: JsonSchema, value: Plain, looking: Looking): void {
  const { at, findings, budget } = looking
  const { minProperties, maxProperties, required = [], properties = {} } = schema
  const names = Object.keys(value)
  spend(budget, names.length + required.length)
  if (minProperties !== undefined && names.length < minProperties)
    findings.invalid(at, names.length, `${inBody(at)}should have at least ${minProperties} properties`)
  if (maxProperties !== undefined && names.length > maxProperties) findings.tooMany(at, names.length, maxProperties)
  for (const name of required) if (!Object.hasOwn(value, name)) findings.required(fieldPath(at, name))
  const others = valuesOf(schema)
  for (const name of names) {
    const field = own(properties, name) ?? others
    if (field !== undefined) check(field, value[name], { ...looking, at: fieldPath(at, name) })
  }
}

// ---- allOf, anyOf, oneOf, not

function checkJunctors(schema: JsonSchema, value: unknown, looking: Looking): void {
  const { at, findings } = looking
  const { allOf = [], anyOf = [], oneOf = [], not } = schema
  const place = JSON.stringify(at)
  for (const each of allOf) check(each, value, looking)
  if (anyOf.length > 0 && !anyOf.some((each) => fits(each, value, looking)))
    findings.invalid(at, value, `${place} must validate at least one schema (anyOf)`)
  if (oneOf.length > 0) {
    const count = oneOf.filter((each) => fits(each, value, looking)).length
    const found = count === 0 ? 'none valid' : `${count} valid alternatives`
    if (count !== 1)
      findings.invalid(at, value, `${place} must validate one and only one schema (oneOf). Found ${found}`)
  }
  if (not !== undefined && fits(not, value, looking))
    findings.invalid(at, value, `${place} must not validate the schema (not)`)
}

/** Collects nothing but whether there is something. */
function fits(schema: JsonSchema, value: unknown, looking: Looking): boolean {
  const tried = looking.findings.fresh()
  check(schema, value, { ...looking, findings: tried })
  return tried.errors.length === 0
}
