/**
 * The schema of a kind that somebody defined, as OpenAPI tells of it: whole in version 3, in version 2 as far as that has words
 * for it, since kubectl would refuse what it cannot say otherwise.
 *
 * @module
 */
import type { JsonSchema } from '../../../crdt/index.ts'
import type { GroupVersionKind, Schema } from './definitions.ts'

export interface CustomDefinition {
  readonly kind: GroupVersionKind
  readonly schema: JsonSchema
  /** Of apiVersion, kind and metadata, which no schema says. */
  readonly envelope: Readonly<Record<string, Schema>>
  readonly openApi: 2 | 3
}

export function customDefinition({ kind, schema, envelope, openApi }: CustomDefinition): Schema {
  const told = openApi === 2 ? version2(schema) : (schema as Schema)
  const properties = { ...(told['properties'] as Record<string, Schema> | undefined), ...envelope }
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true
  return { ...told, type: 'object', ...(keepsAll && openApi === 2 ? {} : { properties }), 'x-kubernetes-group-version-kind': [kind] } // prettier-ignore
}

const SAID = ['description', 'format', 'required', 'enum', 'title'] as const

/** [CRD11] What may be of several types has none there, and whose fields are anybody's own tells of none. */
function version2(schema: JsonSchema): Schema {
  const said = Object.fromEntries(SAID.flatMap((word) => (schema[word] === undefined ? [] : [[word, schema[word]]])))
  const marks = Object.fromEntries(Object.entries(schema).filter(([word]) => word.startsWith('x-kubernetes-')))
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-embedded-resource'] === true // prettier-ignore
  const isAnything = schema['x-kubernetes-int-or-string'] === true || schema.nullable === true
  if (isAnything) return { ...said, ...marks }
  const type = schema.type === undefined ? {} : { type: schema.type }
  if (isOpen) {
    const { required: _, ...rest } = said
    return { ...rest, ...marks, ...type, ...(schema.type === 'array' ? { items: {} } : {}) }
  }
  const { properties, items, additionalProperties } = schema
  return {
    ...said,
    ...marks,
    ...type,
    ...(properties === undefined ? {} : { properties: mapped(properties) }),
    ...(items === undefined ? {} : { items: version2(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: version2(additionalProperties) } : {}),
    ...(additionalProperties === true ? { additionalProperties: {} } : {}),
  }
}

const mapped = (properties: Readonly<Record<string, JsonSchema>>): Record<string, Schema> =>
  Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, version2(each)]))

/** Named as Kubernetes does: `com.example.stable.v1.CronTab`. */
export function customName({ group, version, kind }: GroupVersionKind): string {
  return `${group.split('.').toReversed().join('.')}.${version}.${kind}`
}
