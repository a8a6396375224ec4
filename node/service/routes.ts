/**
 * What this node should listen on for services, and which pods stand behind each port: a pure function of the view.
 *
 * A service port is listened on at up to three places: its nodePort on the host's address (type NodePort), its own port on a
 * loopback address of its own (local clients), and a port on docker's gateway (containers). All lead to the same route.
 *
 * @module
 */
import type { DocumentKey, Endpoint, ServicePortRow, ServiceRow } from '../../crdt/index.ts'
import { loopbackCandidate, portCandidate, settlePlaces } from './addresses.ts'
import { routeId } from './ports.ts'
import type { HostPort, RoutedService, RouteEvent, RouteId, RoutesSelf, RoutesView } from './ports.ts'
import { NETWORK_LABEL, waysTo } from './ways.ts'
import type { Way, WaysFrom } from './ways.ts'

/** Listeners of one node: each is a file descriptor, and a service may have many ports. The first by name have them. */
export const LISTENERS_MAX = 2_000

export interface RouteTable {
  readonly listeners: ReadonlyMap<ListenerId, WantedListener>
  readonly routes: ReadonlyMap<RouteId, Route>
  /** Where clients on this machine find a service port. */
  readonly addresses: ReadonlyMap<RouteId, RouteAddresses>
  /** To be handed in as `previous` next time, so that places do not move. */
  readonly places: Places
  /** What could not be routed, and why. */
  readonly events: readonly RouteEvent[]
  /** Pods whose connections hang for good: their machine is gone. */
  readonly dead: ReadonlySet<string>
}

export type ListenerId = `${string}:${number}`

export interface WantedListener extends HostPort {
  readonly route: RouteId
  readonly service: DocumentKey
  readonly purpose: 'node-port' | 'loopback' | 'gateway'
}

export interface Route {
  readonly id: RouteId
  readonly service: DocumentKey
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

export interface RouteAddresses {
  readonly loopback: HostPort
  readonly gateway?: HostPort
}

export interface Places {
  /** Loopback address by service. */
  readonly hosts: ReadonlyMap<string, string>
  /** Port of 20000 to 29999 by route: on the gateway, and on loopback where the service's own is not allowed. */
  readonly ports: ReadonlyMap<string, number>
}

export const NO_PLACES: Places = { hosts: new Map(), ports: new Map() }

export interface RoutesInput {
  readonly view: RoutesView
  readonly self: RoutesSelf
  readonly previous: Places
  /** Ports that were found taken by other programs, by route. */
  isPortTaken(route: string, port: number): boolean
}

export function routeTable({ view, self, previous, isPortTaken }: RoutesInput): RouteTable {
  const services = view.services().toSorted((a, b) => compare(a.key, b.key))
  const places = settle(services, self, previous, isPortTaken)
  const from = waysFrom(view, self)
  const table = {
    listeners: new Map<ListenerId, WantedListener>(),
    routes: new Map<RouteId, Route>(),
    addresses: new Map<RouteId, RouteAddresses>(),
    places,
    events: [] as RouteEvent[],
    dead: new Set<string>(),
  }
  for (const service of services) {
    const endpoints = view.endpoints(service.key)
    for (const endpoint of endpoints) if (endpoint.verdict === 'lost') table.dead.add(endpoint.podUid)
    for (const port of service.ports) {
      const addresses = addressesOf(service, port, places, self)
      if (port.protocol !== 'TCP' || addresses === undefined) {
        table.events.push(notRouted(service, port))
        continue
      }
      const route = makeRoute(service, port, endpoints, from)
      table.routes.set(route.id, route)
      table.addresses.set(route.id, addresses)
      for (const listener of listenersOf(route, port, addresses, self)) addListener(table, listener)
    }
  }
  return table
}

/** [ROUTE4] Whether connections may go to this pod, and how gladly. */
export function standingOf(endpoint: Omit<EndpointRow, 'ports'>, self: string): Backend['standing'] | 'out' {
  if (!endpoint.ready || endpoint.stopping) return 'out'
  // No opinion about others takes away what runs here.
  if (endpoint.node === self) return 'sure'
  switch (endpoint.verdict) {
    case 'alive':
      return 'sure'
    case 'unreachable':
      return 'doubtful'
    case 'agent-gone':
      if (endpoint.probe === 'refused') return 'out'
      return endpoint.probe === 'answers' ? 'sure' : 'doubtful'
    case 'lost':
      return 'out'
  }
}

function makeRoute(
  service: ServiceRow,
  { port }: ServicePortRow,
  endpoints: readonly EndpointRow[],
  from: WaysFrom,
): Route {
  const backends = endpoints.flatMap((endpoint) => makeBackend(endpoint, endpoint.ports[port], from) ?? [])
  return {
    id: routeId(service.key, port),
    service: service.key,
    port,
    backends: backends.toSorted((a, b) => compare(a.id, b.id)),
    affinity: service.affinity ?? 'None',
    preferLocal: service.preferLocal ?? false,
  }
}

function makeBackend(endpoint: EndpointRow, port: number | undefined, from: WaysFrom): Backend | undefined {
  const standing = standingOf(endpoint, from.self)
  const ways = waysTo(endpoint, from)
  if (standing === 'out' || port === undefined || ways.length === 0) return undefined
  const { podUid, podName, node, podIP } = endpoint
  return {
    id: `${podUid}:${port}`,
    podUid,
    podName,
    node,
    host: podIP,
    port,
    isLocal: node === from.self,
    standing,
    ways,
  }
}

function* listenersOf(
  route: Route,
  { nodePort }: ServicePortRow,
  { loopback, gateway }: RouteAddresses,
  self: RoutesSelf,
): Iterable<WantedListener> {
  const leadsTo = { route: route.id, service: route.service }
  if (nodePort !== undefined) yield { host: self.hostAddress, port: nodePort, purpose: 'node-port', ...leadsTo }
  yield { ...loopback, purpose: 'loopback', ...leadsTo }
  if (gateway !== undefined) yield { ...gateway, purpose: 'gateway', ...leadsTo }
}

function addListener(
  table: { listeners: Map<ListenerId, WantedListener>; events: RouteEvent[] },
  listener: WantedListener,
): void {
  const { service, host, port } = listener
  const id: ListenerId = `${host}:${port}`
  const other = table.listeners.get(id)
  if (other !== undefined) {
    const message = `${host}:${port} belongs to the older service ${other.service}; give one of the two another nodePort`
    table.events.push({ service, reason: 'NodePortClash', message })
  } else if (table.listeners.size >= LISTENERS_MAX) {
    const message = `not listening on ${host}:${port}: this node has ${LISTENERS_MAX} service listeners already; delete services`
    table.events.push({ service, reason: 'NotRouted', message })
  } else {
    table.listeners.set(id, listener)
  }
}

function addressesOf(
  service: ServiceRow,
  { port }: ServicePortRow,
  places: Places,
  self: RoutesSelf,
): RouteAddresses | undefined {
  const host = places.hosts.get(service.key)
  const ownPort = places.ports.get(routeId(service.key, port))
  if (host === undefined || ownPort === undefined) return undefined
  return {
    loopback: { host, port: port >= self.lowestPort ? port : ownPort },
    ...(self.gateway === undefined ? {} : { gateway: { host: self.gateway, port: ownPort } }),
  }
}

function settle(
  services: readonly ServiceRow[],
  self: RoutesSelf,
  previous: Places,
  isPortTaken: RoutesInput['isPortTaken'],
): Places {
  const routes = services.flatMap(({ key, ports }) => ports.map(({ port }) => routeId(key, port)))
  return {
    hosts: settlePlaces({
      names: services.map(({ key }) => key),
      previous: previous.hosts,
      isTaken: () => false,
      candidate: (name, attempt) => loopbackCandidate(self.id, name, attempt),
    }),
    ports: settlePlaces({
      names: routes,
      previous: previous.ports,
      isTaken: isPortTaken,
      candidate: (name, attempt) => portCandidate(self.id, name, attempt),
    }),
  }
}

function notRouted(service: ServiceRow, { port, protocol }: ServicePortRow): RouteEvent {
  const why =
    protocol === 'TCP' ? 'no free local port was found for it' : `${protocol} is not forwarded yet, only TCP is`
  return { service: service.key, reason: 'NotRouted', message: `port ${port} of ${service.name} is not served: ${why}` }
}

function waysFrom(view: RoutesView, self: RoutesSelf): WaysFrom {
  const networks = new Map(view.nodes().map(({ id, fact }) => [id, fact?.labels[NETWORK_LABEL]]))
  return { self: self.id, network: self.network, networkOf: (node) => networks.get(node) }
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
