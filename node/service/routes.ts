/**
 * What this node should listen on for services, and which pods stand behind each port: a pure function of the view.
 *
 * A service port is listened on at up to three places: its nodePort on the host's address (type NodePort), its own port on a
 * loopback address of its own (local clients), and a port on docker's gateway (containers). All lead to the same route.
 *
 * @module
 */
import type { DocumentKey, ServicePortRow } from '../../crdt/index.ts'
import { routeOf } from './backends.ts'
import type { Route } from './backends.ts'
import { addressesOf, settleServices } from './places.ts'
import type { Places, RouteAddresses } from './places.ts'
import type { HostPort, RoutedService, RouteEvent, RouteId, RoutesSelf, RoutesView } from './ports.ts'
import { NETWORK_LABEL } from './ways.ts'
import type { WaysFrom } from './ways.ts'

/** Listeners of one node: each is a file descriptor, and a service may have many ports. The oldest services have them. */
export const LISTENERS_MAX = 2_000

export interface RouteTable {
  readonly listeners: ReadonlyMap<ListenerId, WantedListener>
  readonly routes: ReadonlyMap<RouteId, Route>
  /** Where clients on this machine find a service port. */
  readonly addresses: ReadonlyMap<RouteId, RouteAddresses>
  readonly places: Places
  /** What could not be routed, and why. */
  readonly events: readonly RouteEvent[]
  /** Nodes whose machine is gone: connections to pods there hang for good. */
  readonly lost: ReadonlySet<string>
}

export type ListenerId = `${string}:${number}`

export interface WantedListener extends HostPort {
  readonly route: RouteId
  readonly service: DocumentKey
  readonly purpose: 'node-port' | 'loopback' | 'gateway'
}

export interface RoutesInput {
  readonly view: RoutesView
  readonly self: RoutesSelf
  /** `places` of the table before; `NO_PLACES` at first. */
  readonly previous: Places
  /** Ports of our own choosing that were found taken by other programs. */
  isPortTaken(route: string, port: number): boolean
}

export function routeTable({ view, self, previous, isPortTaken }: RoutesInput): RouteTable {
  const services = view.services().toSorted(byAge)
  const places = settleServices(services, { self, previous, isPortTaken })
  const from = waysFrom(view, self)
  const listeners = new Map<ListenerId, WantedListener>()
  const routes = new Map<RouteId, Route>()
  const addresses = new Map<RouteId, RouteAddresses>()
  const events: RouteEvent[] = []
  const lost = new Set<string>()
  for (const service of services) {
    const endpoints = view.endpoints(service.key)
    for (const { node, verdict } of endpoints) if (verdict === 'lost' && node !== self.id) lost.add(node)
    for (const port of service.ports) {
      const served = addressesOf(service, port, { places, self })
      if (port.protocol !== 'TCP' || served === undefined) {
        events.push(notRouted(service, port))
        continue
      }
      if (port.clash !== undefined) events.push(nodePortClash(service, port))
      const route = routeOf(service, port, endpoints, from)
      routes.set(route.id, route)
      addresses.set(route.id, served)
      for (const listener of listenersOf(route, port, served, self)) {
        if (listeners.size < LISTENERS_MAX) listeners.set(`${listener.host}:${listener.port}`, listener)
        else events.push(tooMany(listener))
      }
    }
  }
  return { listeners, routes, addresses, places, events, lost }
}

function listenersOf(
  { id, service }: Route,
  { nodePort }: ServicePortRow,
  { loopback, gateway }: RouteAddresses,
  { hostAddress }: RoutesSelf,
): readonly WantedListener[] {
  const leadsTo = { route: id, service }
  const listeners: WantedListener[] = [{ ...loopback, purpose: 'loopback', ...leadsTo }]
  if (nodePort !== undefined) listeners.unshift({ host: hostAddress, port: nodePort, purpose: 'node-port', ...leadsTo })
  if (gateway !== undefined) listeners.push({ ...gateway, purpose: 'gateway', ...leadsTo })
  return listeners
}

function waysFrom(view: RoutesView, self: RoutesSelf): WaysFrom {
  const networks = new Map(view.nodes().map(({ id, fact }) => [id, fact.labels[NETWORK_LABEL]]))
  return { self: self.id, network: self.network, networkOf: (node) => networks.get(node) }
}

function notRouted({ key: service, name }: RoutedService, { port, protocol }: ServicePortRow): RouteEvent {
  const why =
    protocol === 'TCP' ? 'no free local port was found for it' : `${protocol} is not forwarded yet, only TCP is`
  return { service, reason: 'NotRouted', message: `port ${port} of ${name} is not served: ${why}` }
}

function nodePortClash({ key: service, name }: RoutedService, { port, clash }: ServicePortRow): RouteEvent {
  const message = `port ${port} of ${name} has no nodePort: the one it asks for is that of ${clash}; give one of them another`
  return { service, reason: 'NodePortClash', message }
}

function tooMany({ service, host, port }: WantedListener): RouteEvent {
  const message = `not listening on ${host}:${port}: this node has ${LISTENERS_MAX} service listeners already; delete services`
  return { service, reason: 'NotRouted', message }
}

function byAge(a: RoutedService, b: RoutedService): number {
  return a.createdAtMs - b.createdAtMs || (a.key < b.key ? -1 : 1)
}
