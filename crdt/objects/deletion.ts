/**
 * What is deleted and waits for its finalizers. When it was deleted stands in the internal part of its document
 * (`shoal.deletion`), is read as `metadata.deletionTimestamp`, and never goes off again: the object goes, with the last of them.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'
import { timestampMs } from '../timestamp-ms.ts'
import { timestamp } from '../timestamp.ts'
import { checkShape } from './check-shape.ts'
import type { Findings } from './field-error.ts'
import type { TextCheck } from './names.ts'
import { isPlain, type Plain } from './plain.ts'
import { fields, required, text } from './schema.ts'

/** [FIN12] Kubernetes' finalizer of what goes after its dependents. */
export const FOREGROUND = 'foregroundDeletion'

/** Kubernetes' finalizer of what its dependents are to outlive. */
export const ORPHAN = 'orphan'

const internalOf = (object: KubeObject | undefined): Plain => (isPlain(object?.['shoal']) ? object['shoal'] : {})

export const isMarked = (object: KubeObject | undefined): boolean => object?.metadata.deletionTimestamp !== undefined

export const finalizersOf = ({ metadata }: KubeObject): readonly string[] => metadata.finalizers ?? []

/** [FIN12] It goes when its dependents have. */
export const isForeground = (object: KubeObject | undefined): boolean =>
  object !== undefined && isMarked(object) && finalizersOf(object).includes(FOREGROUND)

/** The same object, on its way out since then, or since it was first deleted. */
export function withDeletion(object: KubeObject, nowMs: number): KubeObject {
  const { deletionTimestamp = timestamp(nowMs) } = object.metadata
  return { ...object, metadata: { ...object.metadata, deletionTimestamp } }
}

/** [FIN2] The part of the internal part that says it, for who writes that anew. `old`: as it is stored, where a mark stays. */
export function deletionPart(object: KubeObject, old?: KubeObject): Plain {
  const at = object.metadata.deletionTimestamp
  const said = internalOf(object)['deletion'] ?? (at === undefined ? undefined : { at })
  const deletion = internalOf(old)['deletion'] ?? said
  return deletion === undefined ? {} : { deletion }
}

/** What the node's own parts read of an object that is stored so. */
export function deletionRead(object: KubeObject): KubeObject {
  const { deletion, ...internal } = internalOf(object)
  if (!isPlain(deletion) || typeof deletion['at'] !== 'string') return object
  const deleted = { deletionTimestamp: deletion['at'], deletionGracePeriodSeconds: graceSecondsOf(object) }
  return { ...object, metadata: { ...object.metadata, ...deleted }, shoal: internal }
}

/** Only a pod takes its time to end. */
function graceSecondsOf({ kind, spec }: KubeObject): number {
  if (kind !== 'Pod' || !isPlain(spec)) return 0
  const said = spec['terminationGracePeriodSeconds']
  return typeof said === 'number' ? said : 30
}

const instant: TextCheck = (said) =>
  timestamp(timestampMs(said)) === said ? undefined : 'must be a time like 2026-11-21T12:00:00Z'

const deletionSchema = fields({ at: required(text(instant)) })

/** [FIN6] As other nodes send it. */
export function checkDeletion(object: KubeObject, findings: Findings): void {
  checkShape(deletionSchema, internalOf(object)['deletion'], 'shoal.deletion', findings)
}

/** [FIN3] In kube-apiserver's words. */
export function checkFinalizersUpdate(old: KubeObject, wanted: KubeObject, findings: Findings): void {
  const said: unknown = wanted.metadata.finalizers
  if (!isMarked(old) || !Array.isArray(said)) return
  const before = finalizersOf(old)
  const isNew = (each: unknown): each is string => typeof each === 'string' && !before.includes(each)
  const added = [...new Set<unknown>(said)].filter(isNew).toSorted()
  if (added.length === 0) return
  const listed = added.map((each) => JSON.stringify(each)).join(', ')
  const why = 'no new finalizers can be added if the object is being deleted, found new finalizers'
  findings.forbidden('metadata.finalizers', `${why} []string{${listed}}`)
}
