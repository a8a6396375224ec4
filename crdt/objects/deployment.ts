/**
 * Deployment: so many pods of one template, replaced bit by bit when the template changes.
 *
 * @module
 */
import type { DeploymentSpec as KubeDeploymentSpec } from 'kubernetes-types/apps/v1.js'
import type { Findings } from './field-error.ts'
import { intOrPercentCheck, percentOf } from './int-or-percent.ts'
import type { KubeObject } from '../object.ts'
import { metadataSchema } from './meta.ts'
import { checkPodTemplate, podTemplateSchema, type PodTemplate } from './pod-template.ts'
import { anything, byDefault, bySystem, choice, fields, flag, integer, numberOrText, required, text } from './schema.ts'
import { checkSelector, isEmptySelector, selects, selectorSchema, type LabelSelector } from './selector.ts'

/**
 * Its claims are read and settled together on every node at each change: counting 10,000 takes some 10 ms. More replicas are
 * more Deployments.
 */
export const REPLICAS_MAX = 10_000

/** Old templates are kept in the object itself, which has a bound. */
const REVISION_HISTORY_MAX = 100

const rollingUpdate = fields({
  maxUnavailable: byDefault(numberOrText(intOrPercentCheck), '25%'),
  maxSurge: byDefault(numberOrText(intOrPercentCheck), '25%'),
})

export const deploymentSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: required(
    fields({
      replicas: byDefault(integer(0, REPLICAS_MAX), 1),
      selector: required(selectorSchema),
      template: required(podTemplateSchema),
      strategy: byDefault(
        fields({
          type: byDefault(choice(['Recreate', 'RollingUpdate']), 'RollingUpdate'),
          rollingUpdate: byDefault(rollingUpdate, (strategy: { type?: unknown }) =>
            strategy.type === 'RollingUpdate' ? {} : undefined,
          ),
        }),
        {},
      ),
      minReadySeconds: integer(),
      revisionHistoryLimit: byDefault(integer(0, REVISION_HISTORY_MAX), 10),
      progressDeadlineSeconds: byDefault(integer(), 600),
      paused: flag(),
    }),
  ),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

export type DeploymentSpec = Omit<KubeDeploymentSpec, 'template'> & { readonly template: PodTemplate }

/** The spec of an object that was validated and had its defaults filled in. */
export const deploymentSpec = (deployment: KubeObject): DeploymentSpec => deployment['spec'] as DeploymentSpec

export function checkDeployment(deployment: KubeObject, findings: Findings): void {
  const {
    selector,
    template,
    strategy,
    minReadySeconds = 0,
    progressDeadlineSeconds = 600,
  } = deploymentSpec(deployment)
  const labelSelector = selector as LabelSelector
  checkSelector(labelSelector, 'spec.selector', findings)
  if (isEmptySelector(labelSelector))
    findings.invalid('spec.selector', selector, 'empty selector is invalid for deployment')
  else if (!selects(labelSelector, template.metadata?.labels ?? {})) {
    findings.invalid(
      'spec.template.metadata.labels',
      template.metadata?.labels ?? {},
      '`selector` does not match template `labels`',
    )
  }
  checkStrategy(strategy, findings)
  if (progressDeadlineSeconds <= minReadySeconds) {
    findings.invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds')
  }
  checkPodTemplate(template, 'spec.template', findings)
  checkRestartPolicy(deployment, findings)
}

function checkRestartPolicy(deployment: KubeObject, findings: Findings): void {
  const { restartPolicy = 'Always', activeDeadlineSeconds } = deploymentSpec(deployment).template.spec
  const at = 'spec.template.spec'
  if (restartPolicy !== '' && restartPolicy !== 'Always')
    findings.unsupported(`${at}.restartPolicy`, restartPolicy, ['Always'])
  if (activeDeadlineSeconds != null)
    findings.forbidden(`${at}.activeDeadlineSeconds`, 'activeDeadlineSeconds in ReplicaSet is not Supported')
}

function checkStrategy(strategy: DeploymentSpec['strategy'], findings: Findings): void {
  const at = 'spec.strategy.rollingUpdate'
  const rolling = strategy?.rollingUpdate
  if (rolling === undefined || rolling === null) return
  if (strategy?.type === 'Recreate') {
    return findings.forbidden(at, "may not be specified when strategy `type` is 'Recreate'")
  }
  const { maxUnavailable = '25%', maxSurge = '25%' } = rolling
  if ((percentOf(maxUnavailable) ?? 0) > 100)
    findings.invalid(`${at}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%')
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    findings.invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')
  }
}

const isZero = (value: number | string): boolean => value === 0 || percentOf(value) === 0
