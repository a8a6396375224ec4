import { describe, expect, test } from 'vitest'
import {
  checkPodSecurityLabels,
  podSecurityLevel,
  podSecurityRefusal,
  podSecurityRemedy,
  podSecurityViolations,
  templateIn,
  type PodSecurityLevel,
} from './pod-security.ts'
import { Findings } from './field-error.ts'
import { withDefaults } from './prepare.ts'
import { aNamespace, aPod, changed } from './sample.ts'

type Changes = Readonly<Record<string, unknown>>

const OWN = 'spec.containers.0.securityContext'
/** What a namespace that is restricted takes. */
const restricted = (): Changes => ({
  'spec.securityContext': { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  [OWN]: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
})

const against = (level: PodSecurityLevel, changes: Changes): string[] =>
  podSecurityViolations(templateIn(withDefaults(aPod(changes)))!.template, level).map(({ field }) => field)

const cases: readonly [what: string, changes: Changes, field: string][] = [
  ['hostNetwork', { 'spec.hostNetwork': true }, 'spec.hostNetwork'],
  ['hostPID', { 'spec.hostPID': true }, 'spec.hostPID'],
  ['hostIPC', { 'spec.hostIPC': true }, 'spec.hostIPC'],
  ['privileged', { [`${OWN}.privileged`]: true }, 'spec.containers[0].securityContext.privileged'],
  [
    'privileged, of an init container',
    { 'spec.initContainers': [{ name: 'i', image: 'x', securityContext: { privileged: true } }] },
    'spec.initContainers[0].securityContext.privileged',
  ],
  [
    'a mighty capability',
    { [`${OWN}.capabilities`]: { add: ['CHOWN', 'NET_ADMIN'] } },
    'spec.containers[0].securityContext.capabilities.add',
  ],
  [
    'NET_RAW, which is in the default set and not to be added',
    { [`${OWN}.capabilities`]: { add: ['NET_RAW'] } },
    'spec.containers[0].securityContext.capabilities.add',
  ],
  ['hostPath', { 'spec.volumes': [{ name: 'v', hostPath: { path: '/srv' } }] }, 'spec.volumes[0].hostPath'],
  [
    'hostPort',
    { 'spec.containers.0.ports': [{ containerPort: 80, hostPort: 80 }] },
    'spec.containers[0].ports[0].hostPort',
  ],
  [
    'AppArmor off, in the pod',
    { 'spec.securityContext.appArmorProfile': { type: 'Unconfined' } },
    'spec.securityContext.appArmorProfile.type',
  ],
  [
    'AppArmor off, in an annotation',
    { 'metadata.annotations': { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' } },
    'metadata.annotations[container.apparmor.security.beta.kubernetes.io/web]',
  ],
  [
    'a type of SELinux',
    { [`${OWN}.seLinuxOptions`]: { type: 'spc_t' } },
    'spec.containers[0].securityContext.seLinuxOptions.type',
  ],
  [
    'a user of SELinux',
    { 'spec.securityContext.seLinuxOptions': { user: 'u' } },
    'spec.securityContext.seLinuxOptions.user',
  ],
  [
    'a role of SELinux',
    { 'spec.securityContext.seLinuxOptions': { role: 'r' } },
    'spec.securityContext.seLinuxOptions.role',
  ],
  ['an open /proc', { [`${OWN}.procMount`]: 'Unmasked' }, 'spec.containers[0].securityContext.procMount'],
  [
    'seccomp off, in the pod',
    { 'spec.securityContext.seccompProfile': { type: 'Unconfined' } },
    'spec.securityContext.seccompProfile.type',
  ],
  [
    'seccomp off, in a container',
    { [`${OWN}.seccompProfile`]: { type: 'Unconfined' } },
    'spec.containers[0].securityContext.seccompProfile.type',
  ],
  [
    'a sysctl of the machine',
    { 'spec.securityContext.sysctls': [{ name: 'kernel.msgmax', value: '1' }] },
    'spec.securityContext.sysctls[0].name',
  ],
  [
    'a process of a Windows host',
    { 'spec.securityContext.windowsOptions': { hostProcess: true } },
    'spec.securityContext.windowsOptions.hostProcess',
  ],
]

describe('the baseline', () => {
  test.each(cases)('[PSS1] does not allow %s', (_what, changes, field) => {
    expect(against('baseline', changes)).toEqual([field])
    expect(against('restricted', { ...restricted(), ...changes })).toContain(field)
    expect(against('privileged', changes)).toEqual([])
  })

  test.each<[string, Changes]>([
    ['nothing said', {}],
    ['capabilities of the default set', { [`${OWN}.capabilities`]: { add: ['CHOWN', 'SETUID'], drop: ['ALL'] } }],
    ['root, and gaining rights', { [OWN]: { runAsUser: 0, allowPrivilegeEscalation: true, procMount: 'Default' } }],
    ['a host port of 0', { 'spec.containers.0.ports': [{ containerPort: 80, hostPort: 0 }] }],
    ['a profile of the node', { [`${OWN}.seccompProfile`]: { type: 'Localhost', localhostProfile: 'x' } }],
    ['a type of containers', { [`${OWN}.seLinuxOptions`]: { type: 'container_init_t', level: 's0' } }],
    ['a safe sysctl', { 'spec.securityContext.sysctls': [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] }],
    ['volumes of all other kinds', { 'spec.volumes': [{ name: 'v', nfs: { server: 's', path: '/p' } }] }],
  ])('[PSS1] allows %s', (_what, changes) => {
    expect(against('baseline', changes)).toEqual([])
  })
})

describe('what is restricted', () => {
  test.each<[string, Changes, string[]]>([
    ['a pod that says all that it has to', {}, []],
    ['no user that is not root', { 'spec.securityContext.runAsNonRoot': undefined }, ['runAsNonRoot']],
    [
      'a container that takes it back',
      { [`${OWN}.runAsNonRoot`]: false },
      ['spec.containers[0].securityContext.runAsNonRoot'],
    ],
    ['user 0 of the pod', { 'spec.securityContext.runAsUser': 0 }, ['spec.securityContext.runAsUser']],
    ['user 0 of a container', { [`${OWN}.runAsUser`]: 0 }, ['spec.containers[0].securityContext.runAsUser']],
    ['escalation unsaid', { [`${OWN}.allowPrivilegeEscalation`]: undefined }, ['allowPrivilegeEscalation']],
    ['escalation', { [`${OWN}.allowPrivilegeEscalation`]: true }, ['allowPrivilegeEscalation']],
    ['seccomp unsaid', { 'spec.securityContext.seccompProfile': undefined }, ['seccompProfile.type']],
    ['capabilities kept', { [`${OWN}.capabilities.drop`]: ['NET_RAW'] }, ['capabilities.drop']],
    ['a capability added', { [`${OWN}.capabilities.add`]: ['CHOWN'] }, ['capabilities.add']],
    ['the one capability that may be added', { [`${OWN}.capabilities.add`]: ['NET_BIND_SERVICE'] }, []],
    [
      'said by the container alone',
      {
        'spec.securityContext': undefined,
        [`${OWN}.runAsNonRoot`]: true,
        [`${OWN}.seccompProfile`]: { type: 'Localhost', localhostProfile: 'x' },
      },
      [],
    ],
    [
      'an init container that says nothing',
      { 'spec.initContainers': [{ name: 'i', image: 'x' }] },
      ['allowPrivilegeEscalation', 'capabilities.drop'].map((name) => `spec.initContainers[0].securityContext.${name}`),
    ],
    ['nfs', { 'spec.volumes': [{ name: 'v', nfs: { server: 's', path: '/p' } }] }, ['spec.volumes[0].nfs']],
    [
      'volumes of the pod',
      {
        'spec.volumes': [
          { name: 'a', configMap: { name: 'a' } },
          { name: 'b', secret: { secretName: 'b' } },
          { name: 'c', emptyDir: {} },
          { name: 'd', projected: { sources: [] } },
          { name: 'e', downwardAPI: {} },
          { name: 'f', persistentVolumeClaim: { claimName: 'f' } },
          { name: 'g' },
        ],
      },
      [],
    ],
    [
      'Windows, which has no such rights',
      { 'spec.os': { name: 'windows' }, [OWN]: {}, 'spec.securityContext.seccompProfile': undefined },
      [],
    ],
  ])('[PSS1] of %s', (_what, changes, fields) => {
    const found = against('restricted', { ...restricted(), ...changes })
    expect(found).toHaveLength(fields.length)
    fields.forEach((field, index) => expect(found[index]).toContain(field))
  })
})

test.each<[Changes | undefined, string, string | undefined]>([
  [undefined, 'enforce', 'baseline'],
  [{}, 'enforce', 'baseline'],
  [{ 'pod-security.kubernetes.io/enforce': 'privileged' }, 'enforce', 'privileged'],
  [{ 'pod-security.kubernetes.io/enforce': 'restricted' }, 'enforce', 'restricted'],
  [{ 'pod-security.kubernetes.io/enforce': 'lax' }, 'enforce', 'restricted'],
  [{ 'pod-security.kubernetes.io/enforce': 'restricted' }, 'warn', undefined],
  [{ 'pod-security.kubernetes.io/warn': 'restricted' }, 'warn', 'restricted'],
  [{ 'pod-security.kubernetes.io/audit': 'baseline' }, 'audit', 'baseline'],
] as const)('[PSS2] labels %j mean for %s: %s', (labels, mode, level) => {
  expect(podSecurityLevel(labels as Record<string, string>, mode as 'warn')).toBe(level)
})

test('[PSS2] a label that names no level or version is refused in words', () => {
  const labels = {
    'pod-security.kubernetes.io/enforce': 'high',
    'pod-security.kubernetes.io/warn': 'baseline',
    'pod-security.kubernetes.io/warn-version': 'newest',
    'pod-security.kubernetes.io/audit-version': 'v1.30',
  }
  const findings = new Findings()
  checkPodSecurityLabels(changed(aNamespace('team'), { 'metadata.labels': labels }), findings)
  expect(findings.errors.map(({ field }) => field)).toEqual([
    'metadata.labels[pod-security.kubernetes.io/enforce]',
    'metadata.labels[pod-security.kubernetes.io/warn-version]',
  ])
})

test('[PSS1] a refusal names the standard, the namespace, the fields and the label that helps', () => {
  const { template } = templateIn(withDefaults(aPod({ 'spec.hostNetwork': true })))!
  expect(podSecurityRefusal(template, { namespace: 'shop', level: 'baseline' })).toBe(
    'does not run what violates the Pod Security Standard "baseline" of namespace shop: label the namespace shop with pod-security.kubernetes.io/enforce=privileged to allow it' +
      " (spec.hostNetwork must not be true: it shares a namespace of the node's)",
  )
  expect(podSecurityRefusal(template, { namespace: 'shop', level: 'privileged' })).toBeUndefined()
  expect(podSecurityRemedy(templateIn(withDefaults(aPod()))!.template, 'shop')).toContain('enforce=baseline')
})
