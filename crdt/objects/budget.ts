/**
 * PodDisruptionBudget: how many of the pods it selects have to serve while nodes are emptied and pods are moved.
 *
 * @module
 */
import type { KubeObject } from '../object.ts'
import type { Findings } from './field-error.ts'
import { intOrPercentCheck, percentOf } from './int-or-percent.ts'
import { metadataSchema } from './meta.ts'
import { anything, bySystem, choice, fields, numberOrText, required, text } from './schema.ts'
import { checkSelector, selectorSchema, type LabelSelector } from './selector.ts'

export const budgetSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: required(
    fields({
      minAvailable: numberOrText(intOrPercentCheck),
      maxUnavailable: numberOrText(intOrPercentCheck),
      selector: selectorSchema,
      unhealthyPodEvictionPolicy: choice(['IfHealthyBudget', 'AlwaysAllow']),
    }),
  ),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

export interface BudgetSpec {
  readonly minAvailable?: number | string
  readonly maxUnavailable?: number | string
  readonly selector?: LabelSelector
  readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow'
}

export const budgetSpec = (budget: KubeObject): BudgetSpec => budget['spec'] as BudgetSpec

/** [PDB1] As Kubernetes: at most one of the two bounds, a percentage no more than 100. */
export function checkBudget(budget: KubeObject, findings: Findings): void {
  const { minAvailable, maxUnavailable, selector } = budgetSpec(budget)
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    findings.invalid('spec', { minAvailable, maxUnavailable }, 'minAvailable and maxUnavailable cannot be both set')
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (value !== undefined && (percentOf(value) ?? 0) > 100)
      findings.invalid(`spec.${field}`, value, 'must not be greater than 100%')
  }
  if (selector !== undefined) checkSelector(selector, 'spec.selector', findings)
}
