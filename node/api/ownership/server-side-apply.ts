/**
 * `kubectl apply --server-side`: a manifest says which fields its applier wants, and the node merges it with what others said.
 * What the applier had before and says no longer goes; what others have with another value is a conflict, unless it is forced.
 *
 * @module
 */
import {
  LAST_APPLIED,
  managerKey,
  minus,
  standingManagers,
  union,
  withManagers,
  withStringData,
  withoutValues,
  type FieldTree,
  type KubeObject,
  type Manager,
} from '../../../crdt/index.ts'
import type { ApiBackend } from '../backend.ts'
import { isObject, parseObject, textOf, type Json, type JsonObject } from '../body.ts'
import { editable, metadataOf, placed, plain, typed } from '../incoming.ts'
import { storedOf } from '../custom/faces.ts'
import type { FieldSchema } from '../kube/field-schema.ts'
import type { ApiRequest, ApiResponse } from '../message.ts'
import { assertCurrent, assertSameUid } from '../preconditions.ts'
import { ApiError, conflict, notFound } from '../status.ts'
import { depthOf } from '../served.ts'
import type { Resource } from '../served.ts'
import { assertWritable, existing } from '../target.ts'
import type { Target } from '../target.ts'
import { untilUndisturbed, write } from '../write.ts'
import { assertDistinct, changedIn, fieldsOf, type Marking } from './fields.ts'
import { applierOf, isForced } from './field-manager.ts'
import { afterWrite, conflictError, conflictsOf } from './managers.ts'
import { merged, pruned } from './merge.ts'
import { asWritten, markingOf, seconds } from './note.ts'

/** Whose fields they are that were there before anybody applied. */
const BEFORE_FIRST_APPLY = 'before-first-apply'

/** The name by which kubectl applies; it takes over from its own older way of applying. */
const KUBECTL = 'kubectl'
const KUBECTL_OLDER = 'kubectl-client-side-apply'

export function serverSideApply(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  return applying(request, backend, { at, subresource: '', manifestOf: (sent) => editable(sent, at.resource) })
}

/** [CRD15] Of what it says only the status counts. */
export function applyStatus(request: ApiRequest, backend: ApiBackend, at: Target): Promise<ApiResponse> {
  existing(backend, at)
  const manifestOf = ({ apiVersion = null, kind = null, metadata, status }: JsonObject): JsonObject => {
    const { name, namespace } = metadataOf({ metadata: metadata ?? {} })
    const place = { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) }
    return { apiVersion, kind, metadata: place, ...(status === undefined ? {} : { status }) }
  }
  return applying(request, backend, { at, subresource: 'status', manifestOf })
}

interface What {
  readonly at: Target
  readonly subresource: string
  /** What of the object that was sent is applied. */
  readonly manifestOf: (sent: JsonObject) => JsonObject
}

async function applying(
  request: ApiRequest,
  backend: ApiBackend,
  { at, subresource, manifestOf }: What,
): Promise<ApiResponse> {
  // prettier-ignore
  const by = { name: applierOf(request), operation: 'Apply' as const, subresource, atSeconds: seconds({ nowMs: backend.now() }) } // prettier-ignore
  const isForcing = isForced(request)
  const sent = parseObject(request.body, depthOf(at.resource))
  assertManifest(sent)
  const manifest = withoutNulls(manifestOf(placed(typed(sent, at.resource), at)))
  const marking = await markingOf(at.resource)
  assertDistinct(manifest, marking.schema)
  return untilUndisturbed(() => {
    const stored = storedOf(backend, at)
    assertApplicable({ backend, at, stored, metadata: metadataOf(sent) })
    const object = applied({ manifest, stored, by, isForcing, marking, resource: at.resource })
    return write({ request, backend, at, object, old: stored, subresource, isNoted: true })
  })
}

/** [SSA5] */
function assertManifest(sent: JsonObject): void {
  for (const field of ['apiVersion', 'kind'])
    if (typeof sent[field] !== 'string' || sent[field] === '')
      throw new ApiError('BadRequest', `${field} of the object is missing: what is applied says what it is`)
  const claimed = metadataOf(sent)['managedFields']
  if (Array.isArray(claimed) ? claimed.length > 0 : claimed !== undefined && claimed !== null)
    throw new ApiError('BadRequest', 'metadata.managedFields must be nil')
}

interface Applicable {
  readonly backend: ApiBackend
  readonly at: Target
  readonly stored: KubeObject | undefined
  readonly metadata: JsonObject
}

function assertApplicable({ backend, at, stored, metadata }: Applicable): void {
  const shown = backend.view.get(at.key)
  const { uid, resourceVersion } = metadata
  if (shown === undefined) {
    if (!at.resource.verbs.includes('create')) throw notFound(at.resource, at.name)
    if (typeof uid === 'string' && uid !== '')
      throw conflict(at.resource, at.name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`) // prettier-ignore
    return
  }
  if (shown.metadata.ownerReferences !== undefined) assertWritable(at, { shown, stored })
  assertSameUid(at, shown, uid)
  assertCurrent(backend, at, resourceVersion)
}

/** A null says nothing. */
function withoutNulls<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T
  if (!isObject(value)) return value
  const said = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(said.map(([name, each]) => [name, withoutNulls(each)])) as T
}

interface Applying {
  readonly manifest: JsonObject
  readonly stored: KubeObject | undefined
  readonly by: Pick<Manager, 'name' | 'operation' | 'subresource' | 'atSeconds'>
  readonly isForcing: boolean
  readonly marking: Marking
  readonly resource: Resource
}

function applied({ manifest, stored, by, isForcing, marking, resource }: Applying): JsonObject {
  const { schema } = marking
  const key = managerKey(by)
  const live = stored === undefined ? undefined : liveOf(stored, resource)
  const managers = stored === undefined || live === undefined ? [] : managersBefore(stored, { live, schema, by })
  const fields = fieldsOf(manifest, schema)
  const others = managers.filter((each) => managerKey(each) !== key).map((each) => each.fields)
  const had = managers.find((each) => managerKey(each) === key)?.fields ?? {}
  const both = merged(live, manifest, schema)
  const object = pruned(both, { had, kept: others.reduce(union, fields) }) as JsonObject
  // [SSA8] What the applier says, and not what is filled in, is its own: a default takes nothing from anybody.
  const changed = changedIn(live, object, schema)
  const handed = handedOver({ by, live, marking })
  const changedFor = (manager: Manager): FieldTree => minus(changed, handed(manager))
  const conflicts = conflictsOf({ managers, key, changedFor })
  if (conflicts.length > 0 && !isForcing) throw conflictError(conflicts, apiVersionOf(manifest))
  const remembered = remembering(object, { manifest, by })
  const told = afterWrite({ managers, by, fields, changed, object: asWritten(remembered, resource), marking })
  const internal = stored === undefined ? {} : { shoal: plain(stored)['shoal'] ?? {} }
  return plain(withManagers({ ...remembered, ...internal } as unknown as KubeObject, told))
}

const apiVersionOf = (manifest: JsonObject): string => textOf(manifest['apiVersion'])

function liveOf(stored: KubeObject, resource: Resource): JsonObject {
  const { status } = plain(stored)
  const { shoal: _internal, ...rest } = editable(plain(stored))
  return plain(asWritten(status === undefined ? rest : { ...rest, status }, resource))
}

interface Before {
  readonly live: JsonObject
  readonly schema: FieldSchema
  readonly by: Applying['by']
}

/** [SSA9] */
function managersBefore(stored: KubeObject, { live, schema, by }: Before): readonly Manager[] {
  const managers = standingManagers(stored)
  if (managers.length > 0) return managers
  const fields = changedIn(undefined, live, schema)
  return [{ ...by, name: BEFORE_FIRST_APPLY, operation: 'Update', fields }]
}

interface HandingOver {
  readonly by: Applying['by']
  readonly live: JsonObject | undefined
  readonly marking: Marking
}

/**
 * [SSA22] What kubectl applied the older way and nobody changed since, it may apply the newer way. Of a Secret no values are
 * remembered [CFG4]: there it is what the older way still owns.
 */
function handedOver({ by, live, marking }: HandingOver): (manager: Manager) => FieldTree {
  const last = by.name === KUBECTL && live !== undefined ? lastApplied(live) : undefined
  if (last === undefined) return () => ({})
  const said = fieldsOf(last, marking.schema)
  const unchanged = minus(said, changedIn(live, last, marking.schema))
  return ({ name }) => (marking.isSecret && name === KUBECTL_OLDER ? said : unchanged)
}

function lastAppliedText(object: JsonObject): string | undefined {
  const { annotations } = metadataOf(object)
  const said = isObject(annotations) ? annotations[LAST_APPLIED] : undefined
  return typeof said === 'string' ? said : undefined
}

function lastApplied(live: JsonObject): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(lastAppliedText(live) ?? '')
    return isObject(value) ? withStringData(editable(value)) : undefined
  } catch {
    // Nobody applied the older way, or somebody wrote the annotation by hand.
    return undefined
  }
}

/** [SSA22] Who applies the older way next finds what was applied last. */
function remembering(object: JsonObject, { manifest, by }: Pick<Applying, 'manifest' | 'by'>): JsonObject {
  if (by.name !== KUBECTL || lastAppliedText(object) === undefined || lastAppliedText(manifest) !== undefined)
    return object
  const metadata = metadataOf(object)
  const annotations = { ...(metadata['annotations'] as JsonObject), [LAST_APPLIED]: JSON.stringify(manifest['kind'] === 'Secret' ? withoutValues(manifest) : manifest) } // prettier-ignore
  return { ...object, metadata: { ...metadata, annotations } }
}
