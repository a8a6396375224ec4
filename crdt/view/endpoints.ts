/**
 * Endpoints of a Service in the shapes of Kubernetes: addresses that share their ports in one subset, and as a slice.
 *
 * @module
 */
import type { EndpointAddress, EndpointSubset } from 'kubernetes-types/core/v1.js'
import type { Endpoint as SliceEndpoint, EndpointSlice } from 'kubernetes-types/discovery/v1.js'
import type { NodeId } from '../identity.ts'
import { isEndpointReady, type Endpoint, type ServiceRow } from './rows.ts'

export function endpointSubsets(
  service: ServiceRow,
  endpoints: readonly Endpoint[],
  nodeName: (node: NodeId) => string | undefined,
): EndpointSubset[] {
  const subsets = new Map<
    string,
    { ports: EndpointSubset['ports']; ready: EndpointAddress[]; notReady: EndpointAddress[] }
  >()
  for (const endpoint of endpoints) {
    const ports = portsOf(service, endpoint)
    const name = JSON.stringify(ports)
    const subset = subsets.get(name) ?? { ports, ready: [], notReady: [] }
    subsets.set(name, subset)
    const isReady = isEndpointReady(endpoint) || service.publishNotReady
    ;(isReady ? subset.ready : subset.notReady).push(addressOf(service, endpoint, nodeName(endpoint.node)))
  }
  return [...subsets.values()].map(({ ports, ready, notReady }) => ({
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ...(ports === undefined ? {} : { ports }),
  }))
}

function portsOf(service: ServiceRow, endpoint: Endpoint): NonNullable<EndpointSubset['ports']> {
  return service.ports.flatMap(({ name, protocol }) => {
    const port = endpoint.ports[name]
    if (port === undefined) return []
    return [{ ...(name === '' ? {} : { name }), port, protocol }]
  })
}

function addressOf(service: ServiceRow, endpoint: Endpoint, nodeName: string | undefined): EndpointAddress {
  const { podIP: ip, podName: name, podUid: uid } = endpoint
  const targetRef = { kind: 'Pod', namespace: service.namespace, name, uid }
  return nodeName === undefined ? { ip, targetRef } : { ip, nodeName, targetRef }
}

/** Ports of a slice are those of all its endpoints: where pods differ in them, those of most, and the others are left out. */
export function endpointSlice(
  service: ServiceRow,
  endpoints: readonly Endpoint[],
  nodeName: (node: NodeId) => string | undefined,
): Pick<EndpointSlice, 'addressType' | 'endpoints' | 'ports'> {
  const groups = new Map<string, Endpoint[]>()
  for (const endpoint of endpoints.filter(isIPv4)) {
    const ports = JSON.stringify(portsOf(service, endpoint))
    const group = groups.get(ports) ?? []
    groups.set(ports, group)
    group.push(endpoint)
  }
  const [most = []] = [...groups.values()].toSorted((one, other) => other.length - one.length)
  const [first] = most
  return {
    addressType: 'IPv4',
    endpoints: most.map((each) => sliceEndpoint(service, each, nodeName(each.node))),
    ports: first === undefined ? [] : portsOf(service, first).map(({ name = '', ...port }) => ({ name, ...port })),
  }
}

const isIPv4 = ({ podIP }: Endpoint): boolean => podIP !== '' && !podIP.includes(':')

function sliceEndpoint(service: ServiceRow, endpoint: Endpoint, nodeName: string | undefined): SliceEndpoint {
  const { ip, targetRef } = addressOf(service, endpoint, nodeName)
  const serving = isEndpointReady({ ...endpoint, stopping: false })
  return {
    addresses: [ip],
    conditions: {
      ready: isEndpointReady(endpoint) || service.publishNotReady,
      serving,
      terminating: endpoint.stopping,
    },
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  }
}
