/**
 * Definitions as the API shows them, with the conditions that clients wait for, and objects of the kinds that they bring.
 *
 * @module
 */
import { originOf } from '../definitions/custom.ts'
import type { DocumentKey, KeyParts } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { definitionSchema } from '../objects/definition.ts'
import { fillDefaults } from '../objects/fill-defaults.ts'
import type { Definition } from './definitions.ts'
import { withoutInternal, type Sources } from './sources.ts'

export function presentDefinition(key: DocumentKey, from: Sources): KubeObject | undefined {
  const stored = withoutInternal(from.stored(key)?.object)
  const definition = from.definition(key)
  if (stored === undefined || definition === undefined) return undefined
  const object = withFinalizer(fillDefaults(definitionSchema, stored) as KubeObject)
  return { ...object, status: statusOf(object, definition) }
}

/** As Kubernetes shows what a deletion waits for; shown, never stored. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io'

function withFinalizer(object: KubeObject): KubeObject {
  const { metadata } = object
  if (metadata.deletionTimestamp === undefined) return object
  return { ...object, metadata: { ...metadata, finalizers: [...(metadata.finalizers ?? []), CLEANUP] } }
}

function statusOf({ metadata }: KubeObject, { names, versions, refusal }: Definition): Record<string, unknown> {
  const lastTransitionTime = metadata.creationTimestamp
  const condition = (type: string, is: boolean, [reason, message]: readonly [string, string]): unknown => ({
    type,
    status: is ? 'True' : 'False',
    lastTransitionTime,
    reason,
    message,
  })
  const isServed = refusal === undefined
  const accepted = isServed ? (['NoConflicts', 'no conflicts found'] as const) : ([refusal.reason, refusal.message] as const) // prettier-ignore
  const established = isServed ? (['InitialNamesAccepted', 'the initial names have been accepted'] as const) : (['NotAccepted', 'not all names are accepted'] as const) // prettier-ignore
  const leaving = metadata.deletionTimestamp === undefined ? [] : [condition('Terminating', true, ['InstanceDeletionInProgress', 'CustomResource deletion is in progress'])] // prettier-ignore
  return {
    conditions: [
      condition('NamesAccepted', isServed, accepted),
      condition('Established', isServed, established),
      ...leaving,
    ],
    acceptedNames: isServed ? names : { plural: '', kind: '' },
    storedVersions: versions.filter(({ storage }) => storage).map(({ name }) => name),
  }
}

/** Undefined where its definition is not served, or is another one than it was created under. */
export function presentCustom(key: DocumentKey, parts: KeyParts, from: Sources): KubeObject | undefined {
  const object = from.stored(key)?.object
  const definition = from.definitionOf(parts.group, parts.kind)
  if (object === undefined || definition === undefined) return undefined
  if (definition.namespaced !== (parts.namespace !== '')) return undefined
  const origin = originOf(object)
  return origin === undefined || origin.uid === definition.uid ? withoutInternal(object) : undefined
}
