/**
 * The variables by which Kubernetes tells a container of the services in its namespace: `WEB_SERVICE_HOST`,
 * `WEB_SERVICE_PORT`, `WEB_PORT_80_TCP_ADDR` and their sisters. The values are where this node serves them to that kind of pod: a
 * process finds a service on its loopback address, a container on the gateway of its bridge.
 *
 * @module
 */
import type { ServicePortRow, ServiceRow } from '../../crdt/index.ts'
import type { RuntimeName } from '../runtime/runtime.ts'
import { routeId } from './ports.ts'
import type { HostPort, RouteId } from './ports.ts'
import type { RouteAddresses } from './places.ts'

/** Some 2,000 variables, 100 KiB: programs fail to start when their environment outgrows the kernel's limit. */
const SERVICES_MAX = 256

export interface EnvironmentFor {
  readonly namespace: string
  readonly runtime: RuntimeName
  readonly services: readonly ServiceRow[]
  readonly addresses: ReadonlyMap<RouteId, RouteAddresses>
}

/** Services without an address for this kind of pod are left out, and those beyond the first 256 by name. */
export function serviceEnvironment({
  namespace,
  runtime,
  services,
  addresses,
}: EnvironmentFor): Record<string, string> {
  const own = services.filter((service) => service.namespace === namespace)
  const variables: Record<string, string> = {}
  for (const service of own.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, SERVICES_MAX)) {
    const served = service.ports.flatMap((port) => {
      const address = addressFor(runtime, addresses.get(routeId(service.key, port.port)))
      return address === undefined ? [] : [{ port, address }]
    })
    Object.assign(variables, variablesOf(service.name, served))
  }
  return variables
}

function addressFor(runtime: RuntimeName, addresses: RouteAddresses | undefined): HostPort | undefined {
  switch (runtime) {
    case 'process':
      return addresses?.loopback
    case 'docker':
      return addresses?.gateway
  }
}

function variablesOf(
  name: string,
  served: readonly { port: ServicePortRow; address: HostPort }[],
): Record<string, string> {
  const [first] = served
  if (first === undefined) return {}
  const prefix = variableName(name)
  const variables: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: first.address.host,
    [`${prefix}_SERVICE_PORT`]: String(first.address.port),
    [`${prefix}_PORT`]: url(first.address),
  }
  for (const { port, address } of served) {
    if (port.name !== '') variables[`${prefix}_SERVICE_PORT_${variableName(port.name)}`] = String(address.port)
    // The name carries the port of the manifest, also where the value is another: programs look it up by that name.
    const link = `${prefix}_PORT_${port.port}_TCP`
    variables[link] = url(address)
    variables[`${link}_PROTO`] = 'tcp'
    variables[`${link}_PORT`] = String(address.port)
    variables[`${link}_ADDR`] = address.host
  }
  return variables
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

function url({ host, port }: HostPort): string {
  return `tcp://${host}:${port}`
}
