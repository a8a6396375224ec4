/**
 * What of an object its schema knows: the rest is told, and left out, as in Kubernetes; and what stands where nothing was said.
 *
 * @module
 */
import { metadataSchema } from '../objects/meta.ts'
import { fieldPath, isPlain, own, put, type Plain } from '../objects/plain.ts'
import { ENVELOPE, valuesOf, type JsonSchema } from './schema.ts'

/** More unknown fields than anybody reads of. */
const UNKNOWN_MAX = 32

export interface Shaped {
  readonly object: Plain
  /** Paths of what was left out. */
  readonly unknown: readonly string[]
}

/** The object without what its schema does not name. */
export function pruned(schema: JsonSchema, object: Plain): Shaped {
  const unknown: string[] = []
  return { object: prunedObject({ ...schema, 'x-kubernetes-embedded-resource': true }, object, { at: '', unknown }), unknown } // prettier-ignore
}

interface Pruning {
  readonly at: string
  readonly unknown: string[]
}

function prunedValue(schema: JsonSchema, value: unknown, pruning: Pruning): unknown {
  if (Array.isArray(value)) {
    const { items } = schema
    if (items === undefined) return value
    return value.map((item, index) => prunedValue(items, item, { ...pruning, at: `${pruning.at}[${index}]` }))
  }
  return isPlain(value) ? prunedObject(schema, value, pruning) : value
}

function prunedObject(schema: JsonSchema, value: Plain, { at, unknown }: Pruning): Plain {
  const { properties = {}, additionalProperties } = schema
  const isWhole = schema['x-kubernetes-embedded-resource'] === true
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true
  const others = valuesOf(schema)
  const kept: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(value)) {
    const path = fieldPath(at, name)
    const field = own(properties, name) ?? others
    if (isWhole && name === 'metadata') kept[name] = prunedMetadata(each, { at: path, unknown })
    else if (field !== undefined && !(isWhole && ENVELOPE.has(name)))
      put(kept, name, prunedValue(field, each, { at: path, unknown }))
    else if (keepsAll || (isWhole && ENVELOPE.has(name))) put(kept, name, each)
    else tell(unknown, path)
  }
  return kept
}

function prunedMetadata(metadata: unknown, { at, unknown }: Pruning): unknown {
  if (!isPlain(metadata) || metadataSchema.is !== 'fields') return metadata
  const { fields } = metadataSchema
  const known = Object.entries(metadata).filter(([name]) => {
    const isKnown = Object.hasOwn(fields, name)
    if (!isKnown) tell(unknown, fieldPath(at, name))
    return isKnown
  })
  return Object.fromEntries(known)
}

function tell(unknown: string[], path: string): void {
  if (unknown.length < UNKNOWN_MAX) unknown.push(path)
}

/** The value with what its schema says where nothing was said. Shares what it does not change. */
export function withSchemaDefaults<T>(schema: JsonSchema, value: T): T {
  if (Array.isArray(value)) {
    const { items } = schema
    return items === undefined || !hasDefaults(items) ? value : (value.map((each) => filled(items, each)) as T)
  }
  if (!isPlain(value) || !hasDefaults(schema)) return value
  const { properties = {} } = schema
  const others = valuesOf(schema)
  const whole: Record<string, unknown> = {}
  for (const [name, each] of Object.entries(value)) {
    const field = own(properties, name) ?? others
    put(whole, name, field === undefined ? each : filled(field, each))
  }
  for (const [name, field] of Object.entries(properties)) {
    if (field.default === undefined || (Object.hasOwn(whole, name) && whole[name] !== undefined)) continue
    put(whole, name, withSchemaDefaults(field, field.default))
  }
  return whole as T
}

/** A null where there may be none says as little as nothing. */
function filled(schema: JsonSchema, value: unknown): unknown {
  const isUnsaid = value === null && schema.nullable !== true && schema.default !== undefined
  return withSchemaDefaults(schema, isUnsaid ? schema.default : value)
}

const defaulted = new WeakMap<JsonSchema, boolean>()

/** Whether there are any in it: most of a schema is passed over. */
function hasDefaults(schema: JsonSchema): boolean {
  const known = defaulted.get(schema)
  if (known !== undefined) return known
  const below = [...Object.values(schema.properties ?? {}), schema.items, valuesOf(schema)]
  const has = below.some((each) => each !== undefined && (each.default !== undefined || hasDefaults(each)))
  defaulted.set(schema, has)
  return has
}
