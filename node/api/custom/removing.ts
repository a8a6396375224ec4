/**
 * How definitions and objects of their kinds are deleted: what has finalizers is marked and waits for them, a definition goes
 * after its objects.
 *
 * @module
 */
import { withDeletion, type KubeObject } from '../../../crdt/index.ts'
import type { ApiBackend, WriteOutcome } from '../backend.ts'
import type { ApiRequest } from '../message.ts'
import { resourcesOf } from '../served.ts'
import { refused } from '../status.ts'
import { existing, target } from '../target.ts'
import type { Target } from '../target.ts'
import { condition, untilUndisturbed } from '../write.ts'

const isMarked = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined

const waits = ({ metadata }: KubeObject): boolean => (metadata.finalizers ?? []).length > 0

/** [CRD30] Marks what has finalizers; undefined: it has none, and is to be removed. */
export async function marked(request: ApiRequest, backend: ApiBackend, at: Target): Promise<WriteOutcome | undefined> {
  if (at.resource.custom === undefined) return undefined
  return untilUndisturbed(async () => {
    const { shown, stored } = existing(backend, at)
    if (stored === undefined || !waits(stored)) return undefined
    return isMarked(stored) ? { ok: true, object: shown, durable: 1, of: 1 } : mark(request, backend, { at, stored })
  })
}

async function mark(
  request: ApiRequest,
  backend: ApiBackend,
  { at, stored }: { at: Target; stored: KubeObject },
): Promise<WriteOutcome> {
  const object = withDeletion(stored, backend.now())
  const outcome = await backend.write({ type: 'put', key: at.key, object, by: request.by, ...condition(stored) })
  if (!outcome.ok && outcome.refusal.code !== 'not-found') throw refused(at.resource, at.name, outcome.refusal)
  return outcome
}

/** Writes at once; a node takes them one after the other anyway. */
const ABREAST = 32

/** [CRD31] Deletes the objects of a definition; marks it where some of them wait for their finalizers. */
export async function emptied(request: ApiRequest, backend: ApiBackend, at: Target): Promise<WriteOutcome | undefined> {
  if (at.resource.kind !== 'CustomResourceDefinition') return undefined
  const objects = objectsOf(backend, at)
  for (let from = 0; from < objects.length; from += ABREAST)
    await Promise.all(objects.slice(from, from + ABREAST).map((each) => removeOne(request, backend, each)))
  if (objectsOf(backend, at).length === 0) return undefined
  return untilUndisturbed(async () => {
    const { shown, stored } = existing(backend, at)
    if (stored === undefined) return undefined
    return isMarked(stored) ? { ok: true, object: shown, durable: 1, of: 1 } : mark(request, backend, { at, stored })
  })
}

function objectsOf(backend: ApiBackend, { name }: Target): readonly Target[] {
  const resource = resourcesOf(backend.view).find(({ custom }) => custom?.definition.name === name)
  if (resource === undefined) return []
  return backend.view.list(resource.group, resource.kind).map(({ metadata }) => target(resource, metadata.namespace, metadata.name)) // prettier-ignore
}

async function removeOne(request: ApiRequest, backend: ApiBackend, at: Target): Promise<void> {
  if (backend.view.get(at.key) === undefined) return
  if ((await marked(request, backend, at)) !== undefined) return
  const outcome = await backend.write({ type: 'remove', key: at.key, by: request.by })
  if (!outcome.ok && outcome.refusal.code !== 'not-found') throw refused(at.resource, at.name, outcome.refusal)
}

/** [CRD33] Takes the reference to an object out of all that it owns, so that they outlive it. */
export async function orphaned(request: ApiRequest, backend: ApiBackend, uid: string): Promise<void> {
  const dependents = resourcesOf(backend.view).flatMap((resource) => {
    if (!resource.writable) return []
    const isOwned = ({ metadata }: KubeObject): boolean => (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid) // prettier-ignore
    return backend.view.list(resource.group, resource.kind).filter(isOwned).map(({ metadata }) => target(resource, metadata.namespace, metadata.name)) // prettier-ignore
  })
  for (const at of dependents) await untilUndisturbed(() => release(request, backend, { at, uid }))
}

async function release(
  request: ApiRequest,
  backend: ApiBackend,
  { at, uid }: { at: Target; uid: string },
): Promise<WriteOutcome> {
  // prettier-ignore
  const stored = backend.view.stored(at.key)?.object
  if (stored === undefined) return { ok: true, durable: 1, of: 1 }
  const ownerReferences = (stored.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid)
  const object = { ...stored, metadata: { ...stored.metadata, ownerReferences } }
  const outcome = await backend.write({ type: 'put', key: at.key, object, by: request.by, ...condition(stored) })
  if (!outcome.ok && outcome.refusal.code !== 'not-found') throw refused(at.resource, at.name, outcome.refusal)
  return outcome
}
