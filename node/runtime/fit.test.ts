import { expect, test } from 'vitest'
import { fitRuntime, type PodWishes } from './fit.ts'

const docker = { name: 'docker', answers: true }
const processes = { name: 'process', answers: true }
const container = { name: 'web', command: ['web'] }
const own = (securityContext: object): PodWishes => ({ containers: [{ ...container, securityContext }] })
const pod = (spec: object): PodWishes => ({ containers: [container], ...spec })

test.each<[string, PodWishes]>([
  ['hostNetwork', pod({ hostNetwork: true })],
  ['hostAliases', pod({ hostAliases: [{ ip: '10.0.0.1' }] })],
  ['dnsPolicy None', pod({ dnsPolicy: 'None', dnsConfig: { nameservers: ['10.0.0.1'] } })],
  ['dnsConfig', pod({ dnsConfig: { searches: ['x'] } })],
  ['sysctls', pod({ securityContext: { sysctls: [{ name: 'x', value: '1' }] } })],
  ['a seccompProfile', pod({ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } })],
  ['a seccompProfile', own({ seccompProfile: { type: 'RuntimeDefault' } })],
  ['privileged', own({ privileged: true })],
  ['capabilities', own({ capabilities: { drop: ['ALL'] } })],
  ['readOnlyRootFilesystem', own({ readOnlyRootFilesystem: true })],
  ['a hostPort', { containers: [{ ...container, ports: [{ hostPort: 80 }] }] }],
  [
    'privileged',
    { containers: [container], initContainers: [{ ...container, securityContext: { privileged: true } }] },
  ],
])('[PROC40] processes cannot be given %s; an engine beside them can', (what, wishes) => {
  expect(fitRuntime(wishes, [processes])).toEqual({
    refusal: expect.stringMatching(new RegExp(`would run it as a process: .* asks for ${what}, which plain processes`)),
  })
  expect(fitRuntime(wishes, [processes, docker])).toEqual({ runtime: docker })
})

test.each<[string, PodWishes]>([
  ['nothing', pod({})],
  ["its node's processes", pod({ hostPID: true, hostIPC: true, shareProcessNamespace: true })],
  ['a user', own({ runAsUser: 1000, allowPrivilegeEscalation: false, runAsNonRoot: true })],
  ['seccomp off', own({ seccompProfile: { type: 'Unconfined' } })],
  ["its node's resolvers", pod({ dnsPolicy: 'Default' })],
])('[PROC40] processes take a pod that asks for %s', (_what, wishes) => {
  expect(fitRuntime(wishes, [processes])).toEqual({ runtime: processes })
})

test.each<[PodWishes, RegExp]>([
  [pod({ securityContext: { supplementalGroupsPolicy: 'Strict' } }), /cannot take the groups of an image away/],
])('[FIT1] %j is declined by every runtime', (wishes, why) => {
  expect(fitRuntime(wishes, [docker, processes])).toEqual({ refusal: expect.stringMatching(why) })
})
