/**
 * One object told at length: what it is, how it is, why, and what happened to it.
 *
 * @module
 */
import { at, listAt, podState, podTrouble, textAt } from '../objects.ts'
import type { Pod, Thing } from '../objects.ts'
import { addressText, ageOf, labelsText, nodeStatus, portText, targetsText } from '../../crdt/tables.ts'
import { safe } from './safe.ts'
import { table } from './table.ts'

export interface Described {
  readonly thing: Thing
  /** Pods that belong to it: of a Deployment, behind a Service, on a Node. */
  readonly pods: readonly Pod[]
  readonly events: readonly Thing[]
  /** Of a Service: those that it can be reached at. */
  readonly nodes?: readonly Thing[]
  readonly nowMs: number
}

type Fact = readonly [title: string, value: string]

export function describeText({ thing, pods, events, nodes = [], nowMs }: Described): string {
  const facts = [...common(thing, nowMs), ...(FACTS[thing.kind]?.(thing, { nodes, pods }) ?? [])]
  const widest = Math.max(...facts.map(([title]) => title.length)) + 2
  const head = facts
    .map(
      ([title, value]) =>
        `${`${title}:`.padEnd(widest)} ${value
          .split('\n')
          .map(safe)
          .join(`\n${' '.repeat(widest + 1)}`)}\n`,
    )
    .join('')
  return [head, conditionsText(thing), podsText(pods, nowMs), eventsText(events, nowMs)]
    .filter((part) => part !== '')
    .join('\n')
}

function common({ metadata }: Thing, nowMs: number): readonly Fact[] {
  const lines = (pairs: Readonly<Record<string, string>> | undefined): string =>
    Object.entries(pairs ?? {})
      // Where apply remembers itself: the whole object again.
      .filter(([key]) => key !== 'kubectl.kubernetes.io/last-applied-configuration')
      .map(([key, value]) => `${key}=${value}`)
      .join('\n') || '<none>'
  return [
    ['Name', metadata.name],
    ...(metadata.namespace === undefined ? [] : [['Namespace', metadata.namespace] as const]),
    ['Labels', lines(metadata.labels)],
    ['Annotations', lines(metadata.annotations)],
    ['Created', `${metadata.creationTimestamp ?? '<unknown>'} (${ageOf(metadata.creationTimestamp, nowMs)} ago)`],
  ]
}

/** `InternalIP`, the longest. */
const ADDRESS_TYPE = 10

const FACTS: Readonly<
  Record<string, (thing: Thing, beside: Pick<Required<Described>, 'nodes' | 'pods'>) => readonly Fact[]>
> = {
  Deployment: (thing) => [
    ['Selector', labelsText(thing, 'spec', 'selector', 'matchLabels')],
    [
      'Replicas',
      ['replicas', 'updatedReplicas', 'readyReplicas']
        .map((field, index) => `${textAt(thing, 'status', field) || '0'} ${['total', 'updated', 'ready'][index]}`)
        .join(' | ') + ` | ${textAt(thing, 'spec', 'replicas') || '1'} wanted`,
    ],
    [
      'Strategy',
      `${textAt(thing, 'spec', 'strategy', 'type')}${at(thing, 'spec', 'strategy', 'rollingUpdate') === undefined ? '' : `, max unavailable ${textAt(thing, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable')}, max surge ${textAt(thing, 'spec', 'strategy', 'rollingUpdate', 'maxSurge')}`}`,
    ],
    ['Containers', listAt(thing, 'spec', 'template', 'spec', 'containers').map(containerText).join('\n')],
  ],
  Pod: (thing) => [
    ['Node', textAt(thing, 'spec', 'nodeName') || '<none>'],
    ['Status', podState(thing)],
    ['Reason', podTrouble(thing) || '<none>'],
    ['IP', textAt(thing, 'status', 'podIP') || '<none>'],
    [
      'Controlled By',
      listAt(thing, 'metadata', 'ownerReferences')
        .map((each) => `${textAt(each, 'kind')}/${textAt(each, 'name')}`)
        .join(', ') || '<none>',
    ],
    ...initContainers(thing),
    [
      'Containers',
      listAt(thing, 'status', 'containerStatuses').map(statusText).join('\n') ||
        listAt(thing, 'spec', 'containers').map(containerText).join('\n'),
    ],
  ],
  Service: (thing, { nodes, pods }) => [
    ['Selector', labelsText(thing, 'spec', 'selector')],
    ['Type', textAt(thing, 'spec', 'type')],
    ['IP', textAt(thing, 'spec', 'clusterIP') || '<none>'],
    [
      'Ports',
      listAt(thing, 'spec', 'ports')
        .map((port) => `${textAt(port, 'name') || '<unnamed>'}  ${portText(port)} -> ${textAt(port, 'targetPort')}`)
        .join('\n'),
    ],
    ['Reachable At', [...urls(thing, nodes), ...nobody(pods)].join('\n') || '<none>'],
    ['Affinity', textAt(thing, 'spec', 'sessionAffinity')],
  ],
  Node: (thing) => [
    ['Status', nodeStatus(thing)],
    [
      'Taints',
      listAt(thing, 'spec', 'taints')
        .map((each) => `${textAt(each, 'key')}=${textAt(each, 'value')}:${textAt(each, 'effect')}`)
        .join('\n') || '<none>',
    ],
    [
      'Addresses',
      listAt(thing, 'status', 'addresses')
        .map((each) => `${textAt(each, 'type').padEnd(ADDRESS_TYPE)}  ${textAt(each, 'address')}`)
        .join('\n'),
    ],
    [
      'Capacity',
      `cpu ${textAt(thing, 'status', 'capacity', 'cpu')}, memory ${textAt(thing, 'status', 'capacity', 'memory')}, pods ${textAt(thing, 'status', 'capacity', 'pods')}`,
    ],
    [
      'System',
      `${textAt(thing, 'status', 'nodeInfo', 'operatingSystem')}/${textAt(thing, 'status', 'nodeInfo', 'architecture')}, ${textAt(thing, 'status', 'nodeInfo', 'kubeletVersion')}, ${textAt(thing, 'status', 'nodeInfo', 'containerRuntimeVersion')}`,
    ],
  ],
  HorizontalPodAutoscaler: (thing) => [
    [
      'Reference',
      `${textAt(thing, 'spec', 'scaleTargetRef', 'kind')}/${textAt(thing, 'spec', 'scaleTargetRef', 'name')}`,
    ],
    ['Metrics (current / target)', targetsText(thing).join('\n')],
    ['Min replicas', textAt(thing, 'spec', 'minReplicas')],
    ['Max replicas', textAt(thing, 'spec', 'maxReplicas')],
    ...['scaleUp', 'scaleDown'].flatMap((side): Fact[] => {
      const rules = at(thing, 'spec', 'behavior', side)
      return rules === undefined ? [] : [[`Behavior ${side}`, rulesText(rules)]]
    }),
    [
      'Deployment pods',
      `${textAt(thing, 'status', 'currentReplicas') || '0'} current / ${textAt(thing, 'status', 'desiredReplicas') || '0'} desired`,
    ],
  ],
  Namespace: (thing) => [['Status', textAt(thing, 'status', 'phase')]],
  ConfigMap: (thing) => [
    ['Immutable', textAt(thing, 'immutable') || 'false'],
    ['Data', [...valuesOf(thing, 'data').map(valueText), ...sizesOf(thing, 'binaryData')].join('\n') || '<none>'],
  ],
  // [CFG6] How long its values are, never what they are.
  Secret: (thing) => [
    ['Type', textAt(thing, 'type')],
    ['Immutable', textAt(thing, 'immutable') || 'false'],
    ['Data', sizesOf(thing, 'data').join('\n') || '<none>'],
  ],
}

function rulesText(rules: unknown): string {
  const window = textAt(rules, 'stabilizationWindowSeconds')
  const policies = listAt(rules, 'policies').map(
    (each) => `${textAt(each, 'type')} ${textAt(each, 'value')} in ${textAt(each, 'periodSeconds')} seconds`,
  )
  return [
    ...(window === '' ? [] : [`stabilization window ${window} seconds`]),
    `select policy ${textAt(rules, 'selectPolicy') || 'Max'}`,
    ...policies,
  ].join('\n')
}

function valuesOf(thing: Thing, part: string): readonly (readonly [key: string, value: string])[] {
  return Object.entries((at(thing, part) ?? {}) as Record<string, unknown>).map(([key, value]) => [key, String(value)])
}

function valueText([key, value]: readonly [string, string]): string {
  return [`${key} (${Buffer.byteLength(value)} bytes):`, ...value.replace(/\n$/, '').split('\n')].join('\n  ')
}

/** Of base64 texts. */
function sizesOf(thing: Thing, part: string): readonly string[] {
  return valuesOf(thing, part).map(([key, value]) => `${key}: ${Buffer.from(value, 'base64').length} bytes`)
}

function initContainers(pod: Thing): readonly Fact[] {
  const statuses = listAt(pod, 'status', 'initContainerStatuses')
  return statuses.length === 0 ? [] : [['Init Containers', statuses.map(statusText).join('\n')]]
}

/** [CLI100] Doors that nobody is behind. */
function nobody(pods: readonly Pod[]): readonly string[] {
  const isReady = (pod: Pod): boolean =>
    listAt(pod, 'status', 'conditions').some(
      (each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True',
    )
  if (pods.some(isReady)) return []
  return [
    pods.length === 0 ? 'nobody answers: its selector selects no pod' : 'nobody answers: no pod behind it is ready',
  ]
}

/** Nodes shown with their URLs; any other does as well. */
const NODES_MAX = 8

/** [CLI63] A node port is open on every node, so those that are ready are told. */
function urls(service: Thing, nodes: readonly Thing[]): readonly string[] {
  const ready = nodes.filter((node) => nodeStatus(node).startsWith('Ready'))
  const lines = listAt(service, 'spec', 'ports').flatMap((port) => {
    const nodePort = textAt(port, 'nodePort')
    const isHttps = textAt(port, 'port') === '443' || textAt(port, 'name') === 'https'
    if (nodePort === '' || (textAt(port, 'protocol') || 'TCP') !== 'TCP') return []
    return ready.slice(0, NODES_MAX).map((node) => {
      const name = textAt(port, 'name')
      const where = `${isHttps ? 'https' : 'http'}://${hostOf(addressText(node, 'InternalIP'))}:${nodePort}`
      return `${where}  (${node.metadata.name}${name === '' ? '' : `, ${name}`})`
    })
  })
  return lines.length > 0 && ready.length > NODES_MAX
    ? [...lines, `and at ${ready.length - NODES_MAX} more nodes`]
    : lines
}

function hostOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function containerText(container: unknown): string {
  const ports = listAt(container, 'ports')
    .map((port) => textAt(port, 'containerPort'))
    .join(', ')
  const command = [...listAt(container, 'command'), ...listAt(container, 'args')].join(' ')
  return [textAt(container, 'name'), textAt(container, 'image'), ports === '' ? '' : `port ${ports}`, command]
    .filter((part) => part !== '')
    .join('  ')
}

function statusText(status: unknown): string {
  const state = (at(status, 'state') ?? {}) as Record<string, unknown>
  const [word] = Object.keys(state)
  const detail = [textAt(state[word ?? ''], 'reason'), textAt(state[word ?? ''], 'message')]
    .filter((part) => part !== '')
    .join(': ')
  const last = at(status, 'lastState', 'terminated')
  const ended =
    last === undefined
      ? ''
      : `, last ended ${textAt(last, 'reason')} with exit code ${textAt(last, 'exitCode')}${words(last)}`
  return `${textAt(status, 'name')}  ${textAt(status, 'image')}  ${word ?? 'unknown'}${detail === '' ? '' : ` (${detail})`}, ${textAt(status, 'restartCount') || '0'} restarts${ended}`
}

/** What a run said last, each line on one of its own. */
function words(ended: unknown): string {
  const message = textAt(ended, 'message')
  return message === '' ? '' : `:\n  ${message.split('\n').join('\n  ')}`
}

function conditionsText(thing: Thing): string {
  const conditions = listAt(thing, 'status', 'conditions')
  if (conditions.length === 0) return ''
  const rows = conditions.map((each) => [
    `  ${textAt(each, 'type')}`,
    textAt(each, 'status'),
    textAt(each, 'reason'),
    safe(textAt(each, 'message')),
  ])
  return `Conditions:\n${table(['  TYPE', 'STATUS', 'REASON', 'MESSAGE'], rows)}`
}

function podsText(pods: readonly Pod[], nowMs: number): string {
  if (pods.length === 0) return ''
  const rows = pods.map((pod) => [
    `  ${pod.metadata.name}`,
    pod.spec?.nodeName ?? '<none>',
    podState(pod),
    ageOf(pod.metadata.creationTimestamp, nowMs),
    safe(podTrouble(pod)),
  ])
  return `Pods:\n${table(['  NAME', 'NODE', 'STATUS', 'AGE', 'WHY'], rows)}`
}

function eventsText(events: readonly Thing[], nowMs: number): string {
  if (events.length === 0) return 'Events:  <none>\n'
  const rows = events.map((event) => [
    `  ${ageOf(textAt(event, 'lastTimestamp'), nowMs)}`,
    textAt(event, 'type'),
    textAt(event, 'reason'),
    textAt(event, 'source', 'host'),
    safe(textAt(event, 'message')),
  ])
  return `Events:\n${table(['  AGE', 'TYPE', 'REASON', 'NODE', 'MESSAGE'], rows)}`
}
