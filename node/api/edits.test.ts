import { describe, expect, test } from 'vitest'
import { aNode, aPod } from '../control/sample.ts'
import { aNodeFact, Asker, DEPLOYMENTS, deployment, OTHER } from './testing.ts'
import type { Loose } from './testing.ts'

const MERGE = 'application/merge-patch+json'
const APPLY = 'application/vnd.shoal.apply+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const JSON_PATCH = 'application/json-patch+json'
const KEY = 'apps/Deployment/default/web'

async function withDeployment(): Promise<Asker> {
  const asker = new Asker()
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  return asker
}

function stored({ backend }: Asker, key = KEY): Loose {
  return backend.view.stored(key)?.object
}

test('[API20] a created object has its path, a uid and a version; the answer says how durable it is', async () => {
  const asker = new Asker()
  const { status, value, response } = await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  expect(status).toBe(201)
  expect(value.metadata).toMatchObject({ name: 'web', namespace: 'default', generation: 1 })
  expect(value.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
  expect(value.metadata.resourceVersion).toMatch(/^\d+$/)
  expect(response.headers).toEqual({ 'shoal-change': 'created', 'shoal-durable': '2/2' })
  expect(asker.backend.writes[0]).toMatchObject({ type: 'put', mode: 'create', by: 'unix:ada' })
})

test('[API20] generateName makes a name', async () => {
  const { value } = await new Asker().ask(`POST ${DEPLOYMENTS}`, {
    body: { ...deployment(), metadata: { generateName: 'web-' } },
  })
  expect(value.metadata.name).toMatch(/^web-[0-9a-f]{5}$/)
})

test('[API21] a replace on an old version is a 409 and changes nothing', async () => {
  const asker = await withDeployment()
  const { value: old } = await asker.ask(`GET ${DEPLOYMENTS}/web`)
  await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: { spec: { replicas: 4 } }, contentType: MERGE })
  const answer = await asker.ask(`PUT ${DEPLOYMENTS}/web`, { body: old })
  expect(answer.value).toMatchObject({
    code: 409,
    reason: 'Conflict',
    message:
      'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
  })
  expect(stored(asker).spec.replicas).toBe(4)
})

test('[API21] a status that moved on since is no conflict', async () => {
  const asker = await withDeployment()
  const { value: old } = await asker.ask(`GET ${DEPLOYMENTS}/web`)
  asker.backend.view.setPending(KEY, [
    { revision: 'x', index: 0, sinceMs: 1, reason: 'Unschedulable', message: 'no node' },
  ])
  const { value: now } = await asker.ask(`GET ${DEPLOYMENTS}/web`)
  expect(now.metadata.resourceVersion).not.toBe(old.metadata.resourceVersion)
  const answer = await asker.ask(`PUT ${DEPLOYMENTS}/web`, {
    body: { ...old, spec: { ...(old['spec'] as object), replicas: 5 } },
  })
  expect(answer.status).toBe(200)
  expect(stored(asker).spec.replicas).toBe(5)
})

test('[API22] status, uid and our internal part are never taken from a client', async () => {
  const asker = new Asker()
  const uid = '00000000-0000-0000-0000-000000000000'
  const body = {
    ...deployment(),
    status: { readyReplicas: 99 },
    shoal: { revisions: { evil: {} } },
    metadata: { name: 'web', uid, generation: 7 },
  }
  const { value } = await asker.ask(`POST ${DEPLOYMENTS}`, { body })
  expect(value.metadata.uid).not.toBe(uid)
  expect(value.metadata.generation).toBe(1)
  expect(value['status'].readyReplicas).toBeUndefined()
  expect(JSON.stringify(stored(asker))).not.toContain('evil')
  expect(JSON.stringify(asker.backend.writes)).not.toMatch(/evil|readyReplicas|00000000-/)
})

test('[API23] what only the node shows is not written down by who sends it back', async () => {
  const asker = new Asker()
  await asker.ask('POST /api/v1/namespaces', { body: { metadata: { name: 'shop' } } })
  const { value } = await asker.ask('GET /api/v1/namespaces/shop')
  expect(value.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'shop' })
  const labels = { ...value.metadata.labels, team: 'blue' }
  const answer = await asker.ask('PUT /api/v1/namespaces/shop', {
    body: { ...value, metadata: { ...value.metadata, labels } },
  })
  expect(answer.status).toBe(200)
  expect(stored(asker, 'core/Namespace//shop').metadata.labels).toEqual({ team: 'blue' })
})

test('[VIEW50, API23] a Service is shown without an address of the cluster, which nobody wrote', async () => {
  const asker = new Asker()
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } }
  const { value } = await asker.ask(`POST ${SERVICES}`, { body })
  expect(value['spec']).toMatchObject({ clusterIP: '0.0.0.0', clusterIPs: ['0.0.0.0'] })
  const ports = [{ port: 81 }]
  const answer = await asker.ask(`PUT ${SERVICES}/web`, { body: { ...value, spec: { ...value['spec'], ports } } })
  expect(answer.value['spec']).toMatchObject({ clusterIP: '0.0.0.0', ports })
  expect(stored(asker, 'core/Service/default/web')).not.toHaveProperty('spec.clusterIP')
  const away = { ...body, metadata: { name: 'away' }, spec: { type: 'ExternalName', externalName: 'example.org' } }
  expect((await asker.ask(`POST ${SERVICES}`, { body: away })).value).not.toHaveProperty('spec.clusterIP')
  const chosen = { ...body, metadata: { name: 'chosen' }, spec: { ...body.spec, clusterIP: '10.0.0.1' } }
  expect((await asker.ask(`POST ${SERVICES}`, { body: chosen })).value).toHaveProperty('spec.clusterIP', '10.0.0.1')
})

test('[API23] an edit keeps the internal part, and the revisions in it', async () => {
  const asker = await withDeployment()
  const template = { spec: { containers: [{ name: 'web', image: 'nginx:1.30' }] } }
  await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: { spec: { template } }, contentType: STRATEGIC })
  expect(Object.keys(stored(asker).shoal.revisions)).toHaveLength(2)
})

describe('[API24] apply', () => {
  const apply = (asker: Asker, body: unknown, query = ''): ReturnType<Asker['ask']> =>
    asker.ask(`PATCH ${DEPLOYMENTS}/web${query}`, { body, contentType: APPLY })

  test('creates what is not there, says what it did, and does nothing twice', async () => {
    const asker = new Asker()
    const answers = [
      await apply(asker, deployment()),
      await apply(asker, deployment()),
      await apply(asker, deployment('web', { replicas: 5 })),
    ]
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200])
    expect(answers.map(({ response }) => response.headers['shoal-change'])).toEqual([
      'created',
      'unchanged',
      'configured',
    ])
  })

  test('removes what the last apply had and this one has not', async () => {
    const asker = new Asker()
    await apply(asker, { ...deployment(), metadata: { name: 'web', labels: { a: '1', b: '2' } } })
    await apply(asker, { ...deployment(), metadata: { name: 'web', labels: { a: '1' } } })
    expect(stored(asker).metadata.labels).toEqual({ a: '1' })
  })

  test('leaves alone what others wrote, also within a container', async () => {
    const asker = new Asker()
    await apply(asker, deployment())
    const env = [{ name: 'DEBUG', value: '1' }]
    const patch = {
      metadata: { labels: { owner: 'bob' } },
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'web', env },
              { name: 'side', image: 'busybox' },
            ],
          },
        },
      },
    }
    await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: patch, contentType: STRATEGIC })
    await apply(asker, deployment('web', { replicas: 4 }))
    const { spec, metadata } = stored(asker)
    expect(metadata.labels).toEqual({ owner: 'bob' })
    expect(spec.replicas).toBe(4)
    expect(spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual(['web', 'side'])
    expect(spec.template.spec.containers[0].env).toEqual(env)
  })

  test('wins where somebody changed a field of the manifest', async () => {
    const asker = new Asker()
    await apply(asker, deployment())
    await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: { spec: { replicas: 9 } }, contentType: MERGE })
    await apply(asker, deployment())
    expect(stored(asker).spec.replicas).toBe(3)
  })

  test('removes a container that the manifest has dropped', async () => {
    const asker = new Asker()
    const two = deployment()
    two['spec'].template.spec.containers.push({ name: 'side', image: 'busybox' })
    await apply(asker, two)
    await apply(asker, deployment())
    expect(stored(asker).spec.template.spec.containers.map(({ name }: { name: string }) => name)).toEqual(['web'])
  })

  test('of what was got from the node remembers the manifest, not what was remembered before', async () => {
    const asker = new Asker()
    await apply(asker, deployment())
    const { value } = await asker.ask(`GET ${DEPLOYMENTS}/web`)
    await apply(asker, value)
    const text: string = stored(asker).metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']
    expect(text).not.toContain('last-applied-configuration')
  })

  test('remembers itself where kubectl does, without its own memory', async () => {
    const asker = new Asker()
    await apply(asker, deployment())
    const text = stored(asker).metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']
    expect(JSON.parse(text)).toMatchObject({
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default', annotations: {} },
    })
  })
})

describe('[API25] a bad object is a 422 that names the field, and nothing is changed:', () => {
  const container = (fields: Record<string, unknown>): Record<string, unknown> => ({
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx', ...fields }] },
    },
  })
  test.each<[string, Record<string, unknown>, field: string, message: string]>([
    ['replicas -1', { replicas: -1 }, 'spec.replicas', 'Invalid value: -1: must be greater than or equal to 0'],
    [
      'replicas 1e9',
      { replicas: 1e9 },
      'spec.replicas',
      'Invalid value: 1000000000: must be less than or equal to 10000',
    ],
    [
      'replicas "3"',
      { replicas: '3' },
      'spec.replicas',
      'Invalid value: "3": must be an integer, not a string: write it without quotes',
    ],
    ['replicas 3.5', { replicas: 3.5 }, 'spec.replicas', 'Invalid value: 3.5: must be a whole number'],
    [
      'replicas null',
      { replicas: null },
      'spec.replicas',
      'Invalid value: null: must be an integer; leave the field out to take its default',
    ],
    ['replicas true', { replicas: true }, 'spec.replicas', 'must be an integer'],
    [
      'a selector of others',
      { selector: { matchLabels: { app: 'x' } } },
      'spec.template.metadata.labels',
      '`selector` does not match template `labels`',
    ],
    [
      'a field that is none',
      { replicsa: 3 },
      'spec.replicsa',
      'unknown field "spec.replicsa", did you mean "replicas"?',
    ],
    ['no image', container({ image: undefined }), 'spec.template.spec.containers[0].image', 'Required value'],
    [
      'an image for a shell',
      container({ image: 'nginx;rm -rf /' }),
      'spec.template.spec.containers[0].image',
      'must be an image reference',
    ],
    [
      'a port of 99999',
      container({ ports: [{ containerPort: 99_999 }] }),
      'spec.template.spec.containers[0].ports[0].containerPort',
      'must be between 1 and 65535',
    ],
    ['a text for a map', { template: 'x' }, 'spec.template', 'must be an object, not a string'],
  ])('%s', async (_name, spec, field, message) => {
    for (const query of ['', '?dryRun=All']) {
      const asker = new Asker()
      const { status, value } = await asker.ask(`POST ${DEPLOYMENTS}${query}`, { body: deployment('web', spec) })
      expect(status).toBe(422)
      expect(value).toMatchObject({ reason: 'Invalid', details: { name: 'web', group: 'apps', kind: 'Deployment' } })
      expect(value['details'].causes[0]).toMatchObject({ field, message: expect.stringContaining(message) })
      expect(value['message']).toContain(`Deployment.apps "web" is invalid: `)
      expect(asker.backend.writes).toEqual([])
    }
  })

  test.each(['Web', 'web_1', '-web', 'w\u0435b', 'a'.repeat(300)])('a name (%#)', async (name) => {
    const { status, value } = await new Asker().ask(`POST ${DEPLOYMENTS}`, {
      body: { ...deployment(), metadata: { name } },
    })
    expect(status).toBe(422)
    expect(value['details'].causes[0].field).toBe('metadata.name')
  })

  test.each([{}, { name: '' }, { name: 7 }, { name: 'we/b' }])('the metadata %j', async (metadata) => {
    const { status, value } = await new Asker().ask(`POST ${DEPLOYMENTS}`, { body: { ...deployment(), metadata } })
    expect(status).toBe(422)
    expect(value['details'].causes[0].field).toBe('metadata.name')
  })

  test('a selector that is changed later', async () => {
    const asker = await withDeployment()
    const spec = { selector: { matchLabels: { app: 'y' } }, template: { metadata: { labels: { app: 'y' } } } }
    const { value } = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: { spec }, contentType: MERGE })
    expect(value['message']).toContain('spec.selector: Invalid value')
    expect(value['message']).toContain('field is immutable')
  })
})

test('[API25] fields without effect are taken with a warning', async () => {
  const body = deployment()
  body['spec'].template.spec.hostUsers = true
  const { status, response } = await new Asker().ask(`POST ${DEPLOYMENTS}`, { body })
  expect(status).toBe(201)
  expect(response.warnings).toEqual(['spec.template.spec.hostUsers is kept and has no effect yet'])
})

test('[API25] finalizers of a template are taken with a warning', async () => {
  const body = deployment()
  body['spec'].template.metadata.finalizers = ['example.com/wait']
  const { status, response } = await new Asker().ask(`POST ${DEPLOYMENTS}`, { body })
  const warnings = ['spec.template.metadata.finalizers is kept and has no effect yet']
  expect([status, response.warnings]).toEqual([201, warnings])
})

const NAMESPACED = '/namespaces/default'
const SPECS: readonly [path: string, spec: unknown][] = [
  [DEPLOYMENTS, deployment()['spec']],
  [`/api/v1${NAMESPACED}/services`, { ports: [{ port: 80 }] }],
  [`/api/v1${NAMESPACED}/pods`, { containers: [{ name: 'a', image: 'a' }] }],
  [`/apis/policy/v1${NAMESPACED}/poddisruptionbudgets`, { minAvailable: 1 }],
  [
    `/apis/autoscaling/v2${NAMESPACED}/horizontalpodautoscalers`,
    { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
  ],
]

describe.each(SPECS)('[API25] in %s', (path, spec) => {
  test.each([
    ['PUT', { metadata: { name: 'web' } }, undefined],
    ['PUT', { metadata: { name: 'web' }, spec: null }, undefined],
    ['PATCH', { $patch: 'replace' }, STRATEGIC],
    ['PATCH', { spec: { $patch: 'delete' } }, STRATEGIC],
    ['PATCH', { spec: null }, MERGE],
    ['PATCH', [{ op: 'remove', path: '/spec' }], JSON_PATCH],
  ])('a spec that %s %j takes away is told to be required', async (method, body, contentType) => {
    const asker = new Asker()
    expect((await asker.ask(`POST ${path}`, { body: { metadata: { name: 'web' }, spec } })).status).toBe(201)
    const { status, value } = await asker.ask(`${method} ${path}/web`, {
      body,
      ...(contentType === undefined ? {} : { contentType }),
    })
    expect(asker.faults).toEqual([])
    expect(status).toBe(422)
    expect(value['details'].causes).toEqual([
      { field: 'spec', reason: 'FieldValueRequired', message: 'Required value' },
    ])
  })
})

describe('[API107] a name that an object of the body says twice', () => {
  const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
  const body = '{"metadata":{"name":"c"},"data":{"a":"1","b":"","a":"2"}}'

  test('is refused with its path', async () => {
    const { status, value } = await new Asker().ask(`POST ${CONFIG_MAPS}`, { body })
    expect(status).toBe(422)
    expect(value['details'].causes).toEqual([
      { field: 'data.a', reason: 'FieldValueDuplicate', message: 'duplicate field "data.a"' },
    ])
  })

  test('is warned of, or passes, where that is asked for', async () => {
    const warnings = ['Warn', 'Ignore'].map(
      async (asked) => (await new Asker().response(`POST ${CONFIG_MAPS}?fieldValidation=${asked}`, { body })).warnings,
    )
    expect(await Promise.all(warnings)).toEqual([['duplicate field "data.a"'], []])
  })

  test('is found in a patch', async () => {
    const asker = await withDeployment()
    const { value } = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, {
      body: '{"spec":{"replicas":4,"replicas":5}}',
      contentType: MERGE,
    })
    expect(value).toMatchObject({ code: 422, message: expect.stringContaining('duplicate field "spec.replicas"') })
    expect(stored(asker).spec.replicas).toBe(3)
  })
})

test('[API26] other mistakes are found before a missing namespace', async () => {
  const path = 'POST /apis/apps/v1/namespaces/shop/deployments?dryRun=All'
  const asker = new Asker()
  expect((await asker.ask(path, { body: deployment('web', { replicas: -1 }) })).status).toBe(422)
  expect((await asker.ask(path, { body: deployment() })).value).toMatchObject({
    code: 404,
    details: { kind: 'namespaces', name: 'shop' },
  })
})

test('[API27] a namespace goes with everything in it, and default stays', async () => {
  const asker = await withDeployment()
  await asker.ask('POST /api/v1/namespaces', { body: { metadata: { name: 'shop' } } })
  await asker.ask('POST /apis/apps/v1/namespaces/shop/deployments', { body: deployment('api') })
  const { status } = await asker.ask('DELETE /api/v1/namespaces/shop')
  expect(status).toBe(200)
  expect((await asker.ask('GET /api/v1/namespaces/shop')).status).toBe(404)
  expect(
    (await asker.ask('GET /apis/apps/v1/deployments')).value['items'].map(({ metadata }: Loose) => metadata.name),
  ).toEqual(['web'])
  expect((await asker.ask('DELETE /api/v1/namespaces/default')).value).toMatchObject({
    code: 403,
    message: 'namespaces "default" is always there: it cannot be deleted',
  })
})

test('[SA3] a ServiceAccount is taken with a word on what it does not do; default is always there', async () => {
  const asker = new Asker()
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  const body = { metadata: { name: 'builder' }, automountServiceAccountToken: true }
  const made = await asker.response(`POST ${accounts}`, { body })
  expect(made).toMatchObject({ status: 201, warnings: [expect.stringContaining('no token')] })
  const patch = { imagePullSecrets: [{ name: 'hub' }] }
  const patched = await asker.ask(`PATCH ${accounts}/default`, { body: patch, contentType: MERGE })
  expect(patched.value, JSON.stringify(patched.value)).toMatchObject({ ...patch, metadata: { name: 'default' } })
  expect((await asker.ask(`DELETE ${accounts}/default`)).status).toBe(200)
  expect((await asker.ask(`GET ${accounts}/default`)).value).not.toHaveProperty('imagePullSecrets')
  expect((await asker.ask(`DELETE ${accounts}/default`)).value).toMatchObject({ code: 403 })
})

test('[API27] a namespace goes while pods of its Deployments run, and while others delete what is in it', async () => {
  const asker = new Asker()
  await asker.ask('POST /api/v1/namespaces', { body: { metadata: { name: 'shop' } } })
  await asker.ask('POST /apis/apps/v1/namespaces/shop/deployments', { body: deployment('api') })
  await asker.ask('POST /api/v1/namespaces/shop/configmaps', { body: { metadata: { name: 'settings' } } })
  const workload = 'apps/Deployment/shop/api'
  const { revision } = asker.backend.view.workload(workload)!
  const said = { uid: 'u', name: 'api-0', namespace: 'shop', workload, revision } as const
  asker.backend.said(OTHER, 'pod/u', aPod(OTHER, said).fact)
  expect((await asker.ask('GET /api/v1/namespaces/shop/pods')).value['items']).toHaveLength(1)
  const { backend } = asker
  const write = backend.write.bind(backend)
  backend.write = (operation) => {
    // Somebody was quicker.
    if (operation.type === 'remove' && operation.key === 'core/ConfigMap/shop/settings')
      return write(operation).then(() => ({ ok: false, refusal: { code: 'not-found', message: 'gone' } }))
    return write(operation)
  }
  expect(await asker.ask('DELETE /api/v1/namespaces/shop')).toMatchObject({ status: 200, value: { status: 'Success' } })
  expect(backend.view.stored(workload)).toBeUndefined()
})

test('[API27] default may be given labels although nobody created it', async () => {
  const asker = new Asker()
  const answer = await asker.ask('PATCH /api/v1/namespaces/default', {
    body: { metadata: { labels: { team: 'blue' } } },
    contentType: MERGE,
  })
  expect(answer.status).toBe(201)
  expect(answer.value.metadata.labels).toMatchObject({ team: 'blue' })
})

test.each([
  ['POST', DEPLOYMENTS, deployment('api'), undefined],
  ['PUT', `${DEPLOYMENTS}/web`, deployment('web', { replicas: 7 }), undefined],
  ['PATCH', `${DEPLOYMENTS}/web`, { spec: { replicas: 7 } }, MERGE],
  ['PATCH', `${DEPLOYMENTS}/web`, deployment('web', { replicas: 7 }), APPLY],
  ['PATCH', `${DEPLOYMENTS}/web/scale`, { spec: { replicas: 7 } }, MERGE],
  ['DELETE', `${DEPLOYMENTS}/web`, undefined, undefined],
])('[API28] a dry run of %s %s succeeds and writes nothing', async (method, path, body, contentType) => {
  const asker = await withDeployment()
  const { status } = await asker.ask(`${method} ${path}?dryRun=All`, {
    body,
    ...(contentType === undefined ? {} : { contentType }),
  })
  expect(status).toBeLessThan(300)
  expect(asker.backend.writes).toHaveLength(1)
})

describe('[API29] a patch', () => {
  test('of JSON operations is done whole or not at all', async () => {
    const asker = await withDeployment()
    const replace = { op: 'replace', path: '/spec/replicas', value: 8 }
    const test = { op: 'test', path: '/metadata/name', value: 'api' }
    const failed = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: [replace, test], contentType: JSON_PATCH })
    expect(failed.value).toMatchObject({
      code: 422,
      message: 'operation 1 of the JSON patch ("test" "/metadata/name") does not hold for the object as it is now',
    })
    expect(stored(asker).spec.replicas).toBe(3)
    await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: [replace], contentType: JSON_PATCH })
    expect(stored(asker).spec.replicas).toBe(8)
  })

  test.each(['/metadata/name/x', '/spec/replicas/x'])(
    'of JSON operations that adds below %s is refused',
    async (path) => {
      const asker = await withDeployment()
      const body = [{ op: 'add', path, value: { a: 'b' } }]
      const { value } = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body, contentType: JSON_PATCH })
      const message = `operation 0 of the JSON patch ("add" "${path}") does not hold for the object as it is now`
      expect([value['code'], value['message'], asker.faults]).toEqual([422, message, []])
    },
  )

  test.each([
    ['a prototype', [{ op: 'add', path: '/__proto__/x', value: 1 }], 'the path "/__proto__/x" is not taken'],
    ['no pointer', [{ op: 'add', path: 'spec', value: 1 }], '"spec" is no JSON pointer, it must start with "/"'],
    [
      'an escape that is none',
      [{ op: 'add', path: '/data/~2', value: 1 }],
      'in the path "/data/~2" a "~" is not followed by 0 or 1',
    ],
    [
      'half an escape in from',
      [{ op: 'copy', path: '/data/a', from: '/data/b~' }],
      'in the path "/data/b~" a "~" is not followed by 0 or 1',
    ],
    ['no list', { op: 'add' }, 'a JSON patch is a list of operations'],
    ['no operation', [1], 'operation 0 of the JSON patch needs "op" and "path"'],
  ])('of JSON operations with %s is refused', async (_name, body, message) => {
    const asker = await withDeployment()
    const { value } = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body, contentType: JSON_PATCH })
    expect(value).toMatchObject({ code: 400, message: expect.stringContaining(message) })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('that merges removes with null', async () => {
    const asker = await withDeployment()
    await asker.ask(`PATCH ${DEPLOYMENTS}/web`, {
      body: { metadata: { labels: { a: '1', b: '2' } } },
      contentType: MERGE,
    })
    await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: { metadata: { labels: { a: null } } }, contentType: MERGE })
    expect(stored(asker).metadata.labels).toEqual({ b: '2' })
  })

  test('that is strategic changes, adds, orders and removes containers by name', async () => {
    const asker = await withDeployment()
    const patch = (containers: unknown[], more = {}): Promise<unknown> =>
      asker.ask(`PATCH ${DEPLOYMENTS}/web`, {
        body: { spec: { template: { spec: { containers, ...more } } } },
        contentType: STRATEGIC,
      })
    const names = (): string[] =>
      stored(asker).spec.template.spec.containers.map(({ name, image }: Loose) => `${name}=${image}`)
    await patch([
      { name: 'side', image: 'busybox' },
      { name: 'web', image: 'nginx:1.30' },
    ])
    expect(names()).toEqual(['web=nginx:1.30', 'side=busybox'])
    await patch([], { '$setElementOrder/containers': [{ name: 'side' }, { name: 'web' }] })
    expect(names()).toEqual(['side=busybox', 'web=nginx:1.30'])
    await patch([{ name: 'side', $patch: 'delete' }])
    expect(names()).toEqual(['web=nginx:1.30'])
  })

  const containers = [{ name: 'web', $patch: 'remove' }]
  test.each([
    [{ $patch: 'bogus' }, '$patch: Unsupported value: "bogus": supported values: "delete", "merge", "replace"'],
    [{ spec: { strategy: { $patch: 1 } } }, '$patch: Unsupported value: 1'],
    [{ spec: { template: { spec: { containers } } } }, '$patch: Unsupported value: "remove"'],
    [{ $patch: 'delete' }, 'send a DELETE for all of it'],
    [{ spec: { $retainkeys: ['replicas'] } }, 'the patch has the directive $retainkeys, which is none'],
  ])('[API104] with the directive %j is refused by its name', async (body, message) => {
    const asker = await withDeployment()
    const { value } = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body, contentType: STRATEGIC })
    expect(value).toMatchObject({ code: 400, message: expect.stringContaining(message) })
    expect(asker.backend.writes).toHaveLength(1)
  })

  test('that names another resourceVersion is a conflict', async () => {
    const asker = await withDeployment()
    const { status } = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, {
      body: { metadata: { resourceVersion: '1' } },
      contentType: MERGE,
    })
    expect(status).toBe(409)
  })
})

describe('[API105] an edit that names another uid is a conflict:', () => {
  const uid = '00000000-0000-0000-0000-000000000000'
  test.each([
    ['PATCH', DEPLOYMENTS, { metadata: { uid } }, MERGE],
    ['PATCH', DEPLOYMENTS, { metadata: { uid } }, STRATEGIC],
    ['PATCH', DEPLOYMENTS, [{ op: 'replace', path: '/metadata/uid', value: uid }], JSON_PATCH],
    ['PUT', DEPLOYMENTS, { ...deployment(), metadata: { name: 'web', uid } }, 'application/json'],
  ])('%s %s %j', async (method, path, body, contentType) => {
    const asker = await withDeployment()
    const { value } = await asker.ask(`${method} ${path}/web`, { body, contentType })
    expect(value).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on deployments.apps "web": Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored(asker).metadata.uid}`,
    })
    expect(asker.backend.writes).toHaveLength(1)
  })

  test('a scale, too', async () => {
    const asker = await withDeployment()
    const body = { metadata: { name: 'web', uid }, spec: { replicas: 1 } }
    expect((await asker.ask(`PUT ${DEPLOYMENTS}/web/scale`, { body })).status).toBe(409)
  })

  test('its own is none', async () => {
    const asker = await withDeployment()
    const metadata = { uid: stored(asker).metadata.uid, labels: { a: 'b' } }
    const { status } = await asker.ask(`PATCH ${DEPLOYMENTS}/web`, { body: { metadata }, contentType: MERGE })
    expect(status).toBe(200)
  })
})

test.each([
  ['', { propagationPolicy: 'Bogus' }, '"Bogus"'],
  ['', { propagationPolicy: 7 }, '7'],
  ['?propagationPolicy=Bogus', undefined, '"Bogus"'],
])('[API106] a delete%s with %j is refused', async (query, body, shown) => {
  const asker = await withDeployment()
  const { status, value } = await asker.ask(`DELETE ${DEPLOYMENTS}/web${query}`, { body })
  expect([status, value['message']]).toEqual([
    422,
    `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: ${shown}: supported values: "Foreground", "Background", "Orphan"`,
  ])
  expect(stored(asker)).toBeDefined()
})

test.each(['Foreground', 'Background', 'Orphan', null])(
  '[API106, API109] propagationPolicy %j is taken',
  async (each) => {
    const asker = await withDeployment()
    const { status, response } = await asker.ask(`DELETE ${DEPLOYMENTS}/web`, { body: { propagationPolicy: each } })
    expect(status).toBe(200)
    const ofOrphans = response.warnings.filter((warning) => warning.includes('the pods of a Deployment end with it'))
    expect(ofOrphans).toHaveLength(each === 'Orphan' ? 1 : 0)
  },
)

test('[API30] a delete with another uid is refused', async () => {
  const asker = await withDeployment()
  const { value } = await asker.ask(`DELETE ${DEPLOYMENTS}/web`, { body: { preconditions: { uid: 'other' } } })
  expect(value).toMatchObject({
    code: 409,
    message: expect.stringContaining('the UID in the precondition ("other") is not that of the object'),
  })
  expect((await asker.ask(`DELETE ${DEPLOYMENTS}/web`)).value).toMatchObject({
    status: 'Success',
    details: { name: 'web', kind: 'deployments' },
  })
})

test('[API30] a collection is deleted by its selector, within its namespace', async () => {
  const asker = new Asker()
  for (const [name, tier] of [
    ['a', 'front'],
    ['b', 'front'],
    ['c', 'back'],
  ] as const) {
    await asker.ask(`POST ${DEPLOYMENTS}`, { body: { ...deployment(name), metadata: { name, labels: { tier } } } })
  }
  expect((await asker.ask(`DELETE ${DEPLOYMENTS}?labelSelector=tier%3Dfront`)).value['items']).toHaveLength(2)
  expect((await asker.ask(`GET ${DEPLOYMENTS}`)).value['items'].map(({ metadata }: Loose) => metadata.name)).toEqual([
    'c',
  ])
})

test('[API31] a write says who cannot be reached, and on how many disks it is', async () => {
  const asker = new Asker()
  asker.backend.said(OTHER, 'node', aNodeFact('basil'))
  asker.backend.view.setVerdict(OTHER, 'unreachable', 1)
  asker.backend.durable = 1
  const { response } = await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  expect(response.warnings).toEqual([
    'accepted, and on 1 of 2 disks so far: no other member could confirm it yet',
    'unreachable: basil; they learn of this when they are back',
  ])
  expect((await asker.response(`GET ${DEPLOYMENTS}`)).warnings).toEqual([
    'unreachable: basil; what is shown of them is their last word',
  ])
})

test('[API31, API120] of those that are lost is told while they are more than half', async () => {
  const asker = new Asker()
  const { backend } = asker
  const others = ['basil', 'cedar', 'dill'].map((name, at) => ({ name, id: `${OTHER.slice(0, -1)}${at}` }))
  // The node that is asked is a member as well: four in all.
  backend.said(backend.self, 'node', aNodeFact('amber'))
  for (const { name, id } of others) backend.said(id, 'node', aNodeFact(name))
  const warnings = async (): Promise<readonly string[]> => (await asker.response(`GET ${DEPLOYMENTS}`)).warnings
  const [basil, cedar, dill] = others.map(({ id }) => id) as [string, string, string]
  for (const id of [basil, cedar]) backend.view.setVerdict(id, 'lost', 1)
  expect(await warnings()).toEqual([])
  backend.view.setVerdict(dill, 'unreachable', 1)
  expect(await warnings()).toEqual(['unreachable: basil, cedar, dill; what is shown of them is their last word'])
  backend.view.setVerdict(dill, 'lost', 1)
  expect(await warnings()).toEqual(['unreachable: basil, cedar, dill; what is shown of them is their last word'])
})

test('[API32, TAB1] scale and status are shown as tables, too', async () => {
  const asker = await withDeployment()
  const asTable = { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }
  const names = async (what: string): Promise<string[]> =>
    ((await asker.ask(`GET ${DEPLOYMENTS}/web/${what}`, asTable)).value['columnDefinitions'] as { name: string }[]).map(
      ({ name }) => name,
    )
  expect(await names('scale')).toEqual(['Name', 'Desired', 'Available', 'Age'])
  expect((await names('status')).slice(0, 3)).toEqual(['Name', 'Ready', 'Up-to-date'])
})

test('[API32] scale is read and written by itself', async () => {
  const asker = await withDeployment()
  expect((await asker.ask(`GET ${DEPLOYMENTS}/web/scale`)).value).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 3 },
    status: { selector: 'app=web' },
  })
  const patched = await asker.ask(`PATCH ${DEPLOYMENTS}/web/scale`, {
    body: { spec: { replicas: 5 } },
    contentType: MERGE,
  })
  expect(patched.value).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } })
  const { value } = await asker.ask(`GET ${DEPLOYMENTS}/web/scale`)
  await asker.ask(`PUT ${DEPLOYMENTS}/web/scale`, { body: { ...value, spec: { replicas: 2 } } })
  expect(stored(asker).spec.replicas).toBe(2)
  expect((await asker.ask(`PUT ${DEPLOYMENTS}/web/scale`, { body: { ...value, spec: { replicas: 4 } } })).status).toBe(
    409,
  )
  const bad = await asker.ask(`PATCH ${DEPLOYMENTS}/web/scale`, {
    body: { spec: { replicas: -1 } },
    contentType: MERGE,
  })
  expect(bad.value).toMatchObject({ code: 422, message: expect.stringContaining('spec.replicas: Invalid value: -1') })
})

const SERVICES = '/api/v1/namespaces/default/services'
const nodePortService = (name: string, nodePort?: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: {
    type: 'NodePort',
    selector: { app: name },
    ports: [{ port: 80, ...(nodePort === undefined ? {} : { nodePort }) }],
  },
})

describe('[API34] a node port that another Service holds', () => {
  const portOf = (value: Loose): number => value.spec.ports[0].nodePort as number

  test('is never given to two Services of which one node is asked at once', async () => {
    const asker = new Asker()
    const { value: alone } = await asker.ask(`POST ${SERVICES}`, { body: nodePortService('same') })
    // The port that this name leads to is taken by another one, so the allocation has to pass over it.
    await asker.ask(`DELETE ${SERVICES}/same`)
    const answers = await Promise.all([
      asker.ask(`POST ${SERVICES}`, { body: nodePortService('other', portOf(alone)) }),
      asker.ask(`POST ${SERVICES}`, { body: nodePortService('same') }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(portOf(answers[0].value)).toBe(portOf(alone))
    expect(portOf(answers[1].value)).not.toBe(portOf(alone))
  })

  test('is refused with its field, whose it is, and one that is free; a dry run says the same', async () => {
    const asker = new Asker()
    await asker.ask(`POST ${SERVICES}`, { body: nodePortService('held', 30_080) })
    for (const query of ['?dryRun=All', '']) {
      const { status, value } = await asker.ask(`POST ${SERVICES}${query}`, { body: nodePortService('late', 30_080) })
      expect(status).toBe(422)
      expect(value['details'].causes).toEqual([
        {
          field: 'spec.ports[0].nodePort',
          reason: 'FieldValueInvalid',
          message: expect.stringMatching(
            /^Invalid value: 30080: provided port is already allocated to Service default\/held: 3\d{4} is free, or leave it out/,
          ),
        },
      ])
    }
    const [one, other] = await Promise.all(
      ['a', 'b'].map((name) => asker.ask(`POST ${SERVICES}`, { body: nodePortService(name, 30_081) })),
    )
    expect([one!.status, other!.status]).toEqual([201, 422])
  })

  test('does not stop edits of a Service that had it before: a split may have left a clash', async () => {
    const asker = new Asker()
    await asker.ask(`POST ${SERVICES}`, { body: nodePortService('mine', 30_080) })
    const stored = asker.backend.view.stored('core/Service/default/mine')!
    const key = 'core/Service/default/theirs'
    const metadata = { ...stored.object.metadata, name: 'theirs', uid: '0', creationTimestamp: '2020-01-01T00:00:00Z' }
    asker.backend.view.objectChanged(key, { ...stored, key, object: { ...stored.object, metadata } })
    const edited = await asker.ask(`PATCH ${SERVICES}/mine`, {
      body: { metadata: { labels: { tier: 'front' } } },
      contentType: 'application/merge-patch+json',
    })
    expect(edited.status).toBe(200)
  })
})

test('[API35] one answer names every mistake of a manifest, those against other objects too', async () => {
  const asker = new Asker()
  await asker.ask(`POST ${SERVICES}`, { body: nodePortService('held', 30_080) })
  const wrong = {
    ...nodePortService('late', 30_080),
    metadata: { name: 'Late_1' },
    spec: { type: 'NodePort', sel: {}, ports: [{ port: 80, nodePort: 30_080 }, { port: 99_999 }] },
  }
  const { status, value } = await asker.ask(`POST ${SERVICES}`, { body: wrong })
  expect(status).toBe(422)
  expect(value['details'].causes.map(({ field }: Loose) => field).toSorted()).toEqual([
    'metadata.name',
    'spec.ports[0].name',
    'spec.ports[0].nodePort',
    'spec.ports[1].name',
    'spec.ports[1].port',
    'spec.sel',
  ])
})

describe('[API64] pods', () => {
  const PODS = '/api/v1/namespaces/default/pods'
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'lone' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  }

  test('that somebody writes are created, changed and deleted', async () => {
    const asker = new Asker()
    expect((await asker.ask(`POST ${PODS}`, { body: pod })).status).toBe(201)
    const body = { metadata: { labels: { app: 'x' } } }
    expect((await asker.ask(`PATCH ${PODS}/lone`, { body, contentType: MERGE })).status).toBe(200)
    const change = { spec: { restartPolicy: 'Never' } }
    const answer = await asker.ask(`PATCH ${PODS}/lone`, { body: change, contentType: MERGE })
    expect(answer.value).toMatchObject({ code: 422, message: expect.stringContaining('delete the pod') as string })
    expect((await asker.ask(`DELETE ${PODS}/lone`)).status).toBe(200)
    expect(stored(asker, 'core/Pod/default/lone')).toBeUndefined()
  })

  test('[API108] what is left of a deleted one can be deleted again, and blocks its name only while its node is there', async () => {
    const asker = new Asker()
    asker.backend.said(OTHER, 'node', aNode(OTHER).fact)
    const remnant = aPod(OTHER, { uid: 'u', name: 'lone', workload: 'core/Pod/default/lone' }).fact
    asker.backend.said(OTHER, 'pod/u', { ...remnant, ofPod: 'uid-lone', stopping: true })
    expect((await asker.ask(`DELETE ${PODS}/lone`)).value).toMatchObject({ status: 'Success' })
    asker.backend.view.setVerdict(OTHER, 'alive', 0)
    expect((await asker.ask(`POST ${PODS}`, { body: pod })).status).toBe(409)
    asker.backend.view.setVerdict(OTHER, 'agent-gone', 0)
    expect((await asker.ask(`POST ${PODS}`, { body: pod })).status).toBe(201)
  })

  test.each([
    ['PATCH', { body: { metadata: { labels: { app: 'x' } } }, contentType: MERGE }],
    ['PATCH', { body: pod, contentType: APPLY }],
  ])('of a Deployment are its own: %s is refused, and says whose they are', async (method, asking) => {
    const asker = await withDeployment()
    const { revision } = asker.backend.view.workload(KEY)!
    asker.backend.said(OTHER, 'pod/u', aPod(OTHER, { uid: 'u', name: 'lone', revision }).fact)
    const answer = await asker.ask(`${method} ${PODS}/lone`, asking)
    expect(answer.value).toMatchObject({ code: 403, message: expect.stringContaining('Deployment web') as string })
  })
})
