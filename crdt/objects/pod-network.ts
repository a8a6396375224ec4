/**
 * How a pod stands in the network and among its node's processes: host namespaces, names and resolvers.
 *
 * @module
 */
import type { Container, PodSpec } from 'kubernetes-types/core/v1.js'
import type { Findings } from './field-error.ts'
import { dnsLabel, dnsSubdomain, ipAddress, type TextCheck } from './names.ts'
import { byDefault, choice, fields, flag, listOf, required, text, type Schema } from './schema.ts'

/** What resolvers read (glibc), as Kubernetes bounds them. */
const NAMESERVERS_MAX = 3
const SEARCHES_MAX = 32
const SEARCHES_LENGTH_MAX = 2_048

const option: TextCheck = (value) => (/^[\w.-]{0,255}$/.test(value) ? undefined : 'must be a word of resolv.conf')
/** Names of services with underscores, and an end of their own. */
const searchDomain: TextCheck = (name) =>
  name === '.'
    ? undefined
    : dnsSubdomain(
        name
          .replace(/\.$/, '')
          .replaceAll('_', '-')
          .replaceAll(/(^|\.)-/g, '$1'),
      )

export const podNetworkFields: Readonly<Record<string, Schema>> = {
  hostname: text(dnsLabel),
  subdomain: text(dnsLabel),
  setHostnameAsFQDN: flag(),
  hostAliases: listOf(fields({ ip: required(text(ipAddress)), hostnames: listOf(text(dnsSubdomain)) }), {
    keys: ['ip'],
  }),
  dnsPolicy: byDefault(choice(['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']), 'ClusterFirst'),
  dnsConfig: fields({
    nameservers: listOf(text(ipAddress), { itemsMax: NAMESERVERS_MAX }),
    searches: listOf(text(searchDomain), { itemsMax: SEARCHES_MAX }),
    options: listOf(fields({ name: required(text(option)), value: text(option) }), { itemsMax: SEARCHES_MAX }),
  }),
  hostNetwork: flag(),
  hostPID: flag(),
  hostIPC: flag(),
  shareProcessNamespace: flag(),
}

/** [SEC2] What contradicts itself, in Kubernetes' words. */
export function checkPodNetwork(spec: PodSpec, at: string, findings: Findings): void {
  const { dnsPolicy, dnsConfig, hostNetwork, hostPID, hostIPC, shareProcessNamespace, securityContext } = spec
  if (dnsPolicy === 'None' && (dnsConfig?.nameservers ?? []).length === 0)
    findings.required(
      `${at}.dnsConfig.nameservers`,
      `must provide at least one DNS nameserver when \`dnsPolicy\` is None`,
    )
  if ((dnsConfig?.searches ?? []).join(' ').length > SEARCHES_LENGTH_MAX)
    findings.tooLong(`${at}.dnsConfig.searches`, `must have at most ${SEARCHES_LENGTH_MAX} characters together`)
  if (hostPID === true && shareProcessNamespace === true)
    findings.invalid(`${at}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')
  securityContext?.sysctls?.forEach(({ name }, index) => {
    const field = `${at}.securityContext.sysctls[${index}].name`
    if (hostNetwork === true && name.startsWith('net'))
      findings.invalid(field, name, 'may not be specified when `hostNetwork` is true')
    if (hostIPC === true && /^(kernel.(shm|msg|sem)|fs.mqueue.)/.test(name))
      findings.invalid(field, name, 'may not be specified when `hostIPC` is true')
  })
  checkHostPorts(spec, at, findings)
}

function checkHostPorts({ containers, hostNetwork }: PodSpec, at: string, findings: Findings): void {
  const taken = new Set<string>()
  containers.forEach(({ ports }: Container, of) => {
    ports?.forEach(({ hostPort, containerPort, hostIP = '', protocol = 'TCP' }, index) => {
      const field = `${at}.containers[${of}].ports[${index}]`
      if (!hostPort) return
      if (hostNetwork === true && hostPort !== containerPort)
        findings.invalid(`${field}.hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')
      const place = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(place)) findings.duplicate(`${field}.hostPort`, place)
      taken.add(place)
    })
  })
}
