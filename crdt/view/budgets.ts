/**
 * How a PodDisruptionBudget stands: how many pods it asks for, and how many serve. Everybody counts alone, so in a split each
 * side counts the pods that it reaches.
 *
 * Served slots are counted, not pods: while one is being moved two pods stand for it, and the second is no spare.
 *
 * @module
 */
import type { PodFact } from '../facts.ts'
import { parseKey, type DocumentKey } from '../key.ts'
import type { StoredObject } from '../object.ts'
import { budgetSpec } from '../objects/budget.ts'
import { resolveCount } from '../objects/int-or-percent.ts'
import { REVISION_LABEL, selects, type Labels } from '../objects/selector.ts'
import type { Budget } from './rows.ts'

export function budgetOf({ key, object }: StoredObject): Budget {
  const { namespace, name } = parseKey(key)!
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = budgetSpec(object)
  return Object.freeze({
    key,
    namespace,
    name,
    // [PDB2] As in policy/v1: none selects nothing, an empty one everything in the namespace.
    selector: selector ?? undefined,
    ...(maxUnavailable === undefined ? { minAvailable: minAvailable ?? 1 } : { maxUnavailable }),
    unhealthyMayGo: unhealthyPodEvictionPolicy === 'AlwaysAllow',
  })
}

interface Templated {
  readonly metadata?: { readonly labels?: Labels }
}

/** What is read of a workload. */
export interface Budgeted {
  readonly kind: 'Deployment' | 'Pod'
  readonly key: DocumentKey
  readonly replicas: number
  readonly revision: string
  readonly template: Templated
  readonly older: readonly { readonly hash: string; readonly template: Templated }[]
}

/** Whether it selects the pods of a workload's revision. */
export function isBudgetOf(
  { namespace, selector }: Pick<Budget, 'namespace' | 'selector'>,
  workload: Budgeted,
  hash: string,
): boolean {
  if (selector === undefined || parseKey(workload.key)?.namespace !== namespace) return false
  const template =
    hash === workload.revision ? workload.template : workload.older.find((each) => each.hash === hash)?.template
  return selects(selector, {
    ...template?.metadata?.labels,
    ...(workload.kind === 'Pod' ? {} : { [REVISION_LABEL]: hash }),
  })
}

export interface BudgetStanding {
  readonly expectedPods: number
  readonly currentHealthy: number
  readonly desiredHealthy: number
  /** How many may be given up without a successor. */
  readonly disruptionsAllowed: number
}

interface Counted {
  readonly fact: Pick<PodFact, 'revision' | 'index'>
  readonly serves: boolean
}

/** [PDB3] Percentages are of the replicas that are wanted, rounded up, as in Kubernetes. */
export function budgetStanding<Known extends Budgeted>(
  budget: Budget,
  workloads: readonly Known[],
  podsOf: (workload: Known) => readonly Counted[],
): BudgetStanding {
  let expectedPods = 0
  let currentHealthy = 0
  for (const workload of workloads) {
    if (isBudgetOf(budget, workload, workload.revision)) expectedPods += workload.replicas
    const served = podsOf(workload).filter(({ fact, serves }) => serves && isBudgetOf(budget, workload, fact.revision))
    // [PDB4] Two pods that stand for one slot are one.
    currentHealthy += new Set(served.map(({ fact }) => `${fact.revision}/${fact.index}`)).size
  }
  const { minAvailable, maxUnavailable } = budget
  const total = { total: expectedPods, round: 'up' } as const
  const desiredHealthy =
    maxUnavailable === undefined
      ? resolveCount(minAvailable ?? 1, total)
      : Math.max(0, expectedPods - resolveCount(maxUnavailable, total))
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy)
  return { expectedPods, currentHealthy, desiredHealthy, disruptionsAllowed }
}
