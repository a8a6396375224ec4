/**
 * What the API serves: the kinds of `crdt/objects/kinds.ts` with what only the API adds, sub-resources and verbs. The router
 * finds its way by this table and discovery lists it, so a later kind is served once it is there.
 *
 * The set is the same on all nodes of a version: clients cache it per address.
 *
 * @module
 */
import { KINDS } from '../../crdt/index.ts'
import type { Kind } from '../../crdt/index.ts'

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

export type Subresource = 'attach' | 'eviction' | 'exec' | 'files' | 'log' | 'portforward' | 'scale' | 'status'

export interface Resource extends Omit<Kind, 'verbs'> {
  readonly verbs: readonly Verb[]
  readonly subresources: readonly Subresource[]
}

const WRITABLE: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const READABLE: readonly Verb[] = ['get', 'list', 'watch']

const SUBRESOURCES: Readonly<Record<string, readonly Subresource[]>> = {
  Deployment: ['scale', 'status'],
  Pod: ['attach', 'eviction', 'exec', 'files', 'log', 'portforward', 'status'],
  Event: [],
}

export const RESOURCES: readonly Resource[] = KINDS.map((kind) => ({
  ...kind,
  verbs: kind.writable ? WRITABLE.filter((verb) => isServed(kind, verb)) : READABLE,
  subresources: SUBRESOURCES[kind.kind] ?? ['status'],
}))

function isServed({ verbs }: Kind, verb: Verb): boolean {
  return verbs.includes(verb === 'deletecollection' ? 'delete' : verb)
}

/** `v1`, `apps/v1` */
export function apiVersion({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`
}

export function findResource({
  group,
  version,
  plural,
}: Pick<Resource, 'group' | 'version' | 'plural'>): Resource | undefined {
  return RESOURCES.find((each) => each.group === group && each.version === version && each.plural === plural)
}

export function resourceOfKind(group: string, kind: string): Resource | undefined {
  return RESOURCES.find((each) => each.group === group && each.kind === kind)
}
