/**
 * Service: one name and port for the pods that its selector finds.
 *
 * @module
 */
import type { ServicePort, ServiceSpec } from 'kubernetes-types/core/v1.js'
import { portReference } from './container.ts'
import { parseKey, type DocumentKey } from '../key.ts'
import type { FieldError } from '../kind-port.ts'
import type { KubeObject } from '../object.ts'
import { Findings } from './field-error.ts'
import { metadataSchema } from './meta.ts'
import { dnsLabel, dnsSubdomain, ipAddress, type TextCheck } from './names.ts'
import { isPlain } from './plain.ts'
import {
  allLater,
  anything,
  byDefault,
  bySystem,
  choice,
  fields,
  flag,
  integer,
  later,
  listOf,
  portNumber,
  required,
  text,
} from './schema.ts'
import { labelMapSchema } from './selector.ts'
import { sha256 } from '../sha256.ts'

export const NODE_PORT_MIN = 30_000
export const NODE_PORT_MAX = 32_767

/** Every node listens on each of them. */
const PORTS_MAX = 100

const clusterAddress: TextCheck = (value) => (value === 'None' ? undefined : ipAddress(value))

const port = fields({
  name: text(dnsLabel),
  port: required(portNumber()),
  protocol: byDefault(choice(['TCP', 'UDP', 'SCTP'], ['UDP', 'SCTP']), 'TCP'),
  targetPort: byDefault(portReference(), (each: { port?: unknown }) => each.port),
  nodePort: integer(0, 65_535),
  appProtocol: text(),
})

export const serviceSchema = fields({
  apiVersion: required(text()),
  kind: required(text()),
  metadata: required(metadataSchema),
  spec: required(
    fields({
      type: byDefault(
        choice(['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], ['ExternalName', 'LoadBalancer']),
        'ClusterIP',
      ),
      ports: listOf(port, { keys: ['port', 'protocol'], itemsMax: PORTS_MAX }),
      selector: labelMapSchema,
      sessionAffinity: byDefault(choice(['ClientIP', 'None'], ['ClientIP']), 'None'),
      clusterIP: text(clusterAddress),
      clusterIPs: listOf(text(clusterAddress), { itemsMax: 2 }),
      internalTrafficPolicy: byDefault(choice(['Cluster', 'Local'], ['Local']), 'Cluster'),
      externalTrafficPolicy: choice(['Cluster', 'Local'], ['Local']),
      ipFamilies: listOf(text()),
      ipFamilyPolicy: text(),
      publishNotReadyAddresses: later(flag()),
      ...allLater({
        allocateLoadBalancerNodePorts: flag(),
        externalIPs: listOf(text(ipAddress)),
        externalName: text(dnsSubdomain),
        healthCheckNodePort: integer(0, 65_535),
        loadBalancerClass: text(),
        loadBalancerIP: text(),
        loadBalancerSourceRanges: listOf(text()),
        sessionAffinityConfig: fields({ clientIP: fields({ timeoutSeconds: integer(1, 86_400) }) }),
        trafficDistribution: text(),
      }),
    }),
  ),
  status: bySystem(anything()),
  shoal: bySystem(anything()),
})

export const serviceSpec = (service: KubeObject): ServiceSpec => service['spec'] as ServiceSpec

export function checkService(service: KubeObject, findings: Findings): void {
  const spec = serviceSpec(service)
  const ports = spec.ports ?? []
  if (spec.type === 'ExternalName') {
    if (!spec.externalName) findings.required('spec.externalName')
  } else if (ports.length === 0 && spec.clusterIP !== 'None') findings.required('spec.ports')
  checkPortNames(ports, findings)
  const nodePorts = new Set<string>()
  ports.forEach((each, index) =>
    checkNodePort(each, spec.type ?? 'ClusterIP', nodePorts, `spec.ports[${index}].nodePort`, findings),
  )
}

function checkPortNames(ports: readonly ServicePort[], findings: Findings): void {
  const names = new Set<string>()
  ports.forEach(({ name }, index) => {
    const field = `spec.ports[${index}].name`
    if (name === undefined || name === '') {
      if (ports.length > 1) findings.required(field)
    } else if (names.has(name)) findings.duplicate(field, name)
    else names.add(name)
  })
}

function checkNodePort(
  { nodePort, protocol = 'TCP' }: ServicePort,
  type: string,
  seen: Set<string>,
  field: string,
  findings: Findings,
): void {
  if (!nodePort) return
  if (!takesNodePorts(type))
    return findings.forbidden(field, `may not be used when \`type\` is '${type === '' ? 'ClusterIP' : type}'`)
  if (nodePort < NODE_PORT_MIN || nodePort > NODE_PORT_MAX) {
    const range = `${NODE_PORT_MIN}-${NODE_PORT_MAX}`
    return findings.invalid(
      field,
      nodePort,
      `provided port is not in the valid range. The range of valid ports is ${range}`,
    )
  }
  const identity = `${nodePort}/${protocol}`
  if (seen.has(identity)) findings.duplicate(field, nodePort)
  seen.add(identity)
}

export const takesNodePorts = (type: string | undefined): boolean => type === 'NodePort' || type === 'LoadBalancer'

/**
 * A port for each port of the Service that has none, by hash of its key, passing over those taken. Two sides of a split
 * choose alike for one Service; two Services that clash after all are settled by the view.
 */
export function withNodePorts(service: KubeObject, key: string, taken: ReadonlySet<number>): KubeObject {
  const spec = serviceSpec(service)
  if (!takesNodePorts(spec.type) || spec.ports === undefined) return service
  const used = new Set(taken)
  for (const { nodePort } of spec.ports) if (nodePort) used.add(nodePort)
  const ports = spec.ports.map((each) => {
    if (each.nodePort) return each
    const nodePort = freeNodePort(`${key}#${portIdentity(each)}`, used)
    if (nodePort === undefined) return each
    used.add(nodePort)
    return { ...each, nodePort }
  })
  return { ...service, spec: { ...spec, ports } }
}

/** Node ports of other Services, as far as this node knows. */
export interface NodePortsInUse {
  nodePortsTaken(except: DocumentKey): ReadonlySet<number>
  /** Who keeps it. */
  nodePortHolder(port: number): DocumentKey | undefined
}

/** Node ports it asks for that others hold. One that it had already stays: a clash that a split left is the view's to settle. */
export function nodePortClashes(
  service: KubeObject,
  { key, old, others }: { key: DocumentKey; old: KubeObject | undefined; others: NodePortsInUse },
): readonly FieldError[] {
  const { type, ports } = (isPlain(service['spec']) ? service['spec'] : {}) as Partial<ServiceSpec>
  // Also asked of what is not valid, so that all mistakes are told at once.
  if (!takesNodePorts(type) || !Array.isArray(ports)) return []
  const findings = new Findings()
  const asked = ports.map((each: unknown) => (isPlain(each) ? Number(each['nodePort']) : 0))
  const had = new Set(old === undefined ? [] : serviceSpec(old).ports?.map(({ nodePort }) => nodePort))
  const taken = others.nodePortsTaken(key)
  asked.forEach((nodePort, index) => {
    if (had.has(nodePort) || !taken.has(nodePort)) return
    const free = freeNodePort(`${key}#${index}`, new Set([...taken, ...asked]))
    const holder = parseKey(others.nodePortHolder(nodePort) ?? '')
    const whose = holder === undefined ? '' : ` to Service ${holder.namespace}/${holder.name}`
    const way = free === undefined ? 'no other is free' : `${free} is free, or leave it out to be given one`
    findings.invalid(`spec.ports[${index}].nodePort`, nodePort, `provided port is already allocated${whose}: ${way}`)
  })
  return findings.errors
}

/** A port that was allocated stays with its Service when a manifest without it is applied again. */
export function keepAllocated(service: KubeObject, old: KubeObject | undefined): KubeObject {
  const spec = serviceSpec(service)
  if (old === undefined || !takesNodePorts(spec.type) || spec.ports === undefined) return service
  const before = new Map((serviceSpec(old).ports ?? []).map((each) => [portIdentity(each), each.nodePort]))
  const ports = spec.ports.map((each) => {
    const nodePort = each.nodePort || before.get(portIdentity(each))
    return nodePort ? { ...each, nodePort } : each
  })
  return { ...service, spec: { ...spec, ports } }
}

/** A Service that stops being reached by node ports gives them up, as long as nobody asked for others. */
export function withoutStaleNodePorts(service: KubeObject, old: KubeObject | undefined): KubeObject {
  const [spec, before] = [service['spec'] as ServiceSpec | undefined, old?.['spec'] as ServiceSpec | undefined]
  if (service.kind !== 'Service' || !takesNodePorts(before?.type) || takesNodePorts(spec?.type)) return service
  if (spec === undefined || !Array.isArray(spec.ports)) return service
  const held = new Set(before?.ports?.map(({ nodePort }) => nodePort))
  const ports = spec.ports.map((each: ServicePort) =>
    held.has(each?.nodePort) ? { ...each, nodePort: undefined } : each,
  )
  return { ...service, spec: { ...spec, ports } }
}

const portIdentity = ({ port, protocol = 'TCP' }: ServicePort): string => `${port}/${protocol}`

/** Undefined when all 2,768 are taken. */
function freeNodePort(seed: string, used: ReadonlySet<number>): number | undefined {
  const count = NODE_PORT_MAX - NODE_PORT_MIN + 1
  const start = sha256(seed).readUInt32BE(0) % count
  for (let step = 0; step < count; step++) {
    const candidate = NODE_PORT_MIN + ((start + step) % count)
    if (!used.has(candidate)) return candidate
  }
  return undefined
}
