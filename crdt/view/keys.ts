/**
 * Keys of derived objects: where those are told and found that no document stands for.
 *
 * @module
 */
import { documentKey, parseKey, type DocumentKey } from '../key.ts'
import { replicaSetName } from '../objects/replicaset.ts'
import { pendingPodName } from './pending.ts'
import type { PendingSlot, Workload } from './rows.ts'

/** `apps/Deployment/` of `apps/Deployment/default/web`. */
export const prefixOf = (key: DocumentKey): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1)

export const nodeKey = (name: string): DocumentKey => documentKey({ group: '', kind: 'Node', namespace: '', name })

export const podKey = ({ namespace, name }: { namespace: string; name: string }): DocumentKey =>
  documentKey({ group: '', kind: 'Pod', namespace, name })

export function endpointsKey(service: DocumentKey): DocumentKey {
  const { namespace, name } = parseKey(service)!
  return documentKey({ group: '', kind: 'Endpoints', namespace, name })
}

/** One for each Service, so its name needs no more than an end that is always there. */
const SLICE_END = '-1'

export function endpointSliceKey(service: DocumentKey): DocumentKey {
  const { namespace, name } = parseKey(service)!
  return documentKey({ group: 'discovery.k8s.io', kind: 'EndpointSlice', namespace, name: `${name}${SLICE_END}` })
}

/** The Service whose slice has this name; undefined: no slice has it. */
export function serviceOfSlice({ namespace, name }: { namespace: string; name: string }): DocumentKey | undefined {
  if (!name.endsWith(SLICE_END) || name === SLICE_END) return undefined
  return documentKey({ group: '', kind: 'Service', namespace, name: name.slice(0, -SLICE_END.length) })
}

export function replicaSetKey(workload: DocumentKey, hash: string): DocumentKey {
  const { namespace, name } = parseKey(workload)!
  return documentKey({ group: 'apps', kind: 'ReplicaSet', namespace, name: replicaSetName(name, hash) })
}

export function pendingKey(workload: DocumentKey, slot: PendingSlot): DocumentKey {
  return podKey({ namespace: parseKey(workload)!.namespace, name: pendingPodName(workload, slot) })
}

/** The ReplicaSets of a workload: a Pod has none. */
export const revisionKeys = ({ kind, key, current, older }: Workload): DocumentKey[] =>
  kind === 'Pod' ? [] : [current, ...older].map(({ hash }) => replicaSetKey(key, hash))

/** Auctions have no object in the API; changes of a workload's bids are told under this key. */
export function bidKey(workload: DocumentKey): DocumentKey {
  const { namespace, name } = parseKey(workload)!
  return documentKey({ group: 'shoal.dev', kind: 'Bid', namespace, name })
}
