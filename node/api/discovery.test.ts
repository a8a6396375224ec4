import { expect, test } from 'vitest'
import { RESOURCES } from './served.ts'
import { Asker } from './testing.ts'
import type { Loose } from './testing.ts'

const list = (version: string): string => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
/** As kubectl 1.30 asks. */
const KUBECTL = `${list('v2')},${list('v2beta1')},application/json`

async function get(path: string, accept?: string): Promise<{ status: number; value: Loose; type: string | undefined }> {
  const { status, value, response } = await new Asker().ask(
    `GET ${path}`,
    accept === undefined ? {} : { headers: { accept } },
  )
  return { status, value, type: response.headers['content-type'] }
}

test('[KUBE30] the plain form names each kind with its verbs, names, categories and sub-resources', async () => {
  const { value: core } = await get('/api/v1')
  expect(core).toMatchObject({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'v1' })
  const named = (name: string): Loose => core.resources.find((each: Loose) => each.name === name)
  expect(named('pods')).toMatchObject({
    singularName: 'pod',
    namespaced: true,
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
  })
  expect(named('namespaces')).toMatchObject({ namespaced: false, shortNames: ['ns'] })
  expect(named('secrets')).not.toHaveProperty('shortNames')
  expect(named('secrets')).not.toHaveProperty('categories')
  expect(named('pods/exec')).toMatchObject({ kind: 'PodExecOptions', verbs: ['create', 'get'] })
  expect(named('pods/log')).toMatchObject({ kind: 'Pod', verbs: ['get'] })
  // drain looks for exactly this.
  expect(named('pods/eviction')).toMatchObject({ group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] })
  const { value: apps } = await get('/apis/apps/v1')
  expect(apps.resources.find((each: Loose) => each.name === 'deployments/scale')).toMatchObject({
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
  })
  expect((await get('/apis/apps')).value).toEqual({
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: 'apps',
    versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
    preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
  })
})

test.each(['v2', 'v2beta1'])('[KUBE31] %s gives all at once, in its own version and type', async (version) => {
  const apis = await get('/apis', list(version))
  expect(apis.type).toBe(list(version))
  expect(apis.value).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}` })
  const apps = apis.value.items.find((each: Loose) => each.metadata.name === 'apps')
  expect(apps.versions).toMatchObject([{ version: 'v1', freshness: 'Current' }])
  expect(apps.versions[0].resources).toContainEqual({
    resource: 'deployments',
    responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    scope: 'Namespaced',
    singularResource: 'deployment',
    verbs: expect.arrayContaining(['create', 'watch']),
    shortNames: ['deploy'],
    categories: ['all'],
    subresources: [
      {
        subresource: 'scale',
        responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        verbs: ['get', 'patch', 'update'],
      },
      { subresource: 'status', responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' }, verbs: ['get'] },
    ],
  })
  const api = await get('/api', list(version))
  expect(api.value.items).toMatchObject([{ metadata: { name: '' }, versions: [{ version: 'v1' }] }])
})

test('[KUBE31] the first form of the client that is served is the one it gets', async () => {
  expect((await get('/apis', KUBECTL)).value.apiVersion).toBe('apidiscovery.k8s.io/v2')
  expect((await get('/apis', `${list('v3')}, ${list('v2beta1')}`)).value.apiVersion).toBe('apidiscovery.k8s.io/v2beta1')
  expect((await get('/apis', `application/json,${list('v2')}`)).value.kind).toBe('APIGroupList')
  expect((await get('/apis', 'application/json, */*')).value.kind).toBe('APIGroupList')
  expect((await get('/api/v1', KUBECTL)).value.kind).toBe('APIResourceList')
})

test.each([
  ['/apis', list('v3')],
  ['/apis', 'application/yaml'],
  ['/api/v1', list('v2')],
])('[KUBE31] %s in %s alone is a 406', async (path, accept) => {
  expect(await get(path, accept)).toMatchObject({ status: 406, value: { reason: 'NotAcceptable', code: 406 } })
})

test('[KUBE32] what is listed is served, what is served is listed, and both forms say the same', async () => {
  const plain: string[] = []
  const { value: groups } = await get('/apis')
  const versions = [
    'v1',
    ...groups.groups.flatMap(({ versions }: Loose) => versions.map((each: Loose) => each.groupVersion)),
  ]
  for (const version of versions) {
    const path = version === 'v1' ? '/api/v1' : `/apis/${version}`
    const { value } = await get(path)
    plain.push(...value.resources.map((each: Loose) => `${version} ${each.name} ${each.kind} ${each.verbs.join()}`))
  }
  const aggregated: string[] = []
  for (const root of ['/api', '/apis']) {
    const { value } = await get(root, KUBECTL)
    for (const { metadata, versions } of value.items)
      for (const { version, resources } of versions)
        for (const each of resources) {
          const at = metadata.name === '' ? version : `${metadata.name}/${version}`
          aggregated.push(`${at} ${each.resource} ${each.responseKind.kind} ${each.verbs.join()}`)
          for (const part of each.subresources ?? [])
            aggregated.push(`${at} ${each.resource}/${part.subresource} ${part.responseKind.kind} ${part.verbs.join()}`)
        }
  }
  expect(aggregated.toSorted()).toEqual(plain.toSorted())
  for (const { group, version, plural, verbs } of RESOURCES) {
    const at = group === '' ? version : `${group}/${version}`
    expect(plain.some((line) => line.startsWith(`${at} ${plural} `))).toBe(true)
    expect(verbs.length).toBeGreaterThan(0)
  }
  for (const line of plain) {
    const [version = '', name = '', , verbs = ''] = line.split(' ')
    const root = version === 'v1' ? '/api/v1' : `/apis/${version}`
    if (!verbs.includes('list')) continue
    expect(await get(`${root}/${name}`), line).toMatchObject({ status: 200 })
  }
})

test('[KUBE33] the version names the Kubernetes whose API this is', async () => {
  expect((await get('/version')).value).toMatchObject({
    major: '1',
    minor: '33',
    gitVersion: expect.stringMatching(/^v1\.33\.0\+shoal-/),
    gitTreeState: 'clean',
    platform: 'linux/amd64',
  })
})

const ADA = { name: 'ada', groups: ['system:masters'] }
const BASIL = { name: 'basil', groups: ['shop'] }
const ACCESS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
const RULES = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
const SELF = '/apis/authentication.k8s.io/v1/selfsubjectreviews'

async function post(path: string, body: unknown, user = ADA): Promise<{ status: number; value: Loose }> {
  return new Asker().ask(`POST ${path}`, { body, user })
}

test('[KUBE34] who asks learns who he is, and what he may do', async () => {
  expect(await post(SELF, {})).toMatchObject({
    status: 201,
    value: {
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      status: { userInfo: { username: 'ada', groups: ['system:masters', 'system:authenticated'] } },
    },
  })
  const older = { apiVersion: 'authentication.k8s.io/v1beta1', kind: 'SelfSubjectReview' }
  const again = await post('/apis/authentication.k8s.io/v1beta1/selfsubjectreviews', older)
  expect(again).toMatchObject({ status: 201, value: { ...older, status: { userInfo: { username: 'ada' } } } })
  const pods = { resourceAttributes: { namespace: 'default', verb: 'list', resource: 'pods' } }
  const asked = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: pods }
  expect(await post(ACCESS, asked)).toMatchObject({ status: 201, value: { spec: pods, status: { allowed: true } } })
  expect(await post(ACCESS, asked, BASIL)).toMatchObject({ status: 201, value: { status: { allowed: false } } })
  expect((await post(RULES, { spec: { namespace: 'default' } })).value.status).toEqual({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  })
  const { resourceRules } = (await post(RULES, { spec: { namespace: 'default' } }, BASIL)).value.status
  expect(resourceRules).toMatchObject([
    { verbs: ['create'], resources: expect.arrayContaining(['selfsubjectreviews']) },
  ])
})

test('[KUBE34] what a review says is what happens', async () => {
  const paths = ['/api', '/apis/apps/v1', '/version', '/livez', '/shoal/v1/info']
  for (const user of [ADA, BASIL]) {
    for (const path of paths) {
      const spec = { nonResourceAttributes: { verb: 'get', path } }
      const { value } = await post(ACCESS, { spec }, user)
      const { status } = await new Asker().ask(`GET ${path}`, { user })
      expect([path, user.name, value.status.allowed]).toEqual([path, user.name, status === 200])
    }
    for (const [resource, group] of [
      ['selfsubjectreviews', 'authentication.k8s.io'],
      ['selfsubjectrulesreviews', 'authorization.k8s.io'],
    ]) {
      const spec = { resourceAttributes: { verb: 'create', group, resource } }
      expect((await post(ACCESS, { spec }, user)).value.status.allowed).toBe(true)
      const path = `/apis/${group}/v1/${resource}`
      expect((await post(path, { spec: { namespace: 'x' } }, user)).status).toBe(201)
    }
  }
})

test.each<[string, unknown, string]>([
  [ACCESS, {}, 'spec: Invalid value: say exactly one of resourceAttributes, nonResourceAttributes'],
  [ACCESS, { spec: { resourceAttributes: {}, nonResourceAttributes: {} } }, 'say exactly one of'],
  [RULES, { spec: {} }, 'spec.namespace: Required value'],
])('[KUBE34] %s of %j is a 422 with the field', async (path, body, message) => {
  const answer = await post(path, body)
  expect(answer).toMatchObject({ status: 422, value: { reason: 'Invalid', details: { causes: [{}] } } })
  expect(answer.value.message).toContain(message)
})

test('[KUBE34] a review is made by POST at its own path, and kept nowhere', async () => {
  expect(await get(ACCESS)).toMatchObject({ status: 405 })
  expect(await get(`${ACCESS}/x`)).toMatchObject({ status: 404 })
  expect(await post('/apis/authorization.k8s.io/v1/namespaces/x/selfsubjectaccessreviews', {})).toMatchObject({
    status: 404,
  })
  expect(await post(ACCESS, { kind: 'Pod' })).toMatchObject({
    status: 400,
    value: { message: expect.stringContaining('kind of the object is "Pod"') },
  })
  expect(await post(ACCESS, [])).toMatchObject({ status: 400 })
})
