/**
 * What of an object is intent, and so written into its document: not what its key says already, and not what is computed
 * when it is read.
 *
 * @module
 */
import type { Data } from './fields.ts'
import { isData } from './fields.ts'
import { parseKey, type DocumentKey } from './key.ts'
import type { FieldError, KindPort } from './kind-port.ts'
import type { KubeObject } from './object.ts'

const DERIVED_FIELDS = new Set(['kind', 'status'])
const DERIVED_METADATA = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'managedFields',
  'selfLink',
])

export function intentOf(object: Data): Data {
  const intent = without(object, DERIVED_FIELDS)
  return isData(intent['metadata']) ? { ...intent, metadata: without(intent['metadata'], DERIVED_METADATA) } : intent
}

/** Whether a pointer lies where nothing is ever written. */
export function isDerived(pointer: string): boolean {
  const [, field = '', under = ''] = pointer.split('/', 3)
  return DERIVED_FIELDS.has(field) || (field === 'metadata' && DERIVED_METADATA.has(under))
}

/** The object that an intent makes under its key, still without what is computed. */
export function objectOf(key: DocumentKey, intent: Data): KubeObject {
  const { kind = '', name = '', namespace = '' } = parseKey(key) ?? {}
  const { apiVersion, metadata, ...others } = intent
  return {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    kind,
    metadata: { name, ...(namespace === '' ? {} : { namespace }), ...(isData(metadata) ? metadata : {}) },
    ...others,
  }
}

/** What is wrong with the object, at most this many sentences. */
const ERRORS_MAX = 32

/** Empty: valid. */
export function faultsOf(
  key: DocumentKey,
  object: KubeObject,
  kinds: Pick<KindPort, 'validate'>,
): readonly FieldError[] {
  const group = parseKey(key)?.group ?? ''
  const [version, ...rest] = object.apiVersion.split('/').toReversed()
  if (version === '' || rest.join('/') !== group) {
    const wanted = group === '' ? 'a version like "v1"' : `"${group}/" and a version`
    return [{ field: 'apiVersion', reason: 'Invalid', message: `is "${object.apiVersion}", should be ${wanted}` }]
  }
  return kinds.validate(key, object).slice(0, ERRORS_MAX)
}

function without(data: Data, names: ReadonlySet<string>): Data {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !names.has(name)))
}
