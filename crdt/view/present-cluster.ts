/**
 * What belongs to no namespace: nodes, and the namespaces themselves.
 *
 * @module
 */
import type { DocumentKey } from '../key.ts'
import type { KubeObject, ObjectMeta } from '../object.ts'
import { DEFAULT_NAMESPACE } from '../objects/namespace.ts'
import { nodeLabels, nodeStatusAndSpec } from '../objects/node.ts'
import { withDefaults } from '../objects/prepare.ts'
import { derivedUid } from '../objects/uid.ts'
import { timestamp } from '../timestamp.ts'
import { VersionSum } from './resource-version.ts'
import { nodeKey } from './keys.ts'
import { withoutInternal, type Sources } from './sources.ts'

export function presentNamespace(key: DocumentKey, name: string, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)?.object ?? (name === DEFAULT_NAMESPACE ? builtInNamespace(from.clusterId) : undefined)
  if (stored === undefined) return undefined
  const { name: _, ...metadata } = stored.metadata
  const labels = { 'kubernetes.io/metadata.name': name, ...metadata.labels }
  return {
    ...withoutInternal(withDefaults(stored))!,
    metadata: { ...metadata, name, labels },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: metadata.deletionTimestamp === undefined ? 'Active' : 'Terminating' },
  }
}

function builtInNamespace(clusterId: string): KubeObject {
  const uid = derivedUid('Namespace', clusterId, DEFAULT_NAMESPACE)
  const metadata = {
    name: DEFAULT_NAMESPACE,
    uid,
    creationTimestamp: timestamp(0),
    resourceVersion: new VersionSum().toString(),
  }
  return { apiVersion: 'v1', kind: 'Namespace', metadata }
}

export function presentNode(name: string, from: Sources): KubeObject | undefined {
  const row = from.nodeNamed(name)
  if (row === undefined) return undefined
  const view = { ...row, heardMs: row.changedAtMs }
  const { spec, status } = nodeStatusAndSpec(view)
  const wish = from.stored(nodeKey(name))
  const version = new VersionSum().add(row.version, row.changedAtMs).add(`${row.verdict}/${row.sinceMs}`, row.sinceMs)
  if (wish !== undefined) version.add(wish.object.metadata.resourceVersion ?? '', wish.changedAtMs)
  const metadata: ObjectMeta = {
    name,
    uid: derivedUid('Node', row.id),
    creationTimestamp: timestamp(from.admittedMs(row.id) || row.fact.startedAtMs),
    resourceVersion: version.toString(),
    labels: nodeLabels(view),
    annotations: { ...wish?.object.metadata.annotations, 'shoal.dev/peer-id': row.id },
  }
  return { apiVersion: 'v1', kind: 'Node', metadata, spec, status }
}
