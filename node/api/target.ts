/**
 * The one object that a request is about, and its two faces: as the API shows it, and as users wrote it.
 *
 * @module
 */
import { documentKey, kubernetes } from '../../crdt/index.ts'
import type { DocumentKey, KubeObject } from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { faceOf, storedOf } from './custom/faces.ts'
import { ListKeys } from './list-keys.ts'
import { resourceOfKind } from './served.ts'
import type { Resource } from './served.ts'
import { ApiError, notFound, qualified } from './status.ts'

export interface Target {
  readonly resource: Resource
  /** Empty for what has none. */
  readonly namespace: string
  readonly name: string
  readonly key: DocumentKey
}

export function target(resource: Resource, namespace: string | undefined, name: string): Target {
  const parts = { group: resource.group, kind: resource.kind, namespace: namespace ?? '', name }
  return { resource, namespace: parts.namespace, name, key: documentKey(parts) }
}

export interface Faces {
  /** With defaults and status. */
  readonly shown: KubeObject
  /** As users wrote it; undefined for what is there without anybody having written it: the namespace `default`. */
  readonly stored: KubeObject | undefined
}

export function existing(backend: ApiBackend, at: Target): Faces {
  const shown = backend.view.get(at.key)
  if (shown === undefined) throw notFound(at.resource, at.name)
  return { shown: faceOf(at.resource, shown), stored: storedOf(backend, at) }
}

/** The Deployment that stands behind a pod that nobody wrote; undefined: it was deleted. */
export function ownerOf({ namespace }: Pick<Target, 'namespace'>, { metadata }: KubeObject): Target | undefined {
  const [owner] = metadata.ownerReferences ?? []
  if (owner === undefined) return undefined
  return target(resourceOfKind('apps', 'Deployment') as Resource, namespace, owner.name.replace(/-[^-]+$/, ''))
}

/** What is left of a Pod that somebody wrote and that was deleted. */
export const isRemnant = ({ resource }: Pick<Target, 'resource'>, { shown, stored }: Faces): boolean =>
  resource.kind === 'Pod' && stored === undefined && shown.metadata.ownerReferences === undefined

/** [API108] Its node is away, and may be so for ever: it keeps the name from nobody. */
export function isLeftBehind(backend: ApiBackend, at: Target, faces: Faces): boolean {
  const { uid } = faces.shown.metadata
  const row = backend.view.pods().find(({ fact }) => fact.ofPod === uid || fact.uid === uid)
  return isRemnant(at, faces) && row !== undefined && row.verdict !== 'alive'
}

/** [API64] A pod that nobody wrote belongs to a Deployment, which would make it again, or make it as it was. */
export function assertWritable(at: Target, { shown, stored }: Faces): void {
  const { resource, name } = at
  if (stored !== undefined || resource.kind !== 'Pod') return
  const deployment = ownerOf(at, shown)?.name
  const why =
    deployment === undefined
      ? 'it was deleted, and is being stopped'
      : `it belongs to Deployment ${deployment}: change, scale or delete that`
  throw new ApiError('Forbidden', `${qualified(resource)} "${name}" cannot be written: ${why}`)
}

export function keysOf({ resource }: Target): ListKeys {
  return new ListKeys(resource.custom?.definition.listKeys ?? kubernetes.listKeys(resource.group, resource.kind))
}
