/**
 * Pod Security Standards where pods and templates are written: what a namespace does not allow is refused, with the label that
 * would allow it.
 *
 * Kubernetes takes such a Deployment with a warning and refuses its pods. Here the write is refused: a rollout that cannot start
 * helps nobody.
 *
 * @module
 */
import {
  describeErrors,
  namespaceKey,
  podSecurityLevel,
  podSecurityRemedy,
  podSecurityViolations,
  templateIn,
  withDefaults,
  type FieldError,
  type KubeObject,
  type PodSecurityLevel,
} from '../../crdt/index.ts'
import type { ApiBackend } from './backend.ts'
import { invalid } from './status.ts'
import type { Target } from './target.ts'

interface SecureWrite {
  readonly backend: Pick<ApiBackend, 'view'>
  readonly at: Target
  readonly object: KubeObject
  readonly old: KubeObject | undefined
}

/** [PSS3] Warnings for what is written and allowed; throws what is not. Pods that stay as they are are not asked about again. */
export function assertSecure({ backend, at, object, old }: SecureWrite): readonly string[] {
  const found = templateIn(withDefaults(object))
  if (found === undefined || isUnchanged(object, old)) return []
  const key = namespaceKey(at.namespace)
  const labels = backend.view.get(key)?.metadata.labels
  const faultsAt = (level: PodSecurityLevel): FieldError[] =>
    podSecurityViolations(found.template, level).map(({ field, why }) => ({
      field: `${found.at}${field}`,
      reason: 'Forbidden',
      message: `Forbidden: ${why}`,
    }))
  const enforced = podSecurityLevel(labels, 'enforce')
  const faults = faultsAt(enforced)
  if (faults.length > 0) {
    const remedy = `violates the Pod Security Standard "${enforced}": ${podSecurityRemedy(found.template, at.namespace)}`
    throw invalid(at.resource, at.name, [
      { field: 'metadata.namespace', reason: 'Forbidden', message: `Forbidden: ${remedy}` },
      ...faults,
    ])
  }
  const levels = new Set([podSecurityLevel(labels, 'warn'), podSecurityLevel(labels, 'audit')])
  return [...levels].flatMap((level) => {
    const errors = level === undefined ? [] : faultsAt(level)
    return errors.length === 0 ? [] : [`would violate the Pod Security Standard "${level}": ${describeErrors(errors)}`]
  })
}

function isUnchanged(object: KubeObject, old: KubeObject | undefined): boolean {
  const textOf = (one: KubeObject | undefined): string =>
    JSON.stringify(one && templateIn(withDefaults(one))?.template.spec)
  return old !== undefined && textOf(object) === textOf(old)
}
