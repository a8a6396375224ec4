import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ContainerInspectInfo } from 'dockerode'
import {
  containerOptions,
  INFRA,
  infraOptions,
  LABEL,
  labelsOf,
  needsInfra,
  newestOf,
  podFrom,
} from './docker-container.ts'
import type { ContainerLaunch, PodLaunch } from './runtime.ts'
import type { VolumeLaunch } from './volume-launch.ts'

const owner = { node: '12D3KooNode', cluster: 'c1' }
const launch: ContainerLaunch = {
  name: 'web',
  image: 'busybox:1',
  pull: 'IfNotPresent',
  env: { MODE: 'a=b' },
  ports: [],
  attempt: 2,
}
const pod: PodLaunch = {
  uid: 'u-1',
  name: 'web-1',
  namespace: 'default',
  hostname: 'web-1',
  labels: { app: 'web' },
  annotation: '{"claim":1}',
  containers: [launch],
  graceMs: 1_000,
}

test('[DOCK3] every container is confined and left to us to restart', () => {
  const options = containerOptions(owner, pod, launch)
  for (const { HostConfig } of [options, infraOptions(owner, pod, 0)]) {
    expect(HostConfig).toMatchObject({
      RestartPolicy: { Name: 'no' },
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 512,
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
    })
    expect(HostConfig).not.toHaveProperty('Privileged')
    expect(HostConfig).not.toHaveProperty('CapAdd')
  }
  expect(options).toMatchObject({ name: 'k8s_web_web-1_default_u-1_2', Env: ['MODE=a=b'], Hostname: 'web-1' })
})

test.each<[string, Partial<ContainerLaunch>, object]>([
  ['half a core', { cpuMilli: 500 }, { CpuPeriod: 100_000, CpuQuota: 50_000 }],
  ['more cores than any machine has', { cpuMilli: 1_000_000 }, { CpuPeriod: 100_000, CpuQuota: 100_000_000 }],
  ['next to nothing', { cpuMilli: 1 }, { CpuPeriod: 100_000, CpuQuota: 1_000 }],
  ['memory, and no swap beyond it', { memoryBytes: 2 ** 26 }, { Memory: 2 ** 26, MemorySwap: 2 ** 26 }],
])('[DOCK3] limits: %s', (_case, limits, expected) => {
  expect(containerOptions(owner, pod, { ...launch, ...limits }).HostConfig).toMatchObject(expected)
})

test.each<[string, Partial<ContainerLaunch>, { Entrypoint?: string[]; Cmd?: string[] }]>([
  ['neither: the image decides', {}, {}],
  ["args replace the image's arguments", { args: ['-v'] }, { Cmd: ['-v'] }],
  ["a command alone leaves the image's arguments out", { command: ['sh'] }, { Entrypoint: ['sh'], Cmd: [] }],
  ['both', { command: ['sh'], args: ['-c', 'id'] }, { Entrypoint: ['sh'], Cmd: ['-c', 'id'] }],
])('[DOCK3] command and args as Kubernetes has them: %s', (_case, change, expected) => {
  const { Entrypoint, Cmd } = containerOptions(owner, pod, { ...launch, ...change })
  expect({ ...(Entrypoint && { Entrypoint }), ...(Cmd && { Cmd }) }).toEqual(expected)
})

test('[DOCK3] a container of several joins network and IPC of the infra container and brings no hostname', () => {
  const options = containerOptions(owner, pod, launch, { infra: 'infra-id' })
  expect(options.HostConfig).toMatchObject({ NetworkMode: 'container:infra-id', IpcMode: 'container:infra-id' })
  expect(options).not.toHaveProperty('Hostname')
  expect(infraOptions(owner, pod, 0)).toMatchObject({ Hostname: 'web-1', HostConfig: { IpcMode: 'shareable' } })
})

test('[DOCK4] no label of a manifest sets or changes one of ours', () => {
  const name = fc.oneof(
    fc.constantFrom(...Object.values(LABEL), 'shoal.dev/other', 'io.kubernetes.x', 'com.docker.compose.project', 'app'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), (labels) => {
      const made = labelsOf(owner, { ...pod, labels }, 'web', 2)
      const ours = labelsOf(owner, { ...pod, labels: {} }, 'web', 2)
      expect(made).toMatchObject(ours)
      const foreign = Object.keys(made).filter((key) => !(key in ours))
      expect(foreign.filter((key) => /^(shoal\.dev\/|io\.kubernetes\.|com\.docker\.)/.test(key))).toEqual([])
    }),
  )
})

test('[DOCK4] the labels name node, cluster, pod, container and attempt, and carry the annotation', () => {
  const labels = labelsOf(owner, pod, 'web', 2)
  expect(labels).toMatchObject({
    app: 'web',
    'shoal.dev/node': '12D3KooNode',
    'shoal.dev/cluster': 'c1',
    'shoal.dev/pod-uid': 'u-1',
    'shoal.dev/attempt': '2',
    'io.kubernetes.pod.name': 'web-1',
    'io.kubernetes.pod.namespace': 'default',
    'io.kubernetes.pod.uid': 'u-1',
    'io.kubernetes.container.name': 'web',
  })
  expect(Buffer.from(labels['shoal.dev/annotation'] ?? '', 'base64').toString()).toBe(pod.annotation)
})

test('[RT8] the newest attempt speaks for a container, in the order of the containers', () => {
  const member = (id: string, container: string, attempt: number) => ({ id, container, attempt })
  const members = [member('a', 'web', 0), member('b', 'side', 0), member('c', 'web', 10), member('d', 'web', 9)]
  expect(newestOf(members).map(({ id }) => id)).toEqual(['c', 'b'])
})

test('[DOCK30] a container that waits for its start is there as long as the network that it joined', () => {
  const shown = (container: string, state: object, NetworkMode = 'bridge') =>
    ({
      Id: `id-${container}`,
      Created: '2026-09-21T10:00:00Z',
      Config: { Image: 'busybox', Labels: labelsOf(owner, pod, container, 0) },
      HostConfig: { NetworkMode },
      NetworkSettings: { Networks: {} },
      State: { StartedAt: '2026-09-21T10:00:00Z', FinishedAt: '2026-09-21T10:00:01Z', ...state },
    }) as unknown as ContainerInspectInfo
  const done = shown('one', { Status: 'exited', Running: false, ExitCode: 0 }, `container:id-${INFRA}`)
  const waiting = shown('web', { Status: 'created', Running: false }, `container:id-${INFRA}`)
  const namesWith = (infra: object) => podFrom([shown(INFRA, infra), done, waiting])?.containers.map(({ name }) => name)
  expect(namesWith({ Status: 'running', Running: true })).toEqual(['one', 'web'])
  expect(namesWith({ Status: 'exited', Running: false })).toEqual(['one'])
})

test('[VOL9] what the engine mounts by itself is a volume of its own driver, labelled, and held by the infra container', () => {
  const volumes: VolumeLaunch[] = [
    { kind: 'nfs', name: 'share', server: '10.0.0.9', path: '/exports/a', readOnly: true },
    { kind: 'empty', name: 'quick', medium: 'memory', sizeBytes: 4096 },
  ]
  const mounts = volumes.map(({ name }) => ({ volume: name, path: `/${name}`, readOnly: name === 'share' }))
  const { HostConfig } = containerOptions(owner, { ...pod, volumes }, { ...launch, mounts })
  const labels = { 'shoal.dev/node': owner.node, 'shoal.dev/pod-uid': pod.uid }
  expect(HostConfig?.Mounts).toMatchObject([
    {
      Type: 'volume',
      Target: '/share',
      ReadOnly: true,
      VolumeOptions: {
        Labels: labels,
        DriverConfig: { Name: 'local', Options: { type: 'nfs', device: ':/exports/a', o: 'addr=10.0.0.9,ro' } },
      },
    },
    {
      Type: 'volume',
      Source: `shoal_${pod.uid}_quick`,
      VolumeOptions: { Labels: labels, DriverConfig: { Options: { type: 'tmpfs', o: 'size=4096,mode=0777' } } },
    },
  ])
  expect(needsInfra({ ...pod, volumes })).toBe(true)
  const held = infraOptions(owner, { ...pod, volumes }, 0).HostConfig?.Mounts
  expect(held).toMatchObject([{ Source: `shoal_${pod.uid}_quick`, ReadOnly: true }])
  const part = { ...launch, mounts: [{ volume: 'share', path: '/p', readOnly: false, subPath: 'x' }] }
  expect(() => containerOptions(owner, { ...pod, volumes }, part)).toThrow(/subPath of it cannot be mounted/)
})
