/**
 * Pod Security Standards: how much a namespace lets its pods do to their node. The namespace says it by Kubernetes' labels;
 * where it says nothing, `baseline` is enforced. Pure.
 *
 * Asked twice: where a pod or a template is written, and by the node that is to run it, which believes no other node.
 *
 * @module
 */
import { BASELINE, RESTRICTED, subjectOf, type Violation } from './pod-security-controls.ts'
import type { Findings } from './field-error.ts'
import type { KubeObject } from '../object.ts'
import { deploymentSpec } from './deployment.ts'
import { podSpecOf } from './pod-document.ts'
import type { PodTemplate } from './pod-template.ts'
import type { Labels } from './selector.ts'

/** What is looked at. */
export type SecurityTemplate = Pick<PodTemplate, 'metadata' | 'spec'>

/** From what allows all to what allows least. */
export const POD_SECURITY_LEVELS = ['privileged', 'baseline', 'restricted'] as const
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number]

/** `enforce` refuses; `warn` and `audit` tell. */
const MODES = ['enforce', 'warn', 'audit'] as const
export type PodSecurityMode = (typeof MODES)[number]

const LABEL = 'pod-security.kubernetes.io/'
const ENFORCED_BY_DEFAULT: PodSecurityLevel = 'baseline'

/** [PSS2] Undefined: the namespace says nothing of this mode. A level that nobody knows counts as the strictest. */
export function podSecurityLevel(labels: Labels | undefined, mode: 'enforce'): PodSecurityLevel
export function podSecurityLevel(labels: Labels | undefined, mode: PodSecurityMode): PodSecurityLevel | undefined
export function podSecurityLevel(labels: Labels | undefined, mode: PodSecurityMode): PodSecurityLevel | undefined {
  const said = labels?.[`${LABEL}${mode}`]
  if (said === undefined || said === '') return mode === 'enforce' ? ENFORCED_BY_DEFAULT : undefined
  return POD_SECURITY_LEVELS.find((level) => level === said) ?? 'restricted'
}

/** [PSS2] Labels of a namespace that name no level, or no version of the standards. */
export function checkPodSecurityLabels(namespace: KubeObject, findings: Findings): void {
  for (const mode of MODES) {
    const name = `${LABEL}${mode}`
    const { [name]: level, [`${name}-version`]: version } = namespace.metadata?.labels ?? {}
    const at = `metadata.labels[${name}`
    if (level !== undefined && !POD_SECURITY_LEVELS.some((known) => known === level))
      findings.unsupported(`${at}]`, level, POD_SECURITY_LEVELS)
    if (version !== undefined && !/^(latest|v1\.\d{1,3})$/.test(version))
      findings.invalid(`${at}-version]`, version, 'must be "latest" or a version such as "v1.30"')
  }
}

/** [PSS1] What of a template a level does not allow. */
export function podSecurityViolations(template: SecurityTemplate, level: PodSecurityLevel): readonly Violation[] {
  if (level === 'privileged') return []
  const subject = subjectOf(template)
  const controls = level === 'baseline' ? BASELINE : [...BASELINE, ...RESTRICTED]
  const violations = controls.flatMap((control) => control(subject))
  // Both levels may have something against one field: the stricter one speaks last.
  return [...new Map(violations.map((violation) => [violation.field, violation])).values()]
}

/** What to do, for people: the label with the strictest level that allows it. */
export function podSecurityRemedy(template: SecurityTemplate, namespace: string): string {
  const level = podSecurityViolations(template, 'baseline').length === 0 ? 'baseline' : 'privileged'
  return `label the namespace ${namespace} with ${LABEL}enforce=${level} to allow it`
}

/** Goes on where a node's name stands. Undefined: nothing against it. */
export function podSecurityRefusal(
  template: SecurityTemplate,
  { namespace, level }: { readonly namespace: string; readonly level: PodSecurityLevel },
): string | undefined {
  const violations = podSecurityViolations(template, level)
  if (violations.length === 0) return undefined
  const all = violations.map(({ field, why }) => `${field} ${why}`).join('; ')
  return `does not run what violates the Pod Security Standard "${level}" of namespace ${namespace}: ${podSecurityRemedy(template, namespace)} (${all})`
}

/** Of an object that brings pods with it: their template, and where it stands in the object. */
export function templateIn(
  object: KubeObject,
): { readonly template: SecurityTemplate; readonly at: string } | undefined {
  switch (object.kind) {
    case 'Deployment':
      return { template: deploymentSpec(object).template, at: 'spec.template.' }
    case 'Pod':
      return { template: { metadata: object.metadata, spec: podSpecOf(object) } as PodTemplate, at: '' }
    default:
      return undefined
  }
}
