/**
 * Which pods stand behind a port of a service, as this node sees it: how gladly each is used, and the ways that lead to it.
 *
 * @module
 */
import type { Endpoint, ServicePortRow } from '../../crdt/index.ts'
import { routeId } from './ports.ts'
import type { HostPort, RoutedService, RouteId } from './ports.ts'
import { waysTo } from './ways.ts'
import type { Way, WaysFrom } from './ways.ts'

export interface Route {
  readonly id: RouteId
  readonly service: string
  readonly port: number
  /** In the order of their uids, so that all tables agree on it. */
  readonly backends: readonly Backend[]
  readonly affinity: 'None' | 'ClientIP'
  readonly preferLocal: boolean
}

/** One pod's port behind a route. */
export interface Backend extends HostPort {
  /** Uid and port: what is remembered of it, it keeps from table to table. */
  readonly id: string
  readonly podUid: string
  readonly podName: string
  readonly node: string
  readonly isLocal: boolean
  /** `doubtful`: used only where no `sure` one is left. */
  readonly standing: 'sure' | 'doubtful'
  readonly ways: readonly Way[]
}

export function routeOf(
  service: RoutedService,
  { name, port }: ServicePortRow,
  endpoints: readonly Endpoint[],
  from: WaysFrom,
): Route {
  const backends = endpoints.flatMap((endpoint) => {
    const standing = standingOf(endpoint, { self: from.self, takesUnready: service.publishNotReady })
    return standing === 'out' ? [] : (backendOf(endpoint, { port: endpoint.ports[name], standing, from }) ?? [])
  })
  return {
    id: routeId(service.key, port),
    service: service.key,
    port,
    backends: backends.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    affinity: service.affinity,
    preferLocal: service.preferLocal ?? false,
  }
}

/** [ROUTE4] Whether connections may go to this pod, and how gladly. */
export function standingOf(
  { ready, stopping, node, verdict, probe }: Pick<Endpoint, 'ready' | 'stopping' | 'node' | 'verdict' | 'probe'>,
  { self, takesUnready }: { self: string; takesUnready: boolean },
): Backend['standing'] | 'out' {
  if (stopping || (!ready && !takesUnready)) return 'out'
  // No opinion about others takes away what runs here.
  if (node === self) return 'sure'
  switch (verdict) {
    case 'alive':
      return 'sure'
    case 'unreachable':
      return 'doubtful'
    case 'agent-gone':
      if (probe === 'refused') return 'out'
      return probe === 'answers' ? 'sure' : 'doubtful'
    case 'lost':
      return 'out'
  }
}

/** [ROUTE8] Undefined where the pod has no such port, or no way leads to it. */
function backendOf(
  endpoint: Endpoint,
  { port, standing, from }: { port: number | undefined; standing: Backend['standing']; from: WaysFrom },
): Backend | undefined {
  const ways = waysTo(endpoint, from)
  if (port === undefined || ways.length === 0) return undefined
  const { podUid, podName, node, podIP: host } = endpoint
  return { id: `${podUid}:${port}`, podUid, podName, node, host, port, isLocal: node === from.self, standing, ways }
}
