/**
 * Services, and the addresses behind them.
 *
 * @module
 */
import { documentKey, parseKey, type DocumentKey } from '../key.ts'
import type { KubeObject, ObjectMeta, StoredObject } from '../object.ts'
import { withDefaults } from '../objects/prepare.ts'
import { serviceSpec } from '../objects/service.ts'
import { derivedUid } from '../objects/uid.ts'
import { timestamp } from '../timestamp.ts'
import { endpointSlice, endpointSubsets } from './endpoints.ts'
import { serviceOfSlice } from './keys.ts'
import { versionOf, withoutInternal, type Place, type Sources } from './sources.ts'

export function presentService(key: DocumentKey, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)
  const row = from.service(key)
  if (stored === undefined || row === undefined) return undefined
  const object = withAddress(withoutInternal(withDefaults(stored.object))!)
  const conditions = row.ports.flatMap((port) =>
    port.clash === undefined ? [] : [clashCondition(stored, port.port, port.clash)],
  )
  const status = conditions.length === 0 ? { loadBalancer: {} } : { loadBalancer: {}, conditions }
  const version = versionOf(stored).add(JSON.stringify(status), 0)
  return { ...object, metadata: { ...object.metadata, resourceVersion: version.toString() }, status }
}

/**
 * [VIEW50] No service has an address of the cluster's. Clients wait until they are told of one (Helm), and take `None` for a
 * service without ports of its own (`kubectl port-forward svc/x 80` then goes to port 80 of the pod).
 */
const NOWHERE = '0.0.0.0'

function withAddress(service: KubeObject): KubeObject {
  const spec = serviceSpec(service)
  if (spec.type === 'ExternalName' || spec.clusterIP) return service
  return { ...service, spec: { ...spec, clusterIP: NOWHERE, clusterIPs: [NOWHERE] } }
}

function clashCondition({ changedAtMs }: StoredObject, port: number, clash: DocumentKey): Record<string, string> {
  const holder = parseKey(clash)!
  return {
    type: 'NodePortClash',
    status: 'True',
    reason: 'HeldByOlderService',
    message: `the node port of port ${port} is held by the older Service ${holder.namespace}/${holder.name}; choose another`,
    lastTransitionTime: timestamp(changedAtMs),
  }
}

export function presentEndpoints({ namespace, name }: Place, from: Sources): KubeObject | undefined {
  const key = documentKey({ group: '', kind: 'Service', namespace, name })
  const [stored, row] = [from.stored(key), from.service(key)]
  if (stored === undefined || row === undefined) return undefined
  const subsets = endpointSubsets(row, from.endpoints(key), (id) => from.node(id)?.name)
  const metadata = metadataOf('Endpoints', stored, { name, content: subsets })
  return { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets }
}

/** [VIEW31] The same addresses as newer clients look for them, by the label of their Service. */
export function presentEndpointSlice(place: Place, from: Sources): KubeObject | undefined {
  const key = serviceOfSlice(place)
  const [stored, row] = key === undefined ? [] : [from.stored(key), from.service(key)]
  if (key === undefined || stored === undefined || row === undefined) return undefined
  const slice = endpointSlice(row, from.endpoints(key), (id) => from.node(id)?.name)
  const metadata = metadataOf('EndpointSlice', stored, { name: place.name, content: slice })
  const { name, uid } = stored.object.metadata
  const labels = {
    ...metadata.labels,
    'kubernetes.io/service-name': name,
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  }
  const owner = { apiVersion: 'v1', kind: 'Service', name, uid: uid ?? '', controller: true, blockOwnerDeletion: true }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels, ownerReferences: [owner] },
    ...slice,
  }
}

/** Of what follows from a Service: `content` is what its version changes with. */
function metadataOf(
  kind: string,
  stored: StoredObject,
  { name, content }: { name: string; content: unknown },
): ObjectMeta {
  const { namespace, uid = '', creationTimestamp = timestamp(0), labels } = stored.object.metadata
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: derivedUid(kind, uid),
    creationTimestamp,
    resourceVersion: versionOf(stored).add(JSON.stringify(content), 0).toString(),
    ...(labels === undefined ? {} : { labels }),
  }
}
