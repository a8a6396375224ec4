/**
 * What is served, for clients that ask before they act: `/api`, `/apis`, `/apis/<group>`, `/apis/<group>/<version>`.
 *
 * @module
 */
import { json } from './message.ts'
import type { ApiResponse } from './message.ts'
import type { Route } from './router.ts'
import { apiVersion, RESOURCES } from './served.ts'
import type { Resource } from './served.ts'
import { ApiError } from './status.ts'

type DiscoveryRoute = Extract<Route, { to: 'discovery' }>

export function discover({ root, group, version }: DiscoveryRoute): ApiResponse {
  if (root === 'api' && version === undefined)
    return json(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] })
  if (group === undefined) return json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupOf) })
  if (version !== undefined) return json(200, resourceList(group, version))
  if (!groups().includes(group)) throw new ApiError('NotFound', `the API group "${group}" is not served: ${served()}`)
  return json(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) })
}

function resourceList(group: string, version: string): unknown {
  const own = RESOURCES.filter((each) => each.group === group && each.version === version)
  if (own.length === 0)
    throw new ApiError('NotFound', `the API version "${apiVersion({ group, version })}" is not served: ${served()}`)
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersion({ group, version }),
    resources: own.flatMap(listed),
  }
}

function listed(resource: Resource): readonly unknown[] {
  const { plural, singular, namespaced, kind, verbs, shortNames } = resource
  const whole = { name: plural, singularName: singular, namespaced, kind, verbs, shortNames }
  const parts = resource.subresources.map((part) => ({
    name: `${plural}/${part}`,
    singularName: '',
    namespaced,
    ...(part === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : { kind }),
    verbs: part === 'scale' ? ['get', 'patch', 'update'] : ['get'],
  }))
  return [whole, ...parts]
}

function groupOf(group: string): Record<string, unknown> {
  const versions = [...new Set(RESOURCES.filter((each) => each.group === group).map(({ version }) => version))].map(
    (version) => ({
      groupVersion: apiVersion({ group, version }),
      version,
    }),
  )
  return { name: group, versions, preferredVersion: versions[0] }
}

function groups(): readonly string[] {
  return [...new Set(RESOURCES.map(({ group }) => group))].filter((group) => group !== '').toSorted()
}

function served(): string {
  return `there are ${[...new Set(RESOURCES.map(apiVersion))].toSorted().join(', ')}`
}
