import { expect, test } from 'vitest'
import { columnsOf, type Pod, type Thing } from '../tables.ts'

const NOON_MS = Date.UTC(2026, 10, 21, 12)
const CREATED = '2026-11-21T11:00:00Z'

function cells(thing: Thing, names?: readonly string[]): readonly (string | number)[] {
  const columns = columnsOf(thing.kind).filter(({ name, priority }) => names?.includes(name) ?? priority === 0)
  return columns.map(({ cell }) => cell(thing, NOON_MS))
}

const thing = (kind: string, rest: Record<string, unknown>): Thing => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'web', creationTimestamp: CREATED },
  ...rest,
})

const pod = (status: NonNullable<Pod['status']>, more: Record<string, unknown> = {}): Thing =>
  thing('Pod', { spec: { containers: [{ name: 'web' }, { name: 'log' }] }, status, ...more })

const ended = (exitCode: number, reason: string): object => ({
  name: 'web',
  state: { terminated: { exitCode, reason } },
})

test.each<[string, Thing, readonly (string | number)[]]>([
  [
    'Deployment',
    thing('Deployment', { spec: { replicas: 3 }, status: { readyReplicas: 2, updatedReplicas: 3 } }),
    ['web', '2/3', 3, 0, '60m'],
  ],
  [
    'ReplicaSet',
    thing('ReplicaSet', { spec: { replicas: 3 }, status: { replicas: 3, readyReplicas: 1 } }),
    ['web', 3, 3, 1, '60m'],
  ],
  [
    'Service',
    thing('Service', { spec: { type: 'NodePort', clusterIP: '10.0.0.7', ports: [{ port: 80, nodePort: 30080 }] } }),
    ['web', 'NodePort', '10.0.0.7', '<none>', '80:30080/TCP', '60m'],
  ],
  [
    'Service with a balancer to come',
    thing('Service', { spec: { type: 'LoadBalancer', ports: [] } }),
    ['web', 'LoadBalancer', '<none>', '<pending>', '<none>', '60m'],
  ],
  [
    'Endpoints',
    thing('Endpoints', { subsets: [{ addresses: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }], ports: [{ port: 80 }] }] }),
    ['web', '10.1.0.1:80,10.1.0.2:80', '60m'],
  ],
  [
    'EndpointSlice',
    thing('EndpointSlice', {
      addressType: 'IPv4',
      endpoints: ['1', '2', '3', '4'].map((end) => ({ addresses: [`10.1.0.${end}`] })),
      ports: [{ port: 80 }, { port: 443 }],
    }),
    ['web', 'IPv4', '80,443', '10.1.0.1,10.1.0.2,10.1.0.3 + 1 more...', '60m'],
  ],
  ['ConfigMap', thing('ConfigMap', { data: { a: '1' }, binaryData: { b: 'Mg==' } }), ['web', 2, '60m']],
  ['Secret', thing('Secret', { type: 'Opaque', data: {} }), ['web', 'Opaque', 0, '60m']],
  ['Namespace', thing('Namespace', { status: { phase: 'Active' } }), ['web', 'Active', '60m']],
  [
    'Node',
    thing('Node', {
      metadata: { name: 'web', creationTimestamp: CREATED, labels: { 'node-role.kubernetes.io/edge': '' } },
      spec: { unschedulable: true },
      status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1' } },
    }),
    ['web', 'Ready,SchedulingDisabled', 'edge', '60m', 'v1'],
  ],
  ['Scale', thing('Scale', { spec: { replicas: 3 }, status: { replicas: 2 } }), ['web', 3, 2, '60m']],
  ['NodeMetrics', thing('NodeMetrics', { usage: { cpu: '300m', memory: '2048Ki' }, window: '15.000s' }), ['web', '300m', '2048Ki', '15.000s']], // prettier-ignore
  [
    'PodMetrics',
    thing('PodMetrics', {
      containers: [
        { name: 'web', usage: { cpu: '250m', memory: '1024Ki' } },
        { name: 'side', usage: { cpu: '50m', memory: '1Ki' } },
      ],
      window: '15.000s',
    }),
    ['web', '300m', '1025Ki', '15.000s'],
  ],
  [
    'PodDisruptionBudget',
    thing('PodDisruptionBudget', { spec: { minAvailable: '50%' }, status: { disruptionsAllowed: 1 } }),
    ['web', '50%', 'N/A', 1, '60m'],
  ],
  [
    'HorizontalPodAutoscaler',
    thing('HorizontalPodAutoscaler', {
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 9, metrics: [] },
      status: { currentReplicas: 2 },
    }),
    ['web', 'Deployment/web', '<none>', '1', 9, 2, '60m'],
  ],
  [
    'Event',
    thing('Event', {
      lastTimestamp: '2026-11-21T11:59:30Z',
      type: 'Warning',
      reason: 'Conflict',
      message: 'two wrote\n',
      involvedObject: { kind: 'Pod', name: 'web-1' },
    }),
    ['30s', 'Warning', 'Conflict', 'pod/web-1', 'two wrote'],
  ],
  ['a kind of its own', thing('Boat', {}), ['web', '60m']],
])('[TAB1] a row of %s', (_kind, object, row) => {
  expect(cells(object)).toEqual(row)
})

test.each<[string, Thing, string]>([
  ['runs', pod({ phase: 'Running' }), 'Running'],
  ['is done', pod({ phase: 'Succeeded' }), 'Completed'],
  [
    'is being stopped',
    pod({ phase: 'Running' }, { metadata: { name: 'web', deletionTimestamp: CREATED } }),
    'Terminating',
  ],
  [
    'waits to be tried again',
    pod({ containerStatuses: [{ name: 'web', state: { waiting: { reason: 'CrashLoopBackOff' } } }] }),
    'CrashLoopBackOff',
  ],
  ['failed', pod({ phase: 'Failed', containerStatuses: [ended(3, 'Error') as never] }), 'Error'],
  ['failed without a word', pod({ phase: 'Failed', containerStatuses: [ended(3, '') as never] }), 'ExitCode:3'],
  [
    'has one container done, one running',
    pod({ phase: 'Running', containerStatuses: [ended(0, 'Completed') as never] }),
    'Running',
  ],
  [
    'initialises',
    pod({
      phase: 'Pending',
      initContainerStatuses: [
        { name: 'one', state: { running: {} } },
        { name: 'two', state: { waiting: {} } },
      ],
    }),
    'Init:0/2',
  ],
])('[TAB2] a pod that %s', (_what, object, word) => {
  expect(cells(object, ['Status'])).toEqual([word])
})

test('[TAB2] ready containers are counted one by one, restarts with the last', () => {
  const lastState = (finishedAt: string) => ({ terminated: { exitCode: 1, finishedAt } })
  const object = pod({
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [
      { name: 'web', ready: true, restartCount: 1, lastState: lastState('2026-11-21T11:50:00Z') },
      { name: 'log', ready: false, restartCount: 1, lastState: lastState('2026-11-21T11:55:00Z') },
    ],
  })
  expect(cells(object, ['Ready', 'Restarts'])).toEqual(['1/2', '2 (5m ago)'])
  expect(cells(pod({ phase: 'Running' }), ['Restarts'])).toEqual(['0'])
})
