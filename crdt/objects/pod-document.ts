/**
 * Pod, as people write it: one pod under a name of its own, that no Deployment stands behind. What runs for it is claimed and
 * reported by a node like any other pod (`pod.ts`).
 *
 * @module
 */
import { sha256 } from '../sha256.ts'
import { textOf } from '../json.ts'
import type { KubeObject } from '../object.ts'
import type { Findings } from './field-error.ts'
import { fillDefaults } from './fill-defaults.ts'
import { metadataSchema, safeText } from './meta.ts'
import { isPlain } from './plain.ts'
import { checkPodSpec, podSpecSchema, type PodSpec, type PodTemplate } from './pod-template.ts'
import { REVISION_HASH_LENGTH, type Revision } from './revision.ts'
import { anything, bySystem, fields, required, text } from './schema.ts'

export const podSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: required(podSpecSchema),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

/** Of a stored Pod, whether its defaults were filled in or not. */
export const podSpecOf = (pod: KubeObject): PodSpec => pod['spec'] as PodSpec

export function checkPod(pod: KubeObject, findings: Findings): void {
  checkPodSpec(podSpecOf(pod), 'spec', findings)
}

/**
 * Its one revision. The name hangs on what runs and on the life of the object: to change a label moves nothing, and a Pod that
 * was deleted and made again begins anew, however its predecessor ended.
 *
 * @param pod - as it is stored
 */
export function podRevision(pod: KubeObject): Revision {
  const { uid = '', labels, annotations } = pod.metadata
  const spec = podSpecOf(pod)
  const hash = safeText(sha256(textOf({ uid, spec })), REVISION_HASH_LENGTH)
  const template: PodTemplate = {
    metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
    spec: fillDefaults(podSpecSchema, spec) as PodSpec,
  }
  return { hash, number: 1, createdMs: 0, template }
}

/** What may change in a Pod's spec while it lives, beside images; the rest is what it was made of. */
const MUTABLE = ['activeDeadlineSeconds', 'terminationGracePeriodSeconds', 'tolerations']
const LISTS = ['containers', 'initContainers']

/** As in Kubernetes. Both are valid by themselves. */
export function checkPodUpdate(old: KubeObject, wanted: KubeObject, findings: Findings): void {
  if (fixedPart(old) === fixedPart(wanted)) return
  findings.forbidden(
    'spec',
    `pod updates may not change fields other than images (spec.containers[*].image, spec.initContainers[*].image) and ${MUTABLE.map((name) => `spec.${name}`).join(', ')}: delete the pod and create it anew, or write a Deployment`,
  )
}

function fixedPart(pod: KubeObject): string {
  const spec = Object.entries(fillDefaults(podSpecSchema, podSpecOf(pod)) as object)
  const fixed = spec.filter(([name]) => !MUTABLE.includes(name))
  return textOf(
    Object.fromEntries(fixed.map(([name, value]) => [name, LISTS.includes(name) ? imageless(value) : value])),
  )
}

function imageless(containers: unknown): unknown {
  if (!Array.isArray(containers)) return containers
  return containers.map((container: unknown) => {
    if (!isPlain(container)) return container
    const { image: _, ...rest } = container
    return rest
  })
}
