/**
 * What is to be swept away: objects whose definition or whose owners are over, and what was deleted and waits for nothing any
 * more. Pure.
 *
 * Only what is known to be over counts: an owner or a definition that has not come here yet takes nothing along.
 *
 * @module
 */
import {
  definitionKey,
  DEFINITIONS,
  documentKey,
  groupOf,
  isDefinedGroup,
  originOf,
  parseKey,
} from '../../crdt/index.ts'
import type { DocumentKey, KubeObject, StoredObject } from '../../crdt/index.ts'

export interface SweepView {
  stored(key: DocumentKey): StoredObject | undefined
  /** Whether that life of an object is known to have ended. */
  isOver(key: DocumentKey, uid: string): boolean
  /** Objects that were created under a definition. */
  below(definition: DocumentKey): readonly DocumentKey[]
}

/** `mark`: it is deleted, and waits for its finalizers. */
export interface SweepStep {
  readonly does: 'remove' | 'mark'
  readonly why: string
}

export function sweepStep(key: DocumentKey, view: SweepView): SweepStep | undefined {
  const object = view.stored(key)?.object
  if (object === undefined) return undefined
  if (key.startsWith(DEFINITIONS)) return definitionStep(key, object, view)
  const isCustom = isDefinedGroup(parseKey(key)?.group ?? '')
  const origin = isCustom ? originOf(object) : undefined
  // [CRD32] Nobody serves it, so no finalizer would ever be taken off.
  if (origin !== undefined && view.isOver(definitionKey(origin.name), origin.uid))
    return { does: 'remove', why: `its definition ${origin.name} was deleted` }
  if (isCustom && isMarked(object) && !waits(object)) return { does: 'remove', why: 'its last finalizer is off' }
  const isDoomed = origin !== undefined && isMarked(view.stored(definitionKey(origin.name))?.object)
  const isForsaken = ownersAreOver(object, view)
  if (!isDoomed && !isForsaken) return undefined
  const why = isDoomed ? `its definition ${origin.name} is being deleted` : 'its owner was deleted'
  if (!isCustom || !waits(object)) return { does: 'remove', why }
  return isMarked(object) ? undefined : { does: 'mark', why }
}

/** [CRD31] Once no object of it is left. */
function definitionStep(key: DocumentKey, object: KubeObject, view: SweepView): SweepStep | undefined {
  const uid = object.metadata.uid ?? ''
  const isOwn = (each: DocumentKey): boolean => {
    const own = view.stored(each)?.object
    return own !== undefined && originOf(own)?.uid === uid
  }
  if (!isMarked(object) || view.below(key).some(isOwn)) return undefined
  return { does: 'remove', why: 'the last of its objects is gone' }
}

const isMarked = (object: KubeObject | undefined): boolean => object?.metadata.deletionTimestamp !== undefined

const waits = ({ metadata }: KubeObject): boolean => (metadata.finalizers ?? []).length > 0

/** [CRD33] */
function ownersAreOver({ metadata }: KubeObject, view: SweepView): boolean {
  const owners = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences : []
  const namespaces = metadata.namespace === undefined ? [''] : [metadata.namespace, '']
  return (
    owners.length > 0 &&
    owners.every(({ apiVersion, kind, name, uid }) => {
      const at = { group: groupOf(apiVersion), kind, name }
      return namespaces.some((namespace) => view.isOver(documentKey({ ...at, namespace }), uid))
    })
  )
}
