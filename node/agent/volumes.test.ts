import { expect, test } from 'vitest'
import type { KubeObject } from '../../crdt/index.ts'
import type { VolumeLaunch } from '../runtime/volume-launch.ts'
import { configKeys } from './config.ts'
import { environment } from './environment.ts'
import type { ContainerSpec, PodTemplate, VolumeSpec } from './template.ts'
import { claimSample } from './testing.ts'
import { containerMounts, podVolumes, type VolumesInput } from './volumes.ts'

const object = (kind: string, name: string, parts: Record<string, unknown>): [string, KubeObject] => [
  `${kind}/${name}`,
  { apiVersion: 'v1', kind, metadata: { name }, ...parts },
]
const OBJECTS = new Map([
  object('ConfigMap', 'app', { data: { a: '1', b: 'zwei' }, binaryData: { c: 'AAE=' } }),
  object('Secret', 'db', { data: { password: Buffer.from('sesame').toString('base64') } }),
])

const CONTAINER: ContainerSpec = { name: 'web', resources: { limits: { memory: '64Mi' } } }

function resolve(...volumes: VolumeSpec[]): readonly VolumeLaunch[] | { readonly error: string } {
  return podVolumes(inputOf(volumes))
}

function inputOf(volumes: VolumeSpec[]): VolumesInput {
  const template: PodTemplate = {
    metadata: { labels: { app: 'web', 'a.b/c': 'x' }, annotations: { note: 'two\nlines "quoted"' } },
    spec: { containers: [CONTAINER], volumes },
  }
  return {
    claim: claimSample({ name: 'web-1', revision: '7f' }),
    template,
    nodeName: 'node-a',
    hostAddress: '192.0.2.1',
    capacity: { cpuMilli: 2_000, memoryBytes: 2 ** 30 },
    config: (kind, name) => OBJECTS.get(`${kind}/${name}`),
  }
}

/** `path mode text` of each file of the first volume. */
function filesOf(...volumes: VolumeSpec[]): string[] {
  const [volume] = resolve(...volumes) as readonly VolumeLaunch[]
  if (volume?.kind !== 'files') throw new Error(JSON.stringify(volume))
  return volume.files.map(
    ({ path, mode, contentBase64 }) => `${path} ${mode.toString(8)} ${Buffer.from(contentBase64, 'base64').toString()}`,
  )
}

test('[LCH9] all keys are files under their own names, the binary ones too', () => {
  expect(filesOf({ name: 'v', configMap: { name: 'app' } })).toEqual(['a 644 1', 'b 644 zwei', 'c 644 \u0000\u0001'])
})

test('[LCH9] listed keys are files where the list says, with modes of the item, of the volume, or 0644', () => {
  const items = [
    { key: 'b', path: 'deep/er' },
    { key: 'a', path: 'own', mode: 0o400 },
  ]
  expect(filesOf({ name: 'v', configMap: { name: 'app', items, defaultMode: 0o755 } })).toEqual([
    'deep/er 755 zwei',
    'own 400 1',
  ])
})

test('[LCH9] of projected sources the last one counts, and one Secret makes all of it secret', () => {
  const sources = [
    { configMap: { name: 'app', items: [{ key: 'a', path: 'same' }] } },
    { secret: { name: 'db', items: [{ key: 'password', path: 'same' }] } },
    { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
  ]
  const spec = { name: 'v', projected: { sources } }
  expect(filesOf(spec)).toEqual(['name 644 web-1', 'same 644 sesame'])
  expect(resolve(spec)).toMatchObject([{ isSecret: true }])
  expect(resolve({ name: 'v', configMap: { name: 'app' } })).toMatchObject([{ isSecret: false }])
  expect(resolve({ name: 'v', secret: { secretName: 'db' } })).toMatchObject([{ isSecret: true }])
})

test.each<[string, object, string]>([
  ['labels', { fieldRef: { fieldPath: 'metadata.labels' } }, 'a.b/c="x"\napp="web"\npod-template-hash="7f"'],
  ['annotations', { fieldRef: { fieldPath: 'metadata.annotations' } }, 'note="two\\nlines \\"quoted\\""'],
  ['one label', { fieldRef: { fieldPath: "metadata.labels['app']" } }, 'web'],
  ['a limit', { resourceFieldRef: { containerName: 'web', resource: 'limits.memory', divisor: '1Mi' } }, '64'],
])('[LCH9] a file holds %s', (_what, item, text) => {
  expect(filesOf({ name: 'v', downwardAPI: { items: [{ path: 'f', ...item }] } })).toEqual([`f 644 ${text}`])
})

test('[LCH9] other volumes are told as they are', () => {
  expect(
    resolve(
      { name: 'a' },
      { name: 'b', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'c', hostPath: { path: '/srv' } },
      { name: 'd', hostPath: { path: '/srv', type: 'Directory' } },
      { name: 'e', nfs: { server: 's', path: '/p', readOnly: true } },
    ),
  ).toEqual([
    { kind: 'empty', name: 'a', medium: 'disk' },
    { kind: 'empty', name: 'b', medium: 'memory', sizeBytes: 2 ** 20 },
    { kind: 'host', name: 'c', path: '/srv' },
    { kind: 'host', name: 'd', path: '/srv', type: 'Directory' },
    { kind: 'nfs', name: 'e', server: 's', path: '/p', readOnly: true },
  ])
})

test.each<[VolumeSpec, string]>([
  [{ name: 'v', configMap: { name: 'none' } }, 'volume v: configmap "none" not found'],
  [{ name: 'v', secret: { secretName: 'none' } }, 'volume v: secret "none" not found'],
  [
    { name: 'v', secret: { secretName: 'db', items: [{ key: 'x', path: 'x' }] } },
    'volume v: key "x" is not in Secret "db"',
  ],
  [
    { name: 'v', downwardAPI: { items: [{ path: 'ip', fieldRef: { fieldPath: 'status.podIP' } }] } },
    'volume v: ip refers to the field status.podIP, which no file can hold: it is known when the files are written; use a variable',
  ],
  [
    { name: 'v', persistentVolumeClaim: { claimName: 'c' } } as VolumeSpec,
    'volume v: persistentVolumeClaim is not mounted by this version; use another kind of volume',
  ],
])('[LCH9] what cannot be had is refused: %j', (spec, error) => {
  expect(resolve(spec)).toEqual({ error })
})

test('[SEAL2] a Secret that does not open here is given to nobody, as file or as variable', () => {
  OBJECTS.set(...object('Secret', 'locked', { data: { a: `sealed:v1:${'a'.repeat(16)}:${'b'.repeat(22)}` } }))
  const error =
    /secret "locked" does not open with the data key of this node: copy the file data-key from another member/
  expect(resolve({ name: 'v', secret: { secretName: 'locked', optional: true } })).toEqual({
    error: expect.stringMatching(error) as string,
  })
  for (const part of [
    { envFrom: [{ secretRef: { name: 'locked', optional: true } }] },
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'locked', key: 'a', optional: true } } }] },
  ]) {
    expect(environment({ name: 'web', ...part }, { ...inputOf([]), serviceEnv: {} })).toEqual({
      error: expect.stringMatching(error) as string,
    })
  }
})

test('[LCH9] what is optional may be away, as a whole or a key of it', () => {
  expect(filesOf({ name: 'v', configMap: { name: 'none', optional: true } })).toEqual([])
  const items = [
    { key: 'a', path: 'a' },
    { key: 'x', path: 'x' },
  ]
  expect(filesOf({ name: 'v', configMap: { name: 'app', items, optional: true } })).toEqual(['a 644 1'])
})

test('[LCH9] mounts: files are read-only, subPathExpr names variables that are set', () => {
  const volumes = resolve({ name: 'conf', configMap: { name: 'app' } }, { name: 'data' }) as readonly VolumeLaunch[]
  const mounts = (...volumeMounts: NonNullable<ContainerSpec['volumeMounts']>[number][]) =>
    containerMounts({ name: 'web', volumeMounts }, volumes, { NAME: 'web-1' })
  expect(
    mounts(
      { name: 'conf', mountPath: '/c' },
      { name: 'data', mountPath: '/d', subPathExpr: '$(NAME)/logs', mountPropagation: 'HostToContainer' },
      { name: 'data', mountPath: '/e', subPath: 's', readOnly: true },
    ),
  ).toEqual([
    { volume: 'conf', path: '/c', readOnly: true },
    { volume: 'data', path: '/d', readOnly: false, subPath: 'web-1/logs', propagation: 'rslave' },
    { volume: 'data', path: '/e', readOnly: true, subPath: 's' },
  ])
  expect(mounts({ name: 'data', mountPath: '/d', subPathExpr: '$(NONE)' })).toEqual({
    error: 'subPathExpr $(NONE) names a variable that is not set',
  })
})

test('[CFG7] a template reads what its variables and volumes name, in its own namespace', () => {
  const from = (name: string) => ({ configMapRef: { name } })
  const template: PodTemplate = {
    spec: {
      containers: [
        {
          name: 'web',
          envFrom: [from('one')],
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'two', key: 'k' } } }],
        },
      ],
      initContainers: [{ name: 'first', envFrom: [from('three')] }],
      volumes: [
        { name: 'a', secret: { secretName: 'four' } },
        { name: 'b', projected: { sources: [{ configMap: { name: 'five' } }] } },
      ],
    },
  }
  expect([...configKeys(template, 'shop')]).toEqual([
    'core/ConfigMap/shop/three',
    'core/Secret/shop/two',
    'core/ConfigMap/shop/one',
    'core/Secret/shop/four',
    'core/ConfigMap/shop/five',
  ])
})
