/**
 * `metadata.managedFields` as a client writes it, to hand fields over from one manager to another or to forget them all.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import {
  isElement,
  isEmpty,
  isManagerName,
  managerKey,
  timestampMs,
  union,
  type FieldTree,
  type KubeObject,
  type Manager,
} from '../../../crdt/index.ts'
import { isObject, textOf, type Json, type JsonObject } from '../body.ts'
import { metadataOf } from '../incoming.ts'
import { ApiError } from '../status.ts'

/** More than an object has, and than are read of a client. */
const ENTRIES_MAX = 128

/** [SSA21] Undefined where the client left them as they are, or out. `[{}]` forgets them. */
export function claimedManagers(sent: JsonObject, shown?: KubeObject): readonly Manager[] | undefined {
  const said = metadataOf(sent)['managedFields']
  if (said === undefined || said === null || isDeepStrictEqual(said, shown?.metadata.managedFields)) return undefined
  if (!Array.isArray(said)) throw wrong('', 'Invalid value: must be a list')
  if (said.length > ENTRIES_MAX) throw wrong('', `Too many: ${said.length}: must have at most ${ENTRIES_MAX} items`)
  if (said.length === 0) return undefined
  if (said.length === 1 && isObject(said[0]) && Object.keys(said[0]).length === 0) return []
  return joined(said.map(managerIn))
}

/** Entries of versions that are one here. */
function joined(managers: readonly Manager[]): readonly Manager[] {
  const byKey = new Map<string, Manager>()
  for (const manager of managers) {
    const known = byKey.get(managerKey(manager))
    const fields = known === undefined ? manager.fields : union(known.fields, manager.fields)
    byKey.set(managerKey(manager), { ...manager, fields })
  }
  return [...byKey.values()].filter(({ fields }) => !isEmpty(fields))
}

function managerIn(entry: Json, at: number): Manager {
  if (!isObject(entry)) throw wrong(`[${at}]`, 'Invalid value: must be an object')
  const { manager = '', operation, fieldsType = '', fieldsV1 = {}, time = '', subresource = '' } = entry
  const refuse = (field: string, value: Json | undefined, why: string): ApiError =>
    wrong(`[${at}].${field}`, `Invalid value: ${textOf(value).slice(0, 80)}: ${why}`)
  if (operation !== 'Apply' && operation !== 'Update') throw refuse('operation', operation, 'must be `Apply` or `Update`') // prettier-ignore
  if (fieldsType !== '' && fieldsType !== 'FieldsV1') throw refuse('fieldsType', fieldsType, 'must be `FieldsV1`')
  const name = manager === '' ? 'unknown' : manager
  if (!isManagerName(name)) throw refuse('manager', manager, 'must be at most 128 printable characters')
  if (typeof subresource !== 'string' || !/^[a-z]{0,32}$/.test(subresource))
    throw refuse('subresource', subresource, 'must be the name of a subresource')
  const isTimeless = time === '' || time === null
  const atMs = isTimeless ? 0 : timestampMs(textOf(time))
  if (!isTimeless && !(atMs > 0)) throw refuse('time', time, 'must be a time')
  const fields = treeIn(fieldsV1)
  if (fields === undefined) throw refuse('fieldsV1', fieldsV1, 'must be a set of fields')
  return { name, operation, subresource, atSeconds: Math.floor(atMs / 1_000), fields }
}

/** How deep it is the body has bounded. */
function treeIn(value: Json): FieldTree | undefined {
  if (!isObject(value)) return undefined
  const entries = Object.entries(value).map(([name, node]) => {
    // Places in lists without keys; nobody merges by them.
    if (/^i:\d+$/.test(name)) return undefined
    if (name === '.') return isObject(node) ? ([name, ''] as const) : null
    const below = isElement(name) ? treeIn(node) : undefined
    if (below === undefined) return null
    return [name, isEmpty(below) ? '' : below] as const
  })
  if (entries.includes(null)) return undefined
  return Object.fromEntries(entries.filter((entry) => entry !== null && entry !== undefined))
}

function wrong(place: string, message: string): ApiError {
  const field = `metadata.managedFields${place}`
  return new ApiError('Invalid', `${field}: ${message}`, { causes: [{ reason: 'FieldValueInvalid', field, message }] })
}
