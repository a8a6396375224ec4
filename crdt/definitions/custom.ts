/**
 * Objects of kinds that definitions bring: how they lie in documents and how they are read.
 *
 * Nobody computes their status, so it is written, and what is deleted waits for its finalizers. Both stand in the internal part
 * of the document, with the life of the definition that the object was created under (`definition`): one that comes from the
 * other side of a split after its definition was deleted, or made anew, is of a kind that is no more.
 *
 * @module
 */
import { documentKey, parseKey, type DocumentKey, type KeyParts } from '../key.ts'
import type { KubeObject, StoredObject } from '../object.ts'
import { isPlain, type Plain } from '../objects/plain.ts'
import { timestamp } from '../timestamp.ts'
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

/** [CRD31] A definition that is being deleted says so in its document. */
export function definitionPart({ metadata }: KubeObject, old: KubeObject | undefined): Plain {
  const deletion = metadata.deletionTimestamp === undefined ? internalOf(old)['deletion'] : { at: metadata.deletionTimestamp } // prettier-ignore
  return deletion === undefined ? {} : { deletion }
}

/** The internal part of the document: what is read as status and deletion. `old`: as it is stored. */
export function customPart(next: KubeObject, old: KubeObject | undefined, origin: Origin | undefined): Plain {
  const before = internalOf(old)
  const { status, metadata } = next
  const deletedAt = metadata.deletionTimestamp === undefined ? before['deletion'] : { at: metadata.deletionTimestamp }
  const definition = before['definition'] ?? origin
  return {
    ...(status === undefined ? {} : { status }),
    ...(deletedAt === undefined ? {} : { deletion: deletedAt }),
    ...(definition === undefined ? {} : { definition }),
  }
}

/** What the node's own parts read: a definition with its versions, an object of a defined kind with status and deletion. */
export function asRead(stored: StoredObject): StoredObject {
  const parts = parseKey(stored.key)
  if (stored.key.startsWith(DEFINITIONS)) return withObject(stored, customRead(unpackedDefinition(stored.object)))
  return parts !== undefined && isDefinedGroup(parts.group) ? withObject(stored, customRead(stored.object)) : stored
}

const withObject = (stored: StoredObject, object: KubeObject): StoredObject =>
  object === stored.object ? stored : { ...stored, object }

function customRead(object: KubeObject): KubeObject {
  const { status, deletion, ...internal } = internalOf(object)
  if (status === undefined && deletion === undefined) return object
  const at = isPlain(deletion) && typeof deletion['at'] === 'string' ? deletion['at'] : undefined
  const deleted = at === undefined ? {} : { deletionTimestamp: at, deletionGracePeriodSeconds: 0 }
  return {
    ...object,
    metadata: { ...object.metadata, ...deleted },
    ...(status === undefined ? {} : { status }),
    shoal: internal,
  }
}

/** The same object, on its way out. */
export function withDeletion(object: KubeObject, nowMs: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, deletionTimestamp: timestamp(nowMs) } }
}

/** Its kind, as keys begin. */
export const kindPrefix = ({ group, kind }: Pick<KeyParts, 'group' | 'kind'>): DocumentKey => `${group}/${kind}/`
