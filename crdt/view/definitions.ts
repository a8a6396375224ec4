/**
 * The kinds that people have defined, and which of them are served. Two definitions may claim one name, also by a merge after a
 * split: then the older one has it, of two of one age the one whose name comes first, on every node alike; the other waits.
 *
 * @module
 */
import { kindPrefix, type Origin } from '../definitions/custom.ts'
import { VERSIONS_CHARS_MAX } from '../definitions/pack.ts'
import { valuesOf, type JsonSchema } from '../definitions/schema.ts'
import { textOf } from '../json.ts'
import type { DocumentKey } from '../key.ts'
import type { ListKeys } from '../kind-port.ts'
import type { KubeObject, StoredObject } from '../object.ts'
import {
  definitionSchema,
  type DefinedNames,
  type DefinitionSpec,
  type DefinitionVersion,
} from '../objects/definition.ts'
import { fillDefaults } from '../objects/fill-defaults.ts'

/** Definitions that are served, and what their schemas come to together: an operator brings ten with 100 KiB each. */
export const DEFINITIONS_MAX = 512
export const SCHEMAS_CHARS_MAX = 16 * VERSIONS_CHARS_MAX

export interface Definition extends Origin {
  readonly key: DocumentKey
  readonly group: string
  readonly names: DefinedNames
  readonly namespaced: boolean
  /** The one that is preferred first. */
  readonly versions: readonly DefinitionVersion[]
  /** By which keys lists of its objects merge. */
  readonly listKeys: ListKeys
  /** It is being deleted, and waits for its objects. */
  readonly isTerminating: boolean
  /** Why it is not served; undefined: it is. */
  readonly refusal: DefinitionRefusal | undefined
}

export interface DefinitionRefusal {
  /** As the reason of a condition. */
  readonly reason: 'KindConflict' | 'PluralConflict' | 'SingularConflict' | 'ShortNamesConflict' | 'ListKindConflict' | 'TooManyDefinitions' // prettier-ignore
  readonly message: string
}

type Unsettled = Omit<Definition, 'refusal'> & { readonly createdAt: string; readonly chars: number }

export class DefinitionIndex {
  readonly #rows = new Map<DocumentKey, Unsettled>()
  #settled: readonly Definition[] | undefined
  #byKind = new Map<string, Definition>()

  /** The kinds that may be served otherwise now, as keys of their objects begin. */
  set(key: DocumentKey, stored: StoredObject | undefined): readonly string[] {
    const before = this.#rows.get(key)
    const after = stored && rowOf(stored)
    if (after === undefined) this.#rows.delete(key)
    else this.#rows.set(key, after)
    this.#settled = undefined
    const ofGroup = [...this.#rows.values()].filter(({ group }) => group === before?.group || group === after?.group)
    const kinds = [...ofGroup, ...(before === undefined ? [] : [before])].map(({ group, names }) => kindPrefix({ group, kind: names.kind })) // prettier-ignore
    return [...new Set(kinds)]
  }

  /** In the order of their names. */
  get all(): readonly Definition[] {
    if (this.#settled === undefined) this.#settle()
    return this.#settled!
  }

  /** The one that is served. */
  ofKind(group: string, kind: string): Definition | undefined {
    if (this.#settled === undefined) this.#settle()
    return this.#byKind.get(`${group}/${kind}`)
  }

  #settle(): void {
    this.#settled = settled([...this.#rows.values()])
    const served = this.#settled.filter(({ refusal }) => refusal === undefined)
    this.#byKind = new Map(served.map((each) => [`${each.group}/${each.names.kind}`, each]))
  }
}

/** Who came first has the names. */
function settled(rows: readonly Unsettled[]): readonly Definition[] {
  const byAge = rows.toSorted((one, other) => compare(one.createdAt, other.createdAt) || compare(one.name, other.name))
  const claimed = new Map<string, string>()
  let [count, chars] = [0, 0]
  const definitions = byAge.map((row): Definition => {
    const isOver = count >= DEFINITIONS_MAX || chars + row.chars > SCHEMAS_CHARS_MAX
    const refusal = isOver ? TOO_MANY : conflictOf(row, claimed)
    if (refusal !== undefined) return { ...row, refusal }
    count += 1
    chars += row.chars
    for (const [claim] of claimsOf(row)) claimed.set(claim, row.name)
    return { ...row, refusal }
  })
  return definitions.toSorted((one, other) => compare(one.name, other.name))
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const TOO_MANY: DefinitionRefusal = {
  reason: 'TooManyDefinitions',
  message: `at most ${DEFINITIONS_MAX} definitions with ${SCHEMAS_CHARS_MAX} characters of schemas are served: delete some`,
}

/** Names of resources and names of kinds are told apart by their place. */
function claimsOf({ group, names }: Unsettled): readonly (readonly [string, DefinitionRefusal['reason'], string])[] {
  const { plural, singular, kind, listKind, shortNames = [] } = names
  return [
    [`${group}/r/${plural}`, 'PluralConflict', plural],
    [`${group}/r/${singular}`, 'SingularConflict', singular],
    ...shortNames.map((each) => [`${group}/r/${each}`, 'ShortNamesConflict', each] as const),
    [`${group}/k/${kind}`, 'KindConflict', kind],
    [`${group}/k/${listKind}`, 'ListKindConflict', listKind],
  ]
}

function conflictOf(row: Unsettled, claimed: ReadonlyMap<string, string>): DefinitionRefusal | undefined {
  for (const [claim, reason, name] of claimsOf(row)) {
    const holder = claimed.get(claim)
    if (holder !== undefined) return { reason, message: `${JSON.stringify(name)} is already in use: by ${holder}` }
  }
  return undefined
}

function rowOf({ key, object }: StoredObject): Unsettled {
  const { spec, metadata } = fillDefaults(definitionSchema, object) as KubeObject & { readonly spec: DefinitionSpec }
  const versions = spec.versions.toSorted((one, other) => compareVersions(one.name, other.name))
  const storage = versions.find((each) => each.storage)
  return {
    key,
    name: metadata.name,
    uid: metadata.uid ?? '',
    createdAt: metadata.creationTimestamp ?? '',
    group: spec.group,
    names: spec.names,
    namespaced: spec.scope === 'Namespaced',
    isTerminating: metadata.deletionTimestamp !== undefined,
    versions,
    listKeys: new Map(storage === undefined ? [] : listKeysOf(storage.schema.openAPIV3Schema)),
    chars: textOf(spec.versions).length,
  }
}

/** As Kubernetes orders them: `v2`, `v1`, `v1beta2`, `v1beta1`, `v1alpha1`, then all others by their letters. */
function compareVersions(one: string, other: string): number {
  const [left, right] = [rankOf(one), rankOf(other)]
  for (const [at, rank] of left.entries()) if (rank !== right[at]) return right[at]! - rank
  return compare(one, other)
}

function rankOf(version: string): readonly number[] {
  const [, major, stage, minor] = /^v(\d{1,6})(?:(alpha|beta)(\d{1,6}))?$/.exec(version) ?? []
  if (major === undefined) return [0, 0, 0]
  return [stage === undefined ? 3 : stage === 'beta' ? 2 : 1, Number(major), Number(minor ?? 0)]
}

/** Paths to lists that merge by key, as in `kind-port.ts`. */
function listKeysOf(schema: JsonSchema, pointer = ''): [string, readonly string[]][] {
  const { properties = {}, items } = schema
  const below = Object.entries(properties).flatMap(([name, each]) => listKeysOf(each, `${pointer}/${name}`))
  const values = valuesOf(schema)
  if (values !== undefined) below.push(...listKeysOf(values, `${pointer}/*`))
  if (schema['x-kubernetes-map-type'] === 'atomic') return pointer === '' ? [] : [[pointer, []]]
  if (schema['x-kubernetes-list-type'] !== 'map' || items === undefined) return below
  return [[pointer, schema['x-kubernetes-list-map-keys'] ?? []], ...listKeysOf(items, `${pointer}/*`)]
}
