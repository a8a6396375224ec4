/**
 * As whom and with which rights a container runs, in an engine's words. Pure.
 *
 * @module
 */
import type { HostConfig } from 'dockerode'
import { printable } from './launch-check.ts'
import { RuntimeError, type ContainerLaunch } from './runtime.ts'
import type { SecurityLaunch } from './security-launch.ts'

/** What of a container's options the rights are: `User` beside its host's part. */
export interface Rights {
  readonly user?: string
  readonly host: HostConfig
}

/** `imageUser`: what the image says, `user[:group]`; empty: root. `profile`: the JSON of the node's seccomp profile it asks for. */
export function rightsOf(security: SecurityLaunch = {}, imageUser = '', profile?: string): Rights {
  const { groups = [], addCapabilities = [], dropCapabilities = [], privileged, readOnlyRoot, openProc } = security
  const user = userOf(security, imageUser)
  return {
    ...(user === undefined ? {} : { user }),
    host: {
      SecurityOpt: [
        ...(mayEscalate(security) ? [] : ['no-new-privileges']),
        ...(security.seccomp === 'Unconfined' ? ['seccomp=unconfined'] : []),
        ...(profile === undefined ? [] : [`seccomp=${profile}`]),
      ],
      ...(groups.length > 0 && { GroupAdd: groups.map(String) }),
      ...(addCapabilities.length > 0 && { CapAdd: [...addCapabilities] }),
      ...(dropCapabilities.length > 0 && { CapDrop: [...dropCapabilities] }),
      ...(privileged === true && { Privileged: true }),
      ...(readOnlyRoot === true && { ReadonlyRootfs: true }),
      ...(openProc === true && { MaskedPaths: [], ReadonlyPaths: [] }),
    },
  }
}

/** [DOCK3] Where a manifest does not say it, a program gains nothing by its file; but who may do all anyway is not kept from it. */
function mayEscalate({ escalation, privileged, addCapabilities = [] }: SecurityLaunch): boolean {
  const isMighty = privileged === true || addCapabilities.some((name) => name === 'SYS_ADMIN' || name === 'ALL')
  return escalation ?? isMighty
}

/** A group alone goes with the user of the image. */
function userOf({ user, group }: SecurityLaunch, imageUser: string): string | undefined {
  if (user === undefined && group === undefined) return undefined
  const name = user === undefined ? nameIn(imageUser) || '0' : String(user)
  return group === undefined ? name : `${name}:${group}`
}

const nameIn = (imageUser: string): string => imageUser.split(':')[0] ?? ''

/** [DOCK43] As kubelet has it: a name tells nothing, since the image says whose number it is. */
export function assertNonRoot({ name, image, security = {} }: ContainerLaunch, imageUser: string): void {
  if (security.nonRoot !== true || (security.user !== undefined && security.user !== 0)) return
  const said = security.user === undefined ? nameIn(imageUser) : '0'
  if (/^[1-9]\d*$/.test(said)) return
  const why = /^(0+|root)?$/.test(said)
    ? `image ${image} runs as root`
    : `image ${image} names its user (${printable(said)}) and not a number, which says nothing of root`
  throw new RuntimeError(
    'failed',
    `container ${name} has runAsNonRoot, and ${why}; set runAsUser to another number than 0`,
  )
}
