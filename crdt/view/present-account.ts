/**
 * ServiceAccounts as the API shows them: the one called `default` is in every namespace.
 *
 * @module
 */
import { namespaceKey, type DocumentKey, type KeyParts } from '../key.ts'
import type { KubeObject } from '../object.ts'
import { withDefaults } from '../objects/prepare.ts'
import { DEFAULT_ACCOUNT } from '../objects/service-account.ts'
import { derivedUid } from '../objects/uid.ts'
import { presentNamespace } from './present-cluster.ts'
import { withoutInternal, type Sources } from './sources.ts'

export function presentServiceAccount(key: DocumentKey, parts: KeyParts, from: Sources): KubeObject | undefined {
  const stored = from.stored(key)?.object
  if (stored !== undefined) return withoutInternal(withDefaults(stored))
  return parts.name === DEFAULT_ACCOUNT ? builtInAccount(parts.namespace, from) : undefined
}

/** [SA2] As old as its namespace, and gone with it. */
function builtInAccount(namespace: string, from: Sources): KubeObject | undefined {
  const room = presentNamespace(namespaceKey(namespace), namespace, from)
  if (room === undefined) return undefined
  const { uid = '', creationTimestamp, resourceVersion } = room.metadata
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: DEFAULT_ACCOUNT,
      namespace,
      uid: derivedUid('ServiceAccount', uid, DEFAULT_ACCOUNT),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  }
}
