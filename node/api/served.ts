/**
 * What the API serves, in one table: the router finds its way by it, discovery lists it, and a later kind is a row more.
 *
 * The set is the same on all nodes of a version: clients cache it per address.
 *
 * @module
 */

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch'

export interface Resource {
  /** `''` is the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly namespaced: boolean
  readonly verbs: readonly Verb[]
  readonly subresources: readonly ('scale' | 'status' | 'log')[]
  /** Why it cannot be written and what to do instead; absent where it can. */
  readonly readOnly?: string
}

const WRITABLE: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const READABLE: readonly Verb[] = ['get', 'list', 'watch']

export const RESOURCES: readonly Resource[] = [
  {
    group: '',
    version: 'v1',
    kind: 'Namespace',
    plural: 'namespaces',
    singular: 'namespace',
    shortNames: ['ns'],
    namespaced: false,
    verbs: WRITABLE,
    subresources: ['status'],
  },
  {
    group: '',
    version: 'v1',
    kind: 'Node',
    plural: 'nodes',
    singular: 'node',
    shortNames: ['no'],
    namespaced: false,
    verbs: READABLE,
    subresources: ['status'],
    readOnly: 'a node speaks for itself: change its labels with `shoal up --label KEY=VALUE` on its own machine',
  },
  {
    group: '',
    version: 'v1',
    kind: 'Pod',
    plural: 'pods',
    singular: 'pod',
    shortNames: ['po'],
    namespaced: true,
    verbs: READABLE,
    subresources: ['log', 'status'],
    readOnly: 'pods follow from their Deployment: apply, scale or delete the Deployment instead',
  },
  {
    group: '',
    version: 'v1',
    kind: 'Service',
    plural: 'services',
    singular: 'service',
    shortNames: ['svc'],
    namespaced: true,
    verbs: WRITABLE,
    subresources: ['status'],
  },
  {
    group: '',
    version: 'v1',
    kind: 'Event',
    plural: 'events',
    singular: 'event',
    shortNames: ['ev'],
    namespaced: true,
    verbs: ['list'],
    subresources: [],
    readOnly: 'events are said by the nodes themselves',
  },
  {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    plural: 'deployments',
    singular: 'deployment',
    shortNames: ['deploy'],
    namespaced: true,
    verbs: WRITABLE,
    subresources: ['scale', 'status'],
  },
  {
    group: 'apps',
    version: 'v1',
    kind: 'ReplicaSet',
    plural: 'replicasets',
    singular: 'replicaset',
    shortNames: ['rs'],
    namespaced: true,
    verbs: READABLE,
    subresources: ['status'],
    readOnly: 'replica sets are the revisions of a Deployment: change the Deployment instead',
  },
]

/** `v1`, `apps/v1` */
export function apiVersion(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

export function findResource({ group, version, plural }: { group: string; version: string; plural: string }): Resource | undefined {
  return RESOURCES.find((each) => each.group === group && each.version === version && each.plural === plural)
}

export function resourceOfKind(group: string, kind: string): Resource | undefined {
  return RESOURCES.find((each) => each.group === group && each.kind === kind)
}
