import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Asker, DEPLOYMENTS, deployment } from '../testing.ts'
import { readProtobuf, readYaml } from './formats.ts'
import { Messages } from './messages.ts'
import { bytesField, encodeProtobuf, sealed, varintField } from './testing.ts'

const messages = new Messages()
const PROTOBUF = 'application/vnd.kubernetes.protobuf'

/** Without the status, of which nobody takes anything: its zeros are sent as JSON, too. */
const decoded = (body: Uint8Array): unknown => {
  const read = readProtobuf(body)
  if ('trouble' in read) return read.trouble
  const { status: _status, ...rest } = read.object
  return rest
}

const objects = [
  deployment('web', { replicas: 0, strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } } }),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', labels: { a: '', b: 'c' }, creationTimestamp: '2026-11-21T12:00:00Z' },
    spec: {
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'config', configMap: { name: 'web', items: [{ key: 'a', path: 'b', mode: 292 }] } },
      ],
      containers: [
        {
          name: 'web',
          image: 'nginx:1.29',
          env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'one' } } }],
          resources: { limits: { cpu: '500m', memory: '64Mi' } },
          readinessProbe: { grpc: { port: 80 }, periodSeconds: 3 },
          livenessProbe: { httpGet: { path: '/', port: 'http' } },
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          securityContext: { runAsUser: 0, runAsNonRoot: false, capabilities: { drop: ['ALL'] } },
        },
      ],
    },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'AAEC', b: '' }, type: 'Opaque' },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: 0, selector: { matchLabels: { app: 'web' } }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
  },
  { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web' }, deleteOptions: { gracePeriodSeconds: 0 } },
  {
    apiVersion: 'apps/v1',
    kind: 'DeleteOptions',
    preconditions: { uid: 'u' },
    propagationPolicy: 'Background',
    dryRun: ['All'],
  },
  {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
  },
  { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
]

describe('[PROTO1] what kubectl encodes comes out as the JSON of an older one:', () => {
  test.each(objects.map((object) => [object.kind as string, object] as const))('%s', (_kind, object) => {
    expect(decoded(encodeProtobuf(object, messages))).toEqual(object)
  })

  test.each([
    [
      'create namespace shop',
      '6b3873000a0f0a02763112094e616d657370616365121c0a140a0473686f7012001a0022002a0032003800420012001a020a001a002200',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    ],
    [
      'autoscale deployment web --max 4 --cpu-percent 50',
      '6b3873000a290a0e6175746f7363616c696e672f76321217486f72697a6f6e74616c506f644175746f7363616c6572125f0a130a0377656212001a0022002a0032003800420012420a1a0a0a4465706c6f796d656e7412037765621a07617070732f7631180422220a085265736f7572636522160a03637075120f0a0b5574696c697a6174696f6e20321a04180020001a002200',
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'web' },
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
          maxReplicas: 4,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
          ],
        },
      },
    ],
    [
      'create deployment web --image=nginx --replicas=0 --port 80',
      '6b3873000a150a07617070732f7631120a4465706c6f796d656e7412b8010a1f0a0377656212001a0022002a003200380042005a0a0a0361707012037765621286010800120c0a0a0a0361707012037765621a6c0a1c0a0012001a0022002a003200380042005a0a0a036170701203776562124c122e0a056e67696e7812056e67696e782a00320a0a001000185022002a0042006a007200800100880100900100a201001a00320042004a0052005800600068008201008a01009a0100c2010022020a00280038001a0c0800100018002000280038001a002200',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', labels: { app: 'web' } },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: { containers: [{ name: 'nginx', image: 'nginx', ports: [{ containerPort: 80 }] }] },
          },
        },
      },
    ],
  ])('a body of kubectl 1.33: %s', (_command, hex, object) => {
    expect(decoded(Buffer.from(hex, 'hex'))).toEqual(object)
  })
})

test('[PROTO1] an object is created from such a body, and its status is not taken', async () => {
  const asker = new Asker()
  const body = encodeProtobuf(deployment(), messages)
  const { status, value } = await asker.ask(`POST ${DEPLOYMENTS}`, { body, contentType: PROTOBUF })
  expect([status, value['spec'].replicas]).toEqual([201, 3])
  const bad = encodeProtobuf(deployment('shop', { replicas: -1 }), messages)
  const refused = await asker.ask(`POST ${DEPLOYMENTS}`, { body: bad, contentType: PROTOBUF })
  expect([refused.status, refused.value['details'].causes[0].field]).toEqual([422, 'spec.replicas'])
})

test('[PROTO3] a field with a value that is not known here is left out, and said', async () => {
  const known = encodeProtobuf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, messages)
  expect(decoded(known)).toEqual({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  const metadata = Buffer.concat([
    bytesField(1, 'shop'),
    bytesField(99, 'news'),
    varintField(98, 0),
    bytesField(97, ''),
  ])
  const typeMeta = Buffer.concat([bytesField(1, 'v1'), bytesField(2, 'Namespace')])
  const body = sealed(Buffer.concat([bytesField(1, typeMeta), bytesField(2, bytesField(1, metadata))]))
  const { status, response } = await new Asker().ask('POST /api/v1/namespaces', { body, contentType: PROTOBUF })
  expect([status, response.warnings]).toEqual([
    201,
    ['field 99 of meta.v1.ObjectMeta is not known here, and was left out'],
  ])
})

const typed = (kind: string, raw: Uint8Array): Buffer => {
  const typeMeta = Buffer.concat([bytesField(1, 'v1'), bytesField(2, kind)])
  return sealed(Buffer.concat([bytesField(1, typeMeta), bytesField(2, raw)]))
}

test.each<[string, Uint8Array, string]>([
  ['without its beginning', Buffer.from('{}'), 'it does not begin with the four bytes "k8s\\0"'],
  ['without a kind', sealed(Buffer.alloc(0)), 'it names no kind'],
  ['of a kind that is none', typed('Boat', Buffer.alloc(0)), 'nothing is known of the kind "Boat"'],
  ['cut within a field', typed('Pod', Buffer.from([0x0a, 0x7f, 0x01])), 'it ends within a field'],
  ['cut within a number', typed('Pod', Buffer.from([0xff])), 'it ends within a number'],
  ['with a number of 80 bits', typed('Pod', Buffer.alloc(12, 0xff)), 'it has a number of more than 64 bits'],
  ['with a kind of field that is none', typed('Pod', Buffer.from([0x0f])), 'it has a field of no known kind'],
  ['with a number for a message', typed('Pod', varintField(1, 7)), 'metadata is no number'],
  [
    'with text that is none',
    typed('Pod', bytesField(1, bytesField(1, Buffer.from([0xff])))),
    'a text that is not UTF-8',
  ],
  [
    'with more fields than are read',
    typed('ConfigMap', Buffer.concat(Array.from({ length: 100_001 }, () => Buffer.from([0x12, 0])))),
    'it has more than 100000 fields',
  ],
  [
    'that is packed',
    sealed(Buffer.concat([bytesField(1, bytesField(2, 'Pod')), bytesField(3, 'gzip')])),
    'its content is encoded as "gzip"',
  ],
])('[PROTO4] a body %s is a 400 that says so', async (_what, body, why) => {
  const { status, value } = await new Asker().ask('POST /api/v1/namespaces/default/pods', {
    body,
    contentType: PROTOBUF,
  })
  expect([status, value['reason']]).toEqual([400, 'BadRequest'])
  expect(value['message']).toContain(`the body is no Kubernetes protobuf: `)
  expect(value['message']).toContain(why)
})

test('[PROTO4] names that reach into prototypes are refused as in JSON', async () => {
  const body = typed('ConfigMap', Buffer.concat([bytesField(1, bytesField(1, 'c')), bytesField(2, Buffer.concat([bytesField(1, '__proto__'), bytesField(2, 'x')]))])) // prettier-ignore
  const { status, value } = await new Asker().ask('POST /api/v1/namespaces/default/configmaps', {
    body,
    contentType: PROTOBUF,
  })
  expect([status, value['message']]).toEqual([400, expect.stringContaining('"__proto__" is not taken')])
})

test('[PROTO4] whatever bytes are sent, the answer is an object or what is wrong with them', () => {
  const seeds = objects.map((object) => encodeProtobuf(object, messages))
  const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0, max: 255 }), cut: fc.boolean() })
  const mutated = fc.tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 6 }))
  fc.assert(
    fc.property(mutated, ([seed, changes]) => {
      let body = Buffer.from(seed)
      for (const { at, to, cut } of changes) {
        const place = 4 + (at % (seed.length - 4))
        if (cut) body = body.subarray(0, Math.max(place, 5))
        else if (place < body.length) body[place] = to
      }
      const read = readProtobuf(body)
      if ('trouble' in read) expect(read.trouble).not.toBe('')
      else JSON.stringify(read.object)
    }),
    { numRuns: 2_000 },
  )
})

const YAML = 'application/yaml'

test('[PROTO2] bodies in YAML are taken', async () => {
  const asker = new Asker()
  const body = [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata: {name: c}',
    'data:',
    '  word: "on"',
    '  same: &it text',
    '  again: *it',
  ].join('\n')
  const { status, value } = await asker.ask('POST /api/v1/namespaces/default/configmaps', { body, contentType: YAML })
  expect([status, value['data']]).toEqual([201, { word: 'on', same: 'text', again: 'text' }])
})

const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghij'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefghij'[at]},`.repeat(9)}]`)].join('\n') // prettier-ignore

/** Each anchor is used in few places. */
const wide = Array.from({ length: 20 }, (_, at) => `a${at}: &a${at} ${'x'.repeat(5000)}\nb${at}: [${`*a${at},`.repeat(40)}]`).join('\n') // prettier-ignore

test('[PROTO2] a long list without aliases is not held to be made long by them', () => {
  expect(readYaml(`a: [${'x,'.repeat(250_000)}]`)).not.toHaveProperty('trouble')
})

test('[PROTO5] a body of very many names is read in the time of its length, and one that is said twice is found', () => {
  const names = Array.from({ length: 60_000 }, (_, at) => `k${at}: 1`)
  expect(readYaml(names.join('\n'))).not.toHaveProperty('trouble')
  expect(readYaml([...names, 'k7: 2'].join('\n'))).toEqual({ trouble: 'it says "k7" twice: map keys must be unique' })
})

test('[PROTO9] YAML of more than 512 KiB is refused with what to do', async () => {
  const body = `kind: ConfigMap\n# ${'x'.repeat(512 * 1024)}`
  const { status, value } = await new Asker().ask('POST /api/v1/namespaces/default/configmaps', {
    body,
    contentType: YAML,
  })
  expect([status, value['message']]).toEqual([413, expect.stringContaining('send it as JSON')])
})

test('[PROTO2] one anchor of YAML may be used in many places', async () => {
  const body = 'kind: ConfigMap\nmetadata: {name: c, labels: &l {a: b}, annotations: *l}\ndata: *l'
  const { status, value } = await new Asker().ask('POST /api/v1/namespaces/default/configmaps', {
    body,
    contentType: YAML,
  })
  expect([status, value['data'], value.metadata.annotations]).toEqual([201, { a: 'b' }, { a: 'b' }])
})

test.each([
  ['that is none', 'a: [', 'the body is no YAML: '],
  ['that is a list', '- a', 'it holds no object'],
  ['with a name twice', 'a: 1\na: 2', 'map keys must be unique'],
  ['that grows without bound', bomb, 'its aliases make it longer than'],
  [
    'whose alias names what it stands in',
    'metadata: &m {name: c, annotations: *m}',
    'metadata.annotations is an alias of what it stands in',
  ],
  ['whose aliases make it long', wide, 'its aliases make it longer than 1572864 characters'],
  ['with thousands of aliases', `a: &a x\nb: [${'*a,'.repeat(1000)}]`, 'more than 1000 anchors and aliases'],
  ['with an alias of nothing', 'a: *b', 'Unresolved alias'],
  ['nested too deep', `a: ${'['.repeat(40)}${']'.repeat(40)}`, 'nested deeper than 32 levels'],
  ['nested deeper than a parser goes', '['.repeat(100_000), 'the body is no YAML: '],
])('[PROTO5] YAML %s is a 400 that says so', async (_what, body, why) => {
  const { status, value } = await new Asker().ask('POST /api/v1/namespaces/default/configmaps', {
    body,
    contentType: YAML,
  })
  expect([status, value['message']]).toEqual([400, expect.stringContaining(why)])
})
