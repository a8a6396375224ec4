/**
 * As whom and with which rights containers run: `securityContext` of a pod and of its containers, of which the latter wins.
 *
 * @module
 */
import type { Container, SecurityContext } from 'kubernetes-types/core/v1.js'
import type { Findings } from './field-error.ts'
import type { TextCheck } from './names.ts'
import { innerPath } from './volume.ts'
import { choice, fields, flag, integer, later, listOf, required, text, type Schema } from './schema.ts'

/** More than the kernel has. */
const CAPABILITIES_MAX = 64

const capability: TextCheck = (name) =>
  /^[A-Z][A-Z0-9_]{0,62}$/.test(name) && !name.startsWith('CAP_')
    ? undefined
    : 'must be the name of a capability without CAP_, as NET_BIND_SERVICE, or ALL'

/** Of the kernel's names, with dots or slashes between the parts. */
const sysctlName: TextCheck = (name) =>
  name.length <= 253 && /^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/.test(name)
    ? undefined
    : 'must be the name of a sysctl, as net.ipv4.tcp_syncookies'

const PROFILES = ['RuntimeDefault', 'Unconfined', 'Localhost']

const shared: Readonly<Record<string, Schema>> = {
  runAsUser: integer(),
  runAsGroup: integer(),
  runAsNonRoot: flag(),
  seccompProfile: fields({ type: required(choice(PROFILES)), localhostProfile: text(innerPath) }),
  seLinuxOptions: later(fields({ level: text(), role: text(), type: text(), user: text() })),
  appArmorProfile: later(fields({ type: required(text()), localhostProfile: text() })),
  windowsOptions: later(
    fields({ gmsaCredentialSpec: text(), gmsaCredentialSpecName: text(), hostProcess: flag(), runAsUserName: text() }),
  ),
}

export const podSecurityContext = fields({
  ...shared,
  fsGroup: integer(),
  fsGroupChangePolicy: choice(['Always', 'OnRootMismatch']),
  supplementalGroups: listOf(integer(), { itemsMax: 64 }),
  supplementalGroupsPolicy: choice(['Merge', 'Strict'], ['Strict']),
  seLinuxChangePolicy: later(text()),
  sysctls: listOf(fields({ name: required(text(sysctlName)), value: required(text()) }), { itemsMax: 64 }),
})

const capabilities = listOf(text(capability), { itemsMax: CAPABILITIES_MAX })

export const containerSecurityContext = fields({
  ...shared,
  allowPrivilegeEscalation: flag(),
  capabilities: fields({ add: capabilities, drop: capabilities }),
  privileged: flag(),
  procMount: choice(['Default', 'Unmasked']),
  readOnlyRootFilesystem: flag(),
})

type Profiled = Pick<SecurityContext, 'seccompProfile'>

/** [SEC3] A profile of the node has a name, and no other has. */
export function checkSeccomp({ seccompProfile }: Profiled = {}, at: string, findings: Findings): void {
  if (!seccompProfile) return
  const { type, localhostProfile } = seccompProfile
  const field = `${at}.seccompProfile.localhostProfile`
  if (type === 'Localhost' && !localhostProfile) findings.required(field, 'must be set when seccomp type is Localhost')
  if (type !== 'Localhost' && localhostProfile)
    findings.invalid(field, localhostProfile, 'can only be set when seccomp type is Localhost')
}

/** [SEC1] What contradicts itself, in Kubernetes' words. */
export function checkContainerSecurity({ securityContext }: Container, at: string, findings: Findings): void {
  checkSeccomp(securityContext, `${at}.securityContext`, findings)
  if (securityContext?.allowPrivilegeEscalation !== false) return
  const { privileged, capabilities: sets } = securityContext
  const say = (why: string): void => findings.invalid(`${at}.securityContext`, securityContext, why)
  if (privileged === true) say('cannot set `allowPrivilegeEscalation` to false and `privileged` to true')
  if (sets?.add?.includes('SYS_ADMIN') === true)
    say('cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN')
}
