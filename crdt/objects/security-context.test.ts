import { expect, test } from 'vitest'
import { keyOf } from './prepare.ts'
import { aPod } from './sample.ts'
import { validate } from './validate.ts'

const OWN = 'spec.containers.0.securityContext'
const said = (changes: Readonly<Record<string, unknown>>): string[] => {
  const pod = aPod(changes)
  return validate(keyOf(pod), pod).map(({ field, message }) => `${field}: ${message}`)
}

test.each<[Record<string, unknown>, string[]]>([
  [{ [OWN]: { allowPrivilegeEscalation: false, runAsUser: 1, capabilities: { drop: ['ALL'] } } }, []],
  [
    { [OWN]: { allowPrivilegeEscalation: false, privileged: true } },
    ['cannot set `allowPrivilegeEscalation` to false and `privileged` to true'],
  ],
  [
    { [OWN]: { allowPrivilegeEscalation: false, capabilities: { add: ['SYS_ADMIN'] } } },
    ['cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'],
  ],
  [{ [OWN]: { capabilities: { add: ['CAP_CHOWN'] } } }, ['without CAP_, as NET_BIND_SERVICE']],
  [{ [OWN]: { seccompProfile: { type: 'None' } } }, ['Unsupported value: "None"']],
  [{ 'spec.securityContext': { sysctls: [{ name: '../x', value: '1' }] } }, ['must be the name of a sysctl']],
])('[SEC1] of %j it is said that %j', (changes, parts) => {
  const errors = said(changes)
  expect(errors).toHaveLength(parts.length)
  parts.forEach((part, index) => expect(errors[index]).toContain(part))
})

const profile = 'seccompProfile.localhostProfile'

test.each<[Record<string, unknown>, string[]]>([
  [{ [OWN]: { seccompProfile: { type: 'Localhost', localhostProfile: 'audit/strict.json' } } }, []],
  [
    { [OWN]: { seccompProfile: { type: 'Localhost' } } },
    [`spec.containers[0].securityContext.${profile}: Required value: must be set when seccomp type is Localhost`],
  ],
  [
    { 'spec.securityContext': { seccompProfile: { type: 'RuntimeDefault', localhostProfile: 'a.json' } } },
    [`spec.securityContext.${profile}: Invalid value: "a.json": can only be set when seccomp type is Localhost`],
  ],
  [
    { 'spec.securityContext': { seccompProfile: { type: 'Localhost', localhostProfile: '../a.json' } } },
    ["must not contain '..'"],
  ],
  [
    { 'spec.securityContext': { seccompProfile: { type: 'Localhost', localhostProfile: '/a.json' } } },
    ['must be a relative path'],
  ],
])('[SEC3] of %j it is said that %j', (changes, parts) => {
  const errors = said(changes)
  expect(errors).toHaveLength(parts.length)
  parts.forEach((part, index) => expect(errors[index]).toContain(part))
})

test.each<[Record<string, unknown>, string[]]>([
  [{ 'spec.dnsPolicy': 'None' }, ['spec.dnsConfig.nameservers: Required value']],
  [{ 'spec.dnsPolicy': 'None', 'spec.dnsConfig': { nameservers: ['10.0.0.10'], searches: ['a.test', '_tcp.b'] } }, []],
  [{ 'spec.dnsConfig': { nameservers: ['dns.test'] } }, ['must be a valid IP address']],
  [
    {
      'spec.dnsConfig': {
        searches: Array.from({ length: 12 }, () => 'x'.repeat(60) + '.' + 'y'.repeat(60) + '.' + 'z'.repeat(60)),
      },
    },
    ['at most 2048 characters'],
  ],
  [{ 'spec.hostAliases': [{ ip: '10.0.0.1', hostnames: ['a b'] }] }, ['a lowercase RFC 1123 subdomain']],
  [{ 'spec.hostAliases': [{ ip: '256.0.0.1', hostnames: ['a'] }] }, ['must be a valid IP address']],
  [{ 'spec.hostPID': true, 'spec.shareProcessNamespace': true }, ['cannot both be enabled']],
  [
    { 'spec.hostNetwork': true, 'spec.securityContext.sysctls': [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] },
    ['may not be specified when `hostNetwork` is true'],
  ],
  [
    { 'spec.hostIPC': true, 'spec.securityContext.sysctls': [{ name: 'kernel.shm_rmid_forced', value: '1' }] },
    ['may not be specified when `hostIPC` is true'],
  ],
  [
    { 'spec.hostNetwork': true, 'spec.containers.0.ports': [{ containerPort: 80, hostPort: 81 }] },
    ['must match `containerPort`'],
  ],
  [
    {
      'spec.containers.0.ports': [
        { containerPort: 80, hostPort: 81 },
        { containerPort: 8080, hostPort: 81 },
      ],
    },
    ['Duplicate value: "TCP//81"'],
  ],
])('[SEC2] of %j it is said that %j', (changes, parts) => {
  const errors = said(changes)
  expect(errors).toHaveLength(parts.length)
  parts.forEach((part, index) => expect(errors[index]).toContain(part))
})
