/**
 * What a pod may ask for that plain processes cannot be given: said before anything is tried, so that a node with an engine takes
 * the pod. Pure.
 *
 * @module
 */

interface SharedWishes {
  readonly seccompProfile?: { readonly type: string }
}

/** What of a pod template counts. */
export interface IsolationWishes {
  readonly hostNetwork?: boolean
  readonly hostAliases?: readonly unknown[]
  readonly dnsPolicy?: string
  readonly dnsConfig?: object
  readonly securityContext?: SharedWishes & {
    readonly sysctls?: readonly unknown[]
    readonly supplementalGroupsPolicy?: string
  }
  readonly initContainers?: readonly ContainerIsolation[]
  readonly containers: readonly ContainerIsolation[]
}

export interface ContainerIsolation {
  readonly name: string
  readonly ports?: readonly { readonly hostPort?: number }[]
  readonly securityContext?: SharedWishes & {
    readonly privileged?: boolean
    readonly readOnlyRootFilesystem?: boolean
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] }
  }
}

/** Fields of the pod, with what stands in the way. */
const OF_POD: readonly { readonly field: string; is(pod: IsolationWishes): boolean }[] = [
  { field: 'hostNetwork', is: ({ hostNetwork }) => hostNetwork === true },
  { field: 'hostAliases', is: ({ hostAliases = [] }) => hostAliases.length > 0 },
  { field: 'dnsPolicy None', is: ({ dnsPolicy }) => dnsPolicy === 'None' },
  { field: 'dnsConfig', is: ({ dnsConfig = {} }) => Object.keys(dnsConfig).length > 0 },
  { field: 'sysctls', is: ({ securityContext }) => (securityContext?.sysctls ?? []).length > 0 },
  { field: 'a seccompProfile', is: ({ securityContext }) => asksSeccomp(securityContext) },
]

const OF_CONTAINER: readonly { readonly field: string; is(container: ContainerIsolation): boolean }[] = [
  { field: 'privileged', is: ({ securityContext }) => securityContext?.privileged === true },
  {
    field: 'capabilities',
    is: ({ securityContext }) => {
      const { add = [], drop = [] } = securityContext?.capabilities ?? {}
      return add.length + drop.length > 0
    },
  },
  { field: 'readOnlyRootFilesystem', is: ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true },
  { field: 'a seccompProfile', is: ({ securityContext }) => asksSeccomp(securityContext) },
  { field: 'a hostPort', is: ({ ports = [] }) => ports.some(({ hostPort }) => (hostPort ?? 0) > 0) },
]

const asksSeccomp = (security: SharedWishes | undefined): boolean =>
  security?.seccompProfile !== undefined && security.seccompProfile.type !== 'Unconfined'

/** [PROC40] The first thing that processes do not have. */
export function beyondProcesses(pod: IsolationWishes): string | undefined {
  const ofPod = OF_POD.find(({ is }) => is(pod))
  if (ofPod !== undefined) return lackOf('the pod', ofPod.field)
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const own = OF_CONTAINER.find(({ is }) => is(container))
    if (own !== undefined) return lackOf(`container ${container.name}`, own.field)
  }
  return undefined
}

function lackOf(who: string, field: string): string {
  return `${who} asks for ${field}, which plain processes do not have; leave it out, or use a node with a container engine`
}

/** [FIT1] What no runtime here can do. */
export function beyondAll(pod: IsolationWishes): string | undefined {
  if (pod.securityContext?.supplementalGroupsPolicy === 'Strict')
    return 'cannot take the groups of an image away, which supplementalGroupsPolicy Strict asks for; use Merge'
  return undefined
}
