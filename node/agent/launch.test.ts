import { describe, expect, test } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import type { ContainerLaunch, PodLaunch } from '../runtime/runtime.ts'
import { expand } from './expand.ts'
import { podLaunch, type LaunchRefusal } from './launch.ts'
import type { ContainerSpec, EnvVar, PodSpec, PodTemplate } from './template.ts'

const CLAIM: PodFact = {
  uid: 'uid-1',
  name: 'web-7f-abcde',
  namespace: 'shop',
  workload: 'apps/Deployment/shop/web',
  revision: '7f',
  index: 0,
  claimedAtMs: 1,
  auction: [],
  phase: 'Pending',
  ready: false,
  stopping: false,
  reason: '',
  message: '',
  podIP: '',
  hostIP: '',
  runtime: '',
  containers: [],
}

function launchOf(
  container: Partial<ContainerSpec>,
  spec: Partial<PodSpec> = {},
  claim = CLAIM,
): PodLaunch | LaunchRefusal {
  const template: PodTemplate = {
    metadata: { labels: { app: 'web' }, annotations: { team: 'a' } },
    spec: { containers: [{ name: 'web', image: 'web:1', ...container }], ...spec },
  }
  const serviceEnv = { DB_SERVICE_HOST: '127.80.0.9', DB_SERVICE_PORT: '5432' }
  return podLaunch({
    claim,
    template,
    serviceEnv,
    nodeName: 'node-a',
    hostAddress: '192.0.2.1',
    attempts: new Map([['web', 4]]),
  })
}

function launched(container: Partial<ContainerSpec>, spec: Partial<PodSpec> = {}): PodLaunch {
  const launch = launchOf(container, spec)
  if ('error' in launch) throw new Error(launch.error)
  return launch
}

function envOf(...env: EnvVar[]): Readonly<Record<string, string>> {
  return (launched({ env }).containers[0] as ContainerLaunch).env
}

describe('a launch', () => {
  test('[LCH1] names the pod, its labels and its attempt, and leaves out what was not said', () => {
    expect(launched({})).toMatchObject({
      uid: 'uid-1',
      name: 'web-7f-abcde',
      namespace: 'shop',
      hostname: 'web-7f-abcde',
      labels: { app: 'web', 'pod-template-hash': '7f' },
      graceMs: 30_000,
    })
    expect(launched({}).containers).toEqual([
      {
        name: 'web',
        image: 'web:1',
        pull: 'IfNotPresent',
        env: { DB_SERVICE_HOST: '127.80.0.9', DB_SERVICE_PORT: '5432' },
        ports: [],
        attempt: 4,
      },
    ])
  })

  test('[LCH1] has limits in milli cores and bytes, ports without those no runtime knows', () => {
    const [container] = launched({
      resources: { limits: { cpu: '1.5', memory: '128Mi' } },
      ports: [
        { containerPort: 80, name: 'http' },
        { containerPort: 53, protocol: 'UDP' },
        { containerPort: 9, protocol: 'SCTP' },
      ],
    }).containers
    expect(container).toMatchObject({ cpuMilli: 1_500, memoryBytes: 128 * 2 ** 20 })
    expect(container?.ports).toEqual([
      { name: 'http', port: 80, protocol: 'TCP' },
      { port: 53, protocol: 'UDP' },
    ])
  })

  test.each([
    { name: 'x'.repeat(80), hostname: 'x'.repeat(63) },
    { name: `${'x'.repeat(62)}-${'y'.repeat(9)}`, hostname: 'x'.repeat(62) },
    { name: 'a.b', hostname: 'a' },
  ])('[LCH2] the hostname of $name is a DNS label', ({ name, hostname }) => {
    expect(launchOf({}, {}, { ...CLAIM, name })).toMatchObject({ hostname })
  })
})

describe('the environment', () => {
  test('[LCH3] has the services first, and the user may say otherwise', () => {
    expect(envOf({ name: 'DB_SERVICE_HOST', value: 'mine' })).toEqual({
      DB_SERVICE_HOST: 'mine',
      DB_SERVICE_PORT: '5432',
    })
  })

  test('[LCH3] expands each value by what stands before it', () => {
    const env = envOf(
      { name: 'URL', value: 'pg://$(DB_SERVICE_HOST):$(DB_SERVICE_PORT)/$(LATER)' },
      { name: 'LATER', value: 'x' },
      { name: 'BOTH', value: '$(URL)?$(LATER)' },
      { name: 'EMPTY' },
    )
    expect(env['URL']).toBe('pg://127.80.0.9:5432/$(LATER)')
    expect(env['BOTH']).toBe('pg://127.80.0.9:5432/$(LATER)?x')
    expect(env['EMPTY']).toBe('')
  })

  test.each([
    ['metadata.name', 'web-7f-abcde'],
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'uid-1'],
    ['spec.nodeName', 'node-a'],
    ['status.hostIP', '192.0.2.1'],
    ['status.podIP', '$(POD_IP)'],
    ["metadata.labels['app']", 'web'],
    ["metadata.labels['pod-template-hash']", '7f'],
    ["metadata.labels['none']", ''],
    ["metadata.annotations['team']", 'a'],
  ])('[LCH4] field %s is %s', (fieldPath, value) => {
    expect(envOf({ name: 'F', valueFrom: { fieldRef: { fieldPath } } })['F']).toBe(value)
  })

  test('[LCH4] POD_IP itself is left to the runtime', () => {
    expect(envOf({ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } })).not.toHaveProperty(
      'POD_IP',
    )
  })

  test('[LCH5] an optional value from where there is nothing is left out', () => {
    expect(
      envOf({ name: 'K', valueFrom: { configMapKeyRef: { name: 'c', key: 'k', optional: true } } }),
    ).not.toHaveProperty('K')
  })

  test.each<{ what: string; container: Partial<ContainerSpec>; spec?: Partial<PodSpec>; error: RegExp }>([
    {
      what: 'a secret',
      container: { env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
      error: /container web: env K takes its value from secretKeyRef.*give it a plain value/,
    },
    {
      what: 'an unknown field',
      container: { env: [{ name: 'K', valueFrom: { fieldRef: { fieldPath: 'constructor' } } }] },
      error: /env K refers to the field constructor, which pods here do not have; known are metadata.name/,
    },
    {
      what: 'envFrom',
      container: { envFrom: [{}] },
      error: /envFrom is not read by this version; write the variables into env/,
    },
  ])('[LCH5] $what is refused in a sentence', ({ container, spec, error }) => {
    expect(launchOf(container, spec)).toEqual({ error: expect.stringMatching(error) as string })
  })

  test('[LCH3] command and args are expanded too', () => {
    const command = ['sh', '-c', 'echo $(DB_SERVICE_HOST) $HOME $$(X) $(NOBODY)']
    expect(launched({ command, args: ['$(A)'], env: [{ name: 'A', value: '1' }] }).containers[0]).toMatchObject({
      command: ['sh', '-c', 'echo 127.80.0.9 $HOME $(X) $(NOBODY)'],
      args: ['1'],
    })
  })
})

test.each([
  ['', ''],
  ['$', '$'],
  ['$$', '$'],
  ['$$$(A)', '$1'],
  ['$(A', '$(A'],
  ['$(A)$(A)', '11'],
  ['$()', '$()'],
  ['$(__proto__)', '$(__proto__)'],
  ['$A', '$A'],
  ['a$(B)c', 'a$(A)c'],
])('[LCH6] %s becomes %s', (text, expanded) => {
  expect(expand(text, { A: '1', B: '$(A)' })).toBe(expanded)
})
