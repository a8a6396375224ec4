/**
 * Every write but an apply: what it changed belongs to its writer from now on. Objects that have no managers, which the `shoal`
 * command and older versions make, get none by it, as in Kubernetes: the first apply gives them some.
 *
 * @module
 */
import {
  managerKey,
  standingManagers,
  union,
  withDefaults,
  withManagers,
  type KubeObject,
  type Manager,
} from '../../../crdt/index.ts'
import type { JsonObject } from '../body.ts'
import { plain } from '../incoming.ts'
import type { FieldSchema } from '../kube/field-schema.ts'
import type { ApiRequest } from '../message.ts'
import type { Resource } from '../served.ts'
import { changedIn, type Marking } from './fields.ts'
import { writerOf } from './field-manager.ts'
import { afterWrite } from './managers.ts'

export interface Noting {
  readonly request: ApiRequest
  readonly resource: Resource
  readonly nowMs: number
  /** As it is to be written, and as it is stored. */
  readonly object: JsonObject
  readonly old: KubeObject | undefined
  /** `scale`; empty: the object itself. */
  readonly subresource: string
  /** Managers that the client wrote. */
  readonly claimed: readonly Manager[] | undefined
}

/** The object with its managers as they are after the write. */
export async function noted(noting: Noting): Promise<JsonObject> {
  const { request, resource, object, old, subresource, claimed } = noting
  const writer = writerOf(request)
  const managers = claimed ?? (old === undefined ? [] : standingManagers(old))
  const isManaged = old === undefined ? writer.isNoted : managers.length > 0
  if (claimed?.length === 0) return plain(withManagers(asObject(object), []))
  if (!isManaged && claimed === undefined) return object
  const marking = await markingOf(resource)
  const written = asWritten(object, resource)
  const before = old === undefined ? undefined : asWritten(plain(old), resource)
  const changed = changedIn(before, written, marking.schema)
  const by = { name: writer.name, operation: 'Update' as const, subresource, atSeconds: seconds(noting) }
  const own = managers.find((each) => managerKey(each) === managerKey(by))?.fields ?? {}
  const fields = union(own, changed)
  return plain(withManagers(asObject(object), afterWrite({ managers, by, fields, changed, object: written, marking })))
}

export async function markingOf({ group, version, kind, custom }: Resource): Promise<Marking> {
  const { fieldSchema, schemaOfCustom } = await import('../kube/formats.ts')
  if (custom !== undefined) return { schema: schemaOfCustom(custom.version.schema.openAPIV3Schema), isSecret: false }
  const schema: FieldSchema = fieldSchema({ group, version, kind })
  return { schema, isSecret: kind === 'Secret' }
}

export const seconds = ({ nowMs }: { readonly nowMs: number }): number => Math.floor(nowMs / 1_000)

/** With its defaults, as it will be stored, without the internal part. Status is written of kinds that people defined alone. */
export function asWritten(object: JsonObject, { custom }: Pick<Resource, 'custom'>): KubeObject {
  const { shoal: _internal, status, ...rest } = object
  const isWritten = custom !== undefined && status !== undefined
  return withDefaults(asObject(isWritten ? { ...rest, status } : rest))
}

const asObject = (object: JsonObject): KubeObject => object as unknown as KubeObject
