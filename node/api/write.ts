/**
 * The end of every edit: validate, stop there if it is a dry run, write, and say how durable it is.
 *
 * A write is validated here, so that a dry run says the same as the write itself; the replica's gate asks again.
 *
 * @module
 */
import {
  checkManifest,
  clashes,
  isMarked,
  kubernetes,
  managedFieldsOf,
  unsupported,
  validateUpdate,
  withDefaults,
} from '../../crdt/index.ts'
import type { FieldError, KubeObject, Manager } from '../../crdt/index.ts'
import type { ApiBackend, WriteOperation } from './backend.ts'
import { excerpt, isObject, type Json, type JsonObject } from './body.ts'
import { isFilled } from './contents.ts'
import { faceOf } from './custom/faces.ts'
import { schemaFaults, shaped } from './custom/writing.ts'
import { duplicateNames } from './duplicate-names.ts'
import { isDryRun, metadataOf, plain } from './incoming.ts'
import { json } from './message.ts'
import type { ApiRequest, ApiResponse } from './message.ts'
import { noted } from './ownership/note.ts'
import { resourceOfKind } from './served.ts'
import type { Resource } from './served.ts'
import { ApiError, forbidden, invalid, notFound, refused } from './status.ts'
import { assertSecure } from './pod-security.ts'
import { target } from './target.ts'
import type { Target } from './target.ts'
import { durability, durabilityWarnings } from './warnings.ts'

export interface Write {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly at: Target
  /** As users write it, with the internal part of the object it replaces. */
  readonly object: JsonObject
  /** The object that is replaced, as users wrote it; absent: a new one is created. */
  readonly old?: KubeObject | undefined
  /** `scale`; absent: the object itself. */
  readonly subresource?: string | undefined
  /** Managers of its fields that the client wrote. */
  readonly claimed?: readonly Manager[] | undefined
  /** Its managers are in it already. */
  readonly isNoted?: boolean
}

export async function write(asked: Write): Promise<ApiResponse> {
  const { request, backend, at, old, subresource = '', claimed, isNoted = false } = asked
  const shape = shaped({ request, resource: at.resource, object: asked.object, old, subresource })
  const wanted = shape.object
  const checkedWarnings = checked({ request, backend, at, object: wanted, old })
  // [API26] After the object itself, so that a dry run of a namespace and its objects finds every other mistake.
  assertNamespace(backend, at, old)
  const told = assertSecure({ backend, at, object: wanted as unknown as KubeObject, old })
  const noting = { request, resource: at.resource, nowMs: backend.now(), object: wanted, old, subresource, claimed }
  const object = isNoted ? wanted : await noted(noting)
  const warnings = [...shape.warnings, ...checkedWarnings, ...told]
  const status = old === undefined ? 201 : 200
  if (isDryRun(request)) {
    return json(status, faceOf(at.resource, asShown({ request, backend, at, object, old }) as unknown as KubeObject), {
      warnings,
      headers: change(old === undefined ? 'created' : 'configured'),
    })
  }
  const before = backend.view.get(at.key)?.metadata.resourceVersion
  if (old === undefined) {
    assertGrowing(at)
    await clearPlace(asked)
  }
  const outcome = await backend.write(operationOf({ ...asked, object }))
  if (!outcome.ok) throw refused(at.resource, at.name, outcome.refusal)
  const same = outcome.object?.metadata.resourceVersion === before
  return json(status, faceOf(at.resource, outcome.object ?? (object as unknown as KubeObject)), {
    warnings: [...warnings, ...durabilityWarnings(outcome)],
    headers: { ...change(old === undefined ? 'created' : same ? 'unchanged' : 'configured'), ...durability([outcome]) },
  })
}

function operationOf({ at, request, backend, object, old }: Write): WriteOperation {
  const { key } = at
  const { by } = request
  if (isLast(object, old) && !isFilled(backend, at)) return { type: 'remove', key, by, ...(old?.metadata.uid === undefined ? {} : { ifUid: old.metadata.uid }) } // prettier-ignore
  return { type: 'put', key, object: object as unknown as KubeObject, by, ...condition(old) }
}

/** [FIN1] Whether this write takes the last finalizer off what was deleted. */
function isLast(object: JsonObject, old: KubeObject | undefined): boolean {
  const { finalizers } = metadataOf(object)
  return isMarked(old) && (!Array.isArray(finalizers) || finalizers.length === 0)
}

/** [CRD31] What is being deleted gets no more. */
function assertGrowing({ resource }: Target): void {
  if (resource.custom?.definition.isTerminating !== true) return
  throw new ApiError('MethodNotAllowed', 'create not allowed while custom resource definition is terminating')
}

/** [CRD32] What is left of a definition that is no more, and not yet swept away, keeps its name from nobody. */
async function clearPlace({ request, backend, at }: Write): Promise<void> {
  if (at.resource.custom === undefined || backend.view.stored(at.key) === undefined) return
  await backend.write({ type: 'remove', key: at.key, by: request.by })
}

/** An edit goes through only on the object it was worked out on. */
export function condition(old: KubeObject | undefined): { mode: 'create' } | { mode: 'replace'; ifVersion?: string } {
  if (old === undefined) return { mode: 'create' }
  const version = old.metadata.resourceVersion
  return { mode: 'replace', ...(version === undefined ? {} : { ifVersion: version }) }
}

/** What happened, in the words of `kubectl apply`; the CLI prints them. */
function change(word: 'created' | 'configured' | 'unchanged'): Record<string, string> {
  return { 'shoal-change': word }
}

/** Warnings for an object that is good; throws what is wrong with one that is not. */
function checked({ request, backend, at, object, old }: Write): readonly string[] {
  const asked = request.query.get('fieldValidation') || 'Strict'
  const { shoal: _internal, ...sent } = object
  const wrong = faults(at, sent as unknown as KubeObject, asked)
  // [API25] An edit is not blamed for what was there before it: fields that a newer node wrote and this one does not know.
  const known = old === undefined ? [] : faults(at, withoutInternal(old), asked)
  const fresh = wrong.filter(
    (each) => !known.some((other) => other.field === each.field && other.message === each.message),
  )
  if (old !== undefined) fresh.push(...validateUpdate(old, object as unknown as KubeObject))
  fresh.push(...clashes(object as unknown as KubeObject, old, backend.view))
  const doubled = asked === 'Ignore' ? [] : duplicates(request)
  if (asked === 'Strict') fresh.push(...doubled)
  if (fresh.length > 0) throw invalid(at.resource, at.name, fresh)
  const odd = asked === 'Warn' ? strangers(at, sent as unknown as KubeObject, old) : []
  return [
    ...(asked === 'Warn' ? doubled.map(({ message }) => message) : []),
    ...odd,
    ...(at.resource.warning === undefined ? [] : [at.resource.warning]),
    ...unsupported(sent as unknown as KubeObject).map((field) => `${field} is kept and has no effect yet`),
  ]
}

/** [API107] */
function duplicates({ body }: ApiRequest): FieldError[] {
  return duplicateNames(Buffer.from(body).toString()).map((field) => ({
    field,
    reason: 'Duplicate',
    message: `duplicate field "${field}"`,
  }))
}

function faults(at: Target, object: KubeObject, fieldValidation: string): FieldError[] {
  switch (fieldValidation) {
    case 'Strict':
      return [...checkManifest(at.key, object), ...schemaFaults(at.resource, object)]
    case 'Warn':
    case 'Ignore':
      return [...kubernetes.validate(at.key, object), ...schemaFaults(at.resource, object)]
    default:
      throw new ApiError(
        'BadRequest',
        `fieldValidation: Unsupported value: ${excerpt(fieldValidation)}: supported values: "Ignore", "Warn", "Strict"`,
      )
  }
}

/** [API103] What `Strict` would refuse beside, said and taken. */
function strangers(at: Target, object: KubeObject, old: KubeObject | undefined): string[] {
  const known = old === undefined ? [] : checkManifest(at.key, withoutInternal(old))
  const loose = kubernetes.validate(at.key, object)
  const is = (one: FieldError) => (other: FieldError) => other.field === one.field && other.message === one.message
  return checkManifest(at.key, object)
    .filter((each) => !loose.some(is(each)) && !known.some(is(each)))
    .map(({ message }) => message)
}

function withoutInternal(object: KubeObject): KubeObject {
  const { shoal: _internal, ...rest } = object
  return rest
}

/** [API90] With its defaults, and with what the node says beside it, as it would be shown had it been written. */
function asShown({ at, backend, object, old }: Write): JsonObject {
  const { shoal: _internal, ...rest } = object
  const shown = backend.view.get(at.key)
  const managedFields = managedFieldsOf(withDefaults(object) as unknown as KubeObject)
  const managed = managedFields.length === 0 ? {} : { managedFields: managedFields as unknown as Json }
  const written = withDefaults(rest)
  if (shown === undefined) return { ...written, metadata: { ...metadataOf(written), ...managed } }
  const [now, before] = [plain(shown), old === undefined ? {} : plain(withDefaults(old))]
  const [ours, theirs, after] = [metadataOf(now), metadataOf(before), metadataOf(rest)]
  const marks = (name: 'labels' | 'annotations'): JsonObject => {
    const all = { ...beside(ours[name], theirs[name]), ...(isObject(after[name]) ? after[name] : {}) }
    return Object.keys(all).length === 0 ? {} : { [name]: all }
  }
  const metadata = { ...ours, ...after }
  delete metadata['labels']
  delete metadata['annotations']
  delete metadata['managedFields']
  const extra = beside(now['spec'], before['spec'])
  const spec = isObject(written['spec']) ? { ...extra, ...written['spec'] } : extra
  return {
    ...written,
    ...(written['spec'] === undefined && Object.keys(extra).length === 0 ? {} : { spec }),
    metadata: { ...metadata, ...marks('labels'), ...marks('annotations'), ...managed },
    ...(now['status'] === undefined ? {} : { status: now['status'] }),
  }
}

/** What is shown though nobody wrote it: the number of a revision, the node of a pod, a Service's address. */
function beside(shown: Json | undefined, written: Json | undefined): JsonObject {
  if (!isObject(shown)) return {}
  const said = isObject(written) ? written : {}
  return Object.fromEntries(Object.entries(shown).filter(([key]) => said[key] === undefined))
}

function assertNamespace(backend: ApiBackend, at: Target, old: KubeObject | undefined): void {
  const { resource, namespace, name } = at
  if (!resource.namespaced) return
  const namespaces = resourceOfKind('', 'Namespace') as Resource
  const shown = backend.view.get(target(namespaces, undefined, namespace).key)
  if (shown === undefined) throw notFound(namespaces, namespace)
  if (old !== undefined || !isMarked(shown)) return
  // [FIN10] In kube-apiserver's words.
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  const message = `namespace ${namespace} is being terminated`
  throw forbidden(resource, name, { why, causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }] }) // prettier-ignore
}

/** A patch that meets another write is worked out anew this often; as kube-apiserver. */
const ATTEMPTS_MAX = 5

/** Works an edit out, and again while another write comes between. */
export async function untilUndisturbed<Outcome>(attempt: () => Promise<Outcome>): Promise<Outcome> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!isConflict(error) || count === ATTEMPTS_MAX) throw error
    }
  }
}

function isConflict(error: unknown): boolean {
  // What an apply would take from others it would take again.
  if (!(error instanceof ApiError) || error.details?.causes !== undefined) return false
  return error.reason === 'Conflict' || error.reason === 'AlreadyExists'
}
