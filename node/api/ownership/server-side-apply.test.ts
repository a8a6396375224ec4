import { describe, expect, test } from 'vitest'
import { Asker, DEPLOYMENTS, deployment, type Loose } from '../testing.ts'
import { Appliers, CONFIG_MAPS, configMap, part, web } from './testing.ts'

const WEB = `${DEPLOYMENTS}/web`
const image = (name: string, tag: string, more: Loose = {}): Loose => ({ name, image: `${name}:${tag}`, ...more })

test('[SSA1] it creates what is not there and changes what is, whether it comes as YAML or as JSON', async () => {
  const appliers = new Appliers()
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: "1"\n'
  const created = await appliers.send(`PATCH ${CONFIG_MAPS}/c?fieldManager=a`, yaml)
  expect(created).toMatchObject({ status: 201, change: 'created', value: { data: { a: '1' } } })
  const changed = await appliers.data('a', { a: '2' })
  expect(changed).toMatchObject({ status: 200, change: 'configured', value: { data: { a: '2' } } })
  expect(await appliers.send(`PATCH ${CONFIG_MAPS}/c?fieldManager=a`, 'a: [')).toMatchObject({ status: 400 })
  expect(await appliers.send('PATCH /api/v1/nodes/nowhere?fieldManager=a', { apiVersion: 'v1', kind: 'Node' })).toMatchObject({ status: 404 }) // prettier-ignore
})

describe('[SSA2] what is applied wins field by field', () => {
  const pod = (applied: Loose): Loose => part({ template: { spec: applied } })
  const containers = [
    image('web', '1', { env: [{ name: 'A', value: '1' }], ports: [{ containerPort: 80 }] }),
    image('log', '1'),
  ]
  const cases: [string, Loose, Loose][] = [
    ['a field of an element of a list with keys', { containers: [image('web', '1', { tty: true })] }, { containers: [{ name: 'web', tty: true, env: [{ name: 'A' }] }, { name: 'log' }] }], // prettier-ignore
    ['a new element', { containers: [image('new', '1')] }, { containers: [{ name: 'web' }, { name: 'log' }, { name: 'new' }].toSorted((one) => (one.name === 'new' ? -1 : 0)) }], // prettier-ignore
    ['elements within elements', { containers: [image('web', '1', { env: [{ name: 'B', value: '2' }] })] }, { containers: [{ env: [{ name: 'B' }, { name: 'A' }] }, {}] }], // prettier-ignore
    ['a port of the same number and another protocol', { containers: [image('web', '1', { ports: [{ containerPort: 80, protocol: 'UDP' }] })] }, { containers: [{ ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }] }, {}] }], // prettier-ignore
    ['a port that leaves its protocol out is the one of TCP', { containers: [image('web', '1', { ports: [{ containerPort: 80, name: 'http' }] })] }, { containers: [{ ports: [{ containerPort: 80, name: 'http', protocol: 'TCP' }] }, {}] }], // prettier-ignore
    ['a map that is one value', { nodeSelector: { b: '2' } }, { nodeSelector: { b: '2' } }],
    ['a list without keys', { tolerations: [{ key: 'b', operator: 'Exists' }] }, { tolerations: [{ key: 'b' }] }],
  ]
  test.each(cases)('%s', async (_what, applied, expected) => {
    const appliers = new Appliers()
    const base = { containers, nodeSelector: { a: '1' }, tolerations: [{ key: 'a', operator: 'Exists' }] }
    await appliers.web('a', web(base))
    const answer = await appliers.web('b', pod(applied), '&force=true')
    expect(answer.status, answer.value.message).toBe(200)
    const { spec } = answer.value.spec.template
    expect(spec).toMatchObject(expected)
    if (expected.nodeSelector !== undefined) expect(spec.nodeSelector).toEqual(expected.nodeSelector)
  })

  test('a set gets what is missing', async () => {
    const appliers = new Appliers()
    const finalizers = (...names: string[]): Loose => configMap({}, { finalizers: names })
    await appliers.send(`PATCH ${CONFIG_MAPS}/c?fieldManager=a`, finalizers('x.io/a', 'x.io/b'))
    const both = await appliers.send(`PATCH ${CONFIG_MAPS}/c?fieldManager=b`, finalizers('x.io/b', 'x.io/c'))
    expect(both.value.metadata.finalizers).toEqual(['x.io/a', 'x.io/b', 'x.io/c'])
    const fewer = await appliers.send(`PATCH ${CONFIG_MAPS}/c?fieldManager=a`, finalizers())
    expect(fewer.value.metadata.finalizers).toEqual(['x.io/b', 'x.io/c'])
  })

  test('elements stand in the order of what is applied, others keep their places', async () => {
    const appliers = new Appliers()
    const names = async (applied: string[], manager: string): Promise<string[]> => {
      const containers = applied.map((name) => image(name, '1'))
      const { value } = await appliers.web(manager, web({ containers }))
      return value.spec.template.spec.containers.map(({ name }: Loose) => name)
    }
    expect(await names(['a', 'b', 'c'], 'one')).toEqual(['a', 'b', 'c'])
    expect(await names(['c', 'a'], 'two')).toEqual(['b', 'c', 'a'])
  })
})

describe('[SSA3] what the applier leaves out goes', () => {
  test('a field, where nobody else has it', async () => {
    const appliers = new Appliers()
    await appliers.data('a', { a: '1', b: '2', c: '3' })
    await appliers.data('b', { b: '2' })
    const { value } = await appliers.data('a', { c: '3' })
    expect(value.data).toEqual({ b: '2', c: '3' })
    expect((await appliers.data('b', {})).value.data).toEqual({ c: '3' })
  })

  test('an element with its defaults, and not one that somebody else has something of', async () => {
    const appliers = new Appliers()
    const all = [image('web', '1'), image('log', '1'), image('tap', '1')]
    await appliers.web('a', web({ containers: all }))
    await appliers.web('b', part({ template: { spec: { containers: [{ name: 'tap', tty: true }] } } }))
    const { value } = await appliers.web('a', web({ containers: [image('web', '1')] }))
    // Of `tap` its image went, which no container can be without.
    expect(value.message).toContain('containers[1].image: Required value')
    const kept = await appliers.web('a', web({ containers: [image('web', '1'), image('tap', '1')] }))
    expect(kept.value.spec.template.spec.containers.map(({ name }: Loose) => name)).toEqual(['web', 'tap'])
  })

  test('a part of an object with the defaults in it', async () => {
    const appliers = new Appliers()
    const probe = { httpGet: { path: '/', port: 80 }, periodSeconds: 3 }
    await appliers.web('a', web({ containers: [image('web', '1', { livenessProbe: probe })] }))
    const { value } = await appliers.web('a', web({ containers: [image('web', '1')] }))
    expect(value.spec.template.spec.containers[0]).not.toHaveProperty('livenessProbe')
  })

  test('a field with a default goes back to that', async () => {
    const appliers = new Appliers()
    await appliers.web('a', deployment('web', { replicas: 3 }))
    const { value } = await appliers.web('a', web(deployment()['spec'].template.spec))
    expect(value.spec.replicas).toBe(1)
  })

  test('what is null is left out', async () => {
    const appliers = new Appliers()
    await appliers.web('a', deployment('web', { replicas: 3 }))
    const { value } = await appliers.web('a', deployment('web', { replicas: null }))
    expect(value.spec.replicas).toBe(1)
  })

  test('a default or what nobody owns is left alone', async () => {
    const appliers = new Appliers()
    await appliers.data('a', { a: '1' })
    await appliers.asker.ask(`PATCH ${CONFIG_MAPS}/c`, { body: { data: { x: '9' } }, contentType: 'application/merge-patch+json' }) // prettier-ignore
    expect((await appliers.data('a', { b: '2' })).value.data).toEqual({ b: '2', x: '9' })
  })
})

describe('[SSA4] conflicts', () => {
  test('one is told in the words of kube-apiserver, and nothing is written', async () => {
    const appliers = new Appliers()
    await appliers.web('a', deployment())
    const { value } = await appliers.web('b', deployment('web', { replicas: 5 }))
    expect(value).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Apply failed with 1 conflict: conflict with "a": .spec.replicas',
      reason: 'Conflict',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.replicas' }] },
      code: 409,
    })
    expect((await appliers.shown(WEB)).spec.replicas).toBe(3)
    expect(await appliers.has('b', WEB)).toEqual([])
    expect(appliers.asker.backend.writes).toHaveLength(1)
  })

  test('several are told by manager, with the way to each', async () => {
    const appliers = new Appliers()
    await appliers.web('a', deployment())
    await appliers.send(`PATCH ${WEB}/scale?fieldManager=scaler`, { spec: { replicas: 4 } }, 'application/merge-patch+json') // prettier-ignore
    const containers = [{ name: 'web', image: 'nginx:2', ports: [{ containerPort: 80, name: 'http' }] }]
    const { value } = await appliers.web('b', web({ containers }, { replicas: 5 }))
    expect(value.message).toBe(
      [
        'Apply failed with 2 conflicts: conflicts with "a":',
        '- .spec.template.spec.containers[name="web"].image',
        'conflicts with "scaler" with subresource "scale" using apps/v1:',
        '- .spec.replicas',
      ].join('\n'),
    )
    expect(value.details.causes).toHaveLength(2)
  })

  test('force takes the field from whoever had it', async () => {
    const appliers = new Appliers()
    await appliers.data('a', { a: '1', b: '1' })
    expect((await appliers.data('b', { a: '2' })).status).toBe(409)
    expect((await appliers.data('b', { a: '2' }, '&force=true')).value.data).toEqual({ a: '2', b: '1' })
    expect(await appliers.has('a')).toEqual(['/f:data/f:b'])
    expect(await appliers.has('b')).toEqual(['/f:data/f:a'])
    expect((await appliers.data('a', { a: '1', b: '1' })).value.message).toBe(
      'Apply failed with 1 conflict: conflict with "b": .data.a',
    )
  })

  test('an atomic list or map is one field', async () => {
    const appliers = new Appliers()
    const pod = (nodeSelector: Loose): Loose => web({ containers: [image('web', '1')], nodeSelector })
    await appliers.web('a', pod({ a: '1' }))
    const { value } = await appliers.web('b', pod({ a: '1', b: '2' }))
    expect(value.message).toBe('Apply failed with 1 conflict: conflict with "a": .spec.template.spec.nodeSelector')
  })
})

describe('[SSA5] what an apply has to say', () => {
  const cases: [string, string, Loose, number, RegExp][] = [
    ['its manager', '', configMap({}), 422, /fieldManager: Required value: is required for apply patch/],
    ['a manager that can be printed', '?fieldManager=a%0Ab', configMap({}), 422, /should only contain printable/],
    ['a manager of bounded length', `?fieldManager=${'m'.repeat(129)}`, configMap({}), 422, /Too long/],
    ['true or false', '?fieldManager=a&force=perhaps', configMap({}), 400, /force/],
    ['its kind', '?fieldManager=a', { ...configMap({}), kind: undefined }, 400, /kind/],
    ['its version', '?fieldManager=a', { ...configMap({}), apiVersion: undefined }, 400, /apiVersion/],
    ['the version of its path', '?fieldManager=a', { ...configMap({}), apiVersion: 'v2' }, 400, /apiVersion/],
    ['the name of its path', '?fieldManager=a', configMap({}, { name: 'd' }), 400, /metadata\.name/],
    ['no managed fields', '?fieldManager=a', configMap({}, { managedFields: [{ manager: 'b' }] }), 400, /^metadata\.managedFields must be nil$/], // prettier-ignore
    ['no uid of what is not there', '?fieldManager=a', configMap({}, { uid: 'x' }), 409, /uid mismatch/],
  ]
  test.each(cases)('%s', async (_what, query, body, status, message) => {
    const appliers = new Appliers()
    const answer = await appliers.send(`PATCH ${CONFIG_MAPS}/c${query}`, body)
    expect(answer.status).toBe(status)
    expect(answer.value.message).toMatch(message)
    expect(appliers.asker.backend.writes).toEqual([])
  })

  test('an old resourceVersion or another uid is a conflict', async () => {
    const appliers = new Appliers()
    const { value } = await appliers.data('a', { a: '1' })
    await appliers.data('a', { a: '2' })
    const { resourceVersion } = value.metadata
    const send = (metadata: Loose): ReturnType<Appliers['send']> =>
      appliers.send(`PATCH ${CONFIG_MAPS}/c?fieldManager=a`, configMap({ a: '3' }, metadata))
    expect(await send({ resourceVersion })).toMatchObject({ status: 409, value: { reason: 'Conflict' } })
    expect(await send({ uid: 'another' })).toMatchObject({ status: 409, value: { reason: 'Conflict' } })
    expect(await send({ uid: value.metadata.uid })).toMatchObject({ status: 200 })
  })

  test('force is of an apply alone', async () => {
    const appliers = new Appliers()
    await appliers.data('a', { a: '1' })
    const answer = await appliers.send(`PATCH ${CONFIG_MAPS}/c?force=true`, {}, 'application/merge-patch+json')
    expect(answer.value.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    )
  })
})

test.each<[string, Loose, RegExp]>([
  [
    'twice one name',
    { containers: [image('web', '1'), image('web', '2')] },
    /duplicate entries for key \[name="web"\]/,
  ],
  ['no name', { containers: [{ image: 'web:1' }] }, /omits key field "name"/],
  ['twice one port', { containers: [image('web', '1', { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'TCP' }] })] }, /duplicate entries for key \[containerPort=80,protocol="TCP"\]/], // prettier-ignore
])('[SSA6] elements that cannot be told apart are refused: %s', async (_what, pod, message) => {
  const { status, value } = await new Appliers().web('a', web(pod))
  expect(status).toBe(400)
  expect(value.message).toMatch(message)
})

test('[SSA7] two that apply one value both have it, until both leave it out', async () => {
  const appliers = new Appliers()
  await appliers.data('a', { a: '1' })
  expect((await appliers.data('b', { a: '1', b: '2' })).status).toBe(200)
  expect(await appliers.has('a')).toEqual(['/f:data/f:a'])
  expect(await appliers.has('b')).toEqual(['/f:data/f:a', '/f:data/f:b'])
  expect((await appliers.data('a', {})).value.data).toEqual({ a: '1', b: '2' })
  expect((await appliers.data('b', { b: '2' })).value.data).toEqual({ b: '2' })
})

test('[SSA7] whoever has nothing left is no manager', async () => {
  const appliers = new Appliers()
  await appliers.data('a', { a: '1' })
  await appliers.data('b', { a: '2' }, '&force=true')
  const { metadata } = await appliers.shown()
  expect(metadata.managedFields.map(({ manager }: Loose) => manager)).toEqual(['b'])
})

test('[SSA8] a default belongs to no applier, and whoever applies another value gets no conflict', async () => {
  const appliers = new Appliers()
  await appliers.web('a', web({ containers: [image('web', '1')] }))
  expect(await appliers.has('a', WEB)).not.toContain('/f:spec/f:replicas')
  const answer = await appliers.web('b', part({ replicas: 4 }))
  expect(answer).toMatchObject({ status: 200, value: { spec: { replicas: 4 } } })
  expect((await appliers.web('a', web({ containers: [image('web', '1')] }))).value.spec.replicas).toBe(4)
})

describe('[SSA9] what was there before the first apply', () => {
  const unmanaged = async (): Promise<Appliers> => {
    const appliers = new Appliers()
    await appliers.asker.ask(`POST ${CONFIG_MAPS}`, { body: configMap({ a: '1', b: '2' }) })
    expect((await appliers.shown()).metadata).not.toHaveProperty('managedFields')
    return appliers
  }

  test('belongs to before-first-apply', async () => {
    const appliers = await unmanaged()
    const { value } = await appliers.data('a', { a: '2' })
    expect(value.message).toBe('Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.a')
    await appliers.data('a', { a: '2' }, '&force=true')
    expect(await appliers.has('before-first-apply')).toEqual(['/f:data', '/f:data/f:b'])
    expect((await appliers.data('a', { a: '2', b: '2' })).status).toBe(200)
  })

  test('and is not removed by whoever leaves it out', async () => {
    const appliers = await unmanaged()
    await appliers.data('a', { a: '1' })
    expect((await appliers.data('a', {})).value.data).toEqual({ a: '1', b: '2' })
  })
})

describe('[SSA13] what is so already', () => {
  test('is not written, and keeps its time', async () => {
    const appliers = new Appliers()
    const first = await appliers.web('a', deployment())
    appliers.asker.backend.pass(60_000)
    const again = await appliers.web('a', deployment())
    expect(again.change).toBe('unchanged')
    expect(again.value.metadata).toEqual(first.value.metadata)
    appliers.asker.backend.pass(60_000)
    const changed = await appliers.web('a', deployment('web', { replicas: 4 }))
    expect(changed.value.metadata.managedFields[0].time).toBe('2026-11-21T12:02:00Z')
  })

  test('a dry run writes nothing and shows all there would be', async () => {
    const appliers = new Appliers()
    const dry = await appliers.data('a', { a: '1' }, '&dryRun=All')
    expect(dry).toMatchObject({ status: 201, value: { data: { a: '1' } } })
    expect(appliers.asker.backend.writes).toEqual([])
    await appliers.data('a', { a: '1' })
    const { value } = await appliers.data('b', { b: '2' }, '&dryRun=All')
    expect(value.metadata.managedFields.map(({ manager }: Loose) => manager)).toEqual(['a', 'b'])
    expect((await appliers.data('b', { a: '2' }, '&dryRun=All')).status).toBe(409)
    expect((await appliers.shown()).data).toEqual({ a: '1' })
  })
})

test('[SSA2] a Service keeps its node port, and its ports are told apart by number and protocol', async () => {
  const appliers = new Appliers(new Asker())
  const service = (...ports: Loose[]): Loose => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports },
  })
  const path = 'PATCH /api/v1/namespaces/default/services/s?fieldManager='
  const dns = { port: 53, name: 'dns', protocol: 'UDP' }
  const created = await appliers.send(`${path}a`, service(dns))
  const { nodePort } = created.value.spec.ports[0]
  const both = await appliers.send(`${path}b`, service({ port: 53, name: 'dns-tcp' }))
  expect(both.value.spec.ports).toMatchObject([{ protocol: 'UDP', nodePort }, { protocol: 'TCP' }].toReversed())
  const left = await appliers.send(`${path}b`, { ...service(), spec: { type: 'NodePort' } })
  expect(left.value.spec.ports).toMatchObject([{ protocol: 'UDP', nodePort }])
})
