/**
 * Which requests there are for what is served, as both versions of OpenAPI tell of them.
 *
 * @module
 */
import type { GroupVersionKind, Served } from './definitions.ts'

export interface Operation {
  readonly path: string
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly id: string
  /** `list`, `post`: Kubernetes' word for it. */
  readonly action: string
  readonly of: GroupVersionKind
  /** What is sent; absent: nothing. */
  readonly body?: 'object' | 'patch' | 'options'
  readonly answer: 'object' | 'list' | 'status'
  readonly query: readonly QueryParameter[]
  /** Of a kind that somebody defined, which nobody merges strategically. */
  readonly isCustom?: true
}

export interface QueryParameter {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'integer'
  readonly description: string
}

export const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  namespace: 'Namespace of the object.',
  name: 'Name of the object.',
}

const text = (name: string, description: string): QueryParameter => ({ name, type: 'string', description })
const flag = (name: string, description: string): QueryParameter => ({ name, type: 'boolean', description })
const count = (name: string, description: string): QueryParameter => ({ name, type: 'integer', description })

const DRY_RUN = text('dryRun', 'All: find what the request would find, and write nothing.')
const WRITING = [
  DRY_RUN,
  text('fieldManager', 'Who writes.'),
  text('fieldValidation', 'Strict, Warn or Ignore: what is done about fields that do not exist.'),
]
const PATCHING = [...WRITING, flag('force', 'Of an apply: take fields from those who own them.')]
const LISTING = [
  text('labelSelector', 'Labels that objects must have.'),
  text('fieldSelector', 'Values that fields of objects must have.'),
  count('limit', 'How many objects are given at most.'),
  text('continue', 'Where an earlier list ended.'),
  text('resourceVersion', 'Version that the answer must not be older than.'),
  flag('watch', 'Tell of changes as they happen.'),
  flag('allowWatchBookmarks', 'Tell of versions between changes, too.'),
  flag('sendInitialEvents', 'Begin a watch with all there is.'),
  count('timeoutSeconds', 'When a watch ends.'),
]

export function pathOf({ group, version }: Pick<Served, 'group' | 'version'>): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
}

export function operationsOf(served: Served): readonly Operation[] {
  const { group, version, kind, plural, namespaced } = served
  const root = pathOf(served)
  const of = { group, version, kind }
  const collection = `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`
  const one = `${collection}/{name}`
  const scope = namespaced ? 'Namespaced' : ''
  const id = (verb: string, tail = ''): string =>
    `${verb}${group === '' ? 'Core' : capital(group.split('.')[0]!)}${capital(version)}${scope}${kind}${tail}`
  const on = (verb: string, operation: Omit<Operation, 'of'>): readonly Operation[] =>
    served.verbs.includes(verb)
      ? [{ ...operation, of, ...(served.custom === undefined ? {} : { isCustom: true }) }]
      : []
  return [
    ...on('list', { path: collection, method: 'get', id: id('list'), action: 'list', answer: 'list', query: LISTING }),
    ...on('create', { path: collection, method: 'post', id: id('create'), action: 'post', body: 'object', answer: 'object', query: WRITING }), // prettier-ignore
    ...on('get', { path: one, method: 'get', id: id('read'), action: 'get', answer: 'object', query: [] }),
    ...on('update', { path: one, method: 'put', id: id('replace'), action: 'put', body: 'object', answer: 'object', query: WRITING }), // prettier-ignore
    ...on('patch', { path: one, method: 'patch', id: id('patch'), action: 'patch', body: 'patch', answer: 'object', query: PATCHING }), // prettier-ignore
    ...on('delete', { path: one, method: 'delete', id: id('delete'), action: 'delete', body: 'options', answer: 'status', query: [DRY_RUN] }), // prettier-ignore
    ...(served.subresources.includes('scale') ? scaleOf(one, id) : []),
  ]
}

function scaleOf(one: string, id: (verb: string, tail: string) => string): readonly Operation[] {
  const of = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
  const shared = { path: `${one}/scale`, of, answer: 'object' } as const
  return [
    { ...shared, method: 'get', id: id('read', 'Scale'), action: 'get', query: [] },
    { ...shared, method: 'put', id: id('replace', 'Scale'), action: 'put', body: 'object', query: WRITING },
    { ...shared, method: 'patch', id: id('patch', 'Scale'), action: 'patch', body: 'patch', query: WRITING },
  ]
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
