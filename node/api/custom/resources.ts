/**
 * The kinds that people defined, as the API serves them: one for each version that a definition says is served.
 *
 * @module
 */
import type { Definition, DefinitionVersion } from '../../../crdt/index.ts'
import type { Resource, Subresource, Verb } from '../served.ts'

/** A version of a defined kind. */
export interface CustomVersion {
  readonly definition: Definition
  readonly version: DefinitionVersion
}

const VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** Rows are handed out anew when a definition changes, and only then. */
const known = new WeakMap<readonly Definition[], readonly Resource[]>()

/** [CRD10] In the order of groups, kinds and preference. */
export function customResources(definitions: readonly Definition[]): readonly Resource[] {
  const resources = known.get(definitions) ?? definitions.filter(({ refusal }) => refusal === undefined).flatMap(ofOne)
  known.set(definitions, resources)
  return resources
}

function ofOne(definition: Definition): readonly Resource[] {
  const { group, names, namespaced, versions } = definition
  return versions
    .filter(({ served }) => served)
    .map((version) => ({
      group,
      version: version.name,
      kind: names.kind,
      plural: names.plural,
      singular: names.singular,
      shortNames: names.shortNames ?? [],
      categories: names.categories ?? [],
      namespaced,
      writable: true,
      verbs: VERBS,
      subresources: subresourcesOf(version),
      custom: { definition, version },
    }))
}

function subresourcesOf({ subresources = {} }: DefinitionVersion): readonly Subresource[] {
  return (['scale', 'status'] as const).filter(
    (name) => subresources[name] !== undefined && subresources[name] !== null,
  )
}
