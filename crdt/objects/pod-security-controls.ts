/**
 * The controls of the Pod Security Standards (Kubernetes 1.30), one function each: what in a pod's spec speaks against it. Pure,
 * over specs whose shape is good.
 *
 * @module
 */
import type { Container, SecurityContext } from 'kubernetes-types/core/v1.js'
import type { PodSpec, PodTemplate } from './pod-template.ts'

/** `field` is below the template: `spec.hostNetwork`. */
export interface Violation {
  readonly field: string
  readonly why: string
}

/** A pod as the controls read it. */
export interface Subject {
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: PodSpec
  readonly containers: readonly Placed[]
}

interface Placed {
  readonly at: string
  readonly container: Container
  readonly security: SecurityContext
}

export type Control = (subject: Subject) => readonly Violation[]

export function subjectOf({ metadata, spec }: Pick<PodTemplate, 'metadata' | 'spec'>): Subject {
  const lists = { initContainers: spec.initContainers ?? [], containers: spec.containers }
  const containers = Object.entries(lists).flatMap(([list, all]) =>
    all.map((container, index): Placed => ({
      at: `spec.${list}[${index}]`,
      container,
      security: container.securityContext ?? {},
    })),
  )
  return { annotations: metadata?.annotations ?? {}, spec, containers }
}

/** What both the pod and its containers may say, and where. */
function everywhere<Value>(
  { spec, containers }: Subject,
  read: (security: SecurityContext) => Value | null | undefined,
): readonly { readonly at: string; readonly value: Value }[] {
  const places = [
    { at: 'spec', security: (spec.securityContext ?? {}) as SecurityContext },
    ...containers.map(({ at, security }) => ({ at, security })),
  ]
  return places.flatMap(({ at, security }) => {
    const value = read(security)
    return value === undefined || value === null ? [] : [{ at: `${at}.securityContext`, value }]
  })
}

const hostProcess: Control = (subject) =>
  everywhere(subject, ({ windowsOptions }) => windowsOptions?.hostProcess)
    .filter(({ value }) => value)
    .map(({ at }) => ({ field: `${at}.windowsOptions.hostProcess`, why: 'must not be true' }))

const hostNamespaces: Control = ({ spec }) =>
  (['hostNetwork', 'hostPID', 'hostIPC'] as const)
    .filter((name) => spec[name] === true)
    .map((name) => ({ field: `spec.${name}`, why: "must not be true: it shares a namespace of the node's" }))

const privileged: Control = ({ containers }) =>
  containers
    .filter(({ security }) => security.privileged === true)
    .map(({ at }) => ({ field: `${at}.securityContext.privileged`, why: 'must not be true' }))

/** Of Docker's and Kubernetes' default set, what cannot be used against the node. */
const CAPABILITIES_BASELINE = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
)
const CAPABILITIES_RESTRICTED = new Set(['NET_BIND_SERVICE'])

const addsOnly =
  (allowed: ReadonlySet<string>): Control =>
  ({ containers }) =>
    containers.flatMap(({ at, security }) => {
      const others = (security.capabilities?.add ?? []).filter((name) => !allowed.has(name))
      if (others.length === 0) return []
      const why = `must not add ${others.join(', ')}; may be added: ${[...allowed].join(', ')}`
      return [{ field: `${at}.securityContext.capabilities.add`, why }]
    })

const hostPathVolumes: Control = ({ spec }) =>
  (spec.volumes ?? []).flatMap(({ hostPath }, index) =>
    hostPath == null ? [] : [{ field: `spec.volumes[${index}].hostPath`, why: 'must not be used' }],
  )

const hostPorts: Control = ({ containers }) =>
  containers.flatMap(({ at, container }) =>
    (container.ports ?? []).flatMap(({ hostPort }, index) =>
      hostPort == null || hostPort === 0
        ? []
        : [{ field: `${at}.ports[${index}].hostPort`, why: `must not be ${hostPort}` }],
    ),
  )

const APP_ARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/'

const appArmor: Control = (subject) => [
  ...everywhere(subject, (security) => (security as { appArmorProfile?: { type: string } }).appArmorProfile?.type)
    .filter(({ value }) => value !== 'RuntimeDefault' && value !== 'Localhost')
    .map(({ at }) => ({ field: `${at}.appArmorProfile.type`, why: 'must be RuntimeDefault or Localhost' })),
  ...Object.entries(subject.annotations)
    .filter(
      ([name, value]) => name.startsWith(APP_ARMOR_ANNOTATION) && !/^(|runtime\/default|localhost\/.*)$/.test(value),
    )
    .map(([name]) => ({ field: `metadata.annotations[${name}]`, why: 'must be runtime/default or localhost/...' })),
]

const SELINUX_TYPES = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']

const seLinux: Control = (subject) =>
  everywhere(subject, ({ seLinuxOptions }) => seLinuxOptions).flatMap(({ at, value }) => [
    ...(SELINUX_TYPES.includes(value.type ?? '')
      ? []
      : [{ field: `${at}.seLinuxOptions.type`, why: `must be one of ${SELINUX_TYPES.slice(1).join(', ')}` }]),
    ...(['user', 'role'] as const)
      .filter((name) => value[name])
      .map((name) => ({ field: `${at}.seLinuxOptions.${name}`, why: 'must not be set' })),
  ])

const procMount: Control = ({ containers }) =>
  containers
    .filter(({ security }) => security.procMount && security.procMount !== 'Default')
    .map(({ at }) => ({ field: `${at}.securityContext.procMount`, why: 'must be Default' }))

const seccompNotUnconfined: Control = (subject) =>
  everywhere(subject, ({ seccompProfile }) => seccompProfile?.type)
    .filter(({ value }) => !SECCOMP_CONFINED.has(value))
    .map(({ at }) => ({ field: `${at}.seccompProfile.type`, why: 'must be RuntimeDefault or Localhost' }))

const SECCOMP_CONFINED: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost'])

/** Those that belong to the pod alone and cannot harm its node. */
export const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_syncookies',
])

const sysctls: Control = ({ spec }) =>
  (spec.securityContext?.sysctls ?? []).flatMap(({ name }, index) =>
    SAFE_SYSCTLS.has(name)
      ? []
      : [
          {
            field: `spec.securityContext.sysctls[${index}].name`,
            why: `must not be ${name}; may be set: ${[...SAFE_SYSCTLS].join(', ')}`,
          },
        ],
  )

export const BASELINE: readonly Control[] = [
  hostProcess,
  hostNamespaces,
  privileged,
  addsOnly(CAPABILITIES_BASELINE),
  hostPathVolumes,
  hostPorts,
  appArmor,
  seLinux,
  procMount,
  seccompNotUnconfined,
  sysctls,
]

const VOLUMES_RESTRICTED = new Set(
  'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' '),
)

const volumeTypes: Control = ({ spec }) =>
  (spec.volumes ?? []).flatMap((volume, index) =>
    Object.entries(volume)
      .filter(([kind, value]) => kind !== 'name' && value != null && !VOLUMES_RESTRICTED.has(kind))
      .map(([kind]) => ({
        field: `spec.volumes[${index}].${kind}`,
        why: `must be one of ${[...VOLUMES_RESTRICTED].join(', ')}`,
      })),
  )

/** Windows has no such thing. */
const unlessWindows =
  (control: Control): Control =>
  (subject) =>
    subject.spec.os?.name === 'windows' ? [] : control(subject)

const noEscalation: Control = ({ containers }) =>
  containers
    .filter(({ security }) => security.allowPrivilegeEscalation !== false)
    .map(({ at }) => ({ field: `${at}.securityContext.allowPrivilegeEscalation`, why: 'must be false' }))

const asNonRoot: Control = ({ spec, containers }) => {
  const ofPod = spec.securityContext?.runAsNonRoot
  return [
    ...(ofPod === false ? [{ field: 'spec.securityContext.runAsNonRoot', why: 'must be true' }] : []),
    ...containers
      .filter(({ security }) => (security.runAsNonRoot ?? ofPod) !== true)
      .map(({ at }) => ({ field: `${at}.securityContext.runAsNonRoot`, why: 'must be true, here or in the pod' })),
  ]
}

const notAsUserZero: Control = (subject) =>
  everywhere(subject, ({ runAsUser }) => runAsUser)
    .filter(({ value }) => value === 0)
    .map(({ at }) => ({ field: `${at}.runAsUser`, why: 'must not be 0' }))

const seccompSaid: Control = ({ spec, containers }) => {
  const ofPod = spec.securityContext?.seccompProfile?.type
  return containers
    .filter(({ security }) => !SECCOMP_CONFINED.has(security.seccompProfile?.type ?? ofPod ?? ''))
    .map(({ at }) => ({
      field: `${at}.securityContext.seccompProfile.type`,
      why: 'must be RuntimeDefault or Localhost, here or in the pod',
    }))
}

const dropsAll: Control = ({ containers }) =>
  containers
    .filter(({ security }) => security.capabilities?.drop?.includes('ALL') !== true)
    .map(({ at }) => ({ field: `${at}.securityContext.capabilities.drop`, why: 'must hold ALL' }))

/** Beside those of the baseline. */
export const RESTRICTED: readonly Control[] = [
  volumeTypes,
  asNonRoot,
  notAsUserZero,
  ...[noEscalation, seccompSaid, dropsAll, addsOnly(CAPABILITIES_RESTRICTED)].map(unlessWindows),
]
