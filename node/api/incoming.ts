/**
 * What a client sent, brought into the shape of its path: type, name and namespace agree with the URL, and what only the
 * node may say (uid, status, our internal part) is taken out.
 *
 * @module
 */
import { CLEANUP, sha256Hex, withStringData } from '../../crdt/index.ts'
import type { KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import type { Json, JsonObject } from './body.ts'
import { excerpt, isObject } from './body.ts'
import type { ApiRequest } from './message.ts'
import { apiVersion } from './served.ts'
import type { Resource } from './served.ts'
import { ApiError } from './status.ts'
import type { Target } from './target.ts'

/** What the node says of an object; nobody writes it through an edit. */
const OWNED_METADATA = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
  'generateName',
]

/** [API22] Status and the node's own metadata are never taken from a client; of a defined kind without the sub-resource status
 *  is a field as any other. */
export function editable(object: JsonObject, resource: Pick<Resource, 'custom' | 'subresources'> = OURS): JsonObject {
  const { status, ...rest } = object
  const isField = status !== undefined && resource.custom !== undefined && !resource.subresources.includes('status')
  const said = Object.entries(metadataOf(object)).filter(([name]) => !OWNED_METADATA.includes(name))
  const metadata = Object.fromEntries(said.map(([name, value]) => [name, name === 'finalizers' ? ownFinalizers(value) : value])) // prettier-ignore
  return { ...rest, metadata, ...(isField ? { status } : {}) }
}

const OURS = { subresources: [] }

/** Without the one that the node shows. */
const ownFinalizers = (value: Json): Json =>
  Array.isArray(value) && value.includes(CLEANUP) ? value.filter((each) => each !== CLEANUP) : value

/** What is sent is of the kind of its path, where it says one. */
export function assertType(sent: JsonObject, resource: Resource): void {
  const expected = typeOf(resource)
  for (const field of ['apiVersion', 'kind'] as const) {
    const value = sent[field]
    if (value !== undefined && value !== expected[field]) {
      throw new ApiError(
        'BadRequest',
        `${field} of the object is ${excerpt(value)}, the path is for ${expected[field]}: send it to its own path or correct it`,
      )
    }
  }
}

const typeOf = (resource: Resource): { readonly apiVersion: string; readonly kind: string } => ({
  apiVersion: apiVersion(resource),
  kind: resource.kind,
})

export function typed(sent: JsonObject, resource: Resource): JsonObject {
  assertType(sent, resource)
  if (sent['metadata'] !== undefined && !isObject(sent['metadata']))
    throw new ApiError('BadRequest', 'metadata must be an object')
  const { shoal: _internal, ...rest } = sent
  return { ...typeOf(resource), ...rest }
}

/** With the name and namespace of its path, where it says none; refused where it says others. */
export function placed(sent: JsonObject, at: Target): JsonObject {
  const { shoal: _internal, ...rest } = sent
  const metadata = { ...metadataOf(sent) }
  const wanted = { name: at.name, ...(at.namespace === '' ? {} : { namespace: at.namespace }) }
  for (const [field, value] of Object.entries(wanted)) {
    if (metadata[field] !== undefined && metadata[field] !== '' && metadata[field] !== value) {
      throw new ApiError(
        'BadRequest',
        `metadata.${field} of the object is ${excerpt(metadata[field])}, the path says "${value}": they must be equal`,
      )
    }
  }
  if (at.namespace === '') delete metadata['namespace']
  return withStringData({ ...rest, metadata: { ...metadata, ...wanted } })
}

/** With a name made from `generateName` where it has none. */
export function named(sent: JsonObject, backend: ApiBackend): JsonObject {
  const metadata = metadataOf(sent)
  const prefix = metadata['generateName']
  if (metadata['name'] !== undefined || typeof prefix !== 'string' || prefix === '') return sent
  const seed = sha256Hex(`${backend.self} ${backend.now()} ${JSON.stringify(sent)}`)
  return { ...sent, metadata: { ...metadata, name: `${prefix}${seed.slice(0, 5)}` } }
}

export function nameOf(sent: JsonObject): string {
  const name = metadataOf(sent)['name']
  if (typeof name === 'string' && name !== '' && !name.includes('/')) return name
  throw new ApiError(
    'Invalid',
    `metadata.name: ${name === undefined || name === '' ? 'Required value: name or generateName is required' : `Invalid value: ${excerpt(name)}: must be a DNS-1123 name`}`,
    {
      causes: [
        {
          reason: name === undefined ? 'FieldValueRequired' : 'FieldValueInvalid',
          field: 'metadata.name',
          message: 'name or generateName is required',
        },
      ],
    },
  )
}

export function isDryRun(request: ApiRequest, options: JsonObject = {}): boolean {
  const asked = request.query.getAll('dryRun')
  const listed = Array.isArray(options['dryRun']) ? options['dryRun'] : []
  const all = [...asked, ...listed].filter((each) => each !== '')
  const odd = all.find((each) => each !== 'All')
  if (odd !== undefined)
    throw new ApiError('BadRequest', `dryRun: Unsupported value: ${excerpt(odd)}: supported values: "All"`)
  return all.length > 0
}

export function metadataOf(object: JsonObject): JsonObject {
  return isObject(object['metadata']) ? object['metadata'] : {}
}

/** A KubeObject is plain JSON; its type just does not say so. */
export function plain(object: KubeObject): JsonObject {
  return object as unknown as JsonObject
}
