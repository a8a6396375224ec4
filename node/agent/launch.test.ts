import { describe, expect, test } from 'vitest'
import type { KubeObject, PodFact } from '../../crdt/index.ts'
import type { ContainerLaunch, PodLaunch } from '../runtime/runtime.ts'
import { expand } from './expand.ts'
import type { Refusal } from './environment.ts'
import { ADDRESS_MARK } from '../runtime/address.ts'
import { podLaunch } from './launch.ts'
import { pullCredentials } from './pull-secrets.ts'
import type { ReadConfig } from './config.ts'
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

const object = (kind: string, name: string, parts: Record<string, unknown>): [string, KubeObject] => [
  `${kind}/${name}`,
  { apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' }, ...parts },
]
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64')
const CONFIGS = new Map([
  object('ConfigMap', 'app', {
    data: { level: 'info $(DB_SERVICE_HOST) $$', port: '80' },
    binaryData: { bin: 'AAA=' },
  }),
  object('ConfigMap', 'plain', { data: { LEVEL: 'warn', EXTRA: 'x' } }),
  object('Secret', 'hub', {
    data: {
      '.dockerconfigjson': encoded({
        auths: {
          'quay.io': { auth: Buffer.from('ada:se:same').toString('base64') },
          'a.test': { username: 'bob', password: 'x' },
          'b.test': { identitytoken: 'token' },
          'c.test': 'nonsense',
        },
      }),
    },
  }),
  object('Secret', 'old', { data: { '.dockercfg': encoded({ 'd.test': { username: 'eve', password: 'y' } }) } }),
  object('Secret', 'torn', { data: { '.dockerconfigjson': Buffer.from('{"auths": hunter2').toString('base64') } }),
  object('Secret', 'db', { data: { password: Buffer.from('sésame').toString('base64') } }),
])

const config: ReadConfig = (kind, name) => CONFIGS.get(`${kind}/${name}`)

function launchOf(container: Partial<ContainerSpec>, spec: Partial<PodSpec> = {}, claim = CLAIM): PodLaunch | Refusal {
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
    capacity: { cpuMilli: 3_500, memoryBytes: 8 * 2 ** 30 },
    config,
    serviceAccount: undefined,
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
        oomScore: 1000,
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

  test("[LCH20] a container's security context stands over its pod's", () => {
    const ofPod = { runAsUser: 1, runAsGroup: 2, runAsNonRoot: true, fsGroup: 7, supplementalGroups: [8, 7] }
    const [plain] = launched(
      {},
      { securityContext: { ...ofPod, seccompProfile: { type: 'RuntimeDefault' } } },
    ).containers
    const shared = { user: 1, group: 2, nonRoot: true, groups: [7, 8] }
    expect(plain?.security).toEqual({ ...shared, seccomp: 'RuntimeDefault' })
    const own = {
      runAsUser: 5,
      runAsNonRoot: false,
      allowPrivilegeEscalation: true,
      privileged: true,
      readOnlyRootFilesystem: true,
      procMount: 'Unmasked',
      seccompProfile: { type: 'Unconfined' } as const,
      capabilities: { add: ['CHOWN'], drop: ['ALL'] },
    }
    const [said] = launched({ securityContext: own }, { securityContext: ofPod }).containers
    expect(said?.security).toEqual({
      user: 5,
      group: 2,
      groups: [7, 8],
      addCapabilities: ['CHOWN'],
      dropCapabilities: ['ALL'],
      privileged: true,
      escalation: true,
      readOnlyRoot: true,
      seccomp: 'Unconfined',
      openProc: true,
    })
    const seccompProfile = { type: 'Localhost', localhostProfile: 'a.json' } as const
    const [profiled] = launched({ securityContext: { seccompProfile } }, { securityContext: ofPod }).containers
    expect(profiled?.security).toEqual({ ...shared, seccomp: { node: 'a.json' } })
    expect(launchOf({ securityContext: { runAsUser: 0 } }, { securityContext: ofPod })).toEqual({
      error: expect.stringContaining('container web: runAsNonRoot is set and runAsUser is 0'),
    })
  })

  test('[LCH21] of the network only what is said is told', () => {
    expect(launched({}, { dnsPolicy: 'ClusterFirst', hostNetwork: false }).network).toBeUndefined()
    const spec: Partial<PodSpec> = {
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.1'], options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }] },
      hostAliases: [{ ip: '10.0.0.2', hostnames: ['db'] }],
      securityContext: { sysctls: [{ name: 'kernel/shm_rmid_forced', value: '1' }] },
    }
    expect(launched({}, spec).network).toEqual({
      hostAddress: '192.0.2.1',
      hostProcesses: true,
      hostIpc: true,
      aliases: [{ ip: '10.0.0.2', names: ['db'] }],
      dns: { besideNode: false, nameservers: ['10.0.0.1'], searches: [], options: ['ndots:2', 'rotate'] },
      sysctls: { 'kernel.shm_rmid_forced': '1' },
    })
    const beside = launched({}, { shareProcessNamespace: true, dnsConfig: { searches: ['shop.test'] } })
    expect(beside.network).toMatchObject({ sharedProcesses: true, dns: { besideNode: true, searches: ['shop.test'] } })
    const ports = [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }]
    expect(launched({ ports }).containers[0]?.ports).toMatchObject([{ port: 80, hostPort: 8080, hostIP: '127.0.0.1' }])
  })

  test('[LCH22] a subdomain gives a full name, which may be the hostname', () => {
    const full = 'web-7f-abcde.back.shop.svc.cluster.local'
    const { hostname, network } = launched({}, { subdomain: 'back' })
    expect([hostname, network]).toEqual(['web-7f-abcde', { domainName: full }])
    expect(launched({}, { subdomain: 'back', setHostnameAsFQDN: true }).hostname).toBe(full)
    expect(launched({}, { setHostnameAsFQDN: true }).hostname).toBe('web-7f-abcde')
    const long = launchOf({}, { hostname: 'x'.repeat(40), subdomain: 'back', setHostnameAsFQDN: true })
    expect(long).toEqual({ error: expect.stringContaining('has more than the 64 characters of a hostname') })
  })

  test('[LCH23] pull secrets are read as docker configurations; what cannot be read is told without its content', () => {
    const { credentials } = launched(
      {},
      { imagePullSecrets: ['hub', 'old', 'gone', 'torn', 'db'].map((name) => ({ name })) },
    )
    expect(credentials?.logins).toEqual([
      { place: 'quay.io', username: 'ada', password: 'se:same' },
      { place: 'a.test', username: 'bob', password: 'x' },
      { place: 'b.test', identityToken: 'token' },
      { place: 'd.test', username: 'eve', password: 'y' },
    ])
    expect(credentials?.trouble).toEqual([
      'imagePullSecrets: secret "gone" not found',
      'imagePullSecrets: .dockerconfigjson of secret "torn" is no docker configuration with "auths"',
      expect.stringContaining('secret "db" has no key .dockerconfigjson'),
    ])
    expect(launched({}).credentials).toBeUndefined()
  })

  test('[SA1] a pod that names no pull secrets has those of its ServiceAccount', () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }
    const puller = { ...account, imagePullSecrets: [{ name: 'hub' }] }
    const users = (spec: Partial<PodSpec>, from: KubeObject | undefined): unknown =>
      pullCredentials({ containers: [], ...spec }, { config, serviceAccount: from }).logins.map(({ place }) => place)
    const hub = launched({}, { imagePullSecrets: [{ name: 'hub' }] }).credentials?.logins.map(({ place }) => place)
    expect(users({}, puller)).toEqual(hub)
    expect(users({ imagePullSecrets: [] }, puller)).toEqual(hub)
    expect(users({ imagePullSecrets: [{ name: 'gone' }] }, puller)).toEqual([])
    expect(users({}, account)).toEqual([])
    expect(users({}, undefined)).toEqual([])
  })

  test('[LCH24] volumes that the node makes are of the group of the pod', () => {
    const volumes: PodSpec['volumes'] = [
      { name: 'a', emptyDir: {} },
      { name: 'b', configMap: { name: 'app' } },
      { name: 'c', hostPath: { path: '/srv' } },
    ]
    expect(launched({}, { volumes, securityContext: { fsGroup: 7 } }).volumes).toMatchObject([
      { kind: 'empty', group: 7 },
      { kind: 'files', group: 7 },
      { kind: 'host' },
    ])
    for (const volume of launched({}, { volumes }).volumes ?? []) expect(volume).not.toHaveProperty('group')
  })

  test.each<[string, ContainerSpec['resources'], object]>([
    ['nothing', undefined, { oomScore: 1000 }],
    ['a part', { requests: { cpu: '250m', memory: '2Gi' } }, { cpuRequestMilli: 250, oomScore: 750 }],
    ['limits alone', { limits: { cpu: 1, memory: '1Gi' } }, { cpuRequestMilli: 1000, cpuMilli: 1000, oomScore: -997 }],
    ['a processor alone', { requests: { cpu: 2 } }, { cpuRequestMilli: 2000, oomScore: 999 }],
  ])('[LCH25] who promised %s', (_what, resources, expected) => {
    expect(launched(resources === undefined ? {} : { resources }).containers[0]).toMatchObject(expected)
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
    ['status.hostIPs', '192.0.2.1'],
    ['status.podIP', ADDRESS_MARK],
    ['status.podIPs', ADDRESS_MARK],
    ['spec.serviceAccountName', 'default'],
    ["metadata.labels['app']", 'web'],
    ["metadata.labels['pod-template-hash']", '7f'],
    ["metadata.labels['none']", ''],
    ["metadata.annotations['team']", 'a'],
  ])('[LCH4] field %s is %s', (fieldPath, value) => {
    expect(envOf({ name: 'F', valueFrom: { fieldRef: { fieldPath } } })['F']).toBe(value)
  })

  test('[CLF3] a Pod that somebody wrote knows itself by the uid that it is shown by', () => {
    const env: EnvVar[] = [{ name: 'UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } }]
    const launch = launchOf({ env }, {}, { ...CLAIM, ofPod: 'uid-lone' })
    expect(launch).toMatchObject({ uid: 'uid-1', containers: [{ env: { UID: 'uid-lone' } }] })
  })

  test('[CLF3] a Pod that somebody wrote knows itself by the labels that were written, and by no revision', () => {
    const fieldRef = { fieldPath: "metadata.labels['pod-template-hash']" }
    const launch = launchOf({ env: [{ name: 'HASH', valueFrom: { fieldRef } }] }, {}, { ...CLAIM, ofPod: 'uid-lone' })
    expect(launch).toMatchObject({ containers: [{ env: { HASH: '' } }] })
  })

  test.each([
    ['limits.cpu', undefined, '2'],
    ['limits.cpu', '1m', '1500'],
    ['limits.cpu', '100m', '15'],
    ['limits.memory', '1Mi', '64'],
    ['limits.memory', undefined, String(64 * 2 ** 20)],
    ['requests.cpu', '1m', '300'],
    ['requests.memory', undefined, '0'],
  ])('[LCH8] resource %s in units of %s is %s', (resource, divisor, value) => {
    const resources = { limits: { cpu: '1.5', memory: '64Mi' }, requests: { cpu: 0.3 } }
    const reference = divisor === undefined ? { resource } : { resource, divisor }
    const env = [{ name: 'R', valueFrom: { resourceFieldRef: reference } }]
    expect(launched({ resources, env }).containers[0]?.env['R']).toBe(value)
  })

  test('[LCH8] a limit that is not set is what the node has', () => {
    const resource = (path: string): EnvVar => ({ name: path, valueFrom: { resourceFieldRef: { resource: path } } })
    expect(envOf(resource('limits.cpu'), resource('limits.memory'))).toMatchObject({
      'limits.cpu': '4',
      'limits.memory': String(8 * 2 ** 30),
    })
  })

  test('[LCH7] keys of ConfigMaps and Secrets come to the letter, and what is expanded may name them', () => {
    const env = envOf(
      { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'app', key: 'level' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
      { name: 'URL', value: 'pg://$(PASSWORD)@db' },
    )
    expect(env).toMatchObject({
      LEVEL: 'info $(DB_SERVICE_HOST) $$',
      PASSWORD: 'sésame',
      URL: 'pg://sésame@db',
    })
  })

  test('[LCH7] whole ones come first, later ones over earlier ones, under their prefix', () => {
    const envFrom = [
      { configMapRef: { name: 'plain' } },
      { prefix: 'DB_', secretRef: { name: 'db' } },
      { prefix: 'E', configMapRef: { name: 'plain' } },
      { secretRef: { name: 'gone', optional: true } },
    ]
    const [container] = launched({ envFrom, env: [{ name: 'EXTRA', value: '$(LEVEL)' }] }).containers
    expect(container?.env).toMatchObject({
      LEVEL: 'warn',
      DB_password: 'sésame',
      ELEVEL: 'warn',
      EXTRA: 'warn',
      DB_SERVICE_PORT: '5432',
    })
  })

  test('[LCH5] an optional value from where there is nothing is left out', () => {
    const refer = (name: string, key: string): EnvVar => ({
      name: 'K',
      valueFrom: { configMapKeyRef: { name, key, optional: true } },
    })
    expect(envOf(refer('c', 'k'))).not.toHaveProperty('K')
    expect(envOf(refer('app', 'none'))).not.toHaveProperty('K')
  })

  test.each<{ what: string; container: Partial<ContainerSpec>; spec?: Partial<PodSpec>; error: RegExp }>([
    {
      what: 'a secret',
      container: { env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
      error: /^container web: env K: secret "s" not found$/,
    },
    {
      what: 'a key that is not there',
      container: { env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'app', key: 'none' } } }] },
      error: /^container web: env K: key "none" is not in ConfigMap "app"$/,
    },
    {
      what: 'a value that no variable can hold',
      container: { env: [{ name: 'K', valueFrom: { configMapKeyRef: { name: 'app', key: 'bin' } } }] },
      error: /env K: the value of key "bin" in ConfigMap "app" holds NUL bytes.*mount it as a file/,
    },
    {
      what: 'an unknown resource',
      container: { env: [{ name: 'K', valueFrom: { resourceFieldRef: { resource: 'limits.gpu' } } }] },
      error: /env K: refers to the resource limits.gpu; known are limits and requests of cpu, memory/,
    },
    {
      what: 'a resource of nobody',
      container: {
        env: [{ name: 'K', valueFrom: { resourceFieldRef: { containerName: 'x', resource: 'limits.cpu' } } }],
      },
      error: /env K: there is no container x in this pod/,
    },
    {
      what: 'an unknown field',
      container: { env: [{ name: 'K', valueFrom: { fieldRef: { fieldPath: 'constructor' } } }] },
      error: /env K: refers to the field constructor, which pods here do not have; known are metadata.name/,
    },
    {
      what: 'envFrom',
      container: { envFrom: [{ configMapRef: { name: 'gone' } }] },
      error: /container web: envFrom: configmap "gone" not found/,
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
