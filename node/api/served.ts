/**
 * What the API serves: the kinds of `crdt/objects/kinds.ts` with what only the API adds, sub-resources and verbs. The router
 * finds its way by this table and discovery lists it, so a later kind is served once it is there.
 *
 * Beside them there are the kinds that people defined (`custom/`), on every node that has heard of the definition.
 *
 * @module
 */
import { KINDS, SCHEMA_DEPTH_MAX } from '../../crdt/index.ts'
import type { Kind, View } from '../../crdt/index.ts'
import { JSON_DEPTH_MAX } from './body.ts'
import { customResources, type CustomVersion } from './custom/resources.ts'

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

export type Subresource = 'attach' | 'eviction' | 'exec' | 'files' | 'log' | 'portforward' | 'scale' | 'status'

export interface Resource extends Omit<Kind, 'verbs'> {
  readonly verbs: readonly Verb[]
  readonly subresources: readonly Subresource[]
  /** Names of several kinds at once, as `kubectl get all`. */
  readonly categories: readonly string[]
  /** Of a kind that somebody defined. */
  readonly custom?: CustomVersion
}

const WRITABLE: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const READABLE: readonly Verb[] = ['get', 'list', 'watch']

const SUBRESOURCES: Readonly<Record<string, readonly Subresource[]>> = {
  Deployment: ['scale', 'status'],
  Pod: ['attach', 'eviction', 'exec', 'files', 'log', 'portforward', 'status'],
  Event: [],
}

/** What `kubectl get all` means: what runs, and what runs it. */
const RUNS: ReadonlySet<string> = new Set(['Pod', 'Service', 'Deployment', 'ReplicaSet', 'HorizontalPodAutoscaler'])

export const RESOURCES: readonly Resource[] = KINDS.map((kind) => ({
  ...kind,
  verbs: kind.writable ? WRITABLE.filter((verb) => isServed(kind, verb)) : READABLE,
  subresources: SUBRESOURCES[kind.kind] ?? ['status'],
  categories: RUNS.has(kind.kind) ? ['all'] : [],
}))

/** Who tells of the kinds that were defined: the view. */
export type Defining = Pick<View, 'definitions'>

/** All that there is to read and write: ours, and those that people defined. */
export function resourcesOf(view: Defining): readonly Resource[] {
  const custom = customResources(view.definitions())
  if (custom.length === 0) return RESOURCES
  const all = together.get(custom) ?? [...RESOURCES, ...custom]
  together.set(custom, all)
  return all
}

const together = new WeakMap<readonly Resource[], readonly Resource[]>()

function isServed({ verbs }: Kind, verb: Verb): boolean {
  return verbs.includes(verb === 'deletecollection' ? 'delete' : verb)
}

/** `v1`, `apps/v1` */
export function apiVersion({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

export function findResource(
  { group, version, plural }: Pick<Resource, 'group' | 'version' | 'plural'>,
  view: Defining,
): Resource | undefined {
  return resourcesOf(view).find((each) => each.group === group && each.version === version && each.plural === plural)
}

/** How deep a body may be nested that is about such an object. */
export const depthOf = ({ kind }: Pick<Resource, 'kind'>): number =>
  kind === 'CustomResourceDefinition' ? SCHEMA_DEPTH_MAX : JSON_DEPTH_MAX

export function resourceOfKind(group: string, kind: string): Resource | undefined {
  return RESOURCES.find((each) => each.group === group && each.kind === kind)
}
