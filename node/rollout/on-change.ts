/**
 * Whether a Deployment that follows its ConfigMaps and Secrets is to be rolled out anew, and who writes that. Pure.
 *
 * As with what is brought back (`rollback.ts`): every node sees it by itself, they take turns, and two that write at once write
 * the same, a stamp that is a function of the contents.
 *
 * @module
 */
import {
  contentsNow,
  followsConfig,
  revisionsOf,
  stampedNow,
  templateHash,
  type ContentHashOf,
  type KubeObject,
  type NodeId,
} from '../../crdt/index.ts'
import type { NodeRow } from '../control/rows.ts'
import { TURN_MS, turnOf } from '../control/turns.ts'

/** [ONC3] Several changes of one edit, or of a hand that corrects itself, are one rollout. */
export const CALM_MS = 1_000

export interface Change {
  /** `ConfigMap/app` */
  readonly changed: readonly string[]
  /** The Deployment with another stamp on its template. */
  readonly object: KubeObject
  /** Of the template that it gets. */
  readonly revision: string
}

/** [ONC2] Undefined: its present revision was rolled out with what is in force now, as far as that is there. */
export function changeOf(deployment: KubeObject, contentHash: ContentHashOf): Change | undefined {
  if (!followsConfig(deployment)) return undefined
  const { current } = revisionsOf(deployment)
  const namespace = deployment.metadata.namespace ?? ''
  const now = Object.entries(contentsNow(current.template, { namespace, contentHash }))
  const changed = now.filter(([text, hash]) => current.contents?.[text] !== hash).map(([text]) => text)
  const template = changed.length === 0 ? current.template : stampedNow(deployment, current.template, contentHash)
  const revision = templateHash(template)
  if (revision === current.hash) return undefined
  return { changed, revision, object: { ...deployment, spec: { ...(deployment['spec'] as object), template } } }
}

/** [ONC3] [ONC4] Whether it is this node's turn to write it. `sinceMs`: since when the change has been this one. */
export function isDue({
  revision,
  key,
  nodes,
  self,
  sinceMs,
  nowMs,
}: {
  readonly revision: string
  readonly key: string
  readonly nodes: readonly NodeRow[]
  readonly self: NodeId
  readonly sinceMs: number
  readonly nowMs: number
}): boolean {
  const alive = nodes.filter(({ verdict }) => verdict === 'alive').map(({ id }) => id)
  return nowMs >= sinceMs + CALM_MS + turnOf(['shoal/on-change/1', key, revision], { self, alive }) * TURN_MS
}
