/**
 * What a pod takes from ConfigMaps and Secrets: which ones its template names, and their values as bytes. Pure.
 *
 * @module
 */
import {
  configDocument,
  configsOf,
  isSealed,
  type ConfigKind,
  type DocumentKey,
  type KubeObject,
} from '../../crdt/index.ts'
import type { PodTemplate } from './template.ts'

/** A ConfigMap or Secret of the pod's namespace as it is now; undefined where there is none of that name. */
export type ReadConfig = (kind: ConfigKind, name: string) => KubeObject | undefined

/** By key; of a ConfigMap the binary ones too. */
export type ConfigValues = ReadonlyMap<string, Buffer>

export function configValues(object: KubeObject): ConfigValues {
  const isSecret = object.kind === 'Secret'
  const decoded = (part: string, encoding: 'utf8' | 'base64'): [string, Buffer][] =>
    Object.entries((object[part] ?? {}) as Record<string, unknown>).flatMap(([key, value]): [string, Buffer][] =>
      typeof value === 'string' ? [[key, Buffer.from(value, encoding)]] : [],
    )
  return new Map([...decoded('data', isSecret ? 'base64' : 'utf8'), ...decoded('binaryData', 'base64')])
}

/** [SEAL2] Why nothing of it can be given to a pod; undefined where it can. */
export function lockOf({ kind, metadata, data }: KubeObject & { data?: unknown }): string | undefined {
  const values = Object.values((data ?? {}) as Record<string, unknown>)
  if (kind !== 'Secret' || !values.some((value) => typeof value === 'string' && isSealed(value))) return undefined
  return `secret "${metadata.name}" does not open with the data key of this node: copy the file data-key from another member`
}

/** In Kubernetes' words. */
export function notFound(kind: ConfigKind, name: string): string {
  return `${kind.toLowerCase()} "${name}" not found`
}

export function keyMissing(kind: ConfigKind, { name, key }: { name: string; key: string }): string {
  return `key "${key}" is not in ${kind} "${name}"`
}

/** The documents that a pod of this template reads: a change of one of them may change what it is launched with. */
export function configKeys(template: PodTemplate, namespace: string): ReadonlySet<DocumentKey> {
  const pulls = (template.spec.imagePullSecrets ?? []).flatMap(({ name }) =>
    name ? [{ kind: 'Secret' as const, name }] : [],
  )
  return new Set([...configsOf(template), ...pulls].map((reference) => configDocument(reference, namespace)))
}

/** Whether a document is one that pods may read. */
export function isConfig(key: DocumentKey): boolean {
  return key.startsWith('core/ConfigMap/') || key.startsWith('core/Secret/')
}
