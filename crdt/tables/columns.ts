/**
 * Which columns a kind has in a table: those that kubectl shows, with those of `-o wide` at priority 1. The node answers tables
 * with them and the command line prints them.
 *
 * @module
 */
import { ageOf } from './age.ts'
import {
  addressText,
  dataCount,
  endpointsText,
  externalIps,
  labelsText,
  nodeStatus,
  portText,
  rolesText,
  sliceAddresses,
  targetsText,
  usageText,
} from './cells.ts'
import { podState, readyText, restartsText } from './pod-state.ts'
import { listAt, textAt } from './thing.ts'
import type { Thing } from './thing.ts'

export interface Column {
  /** As kubectl's own tables have it: `Up-to-date`. It is printed in capitals. */
  readonly name: string
  /** `string`, `integer`; of a kind that somebody defined also `date`, `boolean`, `number`. */
  readonly type: string
  /** 0: always shown. 1: with `-o wide`. */
  readonly priority: number
  readonly format?: string
  readonly description?: string
  readonly cell: (thing: Thing, nowMs: number) => string | number
}

type Cell = Column['cell']

const text = (name: string, cell: Cell): Column => ({ name, type: 'string', priority: 0, cell })
const number = (name: string, ...path: readonly string[]): Column => ({
  name,
  type: 'integer',
  priority: 0,
  cell: (thing) => Number(textAt(thing, ...path) || 0),
})
const wide = (column: Column): Column => ({ ...column, priority: 1 })
const field = (name: string, ...path: readonly string[]): Column =>
  text(name, (thing) => textAt(thing, ...path) || '<none>')

export const NAME = text('Name', ({ metadata }) => metadata.name)
export const AGE = text('Age', ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs))

const ofContainers =
  (part: string): Cell =>
  (thing) =>
    listAt(thing, 'spec', 'template', 'spec', 'containers')
      .map((each) => textAt(each, part))
      .join(',')
const TEMPLATE = [
  wide(text('Containers', ofContainers('name'))),
  wide(text('Images', ofContainers('image'))),
  wide(text('Selector', (thing) => labelsText(thing, 'spec', 'selector', 'matchLabels'))),
]

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    NAME,
    text('Ready', readyText),
    text('Status', podState),
    text('Restarts', restartsText),
    AGE,
    wide(field('IP', 'status', 'podIP')),
    wide(field('Node', 'spec', 'nodeName')),
    wide(field('Nominated Node', 'status', 'nominatedNodeName')),
    wide(text('Readiness Gates', () => '<none>')),
  ],
  Deployment: [
    NAME,
    text(
      'Ready',
      (thing) => `${textAt(thing, 'status', 'readyReplicas') || 0}/${textAt(thing, 'spec', 'replicas') || 0}`,
    ),
    number('Up-to-date', 'status', 'updatedReplicas'),
    number('Available', 'status', 'availableReplicas'),
    AGE,
    ...TEMPLATE,
  ],
  ReplicaSet: [
    NAME,
    number('Desired', 'spec', 'replicas'),
    number('Current', 'status', 'replicas'),
    number('Ready', 'status', 'readyReplicas'),
    AGE,
    ...TEMPLATE,
  ],
  Service: [
    NAME,
    field('Type', 'spec', 'type'),
    field('Cluster-IP', 'spec', 'clusterIP'),
    text('External-IP', externalIps),
    text('Port(s)', (thing) => listAt(thing, 'spec', 'ports').map(portText).join(',') || '<none>'),
    AGE,
    wide(text('Selector', (thing) => labelsText(thing, 'spec', 'selector'))),
  ],
  Endpoints: [NAME, text('Endpoints', endpointsText), AGE],
  EndpointSlice: [
    NAME,
    field('AddressType', 'addressType'),
    text(
      'Ports',
      (thing) =>
        listAt(thing, 'ports')
          .map((each) => textAt(each, 'port'))
          .join(',') || '<unset>',
    ),
    text('Endpoints', (thing) => sliceAddresses(thing)),
    AGE,
  ],
  ConfigMap: [NAME, { ...number('Data'), cell: dataCount }, AGE],
  Secret: [NAME, field('Type', 'type'), { ...number('Data'), cell: dataCount }, AGE],
  ServiceAccount: [NAME, { ...number('Secrets'), cell: (thing) => listAt(thing, 'secrets').length }, AGE],
  Namespace: [NAME, field('Status', 'status', 'phase'), AGE],
  Node: [
    NAME,
    text('Status', nodeStatus),
    text('Roles', rolesText),
    AGE,
    field('Version', 'status', 'nodeInfo', 'kubeletVersion'),
    wide(text('Internal-IP', (thing) => addressText(thing, 'InternalIP') || '<none>')),
    wide(text('External-IP', (thing) => addressText(thing, 'ExternalIP') || '<none>')),
    wide(field('OS-Image', 'status', 'nodeInfo', 'osImage')),
    wide(field('Kernel-Version', 'status', 'nodeInfo', 'kernelVersion')),
    wide(field('Container-Runtime', 'status', 'nodeInfo', 'containerRuntimeVersion')),
  ],
  PodDisruptionBudget: [
    NAME,
    text('Min Available', (thing) => textAt(thing, 'spec', 'minAvailable') || 'N/A'),
    text('Max Unavailable', (thing) => textAt(thing, 'spec', 'maxUnavailable') || 'N/A'),
    number('Allowed Disruptions', 'status', 'disruptionsAllowed'),
    AGE,
  ],
  Scale: [NAME, number('Desired', 'spec', 'replicas'), number('Available', 'status', 'replicas'), AGE],
  NodeMetrics: [NAME, field('CPU', 'usage', 'cpu'), field('Memory', 'usage', 'memory'), field('Window', 'window')],
  PodMetrics: [
    NAME,
    text('CPU', (thing) => usageText(thing, 'cpu', 'm')),
    text('Memory', (thing) => usageText(thing, 'memory', 'Ki')),
    field('Window', 'window'),
  ],
  CustomResourceDefinition: [
    NAME,
    { ...text('Created At', ({ metadata }) => metadata.creationTimestamp ?? ''), type: 'date' },
  ],
  HorizontalPodAutoscaler: [
    NAME,
    text(
      'Reference',
      (thing) =>
        `${textAt(thing, 'spec', 'scaleTargetRef', 'kind')}/${textAt(thing, 'spec', 'scaleTargetRef', 'name')}`,
    ),
    text('Targets', (thing) => targetsText(thing).join(', ') || '<none>'),
    text('MinPods', (thing) => textAt(thing, 'spec', 'minReplicas') || '<unset>'),
    number('MaxPods', 'spec', 'maxReplicas'),
    number('Replicas', 'status', 'currentReplicas'),
    AGE,
  ],
  Event: [
    text('Last Seen', (thing, nowMs) => ageOf(textAt(thing, 'lastTimestamp'), nowMs)),
    field('Type', 'type'),
    field('Reason', 'reason'),
    text(
      'Object',
      (thing) => `${textAt(thing, 'involvedObject', 'kind').toLowerCase()}/${textAt(thing, 'involvedObject', 'name')}`,
    ),
    wide(text('Subobject', (thing) => textAt(thing, 'involvedObject', 'fieldPath'))),
    wide(text('Source', (thing) => `${textAt(thing, 'source', 'component')}, ${textAt(thing, 'source', 'host')}`)),
    text('Message', (thing) => textAt(thing, 'message').trim()),
    wide(text('First Seen', (thing, nowMs) => ageOf(textAt(thing, 'firstTimestamp'), nowMs))),
    wide(number('Count', 'count')),
    wide(NAME),
  ],
}

/** Of a kind that is not among them name and age. */
export function columnsOf(kind: string): readonly Column[] {
  return COLUMNS[kind] ?? [NAME, AGE]
}
