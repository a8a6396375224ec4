/**
 * What is served, for clients that ask before they act: `/api`, `/apis`, `/apis/<group>`, `/apis/<group>/<version>`, and for
 * newer clients `/api` and `/apis` with everything at once (`apidiscovery.k8s.io`).
 *
 * @module
 */
import { accepted, JSON_TYPES } from './accept.ts'
import { json } from './message.ts'
import type { ApiResponse } from './message.ts'
import { METRICS } from './metrics.ts'
import { OLDER_RESOURCES } from './older.ts'
import { REVIEWS } from './reviews.ts'
import type { Route } from './router.ts'
import { apiVersion } from './served.ts'
import type { Resource, Subresource } from './served.ts'
import { ApiError } from './status.ts'

type DiscoveryRoute = Extract<Route, { to: 'discovery' }>

/** What is measured or asked and not kept, and what is kept in another version. */
const BESIDE: readonly Resource[] = [...METRICS, ...REVIEWS.map(({ resource }) => resource), ...OLDER_RESOURCES]

/** `served`: documents that people write, and what is derived from them. */
export function discover(
  { root, group, version }: DiscoveryRoute,
  accept: string | undefined,
  served: readonly Resource[],
): ApiResponse {
  const all = [...served, ...BESIDE]
  if (group === undefined && version === undefined) {
    const aggregated = aggregatedVersion(accept)
    if (aggregated !== undefined) return aggregatedList(all, root, aggregated)
  }
  assertPlain(accept)
  if (root === 'api' && version === undefined)
    return json(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] })
  if (group === undefined)
    return json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(all).map((each) => groupOf(all, each)) })
  if (version !== undefined) return json(200, resourceList(all, { group, version }))
  if (!groups(all).includes(group))
    throw new ApiError('NotFound', `the API group "${group}" is not served: ${servedText(all)}`)
  return json(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(all, group) })
}

// ---- one at a time

function resourceList(all: readonly Resource[], { group, version }: { group: string; version: string }): unknown {
  const own = all.filter((each) => each.group === group && each.version === version)
  if (own.length === 0)
    throw new ApiError(
      'NotFound',
      `the API version "${apiVersion({ group, version })}" is not served: ${servedText(all)}`,
    )
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersion({ group, version }),
    resources: own.flatMap(listed),
  }
}

function listed(resource: Resource): readonly unknown[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource
  const whole = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  }
  const parts = resource.subresources.map((name) => {
    const part = partOf(resource, name)
    return {
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      ...(part.group === resource.group ? {} : { group: part.group, version: part.version }),
      kind: part.kind,
      verbs: part.verbs,
    }
  })
  return [whole, ...parts]
}

function groupOf(all: readonly Resource[], group: string): Record<string, unknown> {
  const versions = versionsOf(all, group).map((version) => ({ groupVersion: apiVersion({ group, version }), version }))
  return { name: group, versions, preferredVersion: versions[0] }
}

// ---- all at once

const AGGREGATED = ['v2', 'v2beta1'] as const
type Aggregated = (typeof AGGREGATED)[number]

/** The first in the order of the client that is asked for so; undefined: it takes the plain form before. */
function aggregatedVersion(accept: string | undefined): Aggregated | undefined {
  for (const { type, parameters } of accepted(accept)) {
    if (type !== 'application/json') continue
    if (parameters.get('as') === undefined) return undefined
    const version = AGGREGATED.find((each) => each === parameters.get('v'))
    const isList = parameters.get('as') === 'apigroupdiscoverylist' && parameters.get('g') === 'apidiscovery.k8s.io'
    if (isList && version !== undefined) return version
  }
  return undefined
}

function aggregatedList(all: readonly Resource[], root: 'api' | 'apis', version: Aggregated): ApiResponse {
  const names = root === 'api' ? [''] : groups(all)
  const items = names.map((group) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: versionsOf(all, group).map((each) => ({
      version: each,
      resources: all.filter((one) => one.group === group && one.version === each).map(aggregatedOf),
      freshness: 'Current',
    })),
  }))
  const list = { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items }
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
  return json(200, list, { headers: { 'content-type': type } })
}

function aggregatedOf(resource: Resource): unknown {
  const { plural, singular, namespaced, verbs, shortNames, subresources, categories } = resource
  return {
    resource: plural,
    responseKind: kindOf(resource),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((name) => {
            const part = partOf(resource, name)
            return { subresource: name, responseKind: kindOf(part), verbs: part.verbs }
          }),
        }),
  }
}

function kindOf({ group, version, kind }: Pick<Resource, 'group' | 'version' | 'kind'>): Record<string, string> {
  return { group, version, kind }
}

// ---- what both say

interface Part extends Pick<Resource, 'group' | 'version' | 'kind'> {
  readonly verbs: readonly string[]
}

/** A sub-resource: the kind that is read and written there, and how. */
function partOf({ group, version, kind, custom }: Resource, name: Subresource): Part {
  const own = { group, version, kind }
  switch (name) {
    case 'status':
      return { ...own, verbs: custom === undefined ? ['get'] : ['get', 'patch', 'update'] }
    case 'scale':
      return { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] }
    case 'eviction':
      return { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }
    case 'log':
      return { ...own, verbs: ['get'] }
    case 'exec':
    case 'attach':
    case 'portforward':
      return { ...own, kind: SESSION_KINDS[name], verbs: ['create', 'get'] }
    case 'files':
      return { ...own, verbs: ['get', 'update'] }
  }
}

const SESSION_KINDS = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
} as const

function versionsOf(all: readonly Resource[], group: string): readonly string[] {
  return [...new Set(all.filter((each) => each.group === group).map(({ version }) => version))]
}

function groups(all: readonly Resource[]): readonly string[] {
  return [...new Set(all.map(({ group }) => group))].filter((group) => group !== '').toSorted()
}

function servedText(all: readonly Resource[]): string {
  return `there are ${[...new Set(all.map(apiVersion))].toSorted().join(', ')}`
}

// ---- Accept

function assertPlain(accept: string | undefined): void {
  const isPlain = accepted(accept).some(
    ({ type, parameters }) => JSON_TYPES.has(type) && !parameters.has('as') && !parameters.has('g'),
  )
  if (isPlain) return
  throw new ApiError(
    'NotAcceptable',
    `discovery is served as application/json, plain or as an APIGroupDiscoveryList of apidiscovery.k8s.io v2 or v2beta1: "${(accept ?? '').slice(0, 200)}" was asked for`,
  )
}
