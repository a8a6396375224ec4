/**
 * The managers of an object: who applied or changed which of its fields, kept in its internal part and shown as
 * `metadata.managedFields`.
 *
 * @module
 */
import { isEmpty, ITSELF, standing, type FieldTree } from '../field-tree.ts'
import { textOf } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { MANAGERS, OWNED_CHARS_MAX, ownedOf, ownedValue, type Owned } from '../owned.ts'
import { timestamp } from '../timestamp.ts'
import type { Findings } from './field-error.ts'
import { isPlain } from './plain.ts'

export type ManagerOperation = 'Apply' | 'Update'

export interface Manager extends Owned {
  readonly name: string
  readonly operation: ManagerOperation
  /** `scale`; empty: the object itself. */
  readonly subresource: string
}

/** Managers that are kept of one object: more than any object has, twice, so that two sides of a split may still merge. */
const MANAGERS_MAX = 160

/** As kube-apiserver. */
export const MANAGER_NAME_CHARS_MAX = 128

export const isManagerName = (name: unknown): name is string =>
  typeof name === 'string' && name.length <= MANAGER_NAME_CHARS_MAX && /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(name)

/** Managers are told apart by this: `A:kubectl`, `U/scale:kubectl`. */
export function managerKey({
  name,
  operation,
  subresource,
}: Pick<Manager, 'name' | 'operation' | 'subresource'>): string {
  // prettier-ignore
  return `${operation.slice(0, 1)}${subresource === '' ? '' : `/${subresource}`}:${name}`
}

const KEY = /^([AU])(?:\/([a-z]{1,32}))?:(.+)$/su

function managerOf(key: string, value: unknown): Manager | undefined {
  const [, operation, subresource = '', name] = KEY.exec(key) ?? []
  const owned = ownedOf(value)
  if (!isManagerName(name) || owned === undefined) return undefined
  return { name, operation: operation === 'A' ? 'Apply' : 'Update', subresource, ...owned }
}

const internalOf = (object: KubeObject): Readonly<Record<string, unknown>> =>
  isPlain(object['shoal']) ? object['shoal'] : {}

function keptManagers(object: KubeObject): readonly (readonly [string, unknown])[] {
  const kept = internalOf(object)[MANAGERS]
  return isPlain(kept) ? Object.entries(kept) : []
}

/** Of a stored object, as they were written down. */
export function managersOf(object: KubeObject): readonly Manager[] {
  return keptManagers(object).flatMap(([key, value]) => managerOf(key, value) ?? [])
}

/** [SSA31] Of a stored object: what of theirs is there with the value they gave it. */
export function standingManagers(object: KubeObject): readonly Manager[] {
  return managersOf(object).flatMap((manager) => {
    const fields = standing(manager.fields, object)
    return isEmpty(fields) ? [] : [{ ...manager, fields }]
  })
}

/** The object with these in its internal part, in place of those that are there. */
export function withManagers(object: KubeObject, managers: readonly Manager[]): KubeObject {
  const kept = Object.fromEntries(managers.map((manager) => [managerKey(manager), ownedValue(manager)]))
  return { ...object, shoal: { ...internalOf(object), [MANAGERS]: kept } }
}

/** The part of the internal part that says it, for who writes that anew; `old`: where the object says nothing of it. */
export function managersPart(object: KubeObject, old?: KubeObject): Readonly<Record<string, unknown>> {
  const said = internalOf(object)[MANAGERS] ?? (old === undefined ? undefined : internalOf(old)[MANAGERS])
  return isPlain(said) && Object.keys(said).length > 0 ? { [MANAGERS]: said } : {}
}

type ManagedFields = readonly Readonly<Record<string, unknown>>[]

/** Stored objects do not change, and each is shown anew whenever its status does. */
const shownBefore = new WeakMap<KubeObject, ManagedFields>()

/** [SSA20] As the API shows them: appliers first, then by age. */
export function managedFieldsOf(object: KubeObject): ManagedFields {
  const managedFields = shownBefore.get(object) ?? managedFieldsNow(object)
  shownBefore.set(object, managedFields)
  return managedFields
}

function managedFieldsNow(object: KubeObject): ManagedFields {
  const byOperation = (one: Manager, other: Manager): number => {
    if (one.operation !== other.operation) return one.operation === 'Apply' ? -1 : 1
    return one.atSeconds - other.atSeconds || (managerKey(one) < managerKey(other) ? -1 : 1)
  }
  return [...standingManagers(object)].toSorted(byOperation).map((manager) => ({
    manager: manager.name,
    operation: manager.operation,
    apiVersion: object.apiVersion,
    time: timestamp(manager.atSeconds * 1_000),
    fieldsType: 'FieldsV1',
    fieldsV1: shownTree(manager.fields),
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  }))
}

function shownTree(tree: FieldTree): unknown {
  const shown = ([name, node]: [string, FieldTree | string]): [string, unknown] => [
    name,
    typeof node === 'string' || name === ITSELF ? {} : shownTree(node),
  ]
  return Object.fromEntries(Object.entries(tree).map(shown))
}

/** What the API shows of an object that is stored so. */
export function withManagedFields(shown: KubeObject, stored: KubeObject | undefined): KubeObject {
  if (stored === undefined || keptManagers(stored).length === 0) return shown
  const managedFields = managedFieldsOf(stored)
  return managedFields.length === 0 ? shown : { ...shown, metadata: { ...shown.metadata, managedFields } }
}

/** [SSA32] As other nodes send them. */
export function checkManagers(object: KubeObject, findings: Findings): void {
  const kept = keptManagers(object)
  if (kept.length > MANAGERS_MAX) findings.tooMany('shoal.managers', kept.length, MANAGERS_MAX)
  for (const [key, value] of kept.slice(0, MANAGERS_MAX)) {
    const at = `shoal.managers[${key.slice(0, 80)}]`
    if (managerOf(key, value) === undefined) findings.invalid(at, key, 'must be a manager with its fields')
    else if (textOf(value).length > OWNED_CHARS_MAX)
      findings.tooLong(at, `must have at most ${OWNED_CHARS_MAX} characters`)
  }
}
