/**
 * Services, and the addresses behind them.
 *
 * @module
 */
import { documentKey, parseKey, type DocumentKey } from '../key.ts'
import type { KubeObject, ObjectMeta, StoredObject } from '../object.ts'
import { withDefaults } from '../objects/prepare.ts'
import { derivedUid } from '../objects/uid.ts'
import { timestamp } from '../timestamp.ts'
import { endpointSubsets } from './endpoints.ts'
import { versionOf, withoutInternal, type Place, type Sources } from './sources.ts'

export function presentService(key: DocumentKey, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)
  const row = from.service(key)
  if (stored === undefined || row === undefined) return undefined
  const object = withoutInternal(withDefaults(stored.object))!
  const conditions = row.ports.flatMap((port) =>
    port.clash === undefined ? [] : [clashCondition(stored, port.port, port.clash)],
  )
  const status = conditions.length === 0 ? { loadBalancer: {} } : { loadBalancer: {}, conditions }
  const version = versionOf(stored).add(JSON.stringify(status), 0)
  return { ...object, metadata: { ...object.metadata, resourceVersion: version.toString() }, status }
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
  const stored = from.stored(key)
  const row = from.service(key)
  if (stored === undefined || row === undefined) return undefined
  const subsets = endpointSubsets(row, from.endpoints(key), (id) => from.node(id)?.name)
  const version = versionOf(stored).add(JSON.stringify(subsets), 0)
  const { uid = '', creationTimestamp = timestamp(0), labels } = stored.object.metadata
  const metadata: ObjectMeta = {
    name,
    namespace,
    uid: derivedUid('Endpoints', uid),
    creationTimestamp,
    resourceVersion: version.toString(),
    ...(labels === undefined ? {} : { labels }),
  }
  return { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets }
}
