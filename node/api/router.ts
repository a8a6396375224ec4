/**
 * Which handler a path asks for. Paths are Kubernetes': `/api/v1/...` for the core group, `/apis/<group>/<version>/...` for
 * the others; what only Shoal has is under `/shoal/v1/`.
 *
 * @module
 */
import { METRICS } from './metrics.ts'
import { reviewAt, type Review } from './reviews.ts'
import { findResource } from './served.ts'
import type { Defining, Resource } from './served.ts'

export interface ResourceRoute {
  readonly to: 'resource'
  readonly resource: Resource
  /** Undefined for what has none, and for a list over all namespaces. */
  readonly namespace: string | undefined
  /** Undefined for the collection. */
  readonly name: string | undefined
  readonly subresource: string | undefined
}

/** Measured, and no document of anybody's. */
export type MetricsRoute = Omit<ResourceRoute, 'to' | 'subresource'> & { readonly to: 'metrics' }

export type Route =
  | ResourceRoute
  | MetricsRoute
  | { readonly to: 'discovery'; readonly group?: string; readonly version?: string; readonly root: 'api' | 'apis' }
  | { readonly to: 'review'; readonly review: Review }
  | { readonly to: 'version' }
  | { readonly to: 'health' }
  | { readonly to: 'shoal'; readonly what: string }
  | { readonly to: 'openapi'; readonly what: readonly string[] }
  | { readonly to: 'nowhere' }

const NOWHERE: Route = { to: 'nowhere' }

export function route(path: string, view: Defining): Route {
  const segments = decodeSegments(path)
  if (segments === undefined) return NOWHERE
  const [first, ...rest] = segments
  switch (first) {
    case 'api':
      return apiRoute(view, { root: 'api', group: '', rest })
    case 'apis': {
      const [group, ...after] = rest
      if (group === undefined) return { to: 'discovery', root: 'apis' }
      return apiRoute(view, { root: 'apis', group, rest: after })
    }
    case 'version':
      return rest.length === 0 ? { to: 'version' } : NOWHERE
    case 'livez':
    case 'readyz':
    case 'healthz':
      return rest.length === 0 ? { to: 'health' } : NOWHERE
    case 'openapi':
      return { to: 'openapi', what: rest }
    case 'shoal':
      return rest[0] === 'v1' && rest.length === 2 ? { to: 'shoal', what: rest[1] as string } : NOWHERE
    case undefined:
    default:
      return NOWHERE
  }
}

interface ApiPath {
  readonly root: 'api' | 'apis'
  readonly group: string
  readonly rest: readonly string[]
}

function apiRoute(view: Defining, { root, group, rest: [version, ...rest] }: ApiPath): Route {
  if (version === undefined) return { to: 'discovery', root, ...(root === 'apis' ? { group } : {}) }
  if (rest.length === 0) return { to: 'discovery', root, group, version }
  return resourceRoute(view, { group, version, segments: rest })
}

function resourceRoute(
  view: Defining,
  { group, version, segments }: { group: string; version: string; segments: readonly string[] },
): Route {
  const inNamespace = segments[0] === 'namespaces' && segments.length > 2
  const [plural, name, subresource, ...more] = inNamespace ? segments.slice(2) : segments
  // `/namespaces/shop/status` is the namespace's own status, not a collection within it.
  const own =
    inNamespace && plural === 'status' ? findResource({ group, version, plural: 'namespaces' }, view) : undefined
  if (own !== undefined)
    return { to: 'resource', resource: own, namespace: undefined, name: segments[1], subresource: 'status' }
  const review = plural === undefined || name !== undefined ? undefined : reviewAt({ group, version, plural })
  if (review !== undefined && !inNamespace) return { to: 'review', review }
  const found = plural === undefined ? undefined : resourceAt({ group, version, plural }, view)
  if (found === undefined || more.length > 0) return NOWHERE
  const { to, resource } = found
  if (inNamespace !== resource.namespaced && (inNamespace || name !== undefined)) return NOWHERE
  const namespace = inNamespace ? segments[1] : undefined
  if (to === 'resource') return { to, resource, namespace, name, subresource }
  return subresource === undefined ? { to, resource, namespace, name } : NOWHERE
}

function resourceAt(
  at: Pick<Resource, 'group' | 'version' | 'plural'>,
  view: Defining,
): { readonly to: 'resource' | 'metrics'; readonly resource: Resource } | undefined {
  const resource = findResource(at, view)
  if (resource !== undefined) return { to: 'resource', resource }
  const metrics = METRICS.find(
    ({ group, version, plural }) => group === at.group && version === at.version && plural === at.plural,
  )
  return metrics && { to: 'metrics', resource: metrics }
}

/** Undefined for escapes that are none and for empty or dotted segments. */
function decodeSegments(path: string): readonly string[] | undefined {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '')
  try {
    const segments = trimmed.split('/').map(decodeURIComponent)
    return segments.every((each) => each !== '' && each !== '.' && each !== '..' && !each.includes('/'))
      ? segments
      : undefined
  } catch {
    return undefined
  }
}
