/**
 * `shoal.dev/rollout-on-change: "true"` on a Deployment: its template is stamped with what its ConfigMaps and Secrets contain,
 * so that other contents are another template, and are rolled out. The stamp is a function of the contents alone: whoever
 * writes it writes the same, and once it is there nothing is left to be done.
 *
 * @module
 */
import { textOf } from '../json.ts'
import type { KubeObject } from '../object.ts'
import { sha256 } from '../sha256.ts'
import { contentsNow, type ContentHashOf, type Contents } from './config-use.ts'
import { deploymentSpec } from './deployment.ts'
import { safeText } from './meta.ts'
import type { PodTemplate } from './pod-template.ts'

const ON_CHANGE_ANNOTATION = 'shoal.dev/rollout-on-change'

/** On the template. */
const STAMP_ANNOTATION = 'shoal.dev/config'

const STAMP_LENGTH = 10

export function followsConfig({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[ON_CHANGE_ANNOTATION]?.toLowerCase() === 'true'
}

/** [ONC1] The template as a Deployment that follows its config, or does not, has it with these contents. */
export function stamped(template: PodTemplate, contents: Contents | undefined): PodTemplate {
  const { [STAMP_ANNOTATION]: before, ...others } = template.metadata?.annotations ?? {}
  const stamp = contents === undefined || Object.keys(contents).length === 0 ? undefined : stampOf(contents)
  if (stamp === before) return template
  const annotations = stamp === undefined ? others : { ...others, [STAMP_ANNOTATION]: stamp }
  return { ...template, metadata: { ...template.metadata, annotations } }
}

const stampOf = (contents: Contents): string => safeText(sha256(textOf(contents)), STAMP_LENGTH)

/** [ONC1] With every template that somebody writes goes the stamp of what is in force where it is written. */
export function withStamp(
  deployment: KubeObject,
  { old, contentHash }: { old: KubeObject | undefined; contentHash: ContentHashOf },
): KubeObject {
  const spec = deploymentSpec(deployment)
  if (old !== undefined && textOf(deploymentSpec(old).template) === textOf(spec.template)) return deployment
  return { ...deployment, spec: { ...spec, template: stampedNow(deployment, spec.template, contentHash) } }
}

/** A template as it would be written now for this Deployment. */
export function stampedNow(deployment: KubeObject, template: PodTemplate, contentHash: ContentHashOf): PodTemplate {
  const namespace = deployment.metadata.namespace ?? ''
  return stamped(template, followsConfig(deployment) ? contentsNow(template, { namespace, contentHash }) : undefined)
}
