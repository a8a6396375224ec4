/**
 * The schema of a custom kind, as a CustomResourceDefinition says it (`openAPIV3Schema`): what `structural.ts` has found good.
 *
 * @module
 */
export interface JsonSchema {
  readonly type?: SchemaType
  readonly description?: string
  readonly title?: string
  readonly format?: string
  readonly nullable?: boolean
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly exclusiveMinimum?: boolean
  readonly maximum?: number
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minItems?: number
  readonly maxItems?: number
  readonly items?: JsonSchema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly not?: JsonSchema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-validations'?: readonly unknown[]
}

export const SCHEMA_TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'] as const
export type SchemaType = (typeof SCHEMA_TYPES)[number]

/** What is said of each item of a list, or of each value of a map. */
export const valuesOf = ({ additionalProperties }: JsonSchema): JsonSchema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined

/** Fields that are there though no schema names them: of the object itself, and of one that lies in it whole. */
export const ENVELOPE: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])
