/**
 * Label and field selectors of a list or watch, parsed once and asked per object.
 *
 * Labels: `app=web,tier!=cache,env in (a,b),env notin (c),x,!y`. Fields: any path to a scalar, `metadata.name=web`,
 * `spec.nodeName!=basil`.
 *
 * @module
 */
import { parseLabelSelector, selects } from '../../crdt/index.ts'
import type { KubeObject, Labels } from '../../crdt/index.ts'
import { isObject, textOf } from './body.ts'
import { ApiError } from './status.ts'

export type Matches = (object: KubeObject) => boolean

/** A selector longer than this is a mistake: the longest that kubectl makes is one name. */
const SELECTOR_CHARS_MAX = 4_096

export function selection(query: URLSearchParams): Matches {
  const labels = labelSelector(query.get('labelSelector') ?? '')
  const fields = fieldSelector(query.get('fieldSelector') ?? '')
  return (object) => labels(object.metadata.labels ?? {}) && fields(object)
}

export function hasSelector(query: URLSearchParams): boolean {
  return ['labelSelector', 'fieldSelector'].some((name) => (query.get(name) ?? '') !== '')
}

function labelSelector(source: string): (labels: Labels) => boolean {
  const selector = parseLabelSelector(source)
  if ('error' in selector) throw new ApiError('BadRequest', `labelSelector: ${selector.error}`)
  return (labels) => selects(selector, labels)
}

function fieldSelector(source: string): Matches {
  const demands = bounded(source)
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map(fieldDemand)
  return (object) => demands.every((holds) => holds(object))
}

const EVENT_ROOTS = ['involvedObject', 'source', 'type', 'reason', 'message', 'count']

/** [API58] Another word is a mistake, not a field that nobody has. */
const FIELD_ROOTS = new Set(['metadata', 'spec', 'status', 'kind', 'apiVersion', ...EVENT_ROOTS])

const FIELD_DEMAND = /^([^\s=!,()]+)\s*(==|=|!=)\s*([^\s=!,()]*)$/

function fieldDemand(text: string): Matches {
  const parts = FIELD_DEMAND.exec(text)
  if (parts === null)
    throw new ApiError('BadRequest', `unable to parse "${text}" of fieldSelector: write FIELD=VALUE or FIELD!=VALUE`)
  const [, path, operator, value] = parts as unknown as [string, string, string, string]
  const segments = path.split('.')
  if (!FIELD_ROOTS.has(segments[0] as string))
    throw new ApiError(
      'BadRequest',
      `fieldSelector: "${path.slice(0, 80)}" is no field of objects: write a path that begins with metadata, spec or status, as metadata.name, spec.nodeName or status.phase; of events also with ${EVENT_ROOTS.join(', ')}`,
    )
  return (object) => (fieldText(object, segments) === value) === (operator !== '!=')
}

/** The text of a scalar field; empty where there is none, as in Kubernetes. */
function fieldText(object: KubeObject, segments: readonly string[]): string {
  let value: unknown = object
  for (const segment of segments) value = isObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined
  return value === null || typeof value === 'object' ? '' : textOf(value)
}

function bounded(source: string): string {
  if (source.length <= SELECTOR_CHARS_MAX) return source
  throw new ApiError(
    'BadRequest',
    `fieldSelector has ${source.length} characters, at most ${SELECTOR_CHARS_MAX} are taken`,
  )
}
