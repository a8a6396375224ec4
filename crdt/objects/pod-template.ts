/**
 * The pod template of a workload: everything Kubernetes 1.30 knows. What is kept and has no effect yet is marked.
 *
 * @module
 */
import type {
  Container,
  PodSpec as KubePodSpec,
  PodTemplateSpec,
  Toleration as KubeToleration,
} from 'kubernetes-types/core/v1.js'
import { CONTAINERS_MAX, GRACE_SECONDS_MAX, checkContainer, containerSchema } from './container.ts'
import type { Findings } from './field-error.ts'
import { checkMetadata, templateMetadataSchema } from './meta.ts'
import { dnsSubdomain, labelValue, qualifiedName } from './names.ts'
import { checkPodNetwork, podNetworkFields } from './pod-network.ts'
import { quantityCheck } from './quantity.ts'
import {
  allLater,
  anything,
  byDefault,
  choice,
  fields,
  flag,
  integer,
  later,
  listOf,
  mapOf,
  numberOrText,
  required,
  text,
} from './schema.ts'
import { checkSeccomp, podSecurityContext } from './security-context.ts'
import { labelMapSchema, selectorSchema } from './selector.ts'
import { checkVolumes, volumeSchema } from './volume.ts'

/** A template that was validated. */
export type PodTemplate = Omit<PodTemplateSpec, 'spec'> & { readonly spec: PodSpec }
export type PodSpec = Omit<KubePodSpec, 'tolerations'> & { readonly tolerations?: readonly Toleration[] }
export type Toleration = KubeToleration & { readonly operator?: 'Equal' | 'Exists' }

const toleration = fields({
  key: text(qualifiedName),
  operator: byDefault(choice(['Equal', 'Exists']), 'Equal'),
  value: text(labelValue),
  effect: choice(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
  // Pods that tolerate a taint tolerate it for ever.
  tolerationSeconds: later(integer(-(2 ** 31))),
})

const nodeTerm = fields({
  matchExpressions: listOf(fields({ key: required(text()), operator: required(text()), values: listOf(text()) })),
  matchFields: listOf(fields({ key: required(text()), operator: required(text()), values: listOf(text()) })),
})

const podTerm = fields({
  labelSelector: selectorSchema,
  matchLabelKeys: listOf(text()),
  mismatchLabelKeys: listOf(text()),
  namespaceSelector: selectorSchema,
  namespaces: listOf(text()),
  topologyKey: required(text()),
})

const podAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: listOf(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(
    fields({ weight: required(integer(1, 100)), podAffinityTerm: required(podTerm) }),
  ),
})

const affinity = fields({
  nodeAffinity: fields({
    requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: required(listOf(nodeTerm)) }),
    preferredDuringSchedulingIgnoredDuringExecution: listOf(
      fields({ weight: required(integer(1, 100)), preference: required(nodeTerm) }),
    ),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
})

const topologySpread = fields({
  maxSkew: required(integer(1)),
  topologyKey: required(text()),
  whenUnsatisfiable: required(choice(['DoNotSchedule', 'ScheduleAnyway'])),
  labelSelector: selectorSchema,
  matchLabelKeys: listOf(text()),
  minDomains: integer(1),
  nodeAffinityPolicy: text(),
  nodeTaintsPolicy: text(),
})

const containers = listOf(containerSchema, { keys: ['name'], itemsMax: CONTAINERS_MAX })

/** More registries than anybody pulls one image from. */
const PULL_SECRETS_MAX = 32

const pullSecret = fields({ name: text(dnsSubdomain) })

/** Of a ServiceAccount: one value to a merge. */
export const pullSecrets = listOf(pullSecret, { itemsMax: PULL_SECRETS_MAX })

export const podSpecSchema = fields({
  containers: required(containers),
  initContainers: containers,
  nodeSelector: labelMapSchema,
  tolerations: listOf(toleration, { itemsMax: 64 }),
  terminationGracePeriodSeconds: byDefault(integer(0, GRACE_SECONDS_MAX), 30),
  runtimeClassName: text(dnsSubdomain),
  restartPolicy: byDefault(choice(['Always', 'OnFailure', 'Never']), 'Always'),
  schedulerName: later(byDefault(text(dnsSubdomain), 'default-scheduler')),
  securityContext: byDefault(podSecurityContext, {}),
  ...podNetworkFields,
  imagePullSecrets: listOf(pullSecret, { keys: ['name'], itemsMax: PULL_SECRETS_MAX }),
  enableServiceLinks: flag(),
  volumes: listOf(volumeSchema, { keys: ['name'] }),
  serviceAccount: text(),
  serviceAccountName: text(),
  ...allLater({
    activeDeadlineSeconds: integer(1),
    affinity,
    automountServiceAccountToken: flag(),
    ephemeralContainers: anything(),
    hostUsers: flag(),
    hostnameOverride: text(dnsSubdomain),
    nodeName: text(dnsSubdomain),
    os: fields({ name: required(text()) }),
    overhead: mapOf(numberOrText(quantityCheck), qualifiedName),
    preemptionPolicy: text(),
    priority: integer(-(2 ** 31)),
    priorityClassName: text(),
    readinessGates: listOf(fields({ conditionType: required(text()) })),
    resourceClaims: anything(),
    resources: anything(),
    schedulingGates: listOf(fields({ name: required(text()) }), { keys: ['name'] }),
    topologySpreadConstraints: listOf(topologySpread, { keys: ['topologyKey', 'whenUnsatisfiable'] }),
  }),
})

export const podTemplateSchema = fields({ metadata: templateMetadataSchema, spec: required(podSpecSchema) })

/** The rules a shape cannot say. Called on a template whose shape is good. */
export function checkPodTemplate(template: PodTemplate, at: string, findings: Findings): void {
  checkMetadata(template.metadata ?? {}, `${at}.metadata`, findings)
  checkPodSpec(template.spec, `${at}.spec`, findings)
}

/** The same of the spec alone, which a Pod has without a template. */
export function checkPodSpec(spec: PodSpec, at: string, findings: Findings): void {
  const { containers: running, initContainers = [], tolerations = [] } = spec
  running.forEach((container, index) => checkContainer(container, `${at}.containers[${index}]`, findings))
  initContainers?.forEach((container, index) => checkContainer(container, `${at}.initContainers[${index}]`, findings))
  checkOrder({ running, initContainers: initContainers ?? [] }, at, findings)
  tolerations?.forEach((each, index) => checkToleration(each, `${at}.tolerations[${index}]`, findings))
  checkSeccomp((spec as KubePodSpec).securityContext, `${at}.securityContext`, findings)
  checkVolumes(spec as KubePodSpec, at, findings)
  checkPodNetwork(spec as KubePodSpec, at, findings)
}

/** What only an init container that goes on running may have. */
const SIDECAR_FIELDS = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const

/** [OBJ50] Names are one space, what ends has no probes and hooks, and 32 containers is all a record can tell of. */
function checkOrder(
  { running, initContainers }: { running: readonly Container[]; initContainers: readonly Container[] },
  at: string,
  findings: Findings,
): void {
  running.forEach(({ restartPolicy }, index) => {
    if (restartPolicy == null || restartPolicy === '') return
    findings.forbidden(`${at}.containers[${index}].restartPolicy`, 'may not be set for non-init containers')
  })
  const names = new Set(running.map(({ name }) => name))
  initContainers.forEach((container, index) => {
    const field = `${at}.initContainers[${index}]`
    if (names.has(container.name)) findings.duplicate(`${field}.name`, container.name)
    if (container.restartPolicy === 'Always') return
    for (const name of SIDECAR_FIELDS) {
      if (container[name] == null) continue
      findings.forbidden(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always')
    }
  })
  const count = running.length + initContainers.length
  if (count > CONTAINERS_MAX) findings.tooMany(`${at}.initContainers`, count, CONTAINERS_MAX)
}

function checkToleration(
  { key, operator, value, effect, tolerationSeconds }: Toleration,
  at: string,
  findings: Findings,
): void {
  if (!key && operator !== 'Exists') {
    findings.invalid(
      `${at}.operator`,
      operator ?? '',
      'operator must be Exists when `key` is empty, which means "match all values and all keys"',
    )
  }
  if (operator === 'Exists' && value)
    findings.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'")
  if (tolerationSeconds != null && effect !== 'NoExecute') {
    findings.invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")
  }
}
