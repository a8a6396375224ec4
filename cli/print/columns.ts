/**
 * Which columns a kind has in `get`: the ones kubectl shows, with what only Shoal knows under `-o wide`.
 *
 * @module
 */
import { isPodReady, isSidecar, listAt, podState, textAt } from '../objects.ts'
import type { Pod, Thing } from '../objects.ts'
import { ageOf } from './age.ts'

export interface Column {
  readonly title: string
  readonly text: (thing: Thing, nowMs: number) => string
  /** Shown with `-o wide` alone. */
  readonly wide?: boolean
}

/** Field that `get` puts on a node before it prints it: how many pods there are. No part of the object. */
export const POD_COUNT = 'podCount'

const NAME: Column = { title: 'NAME', text: ({ metadata }) => metadata.name }
const AGE: Column = { title: 'AGE', text: ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs) }

const containers = (thing: Thing): readonly unknown[] => listAt(thing, 'spec', 'template', 'spec', 'containers')
const images: Column = {
  title: 'IMAGES',
  text: (thing) =>
    containers(thing)
      .map((each) => textAt(each, 'image'))
      .join(','),
  wide: true,
}
const names: Column = {
  title: 'CONTAINERS',
  text: (thing) =>
    containers(thing)
      .map((each) => textAt(each, 'name'))
      .join(','),
  wide: true,
}
const selector: Column = {
  title: 'SELECTOR',
  text: (thing) => labelsText(thing, 'spec', 'selector', 'matchLabels'),
  wide: true,
}

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Deployment: [
    NAME,
    {
      title: 'READY',
      text: (thing) => `${count(thing, 'status', 'readyReplicas')}/${count(thing, 'spec', 'replicas')}`,
    },
    { title: 'UP-TO-DATE', text: (thing) => count(thing, 'status', 'updatedReplicas') },
    { title: 'AVAILABLE', text: (thing) => count(thing, 'status', 'availableReplicas') },
    AGE,
    names,
    images,
    selector,
  ],
  ReplicaSet: [
    NAME,
    { title: 'DESIRED', text: (thing) => count(thing, 'spec', 'replicas') },
    { title: 'CURRENT', text: (thing) => count(thing, 'status', 'replicas') },
    { title: 'READY', text: (thing) => count(thing, 'status', 'readyReplicas') },
    AGE,
    images,
  ],
  Pod: [
    NAME,
    { title: 'READY', text: (thing) => readyContainers(thing) },
    { title: 'STATUS', text: (thing) => podState(thing) },
    { title: 'RESTARTS', text: (thing) => String(restarts(thing)) },
    AGE,
    // Where it runs is what people of a fleet ask first: not only under `wide`.
    { title: 'NODE', text: (thing) => textAt(thing, 'spec', 'nodeName') || '<none>' },
    { title: 'IP', text: (thing) => textAt(thing, 'status', 'podIP') || '<none>', wide: true },
    { title: 'RUNTIME', text: ({ metadata }) => metadata.annotations?.['shoal.dev/runtime'] ?? '', wide: true },
  ],
  Service: [
    NAME,
    { title: 'TYPE', text: (thing) => textAt(thing, 'spec', 'type') },
    { title: 'CLUSTER-IP', text: (thing) => textAt(thing, 'spec', 'clusterIP') || '<none>' },
    { title: 'PORT(S)', text: (thing) => listAt(thing, 'spec', 'ports').map(portText).join(',') || '<none>' },
    AGE,
    { title: 'SELECTOR', text: (thing) => labelsText(thing, 'spec', 'selector'), wide: true },
  ],
  Node: [
    NAME,
    { title: 'STATUS', text: nodeStatus },
    // [CLI64] How many there are, of how many there may be.
    {
      title: 'PODS',
      text: (thing) => `${textAt(thing, POD_COUNT) || '?'}/${textAt(thing, 'status', 'allocatable', 'pods')}`,
    },
    AGE,
    { title: 'VERSION', text: (thing) => textAt(thing, 'status', 'nodeInfo', 'kubeletVersion') },
    {
      title: 'INTERNAL-IP',
      text: (thing) => internalIp(thing) || '<none>',
      wide: true,
    },
    {
      title: 'PLATFORM',
      text: (thing) =>
        `${textAt(thing, 'status', 'nodeInfo', 'operatingSystem')}/${textAt(thing, 'status', 'nodeInfo', 'architecture')}`,
      wide: true,
    },
    { title: 'RUNTIME', text: (thing) => textAt(thing, 'status', 'nodeInfo', 'containerRuntimeVersion'), wide: true },
  ],
  Namespace: [NAME, { title: 'STATUS', text: (thing) => textAt(thing, 'status', 'phase') }, AGE],
  ConfigMap: [NAME, { title: 'DATA', text: (thing) => String(keysOf(thing).length) }, AGE],
  Secret: [
    NAME,
    { title: 'TYPE', text: (thing) => textAt(thing, 'type') },
    { title: 'DATA', text: (thing) => String(keysOf(thing).length) },
    AGE,
  ],
  Endpoints: [NAME, { title: 'ENDPOINTS', text: endpointsText }, AGE],
  Event: [
    { title: 'LAST SEEN', text: (thing, nowMs) => ageOf(textAt(thing, 'lastTimestamp'), nowMs) },
    { title: 'TYPE', text: (thing) => textAt(thing, 'type') },
    { title: 'REASON', text: (thing) => textAt(thing, 'reason') },
    {
      title: 'OBJECT',
      text: (thing) =>
        `${textAt(thing, 'involvedObject', 'kind').toLowerCase()}/${textAt(thing, 'involvedObject', 'name')}`,
    },
    { title: 'NODE', text: (thing) => textAt(thing, 'source', 'host') },
    { title: 'MESSAGE', text: (thing) => textAt(thing, 'message') },
  ],
}

export function columnsOf(
  kind: string,
  { wide, namespaces }: { wide: boolean; namespaces: boolean },
): readonly Column[] {
  const columns = (COLUMNS[kind] ?? [NAME, AGE]).filter((column) => wide || column.wide !== true)
  const namespace: Column = { title: 'NAMESPACE', text: ({ metadata }) => metadata.namespace ?? '' }
  return namespaces ? [namespace, ...columns] : columns
}

function count(thing: Thing, ...path: readonly string[]): string {
  return textAt(thing, ...path) || '0'
}

export function labelsText(thing: unknown, ...path: readonly string[]): string {
  const labels = path.reduce<unknown>((here, step) => (here as Record<string, unknown> | undefined)?.[step], thing)
  const pairs = Object.entries((labels ?? {}) as Record<string, unknown>).map(
    ([key, value]) => `${key}=${String(value)}`,
  )
  return pairs.join(',') || '<none>'
}

/** Of a ConfigMap or Secret. */
function keysOf(thing: Thing): readonly string[] {
  return ['data', 'binaryData'].flatMap((part) => Object.keys(thing[part] ?? {}))
}

function readyContainers(pod: Pod): string {
  const { spec } = pod
  const sidecars = (pod.status?.initContainerStatuses ?? []).filter(({ name }) => isSidecar(spec?.initContainers, name))
  const statuses = [...sidecars, ...(pod.status?.containerStatuses ?? [])]
  const wanted = (spec?.containers?.length ?? 0) + sidecars.length
  const total = Math.max(statuses.length, wanted)
  // A node that does not answer takes its pods' readiness with it, whatever it said last.
  const ready = isPodReady(pod) ? statuses.filter((each) => each.ready === true).length : 0
  return `${ready}/${total}`
}

export function restarts(pod: Pod): number {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  return [...initContainerStatuses, ...containerStatuses].reduce((sum, each) => sum + (each.restartCount ?? 0), 0)
}

export function portText(port: unknown): string {
  const nodePort = textAt(port, 'nodePort')
  return `${textAt(port, 'port')}${nodePort === '' ? '' : `:${nodePort}`}/${textAt(port, 'protocol') || 'TCP'}`
}

export function internalIp(node: Thing): string {
  const found = listAt(node, 'status', 'addresses').find((each) => textAt(each, 'type') === 'InternalIP')
  return textAt(found, 'address')
}

export function nodeStatus(node: Thing): string {
  const ready = listAt(node, 'status', 'conditions').find((each) => textAt(each, 'type') === 'Ready')
  const status = textAt(ready, 'status')
  const word = status === 'True' ? 'Ready' : textAt(ready, 'reason') || 'NotReady'
  return textAt(node, 'spec', 'unschedulable') === 'true' ? `${word},SchedulingDisabled` : word
}

function endpointsText(thing: Thing): string {
  const all = listAt(thing, 'subsets').flatMap((subset) =>
    listAt(subset, 'addresses').flatMap((address) =>
      listAt(subset, 'ports').map((port) => `${textAt(address, 'ip')}:${textAt(port, 'port')}`),
    ),
  )
  return all.length === 0
    ? '<none>'
    : all.length <= 3
      ? all.join(',')
      : `${all.slice(0, 3).join(',')} + ${all.length - 3} more...`
}
