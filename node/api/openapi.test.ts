import { expect, test } from 'vitest'
import { KINDS, kubernetes, rulesOf } from '../../crdt/index.ts'
import type { Schema } from '../../crdt/index.ts'
import { fieldSchema } from './kube/formats.ts'
import { Messages, type Field, type FieldType } from './kube/messages.ts'
import { WireReader } from './kube/wire.ts'
import { Asker, type Loose } from './testing.ts'

const PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

async function bytesOf(line: string, headers: Record<string, string> = {}): Promise<Loose> {
  const { status, headers: told, body } = await new Asker().response(line, { headers })
  if (body.type !== 'whole') throw new Error(`${line}: ${JSON.stringify(body)}`)
  return { status, headers: told, contentType: body.contentType, bytes: Buffer.from(body.bytes) }
}

const jsonOf = async (line: string): Promise<Loose> => JSON.parse((await bytesOf(line)).bytes.toString())

/** Every `$ref` in a document, by its last part. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, of]) =>
    name === '$ref' && typeof of === 'string' ? [of.split('/').at(-1)!] : refsIn(of),
  )
}

test('[OPEN1] version 2 tells of each kind how it merges, and which requests take dryRun', async () => {
  const { paths, definitions } = await jsonOf('GET /openapi/v2')
  const { properties } = definitions['io.k8s.api.core.v1.Container']
  expect(properties.ports).toMatchObject({
    type: 'array',
    items: { $ref: '#/definitions/io.k8s.api.core.v1.ContainerPort' },
    'x-kubernetes-patch-strategy': 'merge',
    'x-kubernetes-patch-merge-key': 'containerPort',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
  })
  expect(properties.restartPolicy.type).toBe('string')
  expect(definitions['io.k8s.api.core.v1.Volume'].properties).toMatchObject({ name: {}, emptyDir: {}, configMap: {} })
  expect(definitions['io.k8s.api.apps.v1.Deployment']['x-kubernetes-group-version-kind']).toEqual([
    { group: 'apps', version: 'v1', kind: 'Deployment' },
  ])
  const { patch } = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']
  expect(patch['x-kubernetes-group-version-kind'].kind).toBe('Deployment')
  expect(patch.parameters.map(({ name }: Loose) => name)).toEqual(
    expect.arrayContaining(['namespace', 'name', 'dryRun', 'fieldManager', 'fieldValidation', 'body']),
  )
  // What is not served is not told of: nobody may create a Node.
  expect(paths['/api/v1/nodes'].post).toBeUndefined()
})

test('[SSA33] of lists and objects it is told how an apply merges them', async () => {
  const { definitions, paths } = await jsonOf('GET /openapi/v2')
  const propertiesOf = (name: string): Loose => definitions[`io.k8s.api.core.v1.${name}`].properties
  const listOf = (property: Loose): unknown => [
    property['x-kubernetes-list-type'],
    property['x-kubernetes-list-map-keys'],
  ]
  expect(listOf(propertiesOf('PodSpec').containers)).toEqual(['map', ['name']])
  expect(listOf(propertiesOf('ServiceSpec').ports)).toEqual(['map', ['port', 'protocol']])
  expect(listOf(propertiesOf('PodSpec').tolerations)).toEqual(['atomic', undefined])
  expect(propertiesOf('PodSpec').nodeSelector['x-kubernetes-map-type']).toBe('atomic')
  expect(propertiesOf('ServiceSpec').selector['x-kubernetes-map-type']).toBe('atomic')
  const meta = definitions['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'].properties
  expect(listOf(meta.finalizers)).toEqual(['set', undefined])
  expect(definitions['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector']['x-kubernetes-map-type']).toBe('atomic')
  const { patch } = paths['/api/v1/namespaces/{namespace}/configmaps/{name}']
  expect(patch.consumes).toContain('application/apply-patch+yaml')
  expect(patch.parameters.map(({ name }: Loose) => name)).toContain('force')
})

test('[SSA33] lists that documents merge by key an apply merges by the same', () => {
  const odd = KINDS.filter(({ writable }) => writable).flatMap((kind) => {
    const schema = fieldSchema(kind)
    return [...kubernetes.listKeys(kind.group, kind.kind)].flatMap(([path, keys]) => {
      const { merge } = path
        .split('/')
        .slice(1)
        .reduce((at, step) => (step === '*' ? at.element : at.field(step)), schema)
      return merge.by === 'keys' && merge.keys.join() === keys.join() ? [] : [`${kind.kind}${path}: ${keys.join()}`]
    })
  })
  expect(odd).toEqual([])
})

test('[OPEN2] version 3 is a document by group and version, with a hash that may be kept', async () => {
  const { value } = await new Asker().ask('GET /openapi/v3')
  const paths = value['paths']
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['api/v1', 'apis/apps/v1', 'apis/policy/v1']))
  const { serverRelativeURL } = paths['apis/apps/v1']
  const document = await bytesOf(`GET ${serverRelativeURL}`)
  expect(document.headers['cache-control']).toContain('immutable')
  expect((await bytesOf('GET /openapi/v3/apis/apps/v1?hash=old')).headers['cache-control']).toBe('no-cache')
  const { openapi, components } = JSON.parse(document.bytes.toString())
  expect(openapi).toBe('3.0.0')
  expect(components.schemas['io.k8s.api.apps.v1.Deployment'].properties.spec).toMatchObject({
    description: expect.any(String),
    allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec' }],
  })
  expect((await new Asker().ask('GET /openapi/v3/apis/boats/v1')).status).toBe(404)
  expect((await new Asker().ask('POST /openapi/v3')).status).toBe(405)
})

test('[OPEN2] every reference in a document leads to a definition', async () => {
  const v2 = await jsonOf('GET /openapi/v2')
  expect(refsIn(v2).filter((name) => v2.definitions[name] === undefined)).toEqual([])
  const index = await new Asker().ask('GET /openapi/v3')
  for (const { serverRelativeURL } of Object.values<Loose>(index.value['paths'])) {
    const v3 = await jsonOf(`GET ${serverRelativeURL}`)
    expect(refsIn(v3).filter((name) => v3.components.schemas[name] === undefined)).toEqual([])
  }
})

interface Gnostic {
  readonly number: number
  readonly bytes: Buffer
}

function fieldsIn(bytes: Buffer): Gnostic[] {
  const reader = new WireReader(bytes)
  const fields: Gnostic[] = []
  while (!reader.isAtEnd) {
    const { number, wire } = reader.tag()
    if (wire === 'bytes') fields.push({ number, bytes: reader.bytes() })
    else reader.skip(wire)
  }
  return fields
}

const inside = (fields: readonly Gnostic[], number: number): Gnostic[] =>
  fields.filter((field) => field.number === number).flatMap(({ bytes }) => fieldsIn(bytes))

const named = (fields: readonly Gnostic[], number: number, name: string): Gnostic[] =>
  fields
    .filter((field) => field.number === number)
    .map(({ bytes }) => fieldsIn(bytes))
    .filter(([first]) => first!.bytes.toString() === name)
    .flatMap((entry) => inside(entry, 2))

const textsOf = (fields: readonly Gnostic[], number: number): string[] =>
  fields.filter((field) => field.number === number).map(({ bytes }) => bytes.toString())

test('[OPEN3] in the protobuf of gnostic it says the same as in JSON', async () => {
  const { contentType, bytes } = await bytesOf('GET /openapi/v2', { accept: PROTOBUF })
  expect(contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
  const { paths, definitions } = await jsonOf('GET /openapi/v2')
  const document = fieldsIn(bytes)
  expect(textsOf(document, 1)).toEqual(['2.0'])
  const [told, paths2] = [inside(document, 9), inside(document, 8)]
  expect(told).toHaveLength(Object.keys(definitions).length)
  expect(paths2.filter(({ number }) => number === 2)).toHaveLength(Object.keys(paths).length)
  const container = named(told, 1, 'io.k8s.api.core.v1.Container')
  expect(textsOf(container, 19)).toEqual(['name'])
  const ports = named(inside(container, 25), 1, 'ports')
  expect(textsOf(inside(ports, 22), 1)).toEqual(['array'])
  expect(textsOf(inside(inside(ports, 23), 1), 1)).toEqual(['#/definitions/io.k8s.api.core.v1.ContainerPort'])
  const key = named(ports, 31, 'x-kubernetes-patch-merge-key')
  expect(textsOf(key, 2)).toEqual(['"containerPort"\n'])
  const patch = inside(named(paths2, 2, '/api/v1/namespaces/{namespace}/pods/{name}'), 8)
  const query = inside(inside(inside(inside(patch, 8), 1), 2), 3)
  expect(textsOf(query, 4)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force'])
})

test('[OPEN4] who has a document already is told so', async () => {
  const { headers } = await bytesOf('GET /openapi/v2', { accept: PROTOBUF })
  const again = await bytesOf('GET /openapi/v2', { accept: PROTOBUF, 'if-none-match': headers.etag })
  expect([again.status, again.bytes.length]).toEqual([304, 0])
  // Another form is another document.
  expect((await bytesOf('GET /openapi/v2', { 'if-none-match': headers.etag })).status).toBe(200)
  const v3 = await bytesOf('GET /openapi/v3/api/v1')
  expect((await bytesOf('GET /openapi/v3/api/v1', { 'if-none-match': v3.headers.etag })).status).toBe(304)
})

test('[OPEN4] another form than those there are is a 406', async () => {
  const { status, value } = await new Asker().ask('GET /openapi/v2', { headers: { accept: 'text/html' } })
  expect([status, value['message']]).toEqual([406, expect.stringContaining('is served as application/json or')])
})

const messages = new Messages()

function fieldsOf(type: FieldType | undefined): ReadonlyMap<string, Field> | undefined {
  if (type?.is !== 'message') return undefined
  const { fields = [] } = messages.get(type.of) ?? {}
  return new Map(
    fields.flatMap((field) => (field.isInline ? [...fieldsOf(field.type)!] : [[field.name, field] as const])),
  )
}

/** Fields that Shoal takes and the table does not have, or has as something else. */
function missing(schema: Schema, type: FieldType | undefined, at: string): string[] {
  switch (schema.is) {
    case 'list':
    case 'map':
      return type?.is === schema.is ? missing(schema.of, type.of, `${at}[]`) : [at]
    case 'fields': {
      const fields = fieldsOf(type)
      if (fields === undefined) return [at]
      return Object.entries(schema.fields).flatMap(([name, of]) => {
        const field = fields.get(name)
        return field === undefined ? [`${at}.${name}`] : missing(of, field.type, `${at}.${name}`)
      })
    }
    default:
      return type === undefined ? [at] : []
  }
}

test('[OPEN5] every field that Shoal takes is in the table that protobuf and OpenAPI are made from', () => {
  const wanted = KINDS.flatMap(({ group, version, kind }) => {
    const rules = rulesOf(group, kind)
    const of = `${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`
    return rules === undefined ? [] : missing(rules.schema, { is: 'message', of }, of)
  })
  // The envelope, our own part, and a status that nobody writes.
  expect(wanted.filter((field) => !/^\w+\.v\d\.\w+\.(apiVersion|kind|shoal|status)$/.test(field))).toEqual([])
})

test('[OPEN5] every type that the table names is in it', () => {
  const bare = (type: FieldType): string | undefined =>
    type.is === 'message' ? type.of : type.is === 'scalar' ? undefined : bare(type.of)
  const named = messages.names.flatMap((name) => messages.get(name)!.fields.map(({ type }) => bare(type)))
  expect(named.filter((name) => name !== undefined && messages.get(name) === undefined)).toEqual([])
  expect(messages.names.length).toBeGreaterThan(150)
})
