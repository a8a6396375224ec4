/**
 * How the fields of a kind that somebody defined merge when several managers apply it, as its schema says it.
 *
 * @module
 */
import type { JsonSchema } from '../../../crdt/index.ts'
import { FieldSchema, plainObject, UNKNOWN, VALUE } from './field-schema.ts'

/** `metadata`: how that of every object merges. */
export function customFieldSchema(schema: JsonSchema, metadata: FieldSchema): FieldSchema {
  return structure(schema, metadata)
}

const known = new WeakMap<JsonSchema, FieldSchema>()

function schemaOf(schema: JsonSchema, metadata: FieldSchema): FieldSchema {
  const found = known.get(schema) ?? made(schema, metadata)
  known.set(schema, found)
  return found
}

function made(schema: JsonSchema, metadata: FieldSchema): FieldSchema {
  switch (schema.type) {
    case 'array':
      return list(schema, metadata)
    case 'object':
      if (schema['x-kubernetes-map-type'] === 'atomic') return VALUE
      return schema['x-kubernetes-embedded-resource'] === true ? structure(schema, metadata) : object(schema, metadata)
    case undefined:
      return schema['x-kubernetes-preserve-unknown-fields'] === true ? UNKNOWN : VALUE
    default:
      return VALUE
  }
}

function list(schema: JsonSchema, metadata: FieldSchema): FieldSchema {
  const { items } = schema
  const type = schema['x-kubernetes-list-type']
  if (items === undefined || (type !== 'set' && type !== 'map')) return VALUE
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const element = schemaOf(items, metadata)
  return FieldSchema.make(type === 'set' ? { by: 'set' } : { by: 'keys', keys }, false, () => element)
}

function object(schema: JsonSchema, metadata: FieldSchema): FieldSchema {
  const { properties = {}, additionalProperties } = schema
  const others = typeof additionalProperties === 'object' ? schemaOf(additionalProperties, metadata) : UNKNOWN
  if (Object.keys(properties).length === 0) return FieldSchema.make({ by: 'entries' }, false, () => others)
  return plainObject((name) => (Object.hasOwn(properties, name) ? schemaOf(properties[name]!, metadata) : others))
}

/** With an envelope of its own. */
function structure(schema: JsonSchema, metadata: FieldSchema): FieldSchema {
  const inside = object({ ...schema, properties: { ...schema.properties, metadata: {} } }, metadata)
  return plainObject((name) => (name === 'metadata' ? metadata : inside.field(name)))
}
