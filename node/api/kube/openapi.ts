/**
 * What is served as OpenAPI documents: version 2 in one, version 3 by group and version. kubectl reads in them how `apply` and
 * `edit` merge, what `explain` tells and which requests take `dryRun`.
 *
 * @module
 */
import {
  definitionName,
  Definitions,
  messageName,
  type GroupVersionKind,
  type Schema,
  type Served,
} from './definitions.ts'
import type { Messages } from './messages.ts'
import { operationsOf, PATH_PARAMETERS, pathOf, type Operation } from './operations.ts'

export type Document = Readonly<Record<string, unknown>>

/** What is sent and answered everywhere. */
const SHARED_MESSAGES = ['meta.v1.Status', 'meta.v1.DeleteOptions', 'meta.v1.ListMeta']
const SCALE: GroupVersionKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }

const INFO = { title: 'Shoal', version: 'v1.33.0' }

const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]
/** kubectl reads here how it may patch. */
const patchesOf = ({ isCustom }: Operation): readonly string[] =>
  isCustom === true ? PATCHES.filter((type) => !type.includes('strategic')) : PATCHES

const OBJECTS = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']

export function documentV2(messages: Messages, served: readonly Served[]): Document {
  const ref = (name: string, description: string): Schema => ({
    ...(description === '' ? {} : { description }),
    $ref: `#/definitions/${name}`,
  })
  return {
    swagger: '2.0',
    info: INFO,
    paths: byPath(served.flatMap(operationsOf), operationV2),
    definitions: definitionsOf(messages, served, { ref, openApi: 2 }),
  }
}

/** Of one group and version. */
export function documentV3(messages: Messages, served: readonly Served[]): Document {
  const ref = (name: string, description: string): Schema => {
    const target = { $ref: `#/components/schemas/${name}` }
    // Nothing may stand beside a reference there.
    return description === '' ? target : { description, allOf: [target] }
  }
  return {
    openapi: '3.0.0',
    info: INFO,
    paths: byPath(served.flatMap(operationsOf), operationV3),
    components: { schemas: definitionsOf(messages, served, { ref, openApi: 3 }) },
  }
}

/** `apis/apps/v1` -> what is served there. */
export function byGroupVersion(served: readonly Served[]): ReadonlyMap<string, readonly Served[]> {
  return grouped(served, (each) => pathOf(each).slice(1))
}

function definitionsOf(
  messages: Messages,
  served: readonly Served[],
  { ref, openApi }: { ref: (name: string, description: string) => Schema; openApi: 2 | 3 },
): Readonly<Record<string, Schema>> {
  const kinds = served.map(({ group, version, kind }) => ({ group, version, kind }))
  const definitions = new Definitions(messages, [...kinds, SCALE], ref)
  for (const kind of kinds) definitions.addList(kind)
  for (const { custom, group, version, kind } of served)
    if (custom !== undefined)
      definitions.addCustom({ group, version, kind }, custom.version.schema.openAPIV3Schema, openApi)
  for (const message of SHARED_MESSAGES) definitions.add(message)
  if (served.some(({ subresources }) => subresources.includes('scale'))) definitions.add(messageName(SCALE))
  return definitions.all
}

function byPath(operations: readonly Operation[], told: (operation: Operation) => unknown): Document {
  const paths = grouped(operations, ({ path }) => path)
  return Object.fromEntries(
    [...paths].map(([path, own]) => [path, Object.fromEntries(own.map((each) => [each.method, told(each)]))]),
  )
}

function grouped<T>(all: readonly T[], by: (each: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const each of all) groups.set(by(each), [...(groups.get(by(each)) ?? []), each])
  return groups
}

const pathParameters = (path: string): readonly string[] =>
  Object.keys(PATH_PARAMETERS).filter((name) => path.includes(`{${name}}`))

function answerName({ answer, of }: Operation): string {
  if (answer === 'status') return definitionName('meta.v1.Status')
  return definitionName(messageName(answer === 'list' ? { ...of, kind: `${of.kind}List` } : of))
}

function common({ id, action, of }: Operation): Document {
  return { operationId: id, 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': of }
}

function operationV2(operation: Operation): Document {
  const { body, path, query, of } = operation
  const sent = body === undefined || body === 'patch' ? { type: 'object' } : { $ref: `#/definitions/${body === 'object' ? definitionName(messageName(of)) : definitionName('meta.v1.DeleteOptions')}` } // prettier-ignore
  return {
    ...common(operation),
    consumes: body === 'patch' ? patchesOf(operation) : OBJECTS,
    produces: ['application/json'],
    parameters: [
      ...pathParameters(path).map((name) => ({
        name,
        in: 'path',
        required: true,
        type: 'string',
        description: PATH_PARAMETERS[name],
      })),
      ...query.map((each) => ({ ...each, in: 'query', uniqueItems: true })),
      ...(body === undefined ? [] : [{ name: 'body', in: 'body', required: body !== 'options', schema: sent }]),
    ],
    responses: { 200: { description: 'OK', schema: { $ref: `#/definitions/${answerName(operation)}` } } },
  }
}

function operationV3(operation: Operation): Document {
  const { body, path, query, of } = operation
  const ref = (name: string): Document => ({ schema: { $ref: `#/components/schemas/${name}` } })
  const sent = body === 'options' ? ref(definitionName('meta.v1.DeleteOptions')) : ref(definitionName(messageName(of)))
  const content =
    body === 'patch'
      ? Object.fromEntries(patchesOf(operation).map((type) => [type, { schema: { type: 'object' } }]))
      : Object.fromEntries(OBJECTS.map((type) => [type, sent]))
  return {
    ...common(operation),
    parameters: [
      ...pathParameters(path).map((name) => ({
        name,
        in: 'path',
        required: true,
        schema: { type: 'string', uniqueItems: true },
        description: PATH_PARAMETERS[name],
      })),
      ...query.map(({ name, type, description }) => ({
        name,
        in: 'query',
        schema: { type, uniqueItems: true },
        description,
      })),
    ],
    ...(body === undefined ? {} : { requestBody: { required: body !== 'options', content } }),
    responses: { 200: { description: 'OK', content: { 'application/json': ref(answerName(operation)) } } },
  }
}
