/**
 * Endpoints of a Service in the shape of Kubernetes: addresses that share their ports in one subset.
 *
 * @module
 */
import type { EndpointAddress, EndpointSubset } from 'kubernetes-types/core/v1.js'
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
