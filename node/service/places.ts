/**
 * Where clients on this machine find each service port: on loopback for processes, on docker's gateway for containers.
 *
 * @module
 */
import type { ServicePortRow, ServiceRow } from '../../crdt/index.ts'
import { loopbackCandidate, portCandidate, settlePlaces } from './addresses.ts'
import { routeId } from './ports.ts'
import type { HostPort, RoutesSelf } from './ports.ts'

/** What was settled before, to be handed in again so that nothing moves while the node runs. */
export interface Places {
  /** Loopback address by service. */
  readonly hosts: ReadonlyMap<string, string>
  /** Port of 20000 to 29999 by route: on the gateway, and on loopback where the service's own is not allowed. */
  readonly ports: ReadonlyMap<string, number>
}

export const NO_PLACES: Places = { hosts: new Map(), ports: new Map() }

export interface RouteAddresses {
  readonly loopback: HostPort
  readonly gateway?: HostPort
}

export function settleServices(
  services: readonly ServiceRow[],
  {
    self,
    previous,
    isPortTaken,
  }: { self: RoutesSelf; previous: Places; isPortTaken: (route: string, port: number) => boolean },
): Places {
  return {
    hosts: settlePlaces({
      names: services.map(({ key }) => key),
      previous: previous.hosts,
      isTaken: () => false,
      candidate: (name, attempt) => loopbackCandidate(self.id, name, attempt),
    }),
    ports: settlePlaces({
      names: services.flatMap(({ key, ports }) => ports.map(({ port }) => routeId(key, port))),
      previous: previous.ports,
      isTaken: isPortTaken,
      candidate: (name, attempt) => portCandidate(self.id, name, attempt),
    }),
  }
}

/** Undefined where no place was left. */
export function addressesOf(
  service: ServiceRow,
  { port }: ServicePortRow,
  { places, self }: { places: Places; self: RoutesSelf },
): RouteAddresses | undefined {
  const host = places.hosts.get(service.key)
  const ownPort = places.ports.get(routeId(service.key, port))
  if (host === undefined || ownPort === undefined) return undefined
  return {
    loopback: { host, port: port >= self.lowestPort ? port : ownPort },
    ...(self.gateway === undefined ? {} : { gateway: { host: self.gateway, port: ownPort } }),
  }
}
