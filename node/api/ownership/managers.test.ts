import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEPLOYMENTS, deployment, type Loose } from '../testing.ts'
import { Appliers, CONFIG_MAPS, configMap, part, web } from './testing.ts'

const WEB = `${DEPLOYMENTS}/web`
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const JSON_PATCH = 'application/json-patch+json'
const SHOAL = 'application/vnd.shoal.apply+json'
const CM = `${CONFIG_MAPS}/c`

const names = ({ metadata }: Loose): string[] => (metadata.managedFields ?? []).map(({ manager }: Loose) => manager)

describe('[SSA10] other writes', () => {
  test('what is created belongs to its creator, with its defaults, and is told as Kubernetes tells it', async () => {
    const appliers = new Appliers()
    const { value } = await appliers.send(`POST ${DEPLOYMENTS}?fieldManager=creator`, deployment(), 'application/json')
    const [entry, ...others] = value.metadata.managedFields
    expect(others).toEqual([])
    expect(entry).toMatchObject({ manager: 'creator', operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', time: '2026-11-21T12:00:00Z' }) // prettier-ignore
    const { 'f:replicas': replicas, 'f:selector': selector, 'f:strategy': strategy, 'f:template': template } = entry.fieldsV1['f:spec'] // prettier-ignore
    expect({ replicas, selector, strategy }).toEqual({
      replicas: {},
      selector: {},
      strategy: { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} }, 'f:type': {} },
    })
    expect(template['f:metadata']).toEqual({ 'f:labels': { '.': {}, 'f:app': {} } })
    expect(template['f:spec']['f:containers']).toMatchObject({
      'k:{"name":"web"}': {
        '.': {},
        'f:image': {},
        'f:ports': { '.': {}, 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:protocol': {} } },
      },
    })
  })

  test.each<[string, string, Loose, string]>([
    ['a merge patch', 'PATCH', { data: { a: '2' } }, MERGE],
    ['a strategic merge patch', 'PATCH', { data: { a: '2' } }, STRATEGIC],
    ['a JSON patch', 'PATCH', [{ op: 'replace', path: '/data/a', value: '2' }], JSON_PATCH],
    ['a replacement', 'PUT', configMap({ a: '2', b: '1' }), 'application/json'],
  ])('%s takes what it changes, and no more', async (_what, method, body, contentType) => {
    const appliers = new Appliers()
    await appliers.data('a', { a: '1', b: '1' })
    expect(await appliers.send(`${method} ${CM}?fieldManager=editor`, body, contentType)).toMatchObject({ status: 200 })
    expect(await appliers.has('a')).toEqual(['/f:data/f:b'])
    expect(await appliers.has('editor')).toEqual(['/f:data/f:a'])
    const again = await appliers.data('a', { a: '1', b: '1' })
    expect(again.value.message).toBe('Apply failed with 1 conflict: conflict with "editor" using v1: .data.a')
  })

  test('what is removed belongs to nobody', async () => {
    const appliers = new Appliers()
    await appliers.data('a', { a: '1', b: '1' })
    await appliers.send(`PATCH ${CM}?fieldManager=editor`, { data: { a: null } }, MERGE)
    expect(names(await appliers.shown())).toEqual(['a'])
    expect(await appliers.has('a')).toEqual(['/f:data/f:b'])
  })

  test('a scale is told with its subresource', async () => {
    const appliers = new Appliers()
    await appliers.web('a', deployment())
    const scale = { ...(await appliers.shown(`${WEB}/scale`)), spec: { replicas: 7 } }
    await appliers.send(`PUT ${WEB}/scale?fieldManager=a`, scale, 'application/json')
    const { metadata } = await appliers.shown(WEB)
    expect(metadata.managedFields).toMatchObject([
      { manager: 'a', operation: 'Apply' },
      { manager: 'a', operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', subresource: 'scale' },
    ])
    expect(metadata.managedFields[0]).not.toHaveProperty('subresource')
    expect(metadata.managedFields[1].fieldsV1).toEqual({ 'f:spec': { 'f:replicas': {} } })
  })

  test('an edit of what has no managers gives it none', async () => {
    const appliers = new Appliers()
    await appliers.send(`POST ${CONFIG_MAPS}`, configMap({ a: '1' }), 'application/json')
    await appliers.send(`PATCH ${CM}?fieldManager=editor`, { data: { a: '2' } }, MERGE)
    expect(names(await appliers.shown())).toEqual([])
  })
})

test('[SSA11] a writer is who it says it is, or the program it comes from', async () => {
  const appliers = new Appliers()
  const create = async (name: string, query: string, agent?: string): Promise<string[]> => {
    const { value } = await appliers.asker.ask(`POST ${CONFIG_MAPS}${query}`, {
      body: { ...configMap({}), metadata: { name, labels: { a: '1' } } },
      headers: agent === undefined ? {} : { 'user-agent': agent },
    })
    return names(value)
  }
  expect(await create('one', '?fieldManager=me', 'kubectl/v1.20.2 (linux/amd64)')).toEqual(['me'])
  expect(await create('two', '', 'kubectl/v1.20.2 (linux/amd64)')).toEqual(['kubectl'])
  expect(await create('three', '', 'helm')).toEqual(['helm'])
  expect(await create('four', '', 'shoal/0.1.0')).toEqual([])
  expect(await create('five', '')).toEqual([])
  await appliers.data('a', { x: '1' })
  await appliers.send(`PATCH ${CM}`, { data: { x: '2' } }, MERGE)
  expect(names(await appliers.shown())).toEqual(['unknown'])
})

describe('[SSA12] managers are bounded', () => {
  test('the oldest that update are taken together', async () => {
    const appliers = new Appliers()
    await appliers.data('a', { own: '1' })
    for (let count = 1; count <= 14; count += 1) {
      appliers.asker.backend.pass(1_000)
      await appliers.send(`PATCH ${CM}?fieldManager=m${count}`, { data: { [`k${count}`]: '1' } }, MERGE)
    }
    const all = names(await appliers.shown())
    expect(all).toHaveLength(11)
    expect(all.slice(0, 3)).toEqual(['a', 'ancient-changes', 'm6'])
    expect(await appliers.has('ancient-changes')).toEqual([1, 2, 3, 4, 5].map((count) => `/f:data/f:k${count}`))
  })

  test('appliers are not, and there is an end to them', async () => {
    const appliers = new Appliers()
    for (let count = 1; count <= 64; count += 1) await appliers.data(`a${count}`, { [`k${count}`]: '1' })
    expect(await appliers.data('a65', { k65: '1' })).toMatchObject({ status: 422 })
    expect(await appliers.data('a64', { k64: '2' })).toMatchObject({ status: 200 })
  })
})

describe('[SSA20] what is shown', () => {
  test('appliers first, then by age; nothing that the path or the node says', async () => {
    const appliers = new Appliers()
    await appliers.send(`POST ${CONFIG_MAPS}?fieldManager=first`, configMap({ a: '1', b: '1' }), 'application/json')
    appliers.asker.backend.pass(5_000)
    await appliers.send(`PATCH ${CM}?fieldManager=second`, { data: { b: '2' } }, MERGE)
    await appliers.data('last', { c: '3' })
    const shown = await appliers.shown()
    expect(names(shown)).toEqual(['last', 'first', 'second'])
    expect(JSON.stringify(shown.metadata.managedFields)).not.toMatch(/f:(name|namespace|uid|kind|apiVersion)"/)
    expect(shown).not.toHaveProperty('shoal')
    const list = await appliers.shown(CONFIG_MAPS)
    expect(list.items[0].metadata.managedFields).toEqual(shown.metadata.managedFields)
  })
})

describe('[SSA21] managers that a client writes', () => {
  const began = async (): Promise<Appliers> => {
    const appliers = new Appliers()
    await appliers.data('a', { a: '1', b: '1' })
    return appliers
  }
  const entry = (manager: string, fields: Loose): Loose => ({
    manager,
    operation: 'Apply',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:data': fields },
  })

  test('hand fields over', async () => {
    const appliers = await began()
    const managedFields = [entry('b', { 'f:a': {}, 'f:nothing': {} }), entry('a', { 'f:b': {} })]
    await appliers.send(`PATCH ${CM}?fieldManager=x`, { metadata: { managedFields } }, MERGE)
    expect(await appliers.has('a')).toEqual(['/f:data/f:b'])
    expect(await appliers.has('b')).toEqual(['/f:data/f:a'])
    expect((await appliers.data('b', { a: '2' })).status).toBe(200)
    expect((await appliers.data('b', {})).value.data).toEqual({ b: '1' })
  })

  test('as kubectl hands over: with a JSON patch that names the version', async () => {
    const appliers = await began()
    const { resourceVersion } = (await appliers.shown()).metadata
    const patch = (value: string): Loose => [
      { op: 'replace', path: '/metadata/managedFields', value: [entry('b', { 'f:a': {} })] },
      { op: 'replace', path: '/metadata/resourceVersion', value },
    ]
    expect((await appliers.send(`PATCH ${CM}`, patch('1'), JSON_PATCH)).status).toBe(409)
    expect((await appliers.send(`PATCH ${CM}`, patch(resourceVersion), JSON_PATCH)).status).toBe(200)
    expect(names(await appliers.shown())).toEqual(['b'])
  })

  test('one empty entry forgets them all', async () => {
    const appliers = await began()
    await appliers.send(`PATCH ${CM}`, { metadata: { managedFields: [{}] } }, MERGE)
    const { metadata } = await appliers.shown()
    expect(metadata).not.toHaveProperty('managedFields')
    expect((await appliers.data('b', { a: '2' })).value.message).toContain('before-first-apply')
  })

  test.each([[{ managedFields: [] }], [{}]])('none, or that they are not there, changes nothing: %j', async (said) => {
    const appliers = await began()
    await appliers.send(`PUT ${CM}`, configMap({ a: '1', b: '1' }, said), 'application/json')
    expect(await appliers.has('a')).toEqual(['/f:data/f:a', '/f:data/f:b'])
  })

  test.each<[string, Loose]>([
    ['operation', { ...entry('a', {}), operation: 'Delete' }],
    ['fieldsType', { ...entry('a', {}), fieldsType: 'FieldsV2' }],
    ['manager', { ...entry('a\n', {}) }],
    ['time', { ...entry('a', {}), time: 'noon' }],
    ['subresource', { ...entry('a', {}), subresource: 'a/b' }],
    ['fieldsV1', entry('a', { data: {} })],
    ['fieldsV1', entry('a', { 'k:{"name"': {} })],
    ['fieldsV1', entry('a', { 'k:{"name":{}}': {} })],
    ['fieldsV1', entry('a', { 'v:x': {} })],
    ['fieldsV1', entry('a', { 'f:a': 'x' })],
    ['fieldsV1', entry('a', { 'f:': {} })],
  ])('of a wrong %s are refused', async (field, managed) => {
    const appliers = await began()
    const { status, value } = await appliers.send(`PATCH ${CM}`, { metadata: { managedFields: [managed] } }, MERGE)
    expect(status).toBe(422)
    expect(value.details.causes[0].field).toBe(`metadata.managedFields[0].${field}`)
    expect(await appliers.has('a')).toEqual(['/f:data/f:a', '/f:data/f:b'])
  })

  test('too many are refused', async () => {
    const appliers = await began()
    const managedFields = Array.from({ length: 129 }, (_, at) => entry(`m${at}`, {}))
    expect((await appliers.send(`PATCH ${CM}`, { metadata: { managedFields } }, MERGE)).status).toBe(422)
  })
})

describe('[SSA22] from the older apply of kubectl to the newer', () => {
  const OLDER = 'kubectl.kubernetes.io/last-applied-configuration'
  const older = async (): Promise<Appliers> => {
    const appliers = new Appliers()
    const manifest = configMap({ a: '1', b: '1' })
    const annotations = { [OLDER]: JSON.stringify(manifest) }
    const create = `POST ${CONFIG_MAPS}?fieldManager=kubectl-client-side-apply`
    await appliers.send(create, configMap(manifest.data, { annotations }), 'application/json')
    return appliers
  }

  test('kubectl takes what it applied, and the annotation follows', async () => {
    const appliers = await older()
    const { status, value } = await appliers.data('kubectl', { a: '2' })
    expect(status).toBe(200)
    expect(value.data).toEqual({ a: '2', b: '1' })
    expect(JSON.parse(value.metadata.annotations[OLDER])).toMatchObject({ data: { a: '2' } })
    expect(await appliers.has('kubectl-client-side-apply')).toContain(`/f:metadata/f:annotations/f:${OLDER}`)
  })

  test('of a Secret, too, whose values are not remembered', async () => {
    const appliers = new Appliers()
    const secrets = '/api/v1/namespaces/default/secrets'
    const secret = (a: string, metadata: Loose = {}): Loose => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', ...metadata },
      stringData: { a },
    })
    const annotations = { [OLDER]: JSON.stringify(secret('1')) }
    const create = `POST ${secrets}?fieldManager=kubectl-client-side-apply`
    await appliers.send(create, secret('1', { annotations }), 'application/json')
    const apply = (a: string, by: string): ReturnType<Appliers['send']> =>
      appliers.send(`PATCH ${secrets}/s?fieldManager=${by}`, secret(a))
    expect((await apply('2', 'other')).value.message).toContain('conflict with "kubectl-client-side-apply" using v1: .data.a') // prettier-ignore
    expect((await apply('2', 'kubectl')).status).toBe(200)
    await appliers.send(`PATCH ${secrets}/s?fieldManager=editor`, { stringData: { a: '9' } }, MERGE)
    expect((await apply('3', 'kubectl')).value.message).toContain('conflict with "editor" using v1: .data.a')
  })

  test('nobody else does', async () => {
    const answer = await (await older()).data('other', { a: '2' })
    expect(answer.value.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.a',
    )
  })

  test('and not what somebody changed since', async () => {
    const appliers = await older()
    await appliers.send(`PATCH ${CM}?fieldManager=editor`, { data: { a: '9' } }, MERGE)
    const { value } = await appliers.data('kubectl', { a: '2', b: '2' })
    expect(value.message).toBe('Apply failed with 1 conflict: conflict with "editor" using v1: .data.a')
  })
})

describe('[SSA23] together with shoal apply', () => {
  test('what it changes of a managed object is its', async () => {
    const appliers = new Appliers()
    await appliers.web('a', deployment())
    const headers = { 'user-agent': 'shoal/0.1.0' }
    await appliers.asker.ask(`PATCH ${WEB}`, { body: deployment('web', { replicas: 6 }), contentType: SHOAL, headers })
    expect(names(await appliers.shown(WEB))).toEqual(['a', 'shoal'])
    const { value } = await appliers.web('a', deployment())
    expect(value.message).toBe('Apply failed with 1 conflict: conflict with "shoal" using apps/v1: .spec.replicas')
  })

  test('what it made is applied to as anything else, and its own objects stay without managers', async () => {
    const appliers = new Appliers()
    await appliers.send(`PATCH ${WEB}`, deployment(), SHOAL)
    await appliers.send(`PATCH ${WEB}`, deployment('web', { replicas: 6 }), SHOAL)
    expect(appliers.asker.backend.view.stored('apps/Deployment/default/web')?.object['shoal']).not.toHaveProperty('managers') // prettier-ignore
    expect(await appliers.web('a', part({ replicas: 6 }))).toMatchObject({ status: 200 })
    expect((await appliers.web('a', part({ replicas: 7 }))).value.message).toContain('"before-first-apply" using apps/v1: .spec.replicas') // prettier-ignore
    const again = await appliers.send(`PATCH ${WEB}`, deployment('web', { replicas: 6 }), SHOAL)
    expect(again).toMatchObject({ status: 200, change: 'unchanged' })
  })
})

const datum = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2'), { minKeys: 1 })

test('[SSA7] managers with fields of their own never conflict, and all of their fields are there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(datum, { minLength: 1, maxLength: 6 }), async (applied) => {
      const appliers = new Appliers()
      const last: Record<string, Loose> = {}
      for (const [at, data] of applied.entries()) {
        const manager = at % 2 === 0 ? 'x' : 'y'
        const own = Object.fromEntries(Object.entries(data).map(([key, value]) => [`${manager}-${key}`, value]))
        expect((await appliers.data(manager, own)).status).toBeLessThan(300)
        last[manager] = own
      }
      expect((await appliers.shown()).data).toEqual({ ...last['x'], ...last['y'] })
    }),
    { numRuns: 30 },
  )
})

test('[SSA13] to apply again what one applied last changes nothing, whatever others did', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z'), datum), { minLength: 1, maxLength: 8 }),
      async (steps) => {
        // prettier-ignore
        const appliers = new Appliers()
        for (const [manager, data] of steps) await appliers.data(manager, data, '&force=true')
        const [manager, data] = steps.at(-1) as [string, Loose]
        appliers.asker.backend.pass(60_000)
        expect((await appliers.data(manager, data)).change).toBe('unchanged')
      },
    ),
    { numRuns: 30 },
  )
})

test('[SSA3] an object has what is applied, and nothing that all have left out', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('x', 'y'), datum), { maxLength: 8 }), async (steps) => {
      const appliers = new Appliers()
      const wanted: Record<string, Loose> = {}
      for (const [manager, data] of steps) {
        await appliers.data(manager, data, '&force=true')
        // What is forced is no longer the other's.
        const other = manager === 'x' ? 'y' : 'x'
        const left = Object.entries(wanted[other] ?? {}).filter(([key, value]) => (data[key] ?? value) === value)
        wanted[other] = Object.fromEntries(left)
        wanted[manager] = data
      }
      await appliers.web('nobody', web({ containers: [{ name: 'web', image: 'web:1' }] }))
      if (steps.length > 0) expect((await appliers.shown()).data ?? {}).toEqual({ ...wanted['x'], ...wanted['y'] })
    }),
    { numRuns: 30 },
  )
})
