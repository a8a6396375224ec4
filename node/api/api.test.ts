import { describe, expect, test } from 'vitest'
import type { ApiRequest } from './message.ts'
import { continueToken } from './paging.ts'
import { asked, Asker, DEPLOYMENTS, deployment } from './testing.ts'
import type { Asking } from './testing.ts'

const MERGE = 'application/merge-patch+json'

async function withDeployment(): Promise<Asker> {
  const asker = new Asker()
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  return asker
}

test('[API1] an object that was created is got and listed at the paths of Kubernetes', async () => {
  const asker = await withDeployment()
  const got = await asker.ask(`GET ${DEPLOYMENTS}/web`)
  expect(got.status).toBe(200)
  expect(got.value).toMatchObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
  })
  expect(got.value['status']).toBeDefined()
  expect(got.value['shoal']).toBeUndefined()
  for (const path of [DEPLOYMENTS, '/apis/apps/v1/deployments']) {
    const list = await asker.ask(`GET ${path}`)
    expect(list.value).toMatchObject({
      kind: 'DeploymentList',
      apiVersion: 'apps/v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    })
    expect(list.value['items']).toHaveLength(1)
  }
})

test.each([
  ['', 1],
  ['labelSelector=tier%3Dfront', 1],
  ['labelSelector=tier%20in%20(front,back),!canary', 1],
  ['labelSelector=tier!%3Dfront', 0],
  ['fieldSelector=metadata.name%3Dweb', 1],
  ['fieldSelector=metadata.name!%3Dweb', 0],
  ['fieldSelector=spec.replicas%3D3,metadata.namespace%3Ddefault', 1],
  ['fieldSelector=spec.nowhere%3Dx', 0],
])('[API2] a list with "%s" has %d items', async (query, count) => {
  const asker = new Asker()
  await asker.ask(`POST ${DEPLOYMENTS}`, {
    body: { ...deployment(), metadata: { name: 'web', labels: { tier: 'front' } } },
  })
  expect((await asker.ask(`GET ${DEPLOYMENTS}?${query}`)).value['items']).toHaveLength(count)
})

test.each(['foo=bar', 'foo.bar!=x'])(
  '[API58] the field selector %s is refused with what may be written',
  async (selector) => {
    const asker = new Asker()
    const { status, value } = await asker.ask(`GET ${DEPLOYMENTS}?fieldSelector=${encodeURIComponent(selector)}`)
    expect(status).toBe(400)
    expect(value['message']).toMatch(
      /"foo(\.bar)?" is no field of objects: write a path .* spec\.nodeName or status\.phase/,
    )
  },
)

test('[API3] discovery lists what is served, with verbs, short names and sub-resources', async () => {
  const asker = new Asker()
  expect((await asker.ask('GET /api')).value).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
  expect((await asker.ask('GET /apis')).value).toMatchObject({
    kind: 'APIGroupList',
    groups: [
      { name: 'apiextensions.k8s.io' },
      { name: 'apps' },
      { name: 'authentication.k8s.io' },
      { name: 'authorization.k8s.io' },
      { name: 'autoscaling' },
      { name: 'discovery.k8s.io' },
      { name: 'metrics.k8s.io' },
      { name: 'policy' },
    ],
  })
  expect((await asker.ask('GET /apis/apps')).value).toMatchObject({ kind: 'APIGroup', name: 'apps' })
  const { value } = await asker.ask('GET /apis/apps/v1')
  const names = value['resources'].map(({ name }: { name: string }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['deployments', 'deployments/scale', 'deployments/status', 'replicasets']),
  )
  expect(value['resources']).toContainEqual(
    expect.objectContaining({
      name: 'deployments',
      kind: 'Deployment',
      namespaced: true,
      shortNames: ['deploy'],
      verbs: expect.arrayContaining(['watch', 'patch']),
    }),
  )
  expect((await asker.ask('GET /version')).value['gitVersion']).toMatch(/^v1\.33\.0\+shoal-/)
  for (const path of ['/livez', '/healthz', '/readyz']) {
    expect((await asker.response(`GET ${path}`)).body).toEqual({ type: 'text', text: 'ok' })
  }
})

describe('[API4] what is wrong is a Status with code, reason and a sentence:', () => {
  const scale = { body: { spec: {} }, contentType: MERGE }
  test.each<[line: string, asking: Asking, status: number, reason: string, message: string]>([
    [
      'GET /nowhere',
      {},
      404,
      'NotFound',
      'nothing is served at /nowhere: the API begins at /api/v1, /apis and /shoal/v1',
    ],
    [
      'GET /apis/batch/v1',
      {},
      404,
      'NotFound',
      'the API version "batch/v1" is not served: there are apiextensions.k8s.io/v1, apps/v1, authentication.k8s.io/v1, authorization.k8s.io/v1, autoscaling/v1, autoscaling/v2, autoscaling/v2beta1, autoscaling/v2beta2, discovery.k8s.io/v1, metrics.k8s.io/v1beta1, policy/v1, policy/v1beta1, v1',
    ],
    [
      'GET /apis/batch/v1/namespaces/default/jobs',
      {},
      404,
      'NotFound',
      'nothing is served at /apis/batch/v1/namespaces/default/jobs',
    ],
    [`GET ${DEPLOYMENTS}/api`, {}, 404, 'NotFound', 'deployments.apps "api" not found'],
    [`GET ${DEPLOYMENTS}/web/exec`, {}, 404, 'NotFound', 'deployments.apps/exec is not served: it has scale, status'],
    [
      'POST /api/v1/namespaces/default/serviceaccounts/default/token',
      { body: {}, contentType: 'application/vnd.kubernetes.protobuf' },
      404,
      'NotFound',
      'serviceaccounts/token is not served: it has status',
    ],
    ['GET /api/v1/namespaces/default/pods/web-1/log', {}, 404, 'NotFound', 'pods "web-1" not found'],
    ['GET /shoal/v1/nothing', {}, 404, 'NotFound', '/shoal/v1/nothing is not served: there are info, kinds, peers'],
    [
      'GET /shoal/v1/explain?workload=apps/Deployment/default/api',
      {},
      404,
      'NotFound',
      'deployments.apps "api" not found',
    ],
    [
      'POST /apis/apps/v1/namespaces/shop/deployments',
      { body: deployment() },
      404,
      'NotFound',
      'namespaces "shop" not found',
    ],
    [
      'POST /apis/apps/v1/namespaces/default/replicasets',
      { body: {} },
      405,
      'MethodNotAllowed',
      'replicasets.apps cannot be used with create: replica sets are the revisions of Deployments',
    ],
    [
      'POST /api/v1/nodes',
      { body: {} },
      405,
      'MethodNotAllowed',
      'nodes cannot be used with create: a node comes with `shoal join`',
    ],
    [
      'DELETE /apis/apps/v1/deployments',
      {},
      405,
      'MethodNotAllowed',
      'DELETE is not served on the collection of deployments.apps',
    ],
    [
      `POST ${DEPLOYMENTS}/web`,
      { body: {} },
      405,
      'MethodNotAllowed',
      'POST is not served on an object of deployments.apps',
    ],
    [
      `PUT ${DEPLOYMENTS}/web/status`,
      { body: {} },
      405,
      'MethodNotAllowed',
      'the status of deployments.apps is worked out by the node that is asked',
    ],
    [
      `DELETE ${DEPLOYMENTS}/web/scale`,
      {},
      405,
      'MethodNotAllowed',
      'DELETE is not served on scale: use GET, PUT or PATCH',
    ],
    ['GET /shoal/v1/token', {}, 405, 'MethodNotAllowed', '/shoal/v1/token takes POST, not GET'],
    ['POST /version', {}, 405, 'MethodNotAllowed', '/version is read with GET, not POST'],
    [
      `GET ${DEPLOYMENTS}`,
      { headers: { accept: 'application/yaml' } },
      406,
      'NotAcceptable',
      'is served as application/json only, "application/yaml" was asked for',
    ],
    [
      `GET ${DEPLOYMENTS}`,
      { headers: { accept: 'application/vnd.kubernetes.protobuf' } },
      406,
      'NotAcceptable',
      'is served as application/json only',
    ],
    [`POST ${DEPLOYMENTS}`, { body: deployment() }, 409, 'AlreadyExists', 'deployments.apps "web" already exists'],
    [
      `GET ${DEPLOYMENTS}?continue=${continueToken({ version: 'abc', after: 'apps/Deployment/default/web' })}`,
      {},
      410,
      'Expired',
      'the resource version "abc" was not given by this node, or too long ago: list again',
    ],
    [
      `POST ${DEPLOYMENTS}`,
      { body: new Uint8Array(1.5 * 1024 * 1024 + 1) },
      413,
      'RequestEntityTooLarge',
      'the body has 1572865 bytes, at most 1572864 are taken: split it',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web`,
      { body: {}, contentType: 'application/apply-patch+yaml' },
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web`,
      { body: {} },
      415,
      'UnsupportedMediaType',
      'a patch of type "" is not taken: use one of application/json-patch+json',
    ],
    [
      `PATCH ${DEPLOYMENTS}/web/scale`,
      { body: {}, contentType: 'application/vnd.shoal.apply+json' },
      415,
      'UnsupportedMediaType',
      'scale takes no manifest',
    ],
    [
      `PUT ${DEPLOYMENTS}/web/scale`,
      scale,
      422,
      'Invalid',
      'spec.replicas: Required value: say how many replicas are wanted',
    ],
    [
      `POST ${DEPLOYMENTS}?dryRun=Some`,
      { body: deployment('api') },
      400,
      'BadRequest',
      'dryRun: Unsupported value: "Some": supported values: "All"',
    ],
    [
      `POST ${DEPLOYMENTS}?fieldValidation=Lax`,
      { body: deployment('api') },
      400,
      'BadRequest',
      'fieldValidation: Unsupported value: "Lax"',
    ],
    [
      `GET ${DEPLOYMENTS}?labelSelector=a%20b`,
      {},
      400,
      'BadRequest',
      'labelSelector: unable to parse requirement "a b"',
    ],
    [
      `GET ${DEPLOYMENTS}?fieldSelector=a`,
      {},
      400,
      'BadRequest',
      'unable to parse "a" of fieldSelector: write FIELD=VALUE or FIELD!=VALUE',
    ],
    [
      `GET ${DEPLOYMENTS}?watch=true&timeoutSeconds=-1`,
      {},
      400,
      'BadRequest',
      'timeoutSeconds: Invalid value: "-1": must be a whole number of seconds',
    ],
    [
      'GET /shoal/v1/explain?workload=web',
      {},
      400,
      'BadRequest',
      '"web" is no key of an object: write group/Kind/namespace/name, as apps/Deployment/default/web',
    ],
    ['GET /shoal/v1/logs', {}, 400, 'BadRequest', 'name a workload (?workload=apps/Deployment/default/web) or a pod'],
    [
      'GET /shoal/v1/logs?workload=apps/Deployment/default/web&tailLines=x',
      {},
      400,
      'BadRequest',
      'tailLines: Invalid value: "x": must be a whole number, 0 or more',
    ],
    [
      'POST /shoal/v1/token?ttlSeconds=0',
      {},
      400,
      'BadRequest',
      'ttlSeconds: Invalid value: "0": must be a whole number between 1 and 2592000',
    ],
    [
      'POST /apis/apps/v1/deployments',
      { body: deployment() },
      400,
      'BadRequest',
      'the path names no namespace: send it to /namespaces/NAME/deployments',
    ],
    [
      `PUT ${DEPLOYMENTS}/web`,
      { body: deployment('api') },
      400,
      'BadRequest',
      'metadata.name of the object is "api", the path says "web": they must be equal',
    ],
    [
      `PUT ${DEPLOYMENTS}/web`,
      { body: { ...deployment(), kind: 'Deploymnt' } },
      400,
      'BadRequest',
      'kind of the object is "Deploymnt", the path is for Deployment: send it to its own path or correct it',
    ],
    [
      `PUT ${DEPLOYMENTS}/web`,
      { body: { ...deployment(), apiVersion: 'apps/v1beta1' } },
      400,
      'BadRequest',
      'apiVersion of the object is "apps/v1beta1", the path is for apps/v1',
    ],
  ])('%s %#', async (line, asking, status, reason, message) => {
    const asker = await withDeployment()
    const answer = await asker.ask(line, asking)
    expect(answer.value).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason })
    expect(answer.value['details']).toBeDefined()
    expect(answer.status).toBe(status)
    expect(answer.value['message']).toContain(message)
    expect(asker.faults).toEqual([])
    expect(asker.backend.writes).toHaveLength(1)
  })
})

test.each([
  ['not JSON', '{"a": ', 'the body is not JSON'],
  ['a list', '[]', 'the body is a list, a JSON object is expected'],
  ['nothing', '', 'the request has no body: send the object as JSON'],
  ['100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000), 'the body is nested deeper than 32 levels: flatten it'],
  ['33 deep', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, 'the body is nested deeper than 32 levels: flatten it'],
  [
    '__proto__',
    '{"metadata": {"__proto__": {"x": 1}}}',
    'metadata.__proto__: "__proto__" is not taken as a name of a field',
  ],
  ['constructor', '{"spec": {"constructor": 1}}', 'spec.constructor: "constructor" is not taken as a name of a field'],
  ['a field without a name', '{"spec": {"": 1}}', 'spec: a field has no proper name'],
  [
    'half a character',
    '{"metadata": {"name": "\\ud800"}}',
    'metadata.name: half of a character (a lone surrogate) is no text',
  ],
  ['bytes', new Uint8Array([0x7b, 0xff, 0x7d]), 'the body is not UTF-8 text: send JSON in UTF-8'],
])('[API7] a body that is %s is a 400 that says so', async (_name, body, message) => {
  const asker = new Asker()
  const { status, value } = await asker.ask(`POST ${DEPLOYMENTS}`, { body })
  expect(status).toBe(400)
  expect(value['message']).toContain(message)
})

test('[API7] brackets within texts do not count as depth', async () => {
  const annotations = { script: '[[{'.repeat(200), quote: '\\"{{' }
  const { status } = await new Asker().ask(`POST ${DEPLOYMENTS}`, {
    body: { ...deployment(), metadata: { name: 'web', annotations } },
  })
  expect(status).toBe(201)
})

test('[API8] who asks too often is told when to ask again; others are not hindered', async () => {
  const asker = new Asker()
  const statuses: number[] = []
  for (let count = 0; count < 2_001; count += 1) statuses.push((await asker.response(`GET ${DEPLOYMENTS}/web`)).status)
  expect(statuses.lastIndexOf(404)).toBe(1_999)
  const refused = await asker.ask(`GET ${DEPLOYMENTS}/web`)
  expect(refused.value).toMatchObject({ code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } })
  expect(refused.response.headers).toEqual({ 'retry-after': '1' })
  expect((await asker.ask(`GET ${DEPLOYMENTS}/web`, { by: 'unix:bob' })).status).toBe(404)
  expect((await asker.response('GET /livez')).status).toBe(200)
  asker.backend.pass(1_000)
  expect((await asker.ask(`GET ${DEPLOYMENTS}/web`)).status).toBe(404)
})

test('[API61] the digest of this node is told without asking others', async () => {
  const asker = new Asker()
  asker.backend.digestsHeard = [
    { node: 'id-amber', name: 'amber', root: 'r1', heads: { 'core/Service/default/web': 'h1' } },
  ]
  asker.backend.digests = () => Promise.reject(new Error('others were asked'))
  const { status, value } = await asker.ask('GET /shoal/v1/digest')
  expect([status, value]).toMatchObject([200, { root: 'r1', heads: { 'core/Service/default/web': 'h1' } }])
})

test('[API9] a fault of ours is a 500 that shows nothing of the inside, and is told to the log', async () => {
  const asker = new Asker()
  asker.backend.digests = () => Promise.reject(new Error('secret /etc/shadow'))
  const { status, value } = await asker.ask('GET /shoal/v1/verify')
  expect(status).toBe(500)
  expect(JSON.stringify(value)).not.toContain('secret')
  expect(asker.faults).toHaveLength(1)
})

test.each([
  ['already-exists', 409, 'AlreadyExists'],
  ['not-found', 404, 'NotFound'],
  ['conflict', 409, 'Conflict'],
  ['invalid', 422, 'Invalid'],
  ['too-large', 413, 'RequestEntityTooLarge'],
  ['full', 507, 'InsufficientStorage'],
  ['unavailable', 503, 'ServiceUnavailable'],
] as const)('[API33] a write that the node refuses as %s is a %d %s', async (code, status, reason) => {
  const asker = new Asker()
  asker.backend.refusal = { code, message: 'because' }
  expect((await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })).value).toMatchObject({ code: status, reason })
})

const hostile: readonly ApiRequest[] = [
  asked('GET /api/v1/namespaces/%2e%2e/pods'),
  asked('GET /api/v1/namespaces/a%2Fb/pods/x'),
  asked('GET /api/v1/namespaces//pods'),
  asked('GET /api/v1/%'),
  asked('GET /shoal/v1/constructor'),
  asked('GET /shoal/v1/__proto__'),
]

test('[API5] a path that is none is a 404, whatever is hidden in it', async () => {
  const asker = new Asker()
  for (const request of hostile) expect((await asker.api.handle(request)).status).toBe(404)
  expect(asker.faults).toEqual([])
})

test('[API53] explain names nodes as people do', async () => {
  const asker = await withDeployment()
  const auction = [
    { node: 'unknown-id', score: 0.7, parts: { free: 0.7 } },
    { node: asker.backend.self, decline: 'needs 16Gi, 2Gi free' },
  ]
  asker.backend.explanation = {
    workload: 'apps/Deployment/default/web',
    replicas: 3,
    slots: [{ slot: 'x/0', state: 'open', sinceMs: 1, says: 'no node takes it', auction }],
  }
  const { value } = await asker.ask('GET /shoal/v1/explain?workload=apps/Deployment/default/web')
  expect(value['slots'][0].auction[0].node).toBe('unknown-id')
  expect(value['slots'][0].auction[1]).toMatchObject({ decline: 'needs 16Gi, 2Gi free' })
})

test('[API90] a dry run shows the object as it would be shown, with its defaults', async () => {
  const asker = await withDeployment()
  const shown = await asker.ask(`GET ${DEPLOYMENTS}/web`)
  const dry = await asker.ask(`PUT ${DEPLOYMENTS}/web?dryRun=All`, { body: deployment() })
  expect(dry.value).toEqual(shown.value)
  const fresh = await asker.ask(`POST ${DEPLOYMENTS}?dryRun=All`, { body: deployment('other') })
  expect(fresh.value['spec'].progressDeadlineSeconds).toBe(600)
})

test('[API90] a dry run of a Service says the address that its owner never wrote, and the one that its owner writes', async () => {
  const asker = new Asker()
  const spec = { selector: { app: 'web' }, ports: [{ port: 80 }] }
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec }
  const services = '/api/v1/namespaces/default/services'
  await asker.ask(`POST ${services}`, { body: service })
  const shown = await asker.ask(`GET ${services}/web`)
  expect(shown.value['spec'].clusterIP).toBe('0.0.0.0')
  expect((await asker.ask(`PUT ${services}/web?dryRun=All`, { body: service })).value).toEqual(shown.value)
  const other = { ...service, spec: { ...spec, clusterIP: 'None' } }
  const headless = await asker.ask(`PUT ${services}/web?dryRun=All`, { body: other })
  expect(headless.value['spec'].clusterIP).toBe('None')
})

test('[API91] a forecast takes a Deployment or a Pod that could be written, and writes nothing', async () => {
  const asker = new Asker()
  const ask = (body: unknown) => asker.ask('POST /shoal/v1/forecast', { body })
  expect(await ask(deployment())).toMatchObject({ status: 200, value: { slots: [{ index: 0, is: 'open' }] } })
  const { template } = deployment()['spec'] as { template: { spec: object } }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' }, spec: template.spec }
  expect((await ask(pod)).status).toBe(200)
  expect(await ask(deployment('web', { replicas: -1 }))).toMatchObject({ status: 422, value: { details: { causes: [{ field: 'spec.replicas' }] } } }) // prettier-ignore
  expect((await ask({ kind: 'Service', apiVersion: 'v1' })).status).toBe(400)
  expect((await ask({ ...deployment(), metadata: {} })).status).toBe(422)
  expect(asker.backend.writes).toEqual([])
})

test('[API54] a ticket is good for an hour, or as long as is said', async () => {
  const asker = new Asker()
  const nowMs = asker.backend.now()
  const first = await asker.ask('POST /shoal/v1/token')
  expect(first.status).toBe(201)
  expect(first.value['expiresAtMs']).toBe(nowMs + 3_600_000)
  expect((await asker.ask('POST /shoal/v1/token?ttlSeconds=60')).value['expiresAtMs']).toBe(nowMs + 60_000)
})
