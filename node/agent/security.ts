/**
 * As whom and with which rights a container of a pod runs: what it says itself, else what its pod says. Pure.
 *
 * @module
 */
import type { SecurityLaunch } from '../runtime/security-launch.ts'
import type { Refusal } from './environment.ts'
import type { ContainerSpec, PodSpec, SeccompProfile } from './template.ts'

/** [LCH20] Undefined: nothing is said. */
export function containerSecurity(
  { securityContext: ofPod = {} }: PodSpec,
  spec: ContainerSpec,
): SecurityLaunch | Refusal {
  const own = spec.securityContext ?? {}
  const user = own.runAsUser ?? ofPod.runAsUser
  const group = own.runAsGroup ?? ofPod.runAsGroup
  const nonRoot = own.runAsNonRoot ?? ofPod.runAsNonRoot
  const seccomp = own.seccompProfile ?? ofPod.seccompProfile
  if (nonRoot === true && user === 0)
    return { error: 'runAsNonRoot is set and runAsUser is 0: set another user, or leave runAsNonRoot out' }
  const groups = [
    ...new Set([...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup]), ...(ofPod.supplementalGroups ?? [])]),
  ]
  const { add = [], drop = [] } = own.capabilities ?? {}
  return {
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
    ...(nonRoot === true ? { nonRoot } : {}),
    ...(groups.length === 0 ? {} : { groups }),
    ...(add.length === 0 ? {} : { addCapabilities: add }),
    ...(drop.length === 0 ? {} : { dropCapabilities: drop }),
    ...(own.privileged === true ? { privileged: true } : {}),
    ...(own.allowPrivilegeEscalation === undefined ? {} : { escalation: own.allowPrivilegeEscalation }),
    ...(own.readOnlyRootFilesystem === true ? { readOnlyRoot: true } : {}),
    ...(seccomp === undefined ? {} : { seccomp: seccompOf(seccomp) }),
    ...(own.procMount === 'Unmasked' ? { openProc: true } : {}),
  }
}

const seccompOf = ({ type, localhostProfile = '' }: SeccompProfile): NonNullable<SecurityLaunch['seccomp']> =>
  type === 'Localhost' ? { node: localhostProfile } : type
