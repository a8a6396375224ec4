/**
 * What is particular about a write of an object of a defined kind: it is cut to its schema and held to it, and its status is
 * written by itself.
 *
 * @module
 */
import {
  checkValue,
  Findings,
  pruned,
  withSchemaDefaults,
  type FieldError,
  type JsonSchema,
  type KubeObject,
} from '../../../crdt/index.ts'
import type { JsonObject } from '../body.ts'
import { plain } from '../incoming.ts'
import type { ApiRequest } from '../message.ts'
import type { Resource } from '../served.ts'
import { ApiError } from '../status.ts'
import type { CustomVersion } from './resources.ts'

export interface Shaping {
  readonly request: ApiRequest
  readonly resource: Resource
  readonly object: JsonObject
  readonly old: KubeObject | undefined
  readonly subresource: string
}

export interface Shaped {
  readonly object: JsonObject
  readonly warnings: readonly string[]
}

/** [CRD21] Unknown fields are told and left out; `fieldValidation=Strict` refuses them. */
export function shaped({ request, resource, object, old, subresource }: Shaping): Shaped {
  const { custom } = resource
  if (custom === undefined) return { object, warnings: [] }
  const schema = custom.version.schema.openAPIV3Schema
  const { shoal, ...sent } = withSystemParts(object, { old, subresource, resource })
  const known = pruned(schema, sent)
  const before = old === undefined ? [] : pruned(schema, old).unknown
  const unknown = known.unknown.filter((path) => !before.includes(path))
  const asked = request.query.get('fieldValidation') || 'Warn'
  if (asked === 'Strict' && unknown.length > 0)
    throw new ApiError('BadRequest', `strict decoding error: ${unknown.map(unknownField).join(', ')}`)
  const told = asked === 'Warn' ? unknown.map(unknownField) : []
  const internal = shoal === undefined ? {} : { shoal }
  return { object: { ...(known.object as JsonObject), ...internal }, warnings: [...told, ...unjudged(custom)] }
}

const unknownField = (path: string): string => `unknown field "${path}"`

/** What the client of this request does not write. */
function withSystemParts(
  object: JsonObject,
  { old, subresource, resource }: Pick<Shaping, 'old' | 'subresource' | 'resource'>,
): JsonObject {
  // prettier-ignore
  if (!hasStatus(resource) || subresource === 'status') return object
  const { status: _, ...rest } = object
  const status = old === undefined ? undefined : plain(old)['status']
  return { ...rest, ...(status === undefined ? {} : { status }) }
}

/** Whether status is written by itself; where it is not, it is a field as any other. */
export const hasStatus = ({ subresources }: Resource): boolean => subresources.includes('status')

/** [CRD20] In the words of kube-apiserver. */
export function schemaFaults({ custom }: Resource, object: KubeObject): readonly FieldError[] {
  if (custom === undefined) return []
  const findings = new Findings()
  const schema = custom.version.schema.openAPIV3Schema
  checkValue(schema, withSchemaDefaults(schema, withoutEnvelope(object)), findings)
  return findings.errors
}

/** What all objects have is looked at as it is of all objects. */
function withoutEnvelope(object: KubeObject): Readonly<Record<string, unknown>> {
  const { shoal: _internal, metadata, ...rest } = object
  return { ...rest, metadata: metadata ?? {} }
}

/** [CRD25] Rules in CEL are kept, and nobody judges by them: who is bound by them hears of it. */
function unjudged({ definition, version }: CustomVersion): readonly string[] {
  if (!saysRules(version.schema.openAPIV3Schema)) return []
  return [`rules of ${definition.name} (x-kubernetes-validations) are not judged in this version`]
}

const ruled = new WeakMap<object, boolean>()

function saysRules(schema: JsonSchema): boolean {
  const is = ruled.get(schema) ?? hasRules(schema)
  ruled.set(schema, is)
  return is
}

function hasRules(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Object.hasOwn(value, 'x-kubernetes-validations')) return true
  return Object.values(value).some(hasRules)
}
