/**
 * How a pod stands in the network and among the processes of its node, from its template. Pure.
 *
 * @module
 */
import type { DnsLaunch, NetworkLaunch } from '../runtime/network-launch.ts'
import type { DownwardInput } from './downward.ts'
import type { Refusal } from './environment.ts'
import type { PodSpec } from './template.ts'

/** A DNS label; the kernel takes one character more. */
const HOSTNAME_LENGTH_MAX = 63
/** There is no name service of the cluster yet; names are those of Kubernetes. */
const CLUSTER_DOMAIN = 'cluster.local'

export interface Names {
  readonly hostname: string
  readonly domainName?: string
}

/** [LCH2] [LCH22] */
export function namesOf({ claim, template: { spec } }: Pick<DownwardInput, 'claim' | 'template'>): Names | Refusal {
  const short = asLabel(spec.hostname ?? claim.name)
  if (!spec.subdomain) return { hostname: short }
  const domainName = `${short}.${spec.subdomain}.${claim.namespace}.svc.${CLUSTER_DOMAIN}`
  if (spec.setHostnameAsFQDN !== true) return { hostname: short, domainName }
  if (domainName.length > HOSTNAME_LENGTH_MAX + 1) {
    return {
      error: `setHostnameAsFQDN: the name ${domainName} has more than the ${HOSTNAME_LENGTH_MAX + 1} characters of a hostname; choose a shorter hostname or subdomain`,
    }
  }
  return { hostname: domainName, domainName }
}

function asLabel(name: string): string {
  const label = name.split('.')[0] ?? ''
  return label.slice(0, HOSTNAME_LENGTH_MAX).replace(/-+$/, '')
}

/** [LCH21] Empty: as every pod. */
export function networkOf({ template: { spec }, hostAddress }: DownwardInput, { domainName }: Names): NetworkLaunch {
  const dns = dnsOf(spec)
  const aliases = (spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, names: hostnames }))
  const sysctls = (spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name.replaceAll('/', '.'), value])
  return {
    ...(spec.hostNetwork === true ? { hostAddress } : {}),
    ...(spec.hostPID === true ? { hostProcesses: true } : {}),
    ...(spec.hostIPC === true ? { hostIpc: true } : {}),
    ...(spec.shareProcessNamespace === true ? { sharedProcesses: true } : {}),
    ...(domainName === undefined ? {} : { domainName }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(dns === undefined ? {} : { dns }),
    ...(sysctls.length === 0 ? {} : { sysctls: Object.fromEntries(sysctls) as Record<string, string> }),
  }
}

/** Undefined: what the node uses, which is all that `ClusterFirst` finds while there is no name service of the cluster. */
function dnsOf({ dnsPolicy, dnsConfig }: PodSpec): DnsLaunch | undefined {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {}
  const saysNothing = nameservers.length + searches.length + options.length === 0
  if (dnsPolicy !== 'None' && saysNothing) return undefined
  return {
    besideNode: dnsPolicy !== 'None',
    nameservers,
    searches,
    options: options.map(({ name, value }) => (value ? `${name}:${value}` : name)),
  }
}
