import { describe, expect, test } from 'vitest'
import { Asker, type Loose } from '../testing.ts'
import { cronTab, CRON_TABS, cronTabs, defined, DEFINITIONS } from './testing.ts'

const MERGE = 'application/merge-patch+json'
const CRON_TABS_DEFINITION = `${DEFINITIONS}/crontabs.stable.example.com`
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }

const conditionsOf = (value: Loose): Loose =>
  Object.fromEntries(value['status'].conditions.map(({ type, status, reason }: Loose) => [type, [status, reason]]))
const causesOf = (value: Loose): Loose => (value['details']?.causes ?? []).map(({ field, message }: Loose) => `${field}: ${message}`) // prettier-ignore

async function withObject(spec: Loose = {}): Promise<Asker> {
  const asker = await defined()
  expect((await asker.ask(`POST ${CRON_TABS}`, { body: cronTab('tab', spec) })).status).toBe(201)
  return asker
}

async function shown(asker: Asker, path = `${CRON_TABS}/tab`): Promise<Loose> {
  return (await asker.ask(`GET ${path}`)).value
}

describe('[CRD1] a definition', () => {
  test('is shown as it was written, with its names filled in, and is established at once', async () => {
    const asker = await defined()
    const value = await shown(asker, CRON_TABS_DEFINITION)
    expect(value['spec'].versions).toEqual(cronTabs().spec.versions)
    expect(value['spec'].names.listKind).toBe('CronTabList')
    expect(conditionsOf(value)).toEqual({ NamesAccepted: ['True', 'NoConflicts'], Established: ['True', 'InitialNamesAccepted'] }) // prettier-ignore
    expect(value['status'].acceptedNames.plural).toBe('crontabs')
    expect(value['status'].storedVersions).toEqual(['v1'])
  })

  test('may be longer and deeper than any other object', async () => {
    let deep: Loose = { type: 'string' }
    for (let level = 0; level < 24; level += 1) deep = { type: 'object', properties: { below: deep } }
    const wide = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, at) => [`field${at}`, { type: 'string', description: 'a word about it '.repeat(16) }]), // prettier-ignore
    )
    const schema = {
      openAPIV3Schema: { type: 'object', properties: { deep, wide: { type: 'object', properties: wide } } },
    }
    expect(JSON.stringify(schema).length).toBeGreaterThan(800_000)
    const asker = await defined(cronTabs({ schema }))
    expect((await shown(asker, CRON_TABS_DEFINITION))['spec'].versions[0].schema).toEqual(schema)
    const unchanged = await asker.ask(`PUT ${CRON_TABS_DEFINITION}`, { body: cronTabs({ schema }) })
    expect(unchanged.response.headers['shoal-change']).toBe('unchanged')
    const deeper = { openAPIV3Schema: { type: 'object', properties: { deep: Array.from({ length: 50 }).reduce<Loose>((below) => ({ type: 'object', properties: { below } }), { type: 'string' }) } } } // prettier-ignore
    const refused = await asker.ask(`PUT ${CRON_TABS_DEFINITION}`, { body: cronTabs({ schema: deeper }) })
    expect([400, 422]).toContain(refused.status)
  })

  test('may be applied, patched and applied again without a change', async () => {
    const asker = new Asker()
    const apply = { body: cronTabs(), contentType: 'application/vnd.shoal.apply+json' }
    expect((await asker.ask(`PATCH ${CRON_TABS_DEFINITION}`, apply)).response.headers['shoal-change']).toBe('created')
    expect((await asker.ask(`PATCH ${CRON_TABS_DEFINITION}`, apply)).response.headers['shoal-change']).toBe('unchanged')
    const server = { body: cronTabs(), contentType: 'application/apply-patch+yaml' }
    expect((await asker.ask(`PATCH ${CRON_TABS_DEFINITION}?fieldManager=ada`, server)).status).toBe(200)
    const patch = { body: { metadata: { labels: { a: 'b' } } }, contentType: MERGE }
    const { value } = await asker.ask(`PATCH ${CRON_TABS_DEFINITION}`, patch)
    expect(value.metadata.labels).toEqual({ a: 'b' })
    expect(value['spec'].versions).toEqual(cronTabs().spec.versions)
  })
})

test('[CRD4] the older form is refused with what to write', async () => {
  const path = '/apis/apiextensions.k8s.io/v1beta1/customresourcedefinitions'
  const { status, value } = await new Asker().ask(`POST ${path}`, { body: cronTabs() })
  expect([status, value['message']]).toEqual([404, expect.stringContaining('apiextensions.k8s.io/v1, with a schema')])
})

describe('[CRD10] discovery', () => {
  test('tells of a kind in both forms, and no more once it is gone', async () => {
    const asker = await defined()
    const { value } = await asker.ask('GET /apis/stable.example.com/v1')
    expect(value['resources'].map(({ name, kind }: Loose) => `${name} ${kind}`)).toEqual([
      'crontabs CronTab',
      'crontabs/scale Scale',
      'crontabs/status CronTab',
    ])
    expect(value['resources'][0]).toMatchObject({ shortNames: ['ct'], categories: ['all'], singularName: 'crontab' })
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
    const { value: whole } = await asker.ask('GET /apis', { headers: { accept } })
    const group = whole['items'].find(({ metadata }: Loose) => metadata.name === 'stable.example.com')
    expect(group.versions[0].resources[0]).toMatchObject({ resource: 'crontabs', scope: 'Namespaced', responseKind: { kind: 'CronTab' } }) // prettier-ignore
    await asker.ask(`DELETE ${CRON_TABS_DEFINITION}`)
    expect((await asker.ask('GET /apis/stable.example.com/v1')).status).toBe(404)
    expect((await asker.ask(`GET ${CRON_TABS}`)).status).toBe(404)
  })

  test('tells of the preferred version first', async () => {
    const [first] = cronTabs().spec.versions
    const names = ['v1alpha1', 'v2beta1', 'v1', 'odd', 'v2']
    const versions = names.map((name) => ({ ...first, name, storage: name === 'v1', served: name !== 'odd' }))
    const asker = await defined(cronTabs({}, { versions }))
    const { value } = await asker.ask('GET /apis/stable.example.com')
    expect(value['versions'].map(({ version }: Loose) => version)).toEqual(['v2', 'v1', 'v2beta1', 'v1alpha1'])
    expect(value['preferredVersion'].version).toBe('v2')
  })
})

test('[CRD11] OpenAPI tells of the kind, in version 2 without what that has no words for', async () => {
  const asker = await defined()
  const documentOf = async (path: string): Promise<Loose> => {
    const { body } = await asker.response(`GET ${path}`)
    if (body.type !== 'whole') throw new Error(`${path} gives ${JSON.stringify(body)}`)
    return JSON.parse(Buffer.from(body.bytes).toString())
  }
  const v3 = (await documentOf('/openapi/v3/apis/stable.example.com/v1')).components.schemas[
    'com.example.stable.v1.CronTab'
  ]
  expect(v3['x-kubernetes-group-version-kind']).toEqual([
    { group: 'stable.example.com', version: 'v1', kind: 'CronTab' },
  ])
  expect(v3.properties.spec).toEqual(cronTabs().spec.versions[0].schema.openAPIV3Schema.properties.spec)
  expect(v3.properties.metadata.allOf[0].$ref).toContain('ObjectMeta')
  const v2 = (await documentOf('/openapi/v2')).definitions['com.example.stable.v1.CronTab']
  expect(v2.properties.spec.properties.port).toEqual({ 'x-kubernetes-int-or-string': true })
  expect(v2.properties.spec.properties.cronSpec.type).toBe('string')
  const before = (await asker.ask('GET /openapi/v3')).value['paths']['apis/stable.example.com/v1'].serverRelativeURL
  const [version] = cronTabs().spec.versions
  await asker.ask(`PUT ${CRON_TABS_DEFINITION}`, { body: cronTabs({ schema: { openAPIV3Schema: { ...version.schema.openAPIV3Schema, description: 'another' } } }) }) // prettier-ignore
  const after = (await asker.ask('GET /openapi/v3')).value['paths']['apis/stable.example.com/v1'].serverRelativeURL
  expect(after).not.toBe(before)
})

test('[CRD12] tables have the columns of the definition, and that of definitions two', async () => {
  const asker = await withObject({ replicas: 3 })
  const { value } = await asker.ask(`GET ${CRON_TABS}`, { headers: TABLE })
  expect(value['columnDefinitions'].map(({ name, type }: Loose) => `${name} ${type}`)).toEqual(['Name string', 'Spec string', 'Replicas integer', 'Age date']) // prettier-ignore
  expect(value['rows'][0].cells).toEqual(['tab', '* * * * */5', 3, '0s'])
  const { value: all } = await asker.ask(`GET ${DEFINITIONS}`, { headers: TABLE })
  expect(all['columnDefinitions'].map(({ name }: Loose) => name.toUpperCase())).toEqual(['NAME', 'CREATED AT'])
  expect(all['rows'][0].cells).toEqual(['crontabs.stable.example.com', '2026-11-21T12:00:00Z'])
})

describe('[CRD13] objects', () => {
  test('are listed by selectors, over all namespaces, and watched', async () => {
    const asker = await withObject()
    const other = { ...cronTab('other'), metadata: { name: 'other', labels: { app: 'x' } } }
    const { lines } = await asker.lines(`GET ${CRON_TABS}?watch=true`)
    expect((await asker.ask(`POST ${CRON_TABS}`, { body: other })).status).toBe(201)
    const { value } = await asker.ask('GET /apis/stable.example.com/v1/crontabs?labelSelector=app%3Dx')
    expect(value['items'].map(({ metadata }: Loose) => metadata.name)).toEqual(['other'])
    expect((await asker.ask(`DELETE ${CRON_TABS}/other`)).status).toBe(200)
    expect(lines.map(({ type, object }) => `${type} ${object.kind} ${object.metadata.name}`)).toEqual([
      'ADDED CronTab tab',
      'ADDED CronTab other',
      'DELETED CronTab other',
    ])
    expect((await asker.ask(`GET ${CRON_TABS}/other`)).status).toBe(404)
  })

  test('are patched by JSON and merge patches, and not strategically', async () => {
    const asker = await withObject()
    const send = (body: unknown, contentType: string): Promise<Loose> =>
      asker.ask(`PATCH ${CRON_TABS}/tab`, { body, contentType })
    expect((await send({ spec: { replicas: 2 } }, MERGE)).value.spec.replicas).toBe(2)
    const operations = [{ op: 'replace', path: '/spec/replicas', value: 4 }]
    expect((await send(operations, 'application/json-patch+json')).value.spec.replicas).toBe(4)
    const strategic = await send({ spec: { replicas: 5 } }, 'application/strategic-merge-patch+json')
    expect([strategic.status, strategic.value.message]).toEqual([415, expect.stringContaining('accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml')]) // prettier-ignore
    const put = await asker.ask(`PUT ${CRON_TABS}/tab`, { body: cronTab('tab', { replicas: 6 }) })
    expect([put.status, put.value['spec'].replicas]).toEqual([200, 6])
  })

  test('of the whole cluster have no namespace', async () => {
    const asker = await defined(cronTabs({}, { scope: 'Cluster' }))
    expect((await asker.ask('POST /apis/stable.example.com/v1/crontabs', { body: cronTab() })).status).toBe(201)
    expect((await shown(asker, '/apis/stable.example.com/v1/crontabs/tab')).metadata.namespace).toBeUndefined()
    expect((await asker.ask(`GET ${CRON_TABS}/tab`)).status).toBe(404)
  })

  test('of a namespace that is not there are a 404', async () => {
    const asker = await defined()
    const path = '/apis/stable.example.com/v1/namespaces/nowhere/crontabs'
    expect((await asker.ask(`POST ${path}`, { body: cronTab() })).status).toBe(404)
  })
})

describe('[CRD14] server-side apply', () => {
  const apply = (asker: Asker, manager: string, spec: Loose, query = ''): Promise<Loose> =>
    asker.ask(`PATCH ${CRON_TABS}/tab?fieldManager=${manager}${query}`, {
      body: { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name: 'tab' }, spec },
      contentType: 'application/apply-patch+yaml',
    })

  test('merges lists with keys by them, sets by their values, and others whole', async () => {
    const asker = await defined()
    await apply(asker, 'ada', { cronSpec: '1 1 1 1 1', ports: [{ name: 'a', number: 1 }], hosts: ['x'] })
    const { status, value } = await apply(asker, 'bob', { ports: [{ name: 'b', number: 2 }], hosts: ['y'] })
    expect(status).toBe(200)
    expect(value.spec.ports).toEqual(expect.arrayContaining([{ name: 'a', number: 1 }, { name: 'b', number: 2 }])) // prettier-ignore
    expect(value.spec.hosts.toSorted()).toEqual(['x', 'y'])
    const conflict = await apply(asker, 'bob', { ports: [{ name: 'a', number: 7 }] })
    expect([conflict.status, causesOf(conflict.value)]).toEqual([409, ['.spec.ports[name="a"].number: conflict with "ada"']]) // prettier-ignore
    const gone = await apply(asker, 'bob', { hosts: ['y'] })
    expect(gone.value.spec.ports).toEqual([{ name: 'a', number: 1 }])
  })

  test('of a status touches nothing else', async () => {
    const asker = await withObject()
    const body = { ...cronTab('tab', { replicas: 9 }), status: { phase: 'Good' } }
    const { status, value } = await asker.ask(`PATCH ${CRON_TABS}/tab/status?fieldManager=op`, {
      body,
      contentType: 'application/apply-patch+yaml',
    })
    expect([status, value['status'], value['spec'].replicas]).toEqual([200, { phase: 'Good' }, undefined])
    const [own] = value.metadata.managedFields as Loose[]
    expect(own).toMatchObject({ manager: 'op', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } }) // prettier-ignore
  })
})

describe('[CRD15] sub-resources', () => {
  test('status is written by itself, and by nothing else', async () => {
    const asker = await withObject()
    await asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { status: { phase: 'Odd' } }, contentType: MERGE })
    expect((await shown(asker))['status']).toBeUndefined()
    const body = { spec: { replicas: 7 }, status: { phase: 'Good' } }
    await asker.ask(`PATCH ${CRON_TABS}/tab/status`, { body, contentType: MERGE })
    const value = await shown(asker)
    expect([value['status'], value['spec'].replicas]).toEqual([{ phase: 'Good' }, undefined])
    const put = await asker.ask(`PUT ${CRON_TABS}/tab/status`, { body: { ...value, status: { phase: 'Better' } } })
    expect([put.status, put.value['status']]).toEqual([200, { phase: 'Better' }])
    expect((await asker.ask(`PUT ${CRON_TABS}/tab/status`, { body: value })).status).toBe(409)
    await asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { spec: { replicas: 2 } }, contentType: MERGE })
    expect((await shown(asker))['status']).toEqual({ phase: 'Better' })
  })

  test('status is a field as any other where the definition does not say so', async () => {
    const asker = await defined(cronTabs({ subresources: {} }))
    await asker.ask(`POST ${CRON_TABS}`, { body: { ...cronTab(), status: { phase: 'New' } } })
    expect((await shown(asker))['status']).toEqual({ phase: 'New' })
    await asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { status: { phase: 'Old' } }, contentType: MERGE })
    expect((await shown(asker))['status']).toEqual({ phase: 'Old' })
    expect((await asker.ask(`GET ${CRON_TABS}/tab/status`)).status).toBe(404)
  })

  test('scale reads and writes the fields that the definition names', async () => {
    const asker = await withObject({ replicas: 3 })
    const body = { status: { replicas: 2, labelSelector: 'app=tab' } }
    await asker.ask(`PATCH ${CRON_TABS}/tab/status`, { body, contentType: MERGE })
    const { value } = await asker.ask(`GET ${CRON_TABS}/tab/scale`)
    expect([value['spec'], value['status']]).toEqual([{ replicas: 3 }, { replicas: 2, selector: 'app=tab' }])
    await asker.ask(`PATCH ${CRON_TABS}/tab/scale`, { body: { spec: { replicas: 5 } }, contentType: MERGE })
    expect((await shown(asker))['spec'].replicas).toBe(5)
    const tooMany = await asker.ask(`PATCH ${CRON_TABS}/tab/scale`, { body: { spec: { replicas: 50 } }, contentType: MERGE }) // prettier-ignore
    expect(tooMany.status).toBe(422)
  })
})

describe('[CRD16] versions', () => {
  const older = (): Loose => {
    const [first] = cronTabs().spec.versions
    return cronTabs({}, { versions: [first, { ...first, name: 'v1beta1', storage: false }] })
  }

  test('show the same object, each under its own', async () => {
    const asker = await defined(older())
    const beta = CRON_TABS.replace('/v1/', '/v1beta1/')
    const body = { ...cronTab(), apiVersion: 'stable.example.com/v1beta1' }
    const made = await asker.ask(`POST ${beta}`, { body })
    expect([made.status, made.value.apiVersion]).toEqual([201, 'stable.example.com/v1beta1'])
    expect((await shown(asker)).apiVersion).toBe('stable.example.com/v1')
    await asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { spec: { replicas: 2 } }, contentType: MERGE })
    const { value } = await asker.ask(`GET ${beta}`)
    expect([value.apiVersion, value['items'][0].apiVersion, value['items'][0].spec.replicas]).toEqual(['stable.example.com/v1beta1', 'stable.example.com/v1beta1', 2]) // prettier-ignore
    const wrong = await asker.ask(`POST ${CRON_TABS}`, { body })
    expect(wrong.status).toBe(400)
  })

  test('that a webhook would convert are taken with a warning', async () => {
    const asker = new Asker()
    const body = { ...older(), spec: { ...older().spec, conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } } } } // prettier-ignore
    const { status, response } = await asker.ask(`POST ${DEFINITIONS}`, { body })
    expect([status, response.warnings.join()]).toEqual([201, expect.stringContaining('spec.conversion.strategy: Webhook')]) // prettier-ignore
  })
})

test('[CRD17] generation counts changes of anything but metadata and status', async () => {
  const asker = await defined(cronTabs({ schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } })) // prettier-ignore
  await asker.ask(`POST ${CRON_TABS}`, { body: { ...cronTab(), data: { a: 1 } } })
  const patch = (body: unknown, at = ''): Promise<Loose> => asker.ask(`PATCH ${CRON_TABS}/tab${at}`, { body, contentType: MERGE }) // prettier-ignore
  await patch({ metadata: { labels: { a: 'b' } } })
  await patch({ status: { phase: 'x' } }, '/status')
  expect((await shown(asker)).metadata.generation).toBe(1)
  await patch({ data: { a: 2 } })
  await patch({ spec: { replicas: 2 } })
  expect((await shown(asker)).metadata.generation).toBe(3)
})

describe('[CRD20] an object that its schema does not allow', () => {
  test('is refused field by field, in the words of Kubernetes', async () => {
    const asker = await defined()
    const spec = { cronSpec: 'abc', replicas: 99, policy: 'x', ports: [{ name: 'a' }, { name: 'a' }], when: 'noon', image: 5, port: 1.5 } // prettier-ignore
    const { status, value } = await asker.ask(`POST ${CRON_TABS}`, { body: cronTab('tab', spec) })
    expect(status).toBe(422)
    expect(value['message']).toMatch(/^CronTab\.stable\.example\.com "tab" is invalid: \[/)
    expect(causesOf(value).toSorted()).toEqual([
      `spec.cronSpec: Invalid value: "abc": spec.cronSpec in body should match '${cronTabs().spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.cronSpec.pattern}'`,
      'spec.image: Invalid value: "integer": spec.image in body must be of type string: "integer"',
      'spec.policy: Unsupported value: "x": supported values: "Allow", "Forbid"',
      'spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number"',
      'spec.ports[1]: Duplicate value: {name: ...}',
      'spec.replicas: Invalid value: 99: spec.replicas in body should be less than or equal to 10',
      'spec.when: Invalid value: "noon": spec.when in body must be of type date-time: "noon"',
    ])
    const empty = await asker.ask(`POST ${CRON_TABS}`, { body: { ...cronTab(), spec: {} } })
    expect(causesOf(empty.value)).toEqual(['spec.cronSpec: Required value'])
  })

  test('says what is wrong with its labels as any other', async () => {
    const asker = await defined()
    const body = { ...cronTab(), metadata: { name: 'tab', labels: { 'a b': 'c' } } }
    expect((await asker.ask(`POST ${CRON_TABS}`, { body })).status).toBe(422)
    expect((await asker.ask(`POST ${CRON_TABS}`, { body: cronTab('Not_A_Name') })).status).toBe(422)
  })

  test('is not blamed on an edit that leaves it as it was', async () => {
    const asker = await withObject({ replicas: 9 })
    const strict = structuredClone(cronTabs())
    strict.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.replicas.maximum = 5
    expect((await asker.ask(`PUT ${CRON_TABS_DEFINITION}`, { body: strict })).status).toBe(200)
    const patch = (spec: Loose): Promise<Loose> => asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { spec }, contentType: MERGE }) // prettier-ignore
    expect((await patch({ image: 'other' })).status).toBe(200)
    expect((await patch({ replicas: 8 })).status).toBe(422)
  })
})

test('[CRD21] fields that the schema does not name are told and left out, or refused where that is asked', async () => {
  const asker = await defined()
  const body = { ...cronTab('tab', { odd: 1, free: { any: { thing: 1 } }, labels: { a: 'b' } }), extra: true }
  const made = await asker.ask(`POST ${CRON_TABS}`, { body })
  expect([made.status, made.response.warnings]).toEqual([201, ['unknown field "spec.odd"', 'unknown field "extra"']])
  expect((await shown(asker))['spec']).toMatchObject({ free: { any: { thing: 1 } }, labels: { a: 'b' } })
  expect(asker.backend.view.stored('stable.example.com/CronTab/default/tab')?.object['extra']).toBeUndefined()
  expect((await shown(asker))['spec'].odd).toBeUndefined()
  const strict = await asker.ask(`PUT ${CRON_TABS}/tab?fieldValidation=Strict`, { body })
  expect([strict.status, strict.value['message']]).toEqual([400, 'strict decoding error: unknown field "spec.odd", unknown field "extra"']) // prettier-ignore
  const ignored = await asker.ask(`PUT ${CRON_TABS}/tab?fieldValidation=Ignore`, { body })
  expect([ignored.status, ignored.response.warnings]).toEqual([200, []])
})

test('[CRD22] what the schema says where nothing was said is shown, and not written down', async () => {
  const asker = await defined()
  const { cronSpec } = cronTab().spec
  const made = await asker.ask(`POST ${CRON_TABS}`, { body: { ...cronTab(), spec: { cronSpec } } })
  expect(made.value['spec']).toEqual({ cronSpec, image: 'cron:1' })
  expect((await shown(asker))['spec'].image).toBe('cron:1')
  await asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { spec: { replicas: 2 } }, contentType: MERGE })
  const stored = asker.backend.view.stored('stable.example.com/CronTab/default/tab')?.object
  expect(stored?.['spec']).toEqual({ cronSpec, replicas: 2 })
})

test('[CRD25] rules in CEL are kept, and it is said that nobody judges by them', async () => {
  const schema = structuredClone(cronTabs().spec.versions[0].schema)
  const rules = [{ rule: 'self.replicas > 3', message: 'too few' }]
  schema.openAPIV3Schema.properties.spec['x-kubernetes-validations'] = rules
  const asker = new Asker()
  const { response } = await asker.ask(`POST ${DEFINITIONS}`, { body: cronTabs({ schema }) })
  expect(response.warnings.join()).toContain('x-kubernetes-validations')
  expect((await shown(asker, CRON_TABS_DEFINITION))['spec'].versions[0].schema.openAPIV3Schema.properties.spec['x-kubernetes-validations']).toEqual(rules) // prettier-ignore
  const made = await asker.ask(`POST ${CRON_TABS}`, { body: cronTab('tab', { replicas: 1 }) })
  expect([made.status, made.response.warnings]).toEqual([201, ['rules of crontabs.stable.example.com (x-kubernetes-validations) are not judged in this version']]) // prettier-ignore
})

describe('[CRD30] what has finalizers', () => {
  test('is marked, and goes with the last of them', async () => {
    const asker = await defined()
    const body = { ...cronTab(), metadata: { name: 'tab', finalizers: ['example.com/a', 'example.com/b'] } }
    await asker.ask(`POST ${CRON_TABS}`, { body })
    const deleted = await asker.ask(`DELETE ${CRON_TABS}/tab`)
    expect([deleted.status, deleted.value.kind]).toEqual([200, 'CronTab'])
    expect(deleted.value.metadata.deletionTimestamp).toBe('2026-11-21T12:00:00Z')
    expect((await asker.ask(`DELETE ${CRON_TABS}/tab`)).status).toBe(200)
    const patch = (finalizers: unknown): Promise<Loose> =>
      asker.ask(`PATCH ${CRON_TABS}/tab`, { body: { metadata: { finalizers } }, contentType: MERGE })
    expect((await patch(['example.com/b'])).value.metadata.deletionTimestamp).toBeDefined()
    expect((await shown(asker)).metadata.finalizers).toEqual(['example.com/b'])
    expect((await patch([])).status).toBe(200)
    expect((await asker.ask(`GET ${CRON_TABS}/tab`)).status).toBe(404)
    expect((await asker.ask(`POST ${CRON_TABS}`, { body: cronTab() })).status).toBe(201)
    expect((await shown(asker)).metadata.deletionTimestamp).toBeUndefined()
  })
})

describe('[CRD31] a definition that is deleted', () => {
  test('takes its objects along first', async () => {
    const asker = await withObject()
    asker.backend.writes = []
    expect((await asker.ask(`DELETE ${CRON_TABS_DEFINITION}`)).status).toBe(200)
    expect(asker.backend.writes.map(({ type, key }) => `${type} ${key}`)).toEqual([
      'remove stable.example.com/CronTab/default/tab',
      'remove apiextensions.k8s.io/CustomResourceDefinition//crontabs.stable.example.com',
    ])
    await defined(cronTabs(), asker)
    expect((await asker.ask(`GET ${CRON_TABS}`)).value['items']).toEqual([])
  })

  test('waits for their finalizers, and takes no new ones', async () => {
    const asker = await defined()
    await asker.ask(`POST ${CRON_TABS}`, { body: { ...cronTab(), metadata: { name: 'tab', finalizers: ['example.com/a'] } } }) // prettier-ignore
    const { status, value } = await asker.ask(`DELETE ${CRON_TABS_DEFINITION}`)
    expect([status, value.metadata.finalizers]).toEqual([200, ['customresourcecleanup.apiextensions.k8s.io']])
    expect(conditionsOf(await shown(asker, CRON_TABS_DEFINITION))).toMatchObject({ Terminating: ['True', 'InstanceDeletionInProgress'] }) // prettier-ignore
    expect((await shown(asker)).metadata.deletionTimestamp).toBeDefined()
    const refused = await asker.ask(`POST ${CRON_TABS}`, { body: cronTab('new') })
    expect([refused.status, refused.value['message']]).toEqual([405, 'create not allowed while custom resource definition is terminating']) // prettier-ignore
    const off = { body: { metadata: { finalizers: [] } }, contentType: MERGE }
    expect((await asker.ask(`PATCH ${CRON_TABS}/tab`, off)).status).toBe(200)
    expect((await asker.ask(`DELETE ${CRON_TABS_DEFINITION}`)).status).toBe(200)
    expect((await asker.ask(`GET ${CRON_TABS_DEFINITION}`)).status).toBe(404)
  })
})

test('[CRD33] dependents of what is deleted lose their reference first where they are to outlive it', async () => {
  const asker = await withObject()
  const { uid } = (await shown(asker)).metadata
  const ownerReferences = [{ apiVersion: 'stable.example.com/v1', kind: 'CronTab', name: 'tab', uid }]
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', ownerReferences } }
  await asker.ask('POST /api/v1/namespaces/default/configmaps', { body: configMap })
  await asker.ask(`DELETE ${CRON_TABS}/tab?propagationPolicy=Orphan`)
  const left = await shown(asker, '/api/v1/namespaces/default/configmaps/c')
  expect(left.metadata.ownerReferences ?? []).toEqual([])
})

test('[CRD18] a version that is deprecated says so', async () => {
  const asker = await defined(cronTabs({ deprecated: true }))
  expect((await asker.response(`GET ${CRON_TABS}`)).warnings).toEqual(['stable.example.com/v1 CronTab is deprecated'])
  await asker.ask(`PUT ${CRON_TABS_DEFINITION}`, { body: cronTabs({ deprecated: true, deprecationWarning: 'use v2' }) })
  expect((await asker.response(`GET ${CRON_TABS}`)).warnings).toEqual(['use v2'])
})
