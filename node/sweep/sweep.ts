/**
 * What is to be swept away: objects whose definition, namespace or owners are over, and what was deleted and waits for nothing
 * any more. Pure.
 *
 * Only what is known to be over counts: an owner or a definition that has not come here yet takes nothing along.
 *
 * @module
 */
import {
  definitionKey,
  DEFINITIONS,
  documentKey,
  finalizersOf,
  FOREGROUND,
  groupOf,
  isDefinedGroup,
  isForeground,
  isMarked,
  namespaceKey,
  originOf,
  parseKey,
} from '../../crdt/index.ts'
import type { DocumentKey, KubeObject, StoredObject } from '../../crdt/index.ts'

export interface SweepView {
  stored(key: DocumentKey): StoredObject | undefined
  /** Whether that life of an object is known to have ended. */
  isOver(key: DocumentKey, uid: string): boolean
  /** Objects that were created under a definition, and all that say that they are owned by an object. */
  below(key: DocumentKey): readonly DocumentKey[]
  /** What people wrote in a namespace and is shown there. */
  within(namespace: string): readonly DocumentKey[]
  /** Whether pods of a workload have yet to end, as far as this node knows. */
  hasPods(key: DocumentKey): boolean
}

/**
 * `mark`: it is deleted, and waits for what holds it. `mark-foreground`: for its dependents, too. `release`: its dependents are gone,
 * others hold it still. `wait`: until its pods have ended, or it has been so long that nobody will say so.
 */
export type SweepStep =
  | { readonly does: 'remove' | 'mark' | 'mark-foreground' | 'release'; readonly why: string }
  | { readonly does: 'wait' }

export function sweepStep(key: DocumentKey, view: SweepView): SweepStep | undefined {
  const object = view.stored(key)?.object
  if (object === undefined) return undefined
  const origin = originAt(key, object)
  // [CRD32] Nobody serves it, so no finalizer would ever be taken off.
  if (origin !== undefined && view.isOver(definitionKey(origin.name), origin.uid))
    return { does: 'remove', why: `its definition ${origin.name} was deleted` }
  if (isMarked(object)) return markedStep(key, object, view)
  const why = whyDoomed(key, object, view)
  if (why === undefined) return undefined
  // [FIN14] Its owner waits for it, as it does for its own.
  if (owners(object).some((owner) => isAwaiting(owner, view)) && hasDependents(key, object, view))
    return { does: 'mark-foreground', why }
  const isHeld = finalizersOf(object).length > 0 || isFilled(key, object, view)
  return { does: isHeld ? 'mark' : 'remove', why }
}

/** [FIN1] [FIN8] [FIN12] Once nothing holds it any more. */
function markedStep(key: DocumentKey, object: KubeObject, view: SweepView): SweepStep | undefined {
  if (isFilled(key, object, view)) return undefined
  if (!isForeground(object))
    return finalizersOf(object).length === 0 ? { does: 'remove', why: 'nothing holds it any more' } : undefined
  if (hasDependents(key, object, view)) return { does: 'wait' }
  const isLast = finalizersOf(object).every((each) => each === FOREGROUND)
  return { does: isLast ? 'remove' : 'release', why: 'its dependents are gone' }
}

function whyDoomed(key: DocumentKey, object: KubeObject, view: SweepView): string | undefined {
  const origin = originAt(key, object)
  if (origin !== undefined && isMarked(view.stored(definitionKey(origin.name))?.object))
    return `its definition ${origin.name} is being deleted`
  const { namespace = '' } = object.metadata
  if (namespace !== '' && isMarked(view.stored(namespaceKey(namespace))?.object))
    return `its namespace ${namespace} is being deleted`
  return isForsaken(object, view) ? 'its owner was deleted' : undefined
}

const originAt = (key: DocumentKey, object: KubeObject): ReturnType<typeof originOf> =>
  isDefinedGroup(parseKey(key)?.group ?? '') ? originOf(object) : undefined

/** [CRD31] [FIN8] Whether there is something left in it, which goes before it does. */
function isFilled(key: DocumentKey, { metadata }: KubeObject, view: SweepView): boolean {
  if (key === namespaceKey(metadata.name)) return view.within(metadata.name).length > 0
  if (!key.startsWith(DEFINITIONS)) return false
  return view.below(key).some((each) => {
    const object = view.stored(each)?.object
    return object !== undefined && originOf(object)?.uid === metadata.uid
  })
}

interface Owner {
  /** Of one name in its namespace, or in none. */
  readonly keys: readonly DocumentKey[]
  readonly uid: string
  readonly blocks: boolean
}

function owners({ metadata }: KubeObject): readonly Owner[] {
  const said = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : []
  const namespaces = metadata.namespace === undefined ? [''] : [metadata.namespace, '']
  return said.map(({ apiVersion, kind, name, uid, blockOwnerDeletion }) => ({
    keys: namespaces.map((namespace) => documentKey({ group: groupOf(apiVersion), kind, name, namespace })),
    uid,
    blocks: blockOwnerDeletion === true,
  }))
}

/** Where its owners are. */
export const ownerKeys = (object: KubeObject): readonly DocumentKey[] => owners(object).flatMap(({ keys }) => keys)

/** [CRD33] All its owners are over, or wait for it to go first. */
function isForsaken(object: KubeObject, view: SweepView): boolean {
  const all = owners(object)
  return all.length > 0 && all.every((owner) => isGoing(owner, view))
}

const isGoing = (owner: Owner, view: SweepView): boolean =>
  owner.keys.some((key) => view.isOver(key, owner.uid)) || isAwaiting(owner, view)

/** [FIN12] */
function isAwaiting({ keys, uid }: Owner, view: SweepView): boolean {
  return keys.some((key) => {
    const object = view.stored(key)?.object
    return object?.metadata.uid === uid && isForeground(object)
  })
}

/**
 * [FIN12] Whether it has pods, or dependents that say that they go first. One that another owner keeps holds up nobody, nor does
 * one that it depends on itself.
 */
function hasDependents(key: DocumentKey, object: KubeObject, view: SweepView): boolean {
  if (view.hasPods(key)) return true
  const { uid } = object.metadata
  const blocking = view.below(key).flatMap((each) => {
    const below = view.stored(each)?.object
    const all = below === undefined ? [] : owners(below)
    const blocks = all.some((owner) => owner.blocks && owner.uid === uid)
    return blocks && all.every((owner) => owner.uid === uid || isGoing(owner, view)) ? [below?.metadata.uid ?? ''] : []
  })
  if (blocking.length === 0) return false
  const above = ancestors(object, view)
  return blocking.some((each) => !above.has(each))
}

/** Nobody builds more on one another; it bounds the walk through what anybody may write. */
const ANCESTORS_MAX = 256

/** Uids of its owners, and of theirs. */
function ancestors(object: KubeObject, view: SweepView, known = new Set<string>()): ReadonlySet<string> {
  for (const { keys, uid } of owners(object)) {
    if (known.has(uid) || known.size >= ANCESTORS_MAX) continue
    known.add(uid)
    const owner = keys.map((key) => view.stored(key)?.object).find((each) => each?.metadata.uid === uid)
    if (owner !== undefined) ancestors(owner, view, known)
  }
  return known
}
