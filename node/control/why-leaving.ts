/**
 * Which pods are to leave their nodes though they may be well; `leaving.ts` says when they go.
 *
 * @module
 */
import { hasEnded } from '../../crdt/index.ts'
import type { NodeRow, PodRow, Workload } from './rows.ts'
import { intolerable, taintText } from './taints.ts'

/** [DRN1] Why a pod is to leave its node, in words. Undefined: it may stay. */
export function whyLeaving(
  { fact }: Pick<PodRow, 'fact'>,
  { kind, template, ends }: Pick<Workload, 'kind' | 'template' | 'ends'>,
  { name, drain, fact: node }: Partial<Pick<NodeRow, 'name' | 'drain' | 'fact'>>,
): string | undefined {
  // [DRN6] What is never to begin again is nobody's to move.
  if (fact.stopping || hasEnded(fact) || (kind === 'Pod' && template.spec.restartPolicy === 'Never')) return undefined
  if (ends?.get(fact.uid) === 'evict') return 'it was evicted'
  if (drain === 'force' || (drain === 'pods' && kind === 'Deployment')) return `node ${name} is drained`
  const taint = intolerable(template.spec.tolerations, node?.taints ?? []).find(({ effect }) => effect === 'NoExecute')
  return taint === undefined ? undefined : `node ${name} has the taint ${taintText(taint)}`
}
