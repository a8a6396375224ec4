/**
 * Objects of kinds that definitions bring: how they lie in documents and how they are read.
 *
 * Nobody computes their status, so it is written. It stands in the internal part of the document, with the life of the
 * definition that the object was created under (`definition`): one that comes from the other side of a split after its
 * definition was deleted, or made anew, is of a kind that is no more.
 *
 * @module
 */
import { documentKey, parseKey, type DocumentKey, type KeyParts } from '../key.ts'
import type { KubeObject, StoredObject } from '../object.ts'
import { deletionPart, deletionRead } from '../objects/deletion.ts'
import { isPlain, type Plain } from '../objects/plain.ts'
import { unpackedDefinition } from './pack.ts'

export const DEFINITION_GROUP = 'apiextensions.k8s.io'
export const DEFINITION_KIND = 'CustomResourceDefinition'
export const DEFINITIONS = `${DEFINITION_GROUP}/${DEFINITION_KIND}/`

/** The document of a definition. */
export const definitionKey = (name: string): DocumentKey =>
  documentKey({ group: DEFINITION_GROUP, kind: DEFINITION_KIND, namespace: '', name })

/** Groups of defined kinds are domains; ours that are, too, have kinds of their own alone. */
export function isDefinedGroup(group: string): boolean {
  return group.includes('.') && group !== DEFINITION_GROUP
}

/** Which definition an object was created under. */
export interface Origin {
  readonly name: string
  readonly uid: string
}

const internalOf = (object: KubeObject | undefined): Plain => (isPlain(object?.['shoal']) ? object['shoal'] : {})

export function originOf(object: KubeObject): Origin | undefined {
  const { definition } = internalOf(object)
  if (!isPlain(definition)) return undefined
  const { name, uid } = definition
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined
}

/** The internal part of the document. `old`: as it is stored. */
export function customPart(next: KubeObject, old: KubeObject | undefined, origin: Origin | undefined): Plain {
  const { status } = next
  const definition = internalOf(old)['definition'] ?? origin
  return {
    ...(status === undefined ? {} : { status }),
    ...deletionPart(next, old),
    ...(definition === undefined ? {} : { definition }),
  }
}

/** What the node's own parts read: when it was deleted, a definition with its versions, an object of a defined kind with status. */
export function asRead(stored: StoredObject): StoredObject {
  const { key, object } = stored
  // Members are deleted otherwise [DEP1].
  if (key.startsWith(NODES)) return stored
  if (key.startsWith(DEFINITIONS)) return withObject(stored, deletionRead(unpackedDefinition(object)))
  const isCustom = isDefinedGroup(parseKey(key)?.group ?? '')
  return withObject(stored, deletionRead(isCustom ? statusRead(object) : object))
}

const NODES = 'core/Node/'

const withObject = (stored: StoredObject, object: KubeObject): StoredObject =>
  object === stored.object ? stored : { ...stored, object }

function statusRead(object: KubeObject): KubeObject {
  const { status, ...internal } = internalOf(object)
  return status === undefined ? object : { ...object, status, shoal: internal }
}

/** Its kind, as keys begin. */
export const kindPrefix = ({ group, kind }: Pick<KeyParts, 'group' | 'kind'>): DocumentKey => `${group}/${kind}/`
