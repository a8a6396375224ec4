/**
 * How a pod stands in the network and among its node's processes, in an engine's words. Pure.
 *
 * The pod's own settings are those of one container: its infra container, or its only one. The others join it.
 *
 * @module
 */
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import type { DnsLaunch, NetworkLaunch } from './network-launch.ts'
import type { ContainerLaunch, PodLaunch } from './runtime.ts'

type Options = Pick<ContainerCreateOptions, 'Hostname' | 'Domainname' | 'ExposedPorts'> & { readonly host: HostConfig }

/** Of the container that holds the pod's network. `resolvConf`: what the node itself uses. */
export function ownNetwork(pod: PodLaunch, resolvConf = ''): Options {
  const { network = {}, containers } = pod
  const { hostAddress, domainName, aliases = [], dns, sysctls } = network
  const ports = hostAddress === undefined ? portsOf(containers) : {}
  return {
    ...(hostAddress === undefined && {
      Hostname: pod.hostname,
      ...(domainName !== undefined && domainName !== pod.hostname && { Domainname: domainOf(domainName) }),
    }),
    ...(Object.keys(ports).length > 0 && {
      ExposedPorts: Object.fromEntries(Object.keys(ports).map((port) => [port, {}])),
    }),
    host: {
      ...hostSpaces(network),
      ...(Object.keys(ports).length > 0 && { PortBindings: ports }),
      ...(aliases.length > 0 && {
        ExtraHosts: aliases.flatMap(({ ip, names }) => names.map((name) => `${name}:${ip}`)),
      }),
      ...(dns !== undefined && resolverOf(dns, { resolvConf, isHost: hostAddress !== undefined })),
      ...(sysctls !== undefined && { Sysctls: { ...sysctls } }),
    },
  }
}

/** Of the others: they are where the infra container is. */
export function joinedNetwork({ network = {} }: Pick<PodLaunch, 'network'>, infra: string): HostConfig {
  const joined = `container:${infra}`
  return {
    NetworkMode: joined,
    IpcMode: joined,
    ...(network.sharedProcesses === true && { PidMode: joined }),
    ...hostSpaces(network),
  }
}

/** What a pod shares with its node. A name of its own has none that shares the network. */
function hostSpaces({ hostAddress, hostIpc, hostProcesses }: NetworkLaunch): HostConfig {
  return {
    ...(hostAddress !== undefined && { NetworkMode: 'host', UTSMode: 'host' }),
    ...(hostIpc === true && { IpcMode: 'host' }),
    ...(hostProcesses === true && { PidMode: 'host' }),
  }
}

const domainOf = (name: string): string => name.slice(name.indexOf('.') + 1)

type Bindings = Record<string, { HostIp: string; HostPort: string }[]>

function portsOf(containers: readonly ContainerLaunch[]): Bindings {
  const bindings: Bindings = {}
  for (const { port, protocol, hostPort, hostIP = '' } of containers.flatMap(({ ports }) => ports)) {
    if (hostPort === undefined) continue
    const name = `${port}/${protocol.toLowerCase()}`
    bindings[name] = [...(bindings[name] ?? []), { HostIp: hostIP, HostPort: String(hostPort) }]
  }
  return bindings
}

/** Resolvers read no more. */
const NAMESERVERS_MAX = 3

/**
 * [DOCK45] An engine takes what is left out from the node: nothing is said by a search of the root alone, and by an option's
 * own default.
 */
function resolverOf(dns: DnsLaunch, { resolvConf, isHost }: { resolvConf: string; isHost: boolean }): HostConfig {
  const node = dns.besideNode ? readResolvConf(resolvConf) : { nameservers: [], searches: [], options: [] }
  // A resolver on the node's own loopback cannot be reached from a network of the pod's own.
  const reachable = node.nameservers.filter((address) => isHost || !/^(127\.|::1$)/.test(address))
  const nameservers = [...new Set([...reachable, ...dns.nameservers])].slice(0, NAMESERVERS_MAX)
  const searches = [...new Set([...node.searches, ...dns.searches])]
  const named = new Set(dns.options.map(optionName))
  const options = [...node.options.filter((option) => !named.has(optionName(option))), ...dns.options]
  const isAlone = !dns.besideNode
  return {
    ...(nameservers.length > 0 && { Dns: nameservers }),
    ...((searches.length > 0 || isAlone) && { DnsSearch: searches.length > 0 ? searches : ['.'] }),
    ...((options.length > 0 || isAlone) && { DnsOptions: options.length > 0 ? options : ['ndots:1'] }),
  }
}

const optionName = (option: string): string => option.split(':')[0] ?? ''

function readResolvConf(text: string): Omit<DnsLaunch, 'besideNode'> {
  const words = (keyword: string): string[][] =>
    text.split('\n').flatMap((line) => {
      const [first, ...rest] = line.trim().split(/\s+/)
      return first === keyword ? [rest] : []
    })
  return {
    nameservers: words('nameserver').flatMap(([address]) => address ?? []),
    searches: words('search').at(-1) ?? [], // the last one counts
    options: words('options').flat(),
  }
}
