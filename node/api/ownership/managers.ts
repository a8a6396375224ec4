/**
 * What a write makes of the managers of an object. Pure: who had what, what is written, who writes -> who has what.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import {
  common,
  isEmpty,
  managerKey,
  minus,
  pathsIn,
  union,
  type FieldTree,
  type KubeObject,
  type Manager,
} from '../../../crdt/index.ts'
import { ApiError, type Cause } from '../status.ts'
import { marked, pathText, type Marking } from './fields.ts'

/** Updates that are told apart, as kube-apiserver: the oldest beyond that are taken together. */
const UPDATES_MAX = 10
const ANCIENT = 'ancient-changes'

/** Appliers of one object: they do not grow old, and each may come again. */
const APPLIERS_MAX = 64

export interface Written {
  readonly managers: readonly Manager[]
  /** The one that writes, and since when. */
  readonly by: Pick<Manager, 'name' | 'operation' | 'subresource' | 'atSeconds'>
  /** What it has from now on. */
  readonly fields: FieldTree
  /** What has another value now, and so belongs to nobody else. */
  readonly changed: FieldTree
  /** As it will be stored, with its defaults. */
  readonly object: KubeObject
  readonly marking: Marking
}

/** [SSA7] [SSA10] The managers after a write. Who has what it had before keeps its time. */
export function afterWrite({ managers, by, fields, changed, object, marking }: Written): readonly Manager[] {
  const key = managerKey(by)
  const others = managers.filter((each) => managerKey(each) !== key)
  const before = managers.find((each) => managerKey(each) === key)
  const told = (tree: FieldTree): FieldTree => marked(withoutSystem(tree), object, marking)
  const own = told(fields)
  const isSame = before !== undefined && isDeepStrictEqual(told(before.fields), own) && isEmpty(common(changed, own))
  const writer: Manager = { ...by, fields: own, atSeconds: isSame ? before.atSeconds : by.atSeconds }
  const rest = others.map((each) => ({ ...each, fields: told(minus(each.fields, changed)) }))
  return bounded([...rest, writer].filter((each) => !isEmpty(each.fields)))
}

/** [SSA12] */
function bounded(managers: readonly Manager[]): readonly Manager[] {
  const appliers = managers.filter(({ operation }) => operation === 'Apply')
  if (appliers.length > APPLIERS_MAX)
    throw new ApiError('Invalid', `metadata.managedFields: Too many: ${appliers.length}: must have at most ${APPLIERS_MAX} appliers: let some of them take over from others`) // prettier-ignore
  const age = ({ name, atSeconds }: Manager): number => (name === ANCIENT ? 0 : atSeconds)
  const byAge = (one: Manager, other: Manager): number =>
    age(one) - age(other) || (managerKey(one) < managerKey(other) ? -1 : 1)
  const updates = managers.filter(({ operation }) => operation === 'Update').toSorted(byAge)
  if (updates.length <= UPDATES_MAX) return managers
  const old = updates.slice(0, updates.length - UPDATES_MAX + 1)
  const ancient: Manager = {
    name: ANCIENT,
    operation: 'Update',
    subresource: '',
    atSeconds: (old.at(-1) as Manager).atSeconds,
    fields: old.map(({ fields }) => fields).reduce(union),
  }
  return [...managers.filter((each) => !old.includes(each)), ancient]
}

/** Nobody owns what the path says, or what only the node says. */
const SYSTEM: FieldTree = {
  'f:apiVersion': '',
  'f:kind': '',
  'f:metadata': {
    '.': '',
    'f:name': '',
    'f:namespace': '',
    'f:uid': '',
    'f:resourceVersion': '',
    'f:generation': '',
    'f:creationTimestamp': '',
    'f:selfLink': '',
    'f:managedFields': '',
  },
}

const withoutSystem = (tree: FieldTree): FieldTree => minus(tree, SYSTEM)

export interface Taking {
  readonly managers: readonly Manager[]
  /** The applier. */
  readonly key: string
  /** What has another value now that the manager may keep from it. */
  readonly changedFor: (manager: Manager) => FieldTree
}

export interface Taken {
  readonly manager: Manager
  readonly path: readonly string[]
}

/** [SSA4] What an apply would take from others: fields that they have with another value. */
export function conflictsOf({ managers, key, changedFor }: Taking): readonly Taken[] {
  return managers
    .filter((each) => managerKey(each) !== key)
    .flatMap((manager) => pathsIn(common(manager.fields, changedFor(manager))).map((path) => ({ manager, path })))
}

/** More are counted and not told of. */
const CAUSES_MAX = 100

/** [SSA4] In the words of kube-apiserver, which clients print. */
export function conflictError(conflicts: readonly Taken[], apiVersion: string): ApiError {
  const causes = conflicts.slice(0, CAUSES_MAX).map(({ manager, path }): Cause => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${nameText(manager, apiVersion)}`,
    field: pathText(path),
  }))
  return new ApiError('Conflict', sentenceOf(causes, conflicts.length), { causes })
}

function sentenceOf(causes: readonly Cause[], count: number): string {
  const [first] = causes
  if (count === 1) return `Apply failed with 1 conflict: ${first?.message ?? ''}: ${first?.field ?? ''}`
  const messages = [...new Set(causes.map(({ message }) => message))].toSorted()
  const lines = messages.flatMap((message) => [
    `${message.replace('conflict', 'conflicts')}:`,
    ...causes.filter((each) => each.message === message).map(({ field }) => `- ${field}`),
  ])
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`
}

function nameText({ name, operation, subresource }: Manager, apiVersion: string): string {
  const within = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${JSON.stringify(name)}${within}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}
