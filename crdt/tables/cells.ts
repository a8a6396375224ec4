/**
 * What stands in the cells of tables, where it is more than one field.
 *
 * @module
 */
import { listAt, textAt } from './thing.ts'
import type { Thing } from './thing.ts'

export function labelsText(thing: unknown, ...path: readonly string[]): string {
  const labels = path.reduce<unknown>((here, step) => (here as Record<string, unknown> | undefined)?.[step], thing)
  const pairs = Object.entries((labels ?? {}) as Record<string, unknown>).map(
    ([key, value]) => `${key}=${String(value)}`,
  )
  return pairs.join(',') || '<none>'
}

/** What the containers of PodMetrics take together, in the unit that each of them has. */
export function usageText(metrics: Thing, what: 'cpu' | 'memory', unit: string): string {
  const used = listAt(metrics, 'containers').map((each) => Number(textAt(each, 'usage', what).replace(unit, '')))
  return `${used.reduce((sum, each) => sum + each, 0)}${unit}`
}

/** Of a ConfigMap or Secret. */
export function dataCount(thing: Thing): number {
  return ['data', 'binaryData'].flatMap((part) => Object.keys(thing[part] ?? {})).length
}

export function portText(port: unknown): string {
  const nodePort = textAt(port, 'nodePort')
  return `${textAt(port, 'port')}${nodePort === '' ? '' : `:${nodePort}`}/${textAt(port, 'protocol') || 'TCP'}`
}

/** The first of this type that a Node has. */
export function addressText(node: Thing, type: 'InternalIP' | 'ExternalIP'): string {
  const found = listAt(node, 'status', 'addresses').find((each) => textAt(each, 'type') === type)
  return textAt(found, 'address')
}

export function nodeStatus(node: Thing): string {
  const ready = listAt(node, 'status', 'conditions').find((each) => textAt(each, 'type') === 'Ready')
  const status = textAt(ready, 'status')
  const word = status === 'True' ? 'Ready' : textAt(ready, 'reason') || 'NotReady'
  return textAt(node, 'spec', 'unschedulable') === 'true' ? `${word},SchedulingDisabled` : word
}

/** Of an autoscaler: `cpu: 45%/80%`, as measured and as wanted. */
export function targetsText(thing: Thing): readonly string[] {
  const current = listAt(thing, 'status', 'currentMetrics')
  return listAt(thing, 'spec', 'metrics').map((metric) => {
    const source = textAt(metric, 'type') === 'ContainerResource' ? 'containerResource' : 'resource'
    const [name, container] = [textAt(metric, source, 'name'), textAt(metric, source, 'container')]
    const field = textAt(metric, source, 'target', 'type') === 'Utilization' ? 'averageUtilization' : 'averageValue'
    const found = current.find(
      (each) => textAt(each, source, 'name') === name && textAt(each, source, 'container') === container,
    )
    const unit = field === 'averageUtilization' ? '%' : ''
    const now = textAt(found, source, 'current', field)
    const wanted = textAt(metric, source, 'target', field)
    return `${container === '' ? '' : `${container}/`}${name}: ${now === '' ? '<unknown>' : `${now}${unit}`}/${wanted}${unit}`
  })
}

export function endpointsText(thing: Thing): string {
  const all = listAt(thing, 'subsets').flatMap((subset) =>
    listAt(subset, 'addresses').flatMap((address) =>
      listAt(subset, 'ports').map((port) => `${textAt(address, 'ip')}:${textAt(port, 'port')}`),
    ),
  )
  return shortened(all, '<none>')
}

export function sliceAddresses(thing: Thing): string {
  const all = listAt(thing, 'endpoints').flatMap((endpoint) => listAt(endpoint, 'addresses').map(String))
  return shortened(all, '<unset>')
}

function shortened(all: readonly string[], none: string): string {
  if (all.length === 0) return none
  return all.length <= 3 ? all.join(',') : `${all.slice(0, 3).join(',')} + ${all.length - 3} more...`
}

/** What `node-role.kubernetes.io/` labels say. */
export function rolesText({ metadata }: Thing): string {
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.keys(metadata.labels ?? {}).filter((label) => label.startsWith(prefix))
  return roles.map((label) => label.slice(prefix.length)).join(',') || '<none>'
}

/** Addresses under which a Service is reached from outside, as far as it says any. */
export function externalIps(service: Thing): string {
  const told = listAt(service, 'status', 'loadBalancer', 'ingress').map(
    (each) => textAt(each, 'ip') || textAt(each, 'hostname'),
  )
  const all = [...told, ...listAt(service, 'spec', 'externalIPs').map(String)]
  if (textAt(service, 'spec', 'type') === 'ExternalName') return textAt(service, 'spec', 'externalName')
  return all.join(',') || (textAt(service, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : '<none>')
}
