import { expect, test } from 'vitest'
import { containerOptions, infraOptions, needsInfra } from './docker-options.ts'
import { launch, owner, pod } from './docker-sample.ts'
import type { ContainerLaunch } from './runtime.ts'
import type { VolumeLaunch } from './volume-launch.ts'

test('[DOCK3] every container is confined and left to us to restart', () => {
  const options = containerOptions(owner, pod, launch)
  for (const { HostConfig } of [options, infraOptions(owner, pod, 0)]) {
    expect(HostConfig).toMatchObject({
      RestartPolicy: { Name: 'no' },
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 4096,
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
  ['a share of what was promised', { cpuRequestMilli: 250 }, { CpuShares: 256 }],
  ['where nothing was promised the least share', {}, { CpuShares: 2 }],
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

test('[VOL9] what the engine mounts by itself is a volume of its own driver, labelled, and held by the infra container', () => {
  const volumes: VolumeLaunch[] = [
    { kind: 'nfs', name: 'share', server: '10.0.0.9', path: '/exports/a', readOnly: true },
    { kind: 'empty', name: 'quick', medium: 'memory', sizeBytes: 4096 },
  ]
  const mounts = volumes.map(({ name }) => ({ volume: name, path: `/${name}`, readOnly: name === 'share' }))
  const { HostConfig } = containerOptions(owner, { ...pod, volumes }, { ...launch, mounts })
  const labels = { 'shoal.dev/home': owner.home, 'shoal.dev/pod-uid': pod.uid }
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
