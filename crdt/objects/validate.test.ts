import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { REPLICAS_MAX } from './deployment.ts'
import { describeErrors } from './field-error.ts'
import { keyOf, withDefaults } from './prepare.ts'
import type { KubeObject } from '../object.ts'
import { aDeployment, aNamespace, aService, changed } from './sample.ts'
import { checkManifest, validate, validateUpdate } from './validate.ts'

const WEB = 'apps/Deployment/default/web'
const CONTAINER = 'spec.template.spec.containers.0'
const AT = 'spec.template.spec.containers[0]'
const ASKS = { tcpSocket: { port: 80 } }

/** What is said of a Deployment with these changes, one line an error. */
function said(changes: Record<string, unknown>): string[] {
  return checkManifest(WEB, aDeployment(changes)).map(({ field, message }) => `${field}: ${message}`)
}

function saidOfService(changes: Record<string, unknown>): string[] {
  return checkManifest('core/Service/default/web', aService(changes)).map(
    ({ field, message }) => `${field}: ${message}`,
  )
}

test('[OBJ1] the samples are valid', () => {
  expect(checkManifest(WEB, aDeployment())).toEqual([])
  expect(checkManifest('core/Service/default/web', aService())).toEqual([])
  expect(checkManifest('core/Namespace//team', aNamespace('team'))).toEqual([])
})

describe('[OBJ1] anything may be asked about', () => {
  const keys = fc.constantFrom(
    WEB,
    'core/Service/default/web',
    'core/Namespace//web',
    'core/Pod/default/web',
    'example.com/Thing/default/web',
    'nonsense',
    '',
  )
  const check = (key: string, value: unknown): void => {
    for (const errors of [validate(key, value), checkManifest(key, value)])
      expect(errors.length).toBeLessThanOrEqual(64)
  }

  test('[OBJ1] any JSON value', () => {
    fc.assert(fc.property(keys, fc.jsonValue({ maxDepth: 6 }), check), { numRuns: 1000 })
  })

  test('[OBJ1] any value of JavaScript', () => {
    fc.assert(fc.property(keys, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), check), {
      numRuns: 1000,
    })
  })

  test('[OBJ1] a good object with anything in the place of any field', () => {
    const fields = fc.constantFrom(
      'metadata',
      'metadata.name',
      'metadata.labels',
      'metadata.annotations',
      'spec',
      'spec.replicas',
      'spec.selector',
      'spec.selector.matchLabels',

      'spec.strategy',
      'spec.template',
      'spec.template.metadata',
      'spec.template.spec',
      'spec.template.spec.containers',
      CONTAINER,
      `${CONTAINER}.env`,

      `${CONTAINER}.ports`,
      `${CONTAINER}.resources`,
      `${CONTAINER}.readinessProbe`,
      `${CONTAINER}.image`,
      'spec.template.spec.tolerations',
      'shoal',
      'shoal.revisions',
    )
    fc.assert(
      fc.property(fields, fc.jsonValue({ maxDepth: 4 }), (field, value) => check(WEB, aDeployment({ [field]: value }))),
      { numRuns: 1000 },
    )
  })
})

test('[OBJ2] several faults are told at once, each with its path', () => {
  expect(
    said({ 'spec.replicas': -1, [`${CONTAINER}.image`]: 5, [`${CONTAINER}.ports`]: [{ containerPort: 0 }] }),
  ).toEqual([
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    `${AT}.image: Invalid value: 5: must be a string, not a number: put it in quotes`,
    `${AT}.ports[0].containerPort: Invalid value: 0: must be between 1 and 65535, inclusive`,
  ])
})

test('[OBJ2] errors join into one sentence as Kubernetes joins them', () => {
  const errors = checkManifest(WEB, aDeployment({ 'spec.replicas': -1, 'spec.paused': 1 }))
  expect(describeErrors(errors.slice(0, 1))).toBe(
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  )
  expect(describeErrors(errors)).toMatch(/^\[spec\.replicas: .*, spec\.paused: .*\]$/)
})

test.each([
  ['spec', undefined, 'spec: Required value'],
  ['spec.selector', undefined, 'spec.selector: Required value'],
  ['spec.selector', null, 'spec.selector: Required value'],
  ['spec.template', undefined, 'spec.template: Required value'],
  ['spec.template.spec', undefined, 'spec.template.spec: Required value'],
  ['spec.template.spec.containers', undefined, 'spec.template.spec.containers: Required value'],
  ['spec.template.spec.containers', [], 'spec.template.spec.containers: Required value'],
  [`${CONTAINER}.name`, undefined, `${AT}.name: Required value`],
  [`${CONTAINER}.image`, '', `${AT}.image: Required value`],
  [`${CONTAINER}.ports`, [{}], `${AT}.ports[0].containerPort: Required value`],
])('[OBJ3] %s being %j is %s', (field, value, error) => {
  expect(said({ [field]: value })).toEqual([error])
})

test.each([
  [
    'spec.replicas',
    '3',
    'spec.replicas: Invalid value: "3": must be an integer, not a string: write it without quotes',
  ],
  ['spec.replicas', 'three', 'spec.replicas: Invalid value: "three": must be an integer, not a string'],
  ['spec.paused', 'yes', 'spec.paused: Invalid value: "yes": must be true or false, not a string'],
  [
    'spec.template.spec.containers',
    {},
    'spec.template.spec.containers: Invalid value: {}: must be a list, not an object',
  ],
  ['spec.selector', ['app'], 'spec.selector: Invalid value: [...]: must be an object, not a list'],
  [
    `${CONTAINER}.env`,
    [{ name: 'PORT', value: 80 }],
    `${AT}.env[0].value: Invalid value: 80: must be a string, not a number: put it in quotes`,
  ],
  [`${CONTAINER}.env`, ['PORT=80'], `${AT}.env[0]: Invalid value: "PORT=80": must be an object, not a string`],
  [
    `${CONTAINER}.args`,
    [true],
    `${AT}.args[0]: Invalid value: true: must be a string, not a boolean: put it in quotes`,
  ],
  [
    'metadata.labels',
    { version: 2 },
    'metadata.labels[version]: Invalid value: 2: must be a string, not a number: put it in quotes',
  ],
])('[OBJ4] %s being %j says %s', (field, value, error) => {
  expect(said({ [field]: value })).toEqual([error])
})

test.each([
  'metadata.labels',
  'metadata.annotations',
  'metadata.creationTimestamp',
  'spec.strategy',
  'status',
  `${CONTAINER}.env`,
  `${CONTAINER}.resources`,
])('[OBJ5] null in %s counts as left out', (field) => expect(said({ [field]: null })).toEqual([]))

test.each([
  ['spec.replicas', 'spec.replicas: Invalid value: null: must be an integer; leave the field out to take its default'],
  ['spec.paused', 'spec.paused: Invalid value: null: must be true or false; leave the field out to take its default'],
  [
    `${CONTAINER}.workingDir`,
    `${AT}.workingDir: Invalid value: null: must be a string; leave the field out to take its default`,
  ],
])('[OBJ5] null in %s is an error', (field, error) => {
  expect(said({ [field]: null })).toEqual([error])
})

test('[OBJ5] null in a list or map is an error', () => {
  expect(said({ [`${CONTAINER}.args`]: [null] })).toEqual([`${AT}.args[0]: Invalid value: null: must be a string`])
  expect(said({ 'metadata.labels': { a: null } })).toEqual([
    'metadata.labels[a]: Invalid value: null: must be a string',
  ])
  expect(said({ [`${CONTAINER}.args`]: [''] })).toEqual([])
})

test.each([
  [-1, 'must be greater than or equal to 0'],
  [3.5, 'must be a whole number'],
  [REPLICAS_MAX + 1, 'must be less than or equal to 10000'],
  [1e9, 'must be less than or equal to 10000'],
])('[OBJ6] %d replicas are refused', (replicas, why) => {
  expect(said({ 'spec.replicas': replicas })).toEqual([`spec.replicas: Invalid value: ${replicas}: ${why}`])
})

test('[OBJ6] no replicas and the most replicas are fine', () => {
  expect(said({ 'spec.replicas': 0 })).toEqual([])
  expect(said({ 'spec.replicas': REPLICAS_MAX })).toEqual([])
})

test('[OBJ6] an object has at most 256 KiB and 32 levels', () => {
  expect(said({ 'metadata.annotations': { big: 'x'.repeat(256 * 1024) } })).toEqual([
    ': Too long: must have at most 262144 bytes',
  ])
  const nested = JSON.parse('{"a":'.repeat(40) + '1' + '}'.repeat(40)) as object
  expect(said({ extra: nested })).toEqual([': Too long: must not be nested deeper than 32 levels'])
  expect(said({ [`${CONTAINER}.command`]: ['x'.repeat(70_000)] })).toEqual([
    `${AT}.command[0]: Too long: must have at most 65536 bytes`,
  ])
})

test('[OBJ6] an object nested 100,000 levels deep is refused, not fallen over', () => {
  const nested = JSON.parse('['.repeat(5000) + ']'.repeat(5000)) as unknown
  expect(said({ 'spec.replicas': nested })).toEqual([': Too long: must not be nested deeper than 32 levels'])
})

test('[OBJ6] labels and containers are counted', () => {
  const labels = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`l${index}`, '']))
  expect(said({ 'metadata.labels': labels })).toEqual(['metadata.labels: Too many: 1000: must have at most 128 items'])
  const containers = Array.from({ length: 33 }, (_, index) => ({ name: `c${index}`, image: 'nginx' }))
  expect(said({ 'spec.template.spec.containers': containers })).toEqual([
    'spec.template.spec.containers: Too many: 33: must have at most 32 items',
  ])
})

test.each([
  ['spec.replica', 'spec.replica: unknown field "spec.replica", did you mean "replicas"?'],
  ['spec.tmplate', 'spec.tmplate: unknown field "spec.tmplate", did you mean "template"?'],
  ['sepc', 'sepc: unknown field "sepc", did you mean "spec"?'],
  [
    `${CONTAINER}.imagepullpolicy`,
    `${AT}.imagepullpolicy: unknown field "${AT}.imagepullpolicy", did you mean "imagePullPolicy"?`,
  ],
  [`${CONTAINER}.enviroment`, `${AT}.enviroment: unknown field "${AT}.enviroment"`],
  ['spec.constructor', 'spec.constructor: unknown field "spec.constructor"'],
])('[OBJ7] the unknown field %s is refused in a manifest and passes in a document', (field, error) => {
  expect(said({ [field]: 1 })).toEqual([error])
  expect(validate(WEB, aDeployment({ [field]: 1 }))).toEqual([])
})

test.each([
  ['', ['metadata.name: Required value']],
  [
    'Web',
    [
      expect.stringContaining(
        'metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of lower case',
      ),
    ],
  ],
  ['wéb', [expect.stringContaining('lowercase RFC 1123 subdomain')]],
  ['-web', [expect.stringContaining('lowercase RFC 1123 subdomain')]],
  ['a'.repeat(237), [expect.stringContaining('must be no more than 236 characters')]],
])('[OBJ8] a Deployment is not called %j', (name, errors) => {
  const deployment = aDeployment({ 'metadata.name': name })
  expect(
    checkManifest(name === '' ? WEB : keyOf(deployment), deployment).map(
      ({ field, message }) => `${field}: ${message}`,
    ),
  ).toEqual(errors)
})

test('[OBJ8] a Service starts with a letter, a namespace is a label', () => {
  const service = aService({ 'metadata.name': '1web' })
  expect(checkManifest(keyOf(service), service)).toMatchObject([
    { field: 'metadata.name', message: expect.stringContaining('a DNS-1035 label must') },
  ])
  expect(checkManifest('core/Namespace//a.b', aNamespace('a.b'))).toMatchObject([
    { field: 'metadata.name', message: expect.stringContaining('RFC 1123 label') },
  ])
})

test.each([
  [
    'metadata.labels',
    { 'a b': 'x' },
    'metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters',
  ],
  ['metadata.labels', { a: 'x'.repeat(64) }, 'metadata.labels[a]: Invalid value: "xxxxxxxx'],
  ['metadata.labels', { '/a': 'x' }, 'metadata.labels: Invalid value: "/a": prefix part must be non-empty'],
  ['metadata.annotations', { 'a/b/c': 'x' }, 'metadata.annotations: Invalid value: "a/b/c": name part must'],
  [`${CONTAINER}.name`, 'Web', `${AT}.name: Invalid value: "Web": a lowercase RFC 1123 label`],
  [
    `${CONTAINER}.env`,
    [{ name: '1A' }],
    `${AT}.env[0].name: Invalid value: "1A": a valid environment variable name must`,
  ],
  [
    `${CONTAINER}.ports`,
    [{ containerPort: 1, name: 'a-name-too-long-x' }],
    `${AT}.ports[0].name: Invalid value: "a-name-too-long-x": must be no more than 15 characters`,
  ],
  [
    'spec.template.spec.hostname',
    'a.b',
    'spec.template.spec.hostname: Invalid value: "a.b": a lowercase RFC 1123 label',
  ],
  [`${CONTAINER}.command`, ['a\0b'], `${AT}.command[0]: Invalid value: "a\\u0000b": must not contain NUL characters`],
])('[OBJ8] %s being %j is refused', (field, value, error) => {
  expect(said({ [field]: value })).toEqual([expect.stringContaining(error)])
})

test('[OBJ9] labels of Shoal itself are refused, on the object and on its pods', () => {
  expect(said({ 'metadata.labels': { 'shoal.dev/owner': 'me' } })).toEqual([
    'metadata.labels: Forbidden: labels under shoal.dev/ are set by Shoal alone; remove shoal.dev/owner',
  ])
  expect(said({ 'spec.template.metadata.labels': { app: 'web', 'shoal.dev/pod': 'x' } })).toEqual([
    expect.stringContaining('spec.template.metadata.labels: Forbidden'),
  ])
})

test.each([
  [{ env: [{ name: 'A', valueFrom: {} }] }, 'env[0].valueFrom: Invalid value: "": must specify exactly one source'],
  [
    { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'x' }, secretKeyRef: { name: 's', key: 'k' } } }] },
    'env[0].valueFrom: Invalid value: "": must specify exactly one source',
  ],
  [
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { key: 'k' } } }] },
    'env[0].valueFrom.secretKeyRef.name: Required value',
  ],
  [
    { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c' } } }] },
    'env[0].valueFrom.configMapKeyRef.key: Required value',
  ],
  [{ envFrom: [{}] }, 'envFrom[0]: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
  [{ envFrom: [{ secretRef: {} }] }, 'envFrom[0].secretRef.name: Required value'],
  [
    { envFrom: [{ prefix: '1=', secretRef: { name: 's' } }] },
    expect.stringContaining('envFrom[0].prefix: Invalid value: "1="'),
  ],
])('[LCH7] a value comes from one place that has a name: %j', (part, error) => {
  const changes = Object.fromEntries(Object.entries(part).map(([name, value]) => [`${CONTAINER}.${name}`, value]))
  expect(said(changes)).toEqual([typeof error === 'string' ? `${AT}.${error}` : error])
})

const SPEC = 'spec.template.spec'
test.each([
  [
    { volumes: [{ name: 'a', emptyDir: {}, configMap: { name: 'c' } }] },
    'volumes[0].configMap: Forbidden: may not specify more than 1 volume type',
  ],
  [{ volumes: [{ name: 'A' }] }, /^volumes\[0\]\.name: Invalid value/],
  [{ volumes: [{ name: 'a', configMap: {} }] }, 'volumes[0].configMap.name: Required value'],
  [{ volumes: [{ name: 'a', secret: {} }] }, 'volumes[0].secret.secretName: Required value'],
  [
    { volumes: [{ name: 'a', secret: { secretName: 's', defaultMode: 0o1777 } }] },
    /defaultMode: Invalid value: 1023: must be a number between 0 and 0777/,
  ],
  [
    { volumes: [{ name: 'a', configMap: { name: 'c', items: [{ key: 'k', path: '../up' }] } }] },
    /items\[0\]\.path: .*must not start with '\.\.'/,
  ],
  [
    { volumes: [{ name: 'a', configMap: { name: 'c', items: [{ key: 'k', path: 'a/../../b' }] } }] },
    /items\[0\]\.path: .*must not contain '\.\.'/,
  ],
  [{ volumes: [{ name: 'a', hostPath: { path: 'relative' } }] }, /hostPath\.path: .*must be an absolute path/],
  [{ volumes: [{ name: 'a', hostPath: { path: '/a/../etc' } }] }, /hostPath\.path: .*must not contain '\.\.'/],
  [{ volumes: [{ name: 'a', hostPath: { path: '/a', type: 'Pipe' } }] }, /hostPath\.type: Unsupported value: "Pipe"/],
  [{ volumes: [{ name: 'a', emptyDir: { sizeLimit: '-1' } }] }, /emptyDir\.sizeLimit: .*greater than or equal to 0/],
  [
    { volumes: [{ name: 'a', downwardAPI: { items: [{ path: 'x' }] } }] },
    /items\[0\]: .*exactly one of `fieldRef` and `resourceFieldRef`/,
  ],
  [
    {
      volumes: [
        {
          name: 'a',
          projected: {
            sources: [{ downwardAPI: { items: [{ path: 'x', resourceFieldRef: { resource: 'limits.cpu' } }] } }],
          },
        },
      ],
    },
    'volumes[0].projected.sources[0].downwardAPI.items[0].resourceFieldRef.containerName: Required value',
  ],
] as [object, string | RegExp][])('[VOL10] a volume is one that can be made: %j', (part, error) => {
  const changes = Object.fromEntries(Object.entries(part).map(([name, value]) => [`${SPEC}.${name}`, value]))
  const [first, ...more] = said(changes)
  expect(first?.slice(SPEC.length + 1)).toMatch(error)
  expect(more).toEqual([])
})

test.each([
  [{ name: 'b', mountPath: '/a' }, 'name: Not found: "b"'],
  [{ name: 'a', mountPath: 'a' }, /mountPath: .*must be an absolute path/],
  [{ name: 'a', mountPath: '//' }, /mountPath: .*must not be the root/],
  [{ name: 'a', mountPath: '/a:ro' }, /mountPath: .*must not contain ':'/],
  [{ name: 'a', mountPath: '/a', subPath: '../b' }, /subPath: .*must not contain '\.\.'/],
  [{ name: 'a', mountPath: '/a', subPath: '/b' }, /subPath: .*must be a relative path/],
  [{ name: 'a', mountPath: '/a', subPath: 'x', subPathExpr: 'y' }, /subPathExpr: .*mutually exclusive/],
] as [object, string | RegExp][])('[VOL10] a mount is one that can be made: %j', (mount, error) => {
  for (const list of ['containers', 'initContainers']) {
    const container = { name: list === 'containers' ? 'web' : 'first', image: 'web:1', volumeMounts: [mount] }
    const at = `${SPEC}.${list}[0].volumeMounts[0].`
    const [first, ...more] = said({ [`${SPEC}.volumes`]: [{ name: 'a' }], [`${SPEC}.${list}`]: [container] })
    expect(first?.slice(0, at.length)).toBe(at)
    expect(first?.slice(at.length)).toMatch(error)
    expect(more).toEqual([])
  }
})

test('[VOL10, VOL11] a volume of no kind is an empty directory; two-way mounts are for the privileged', () => {
  expect(
    withDefaults(aDeployment({ [`${SPEC}.volumes`]: [{ name: 'a' }, { name: 'b', nfs: { server: 's', path: '/' } }] })),
  ).toMatchObject({
    spec: {
      template: {
        spec: {
          volumes: [
            { name: 'a', emptyDir: {} },
            { name: 'b', nfs: {} },
          ],
        },
      },
    },
  })
  const mounts = [{ name: 'a', mountPath: '/a', mountPropagation: 'Bidirectional' }]
  const changes = { [`${SPEC}.volumes`]: [{ name: 'a' }], [`${CONTAINER}.volumeMounts`]: mounts }
  expect(said(changes)).toEqual([
    `${AT}.volumeMounts[0].mountPropagation: Forbidden: Bidirectional is only available to privileged containers`,
  ])
  expect(said({ ...changes, [`${CONTAINER}.securityContext`]: { privileged: true } })).toEqual([])
})

test('[OBJ10] a selector is not empty and selects the template', () => {
  expect(said({ 'spec.selector': {} })).toEqual([
    'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
  ])
  expect(said({ 'spec.template.metadata.labels': { app: 'other' } })).toEqual([
    'spec.template.metadata.labels: Invalid value: {app: ...}: `selector` does not match template `labels`',
  ])
  expect(said({ 'spec.selector': { matchExpressions: [{ key: 'app', operator: 'In', values: [] }] } })).toContain(
    "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
  )
  expect(said({ 'spec.selector': { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['x'] }] } })).toEqual([
    "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
  ])
})

test('[OBJ10] a selector never changes, other fields may', () => {
  const relabelled = aDeployment({
    'spec.selector.matchLabels': { app: 'web', tier: 'x' },
    'spec.template.metadata.labels': { app: 'web', tier: 'x' },
  })
  expect(validateUpdate(aDeployment(), relabelled)).toMatchObject([
    { field: 'spec.selector', message: expect.stringContaining('field is immutable') },
  ])
  expect(
    validateUpdate(aDeployment(), aDeployment({ 'spec.replicas': 5, 'spec.selector.matchExpressions': null })),
  ).toEqual([])
  expect(validateUpdate(aService(), aService({ 'spec.selector': { app: 'other' } }))).toEqual([])
})

test.each<[unknown]>([[undefined], [null], ['text'], [[]], [{}], [{ selector: null, template: null }]])(
  '[OBJ53] a spec that has become %j is not told to have changed: that it is none is enough',
  (spec) => {
    for (const old of [aDeployment(), aService()]) expect(validateUpdate(old, changed(old, { spec }))).toEqual([])
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [] } } as KubeObject
    expect(() => validateUpdate(pod, changed(pod, { spec }))).not.toThrow()
  },
)

const ROLLING = 'spec.strategy.rollingUpdate'
test.each([
  [
    { type: 'Rolling' },
    'spec.strategy.type: Unsupported value: "Rolling": supported values: "Recreate", "RollingUpdate"',
  ],
  [
    { type: 'Recreate', rollingUpdate: { maxSurge: 1 } },
    `${ROLLING}: Forbidden: may not be specified when strategy \`type\` is 'Recreate'`,
  ],
  [
    { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
    `${ROLLING}.maxUnavailable: Invalid value: 0: may not be 0 when \`maxSurge\` is 0`,
  ],
  [
    { rollingUpdate: { maxSurge: '0%', maxUnavailable: '0%' } },
    `${ROLLING}.maxUnavailable: Invalid value: "0%": may not be 0 when`,
  ],
  [
    { rollingUpdate: { maxUnavailable: '101%' } },
    `${ROLLING}.maxUnavailable: Invalid value: "101%": must not be greater than 100%`,
  ],
  [
    { rollingUpdate: { maxSurge: '25' } },
    `${ROLLING}.maxSurge: Invalid value: "25": a valid percent string must be a numeric string followed by an ending '%'`,
  ],
  [{ rollingUpdate: { maxSurge: -1 } }, `${ROLLING}.maxSurge: Invalid value: -1: must be greater than or equal to 0`],
  [
    { rollingUpdate: { maxSurge: 0.5 } },
    `${ROLLING}.maxSurge: Invalid value: 0.5: must be a whole number or a percentage`,
  ],
  [
    { rollingUpdate: { maxSurge: true } },
    `${ROLLING}.maxSurge: Invalid value: true: must be a number or a string, not a boolean`,
  ],
])('[OBJ11] the strategy %j is refused', (strategy, error) => {
  expect(said({ 'spec.strategy': strategy })).toEqual([expect.stringContaining(error)])
})

test('[OBJ11] the deadline of a rollout is later than a pod can be available', () => {
  expect(said({ 'spec.minReadySeconds': 600 })).toEqual([
    'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
  ])
  expect(said({ 'spec.strategy': { type: 'Recreate', rollingUpdate: null } })).toEqual([])
})

test('[OBJ13] keys that come twice are told with their place', () => {
  const twice = { name: 'web', image: 'nginx' }
  expect(said({ 'spec.template.spec.containers': [twice, twice] })).toEqual([
    'spec.template.spec.containers[1].name: Duplicate value: "web"',
  ])
  expect(
    said({
      [`${CONTAINER}.env`]: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    }),
  ).toEqual([`${AT}.env[1].name: Duplicate value: "A"`])
  expect(said({ [`${CONTAINER}.ports`]: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] })).toEqual([
    `${AT}.ports[1]: Duplicate value: "80/TCP"`,
  ])
  expect(said({ [`${CONTAINER}.ports`]: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] })).toEqual([])
  expect(
    said({
      [`${CONTAINER}.ports`]: [
        { containerPort: 80, name: 'a' },
        { containerPort: 81, name: 'a' },
      ],
    }),
  ).toEqual([`${AT}.ports[1].name: Duplicate value: "a"`])
})

test.each([
  [
    { limits: { cpu: 'lots' } },
    `${AT}.resources.limits[cpu]: Invalid value: "lots": quantities must match the regular expression`,
  ],
  [
    { requests: { memory: '-1Gi' } },
    `${AT}.resources.requests[memory]: Invalid value: "-1Gi": must be greater than or equal to 0`,
  ],
  [{ limits: { gpu: 1 } }, `${AT}.resources.limits: Invalid value: "gpu": must be a standard resource for containers`],
  [
    { limits: { cpu: 1 }, requests: { cpu: '1500m' } },
    `${AT}.resources.requests: Invalid value: "1500m": must be less than or equal to cpu limit of 1`,
  ],
])('[OBJ14] resources %j are refused', (resources, error) => {
  expect(said({ [`${CONTAINER}.resources`]: resources })).toEqual([expect.stringContaining(error)])
})

test('[OBJ14] good amounts pass', () => {
  const resources = {
    requests: { cpu: '500m', memory: '64Mi' },
    limits: { cpu: 0.5, memory: '1e9', 'example.com/gpu': '1' },
  }
  expect(said({ [`${CONTAINER}.resources`]: resources })).toEqual([])
})

test('[OBJ15] pods of a Deployment restart always', () => {
  expect(said({ 'spec.template.spec.restartPolicy': 'Never' })).toEqual([
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ])
  expect(said({ 'spec.template.spec.activeDeadlineSeconds': 5 })).toEqual([
    expect.stringContaining('spec.template.spec.activeDeadlineSeconds: Forbidden'),
  ])
  expect(said({ 'spec.template.spec.restartPolicy': 'Always' })).toEqual([])
})

test.each([
  [{ 'spec.ports': [] }, 'spec.ports: Required value'],
  [{ 'spec.ports': [{ port: 80 }, { port: 81, name: 'b' }] }, 'spec.ports[0].name: Required value'],
  [
    {
      'spec.ports': [
        { port: 80, name: 'a' },
        { port: 81, name: 'a' },
      ],
    },
    'spec.ports[1].name: Duplicate value: "a"',
  ],
  [
    {
      'spec.ports': [
        { port: 80, name: 'a' },
        { port: 80, name: 'b' },
      ],
    },
    'spec.ports[1]: Duplicate value: "80/TCP"',
  ],
  [
    { 'spec.ports': [{ port: 70_000 }] },
    'spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
  ],
  [
    { 'spec.ports': [{ port: 80, targetPort: 'HTTP' }] },
    'spec.ports[0].targetPort: Invalid value: "HTTP": must contain only alpha-numeric characters',
  ],
  [
    { 'spec.ports': [{ port: 80, nodePort: 30_080 }] },
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ],
  [
    { 'spec.type': 'NodePort', 'spec.ports': [{ port: 80, nodePort: 80 }] },
    'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  ],
  [
    {
      'spec.type': 'NodePort',
      'spec.ports': [
        { port: 80, name: 'a', nodePort: 30_080 },
        { port: 81, name: 'b', nodePort: 30_080 },
      ],
    },
    'spec.ports[1].nodePort: Duplicate value: 30080',
  ],
  [
    { 'spec.type': 'Node' },
    'spec.type: Unsupported value: "Node": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  ],
  [{ 'spec.type': 'ExternalName' }, 'spec.externalName: Required value'],
])('[OBJ16] a Service with %j is refused', (changes, error) => {
  expect(saidOfService(changes)).toEqual([expect.stringContaining(error)])
})

test.each([
  ['apps/Deployment/default/other', {}, 'metadata.name: Invalid value: "web": must be other'],
  ['apps/Deployment/prod/web', {}, 'metadata.namespace: Invalid value: "default": must be prod'],
  ['core/Service/default/web', {}, 'kind: Invalid value: "Deployment": must be Service'],
  [WEB, { apiVersion: 'apps/v1beta1' }, 'apiVersion: Unsupported value: "apps/v1beta1": supported values: "apps/v1"'],
  [WEB, { 'metadata.namespace': undefined }, 'metadata.namespace: Invalid value: "": must be default'],
])('[OBJ17] under the key %s with %j it says %s', (key, changes, error) => {
  const errors = validate(key, aDeployment(changes)).map(({ field, message }) => `${field}: ${message}`)
  if (key.startsWith('core/Service')) expect(errors.length).toBeGreaterThan(0)
  else expect(errors).toEqual([error])
})

test('[OBJ17] a kind without namespaces has none', () => {
  const namespace = { ...aNamespace('team'), metadata: { name: 'team', namespace: 'default' } }
  expect(validate('core/Namespace/default/team', namespace)).toMatchObject([
    { field: 'metadata.namespace', reason: 'Forbidden' },
  ])
  expect(validate('core/Namespace//other', aNamespace('team'))).toMatchObject([{ field: 'metadata.name' }])
})

test.each([
  ['apps/ReplicaSet/default/web', 'replica sets are the revisions of Deployments'],
  ['core/Endpoints/default/web', 'change the Service'],
  ['core/Event/default/web', 'what happened'],
])('[OBJ18] %s cannot be written, and is told what to do', (key, hint) => {
  const kind = key.split('/')[1]
  expect(validate(key, { apiVersion: 'v1', kind, metadata: { name: 'web' } })).toMatchObject([
    { reason: 'Forbidden', message: expect.stringContaining(hint) },
  ])
})

test('[OBJ19] a kind of a newer version passes, with its name and place checked', () => {
  const thing = {
    apiVersion: 'example.com/v2',
    kind: 'Thing',
    metadata: { name: 'x', namespace: 'default' },
    spec: { anything: [1] },
  }
  expect(validate('example.com/Thing/default/x', thing)).toEqual([])
  expect(validate('example.com/Thing/default/y', thing)).toMatchObject([{ field: 'metadata.name' }])
  expect(validate('example.com/Thing/default/x', { ...thing, metadata: { namespace: 'default' } })).toMatchObject([
    { field: 'metadata.name', reason: 'Required' },
  ])
})

const PROBE = `${CONTAINER}.readinessProbe`
test.each([
  [{}, `${AT}.readinessProbe: Required value: must specify a handler type`],
  [
    { httpGet: { port: 80 }, tcpSocket: { port: 80 } },
    `${AT}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
  ],
  [{ httpGet: { port: 'HTTP' } }, `${AT}.readinessProbe.httpGet.port: Invalid value: "HTTP"`],
  [
    { httpGet: { port: 80, path: 'http://169.254.169.254/' } },
    `${AT}.readinessProbe.httpGet.path: Invalid value: "http://169.254.169.254/": must start with '/'`,
  ],
  [{ httpGet: { port: 80, path: '/a b\r\nX: y' } }, `must start with '/' and hold no spaces`],
  [
    { tcpSocket: { port: 80 }, periodSeconds: 0 },
    `${AT}.readinessProbe.periodSeconds: Invalid value: 0: must be greater than or equal to 1`,
  ],
])('[OBJ20] the probe %j is refused', (probe, error) => {
  expect(said({ [PROBE]: probe })).toEqual([expect.stringContaining(error)])
})

test('[OBJ21] filling in defaults makes no valid object invalid', () => {
  for (const object of [
    aDeployment(),
    aService(),
    aNamespace('team'),
    aDeployment({ 'spec.strategy': { type: 'Recreate' } }),
  ]) {
    expect(checkManifest(keyOf(object), withDefaults(object))).toEqual([])
  }
})

describe('[OBJ32] one mistake hides no other', () => {
  const fieldsOf = (object: KubeObject): string[] =>
    checkManifest(keyOf(aDeployment()), object)
      .map(({ field }) => field)
      .toSorted()

  test('values out of bounds, names, rules between fields and unknown fields are told together, each once', () => {
    const wrong = changed(aDeployment(), {
      'metadata.labels': { 'shoal.dev/x': '1' },
      'spec.replicas': -1,
      'spec.replica': 2,
      'spec.selector.matchLabels': { app: 'other' },
      'spec.template.spec.restartPolicy': 'Never',
      'spec.template.spec.containers': [
        {
          image: 'UPPER CASE',
          ports: [
            { name: 'p', containerPort: 70_000 },
            { name: 'p', containerPort: 81 },
          ],
        },
      ],
    })
    expect(fieldsOf(wrong)).toEqual([
      'metadata.labels',
      'spec.replica',
      'spec.replicas',
      'spec.template.metadata.labels',
      'spec.template.spec.containers[0].image',
      'spec.template.spec.containers[0].name',
      'spec.template.spec.containers[0].ports[0].containerPort',
      'spec.template.spec.containers[0].ports[1].name',
      'spec.template.spec.restartPolicy',
    ])
  })

  test('a part whose types do not hold hides only itself', () => {
    const wrong = changed(aDeployment(), {
      'metadata.labels': { 'shoal.dev/x': '1' },
      'spec.replicas': 'three',
      'spec.template.spec.containers': 7,
    })
    expect(fieldsOf(wrong)).toEqual(['metadata.labels', 'spec.replicas', 'spec.template.spec.containers'])
    expect(fieldsOf(changed(aDeployment(), { metadata: 7, 'spec.template.spec.restartPolicy': 'Never' }))).toEqual([
      'metadata',
      'spec.template.spec.restartPolicy',
    ])
  })
})

const INIT = 'spec.template.spec.initContainers'

test.each<[string, Record<string, unknown>, string[]]>([
  ['a sidecar', { [INIT]: [{ name: 'a', image: 'x', restartPolicy: 'Always', livenessProbe: ASKS }] }, []],
  ['a name of a container', { [INIT]: [{ name: 'web', image: 'x' }] }, [`${INIT}[0].name: Duplicate value: "web"`]],
  [
    'another policy',
    { [INIT]: [{ name: 'a', image: 'x', restartPolicy: 'Never' }] },
    [`${INIT}[0].restartPolicy: Unsupported value: "Never": supported values: "Always"`],
  ],
  [
    'a probe of one that ends',
    { [INIT]: [{ name: 'a', image: 'x', startupProbe: ASKS }] },
    [`${INIT}[0].startupProbe: Forbidden: may not be set for init containers without restartPolicy=Always`],
  ],
  [
    'a policy of a main container',
    { [`${CONTAINER}.restartPolicy`]: 'Always' },
    [`${AT}.restartPolicy: Forbidden: may not be set for non-init containers`],
  ],
  [
    '33 containers together',
    { [INIT]: Array.from({ length: 32 }, (_, index) => ({ name: `c${index}`, image: 'x' })) },
    [`${INIT}: Too many: 33: must have at most 32 items`],
  ],
])('[OBJ50] init containers: %s', (_what, changes, errors) => {
  expect(said(changes)).toEqual(errors)
})

test.each<[string, Record<string, unknown>, string[]]>([
  ['a startup probe', { startupProbe: { grpc: { port: 9 } } }, []],
  [
    'two successes to live',
    { livenessProbe: { ...ASKS, successThreshold: 2 } },
    [`${AT}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
  ],
  [
    'a grace where nothing is ended',
    { readinessProbe: { ...ASKS, terminationGracePeriodSeconds: 5 } },
    [`${AT}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`],
  ],
  [
    'a command of nothing',
    { livenessProbe: { exec: { command: [] } } },
    [`${AT}.livenessProbe.exec.command: Required value`],
  ],
  [
    'a hook that does two things',
    { lifecycle: { preStop: { sleep: { seconds: 1 }, exec: { command: ['x'] } } } },
    [`${AT}.lifecycle.preStop.sleep: Forbidden: may not specify more than 1 handler type`],
  ],
  [
    'a hook that does nothing',
    { lifecycle: { postStart: {} } },
    [`${AT}.lifecycle.postStart: Required value: must specify a handler type`],
  ],
  [
    'no signal',
    { lifecycle: { stopSignal: 'TERM' } },
    [
      `${AT}.lifecycle.stopSignal: Invalid value: "TERM": must be a signal of Linux by its whole name, as SIGTERM or SIGRTMIN+3`,
    ],
  ],
  ['a real-time signal', { lifecycle: { stopSignal: 'SIGRTMIN+3' } }, []],
])('[OBJ51] probes and hooks: %s', (_what, fields, errors) => {
  const changes = Object.entries(fields).map(([name, value]) => [`${CONTAINER}.${name}`, value])
  expect(said(Object.fromEntries(changes))).toEqual(errors)
})

test.each(['log', '/a:b', '/a\0b'])('[OBJ52] no path for a message: %j', (terminationMessagePath) => {
  const [error] = said({ [`${CONTAINER}.terminationMessagePath`]: terminationMessagePath })
  expect(error).toMatch(/terminationMessagePath: Invalid value: .* must be an absolute path without ':'$/)
})
