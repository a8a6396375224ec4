/**
 * Services, whose node port is whose, and which pods are behind them.
 *
 * @module
 */
import type { Container } from 'kubernetes-types/core/v1.js'
import { parseKey, type DocumentKey } from '../key.ts'
import { deepFreeze, type StoredObject } from '../object.ts'
import { withDefaults } from '../objects/prepare.ts'
import { selects, type Labels } from '../objects/selector.ts'
import { serviceSpec } from '../objects/service.ts'
import { timestampMs } from '../timestamp-ms.ts'
import { hasEnded, type Endpoint, type PodRow, type ServicePortRow, type ServiceRow, type Workload } from './rows.ts'
import type { PodTemplate } from '../objects/pod-template.ts'
import { revisionOf } from './workloads.ts'

/** A row but for clashes, which depend on other Services. */
export function serviceOf({ key, object }: StoredObject): ServiceRow {
  const { namespace, name } = parseKey(key)!
  const spec = serviceSpec(withDefaults(object))
  return deepFreeze({
    key,
    namespace,
    name,
    type: spec.type ?? 'ClusterIP',
    ports: (spec.ports ?? []).map((port) => ({
      name: port.name ?? '',
      port: port.port,
      protocol: (port.protocol ?? 'TCP') as ServicePortRow['protocol'],
      targetPort: port.targetPort ?? port.port,
      ...(port.nodePort ? { nodePort: port.nodePort } : {}),
    })),
    selector: spec.selector ?? {},
    affinity: spec.sessionAffinity === 'ClientIP' ? 'ClientIP' : 'None',
    createdAtMs: timestampMs(object.metadata.creationTimestamp ?? ''),
    publishNotReady: spec.publishNotReadyAddresses === true,
  })
}

/** Whether the Service selects pods of its namespace that wear these labels. Without a selector it selects nothing. */
export function selectsPods({ selector }: ServiceRow, labels: Labels): boolean {
  return Object.keys(selector).length > 0 && selects({ matchLabels: selector }, labels)
}

/** Pods that ended, or have no address yet, are no endpoints. */
export function endpointOf(service: ServiceRow, workload: Workload, row: PodRow): Endpoint | undefined {
  const { fact, node, verdict, sinceMs, probe } = row
  if (fact.podIP === '' || hasEnded(fact)) return undefined
  const containers = serving(revisionOf(workload, fact.revision)?.template)
  return Object.freeze({
    podUid: fact.uid,
    podName: fact.name,
    node,
    podIP: fact.podIP,
    hostIP: fact.hostIP,
    ports: Object.freeze(targetPorts(service, containers)),
    ready: fact.ready,
    stopping: fact.stopping,
    verdict,
    sinceMs,
    probe,
  })
}

/** Those that run as long as the pod serves. */
function serving(template: PodTemplate | undefined): readonly Container[] {
  const { initContainers, containers = [] } = template?.spec ?? {}
  return [...(initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'), ...containers]
}

function targetPorts(service: ServiceRow, containers: readonly Container[]): Record<string, number> {
  const ports: Record<string, number> = {}
  for (const { name, targetPort, protocol } of service.ports) {
    const resolved = typeof targetPort === 'number' ? targetPort : namedPort(containers, targetPort, protocol)
    if (resolved !== undefined) ports[name] = resolved
  }
  return ports
}

function namedPort(containers: readonly Container[], name: string, protocol: string): number | undefined {
  for (const { ports = [] } of containers) {
    const found = ports.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)
    if (found !== undefined) return found.containerPort
  }
  return undefined
}

/** Where two Services came to hold one node port on two sides of a split, the one created first keeps it. */
export function withClashes(service: ServiceRow, holderOf: (nodePort: number) => DocumentKey): ServiceRow {
  if (service.ports.every(({ nodePort }) => nodePort === undefined || holderOf(nodePort) === service.key))
    return service
  const ports = service.ports.map((port) => {
    if (port.nodePort === undefined || holderOf(port.nodePort) === service.key) return port
    const { nodePort, ...rest } = port
    return { ...rest, clash: holderOf(nodePort) }
  })
  return deepFreeze({ ...service, ports })
}
