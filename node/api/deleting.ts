/**
 * How one object is deleted: what something holds is marked and stays until that lets go of it, what nothing holds is removed.
 * A namespace and a definition are held by what is in them, which is deleted first.
 *
 * @module
 */
import {
  finalizersOf,
  FOREGROUND,
  isMarked,
  ORPHAN,
  withDeletion,
  type KubeObject,
  type OwnerReference,
} from '../../crdt/index.ts'
import type { ApiBackend, WriteOutcome } from './backend.ts'
import { contents, isFilled } from './contents.ts'
import type { ApiRequest } from './message.ts'
import { resourcesOf } from './served.ts'
import { ApiError, conflict, refused } from './status.ts'
import { existing, target } from './target.ts'
import type { Target } from './target.ts'
import type { Written } from './warnings.ts'
import { condition, untilUndisturbed } from './write.ts'

export type Propagation = 'Foreground' | 'Background' | 'Orphan'

export interface Deleting {
  readonly request: ApiRequest
  readonly backend: ApiBackend
  readonly at: Target
  /** Absent: as its finalizers say, else in the background. */
  readonly propagation?: Propagation | undefined
  /** Of that life of it alone. */
  readonly uid?: string | undefined
}

export interface Deletion {
  readonly outcomes: readonly Written[]
  /** What waits, as it is shown; absent: it is gone. */
  readonly waiting?: KubeObject
}

/** [FIN1] [FIN8] Throws an `ApiError` where it, or something in it, may not be deleted. */
export async function deleteObject(deleting: Deleting): Promise<Deletion> {
  if (isOrphaning(deleting)) await orphaned(deleting)
  const inside = await emptied(deleting)
  const { outcomes, waiting } = await untilUndisturbed(() => end(deleting))
  return { outcomes: [...inside, ...outcomes], ...(waiting === undefined ? {} : { waiting }) }
}

async function end(deleting: Deleting): Promise<Deletion> {
  const { request, backend, at, uid } = deleting
  const { shown, stored } = existing(backend, at)
  const finalizers = stored === undefined ? [] : finalizersAfter(stored, deleting)
  if (stored === undefined || (finalizers.length === 0 && !isFilled(backend, at))) {
    const ifUid = uid === undefined ? {} : { ifUid: uid }
    return { outcomes: [accepted(at, await backend.write({ type: 'remove', key: at.key, by: request.by, ...ifUid }))] }
  }
  if (uid !== undefined && uid !== stored.metadata.uid) throw conflict(at.resource, at.name, `it is not the one with the uid ${uid} any more`) // prettier-ignore
  if (isMarked(stored) && isSame(finalizers, finalizersOf(stored))) return { outcomes: [], waiting: shown }
  const held = isSame(finalizers, finalizersOf(stored)) ? stored : { ...stored, metadata: { ...stored.metadata, finalizers } } // prettier-ignore
  const object = withDeletion(held, backend.now())
  const written = await backend.write({ type: 'put', key: at.key, object, by: request.by, ...condition(stored) })
  const outcome = accepted(at, written)
  return { outcomes: [outcome], waiting: outcome.object ?? shown }
}

function accepted({ resource, name }: Target, outcome: WriteOutcome): Written {
  if (!outcome.ok) throw refused(resource, name, outcome.refusal)
  return outcome
}

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((each) => others.includes(each))

/** [FIN11] Whether what it owns outlives it: the request says so, or where that says nothing a finalizer does. */
function isOrphaning({ backend, at, propagation }: Deleting): boolean {
  const stored = backend.view.stored(at.key)?.object
  const says = stored !== undefined && finalizersOf(stored).includes(ORPHAN)
  return propagation === 'Orphan' || (propagation === undefined && says)
}

/** Those that hold it from now on. */
function finalizersAfter(stored: KubeObject, { backend, at, propagation }: Deleting): readonly string[] {
  const others = finalizersOf(stored).filter((each) => each !== FOREGROUND && each !== ORPHAN)
  const isAsked = propagation === 'Foreground' || (propagation === undefined && finalizersOf(stored).includes(FOREGROUND)) // prettier-ignore
  return isAsked && hasDependents(backend, at, stored) ? [...others, FOREGROUND] : others
}

/** [FIN12] Whether something goes before it: pods, and what it owns and says so. */
function hasDependents(backend: ApiBackend, { key }: Target, { metadata: { uid = '' } }: KubeObject): boolean {
  if (backend.view.podsOf(key).length > 0) return true
  return dependentsOf(backend, uid, ({ blockOwnerDeletion }) => blockOwnerDeletion === true).length > 0
}

function dependentsOf(
  backend: ApiBackend,
  uid: string,
  isMeant: (reference: OwnerReference) => boolean = () => true,
): readonly Target[] {
  const isOwned = ({ metadata }: KubeObject): boolean => (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid && isMeant(owner)) // prettier-ignore
  return resourcesOf(backend.view).flatMap((resource) => {
    if (!resource.writable) return []
    const owned = backend.view.list(resource.group, resource.kind).filter(isOwned)
    return owned.map(({ metadata }) => target(resource, metadata.namespace, metadata.name))
  })
}

/** Writes at once; a node takes them one after the other anyway. */
const ABREAST = 32

/** [API27] [CRD31] Deletes what is in it first: whoever is interrupted can delete it again. */
async function emptied({ request, backend, at }: Deleting): Promise<readonly Written[]> {
  const inside = contents(backend, at)
  const outcomes: Written[] = []
  for (let from = 0; from < inside.length; from += ABREAST) {
    const deletions = await Promise.all(
      inside.slice(from, from + ABREAST).map((each) => deleteInside({ request, backend, ...each })),
    )
    outcomes.push(...deletions.flat())
  }
  return outcomes
}

/** What somebody else deleted meanwhile is gone all the same. */
async function deleteInside(deleting: Deleting): Promise<readonly Written[]> {
  if (deleting.backend.view.stored(deleting.at.key) === undefined) return []
  try {
    return (await deleteObject(deleting)).outcomes
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NotFound') return []
    throw error
  }
}

/** [CRD33] Takes the reference to an object out of all that it owns, so that they outlive it. */
async function orphaned({ request, backend, at }: Deleting): Promise<void> {
  const { shown } = existing(backend, at)
  const uid = shown.metadata.uid ?? ''
  for (const each of dependentsOf(backend, uid))
    await untilUndisturbed(() => release(request, backend, { at: each, uid }))
}

async function release(
  request: ApiRequest,
  backend: ApiBackend,
  { at, uid }: { at: Target; uid: string },
): Promise<void> {
  const stored = backend.view.stored(at.key)?.object
  if (stored === undefined) return
  const ownerReferences = (stored.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid)
  const object = { ...stored, metadata: { ...stored.metadata, ownerReferences } }
  const outcome = await backend.write({ type: 'put', key: at.key, object, by: request.by, ...condition(stored) })
  if (!outcome.ok && outcome.refusal.code !== 'not-found') throw refused(at.resource, at.name, outcome.refusal)
}
