/**
 * An object of a defined kind as a version of it shows it: the same fields under its `apiVersion`, without those that its schema
 * does not name, and with what the schema says where nothing was said.
 *
 * @module
 */
import { pruned, withSchemaDefaults, type KubeObject } from '../../../crdt/index.ts'
import type { ApiBackend } from '../backend.ts'
import { apiVersion } from '../served.ts'
import type { Resource } from '../served.ts'
import type { Target } from '../target.ts'

/** Objects as they are shown do not change. By resource, of which there is another where the definition changes. */
const faces = new WeakMap<KubeObject, WeakMap<Resource, KubeObject>>()

/** [CRD16] Objects of our own kinds come back as they are. */
export function faceOf(resource: Resource, object: KubeObject): KubeObject {
  if (resource.custom === undefined) return object
  const ofObject = faces.get(object) ?? new WeakMap<Resource, KubeObject>()
  faces.set(object, ofObject)
  const face = ofObject.get(resource) ?? asVersion(resource, object)
  ofObject.set(resource, face)
  return face
}

function asVersion(resource: Resource, object: KubeObject): KubeObject {
  const schema = resource.custom!.version.schema.openAPIV3Schema
  const { object: known } = pruned(schema, object)
  return withSchemaDefaults(schema, { ...known, apiVersion: apiVersion(resource) } as KubeObject)
}

/** As users wrote it; undefined where nobody did, or where it is of a definition that is no more. */
export function storedOf({ view }: Pick<ApiBackend, 'view'>, { resource, key }: Target): KubeObject | undefined {
  const stored = view.stored(key)?.object
  if (resource.custom === undefined || stored === undefined) return stored
  return view.get(key) === undefined ? undefined : { ...stored, apiVersion: apiVersion(resource) }
}
