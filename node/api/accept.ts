/**
 * What a client takes for an answer: the `Accept` header, in the order of its wishes, and the form that fits it first.
 *
 * Bodies are JSON. Within JSON an object comes as itself, as a row of a table (`as=Table`), or with its metadata alone
 * (`as=PartialObjectMetadata`); kubectl asks for tables first and takes objects where there are none.
 *
 * @module
 */
import type { ApiRequest } from './message.ts'
import { ApiError } from './status.ts'

interface MediaType {
  /** `application/json`, lower case. */
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Of a header longer than this nobody means each word; Kubernetes' clients send three types. */
const TYPES_MAX = 32

/** Most wanted first. No header: anything. */
export function accepted(header: string | undefined): readonly MediaType[] {
  if (header === undefined || header.trim() === '') return [{ type: '*/*', parameters: new Map() }]
  const wishes = header.split(',').slice(0, TYPES_MAX).map(mediaType)
  const quality = ({ parameters }: MediaType): number => Number(parameters.get('q') ?? 1) || 0
  return wishes.filter((each) => quality(each) > 0).toSorted((one, other) => quality(other) - quality(one))
}

function mediaType(text: string): MediaType {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const pairs = parameters.map((each): [string, string] => {
    const at = each.indexOf('=')
    return at === -1 ? [each, ''] : [each.slice(0, at), each.slice(at + 1)]
  })
  return { type, parameters: new Map(pairs) }
}

export const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/*', '*/*'])

/** What else the API answers with: a log, a stream of lines. */
const OTHER_TYPES: ReadonlySet<string> = new Set(['text/plain', 'text/*', 'application/x-ndjson'])

type Asked = Pick<ApiRequest, 'headers' | 'path'>

/** `table`: of this version of `meta.k8s.io`. */
export type Form = { readonly as: 'object' | 'metadata' } | { readonly as: 'table'; readonly version: 'v1' | 'v1beta1' }

/** [PROTO8] The form that is wanted most of those there are; a 406 where none is. */
export function formOf({ headers, path }: Asked): Form {
  const header = headers['accept']
  for (const wish of accepted(header)) {
    const form = offered(wish)
    if (form !== undefined) return form
  }
  throw new ApiError(
    'NotAcceptable',
    `${path} is served as application/json only, "${(header ?? '').slice(0, 200)}" was asked for`,
  )
}

/** [PROTO8] Of these types, best first, the one that is wanted most. */
export function accepts({ headers, path }: Asked, types: readonly string[]): string {
  const header = headers['accept']
  for (const { type } of accepted(header)) {
    const found = types.find((each) => type === each || type === '*/*' || type === `${each.split('/')[0]}/*`)
    if (found !== undefined) return found
  }
  throw new ApiError(
    'NotAcceptable',
    `${path} is served as ${types.join(' or ')}, "${(header ?? '').slice(0, 200)}" was asked for`,
  )
}

function offered({ type, parameters }: MediaType): Form | undefined {
  const as = parameters.get('as')
  if (as === undefined && !parameters.has('g')) {
    return JSON_TYPES.has(type) || OTHER_TYPES.has(type) ? { as: 'object' } : undefined
  }
  const version = parameters.get('v')
  if (!JSON_TYPES.has(type) || parameters.get('g') !== 'meta.k8s.io') return undefined
  if (version !== 'v1' && version !== 'v1beta1') return undefined
  if (as === 'table') return { as: 'table', version }
  return version === 'v1' && (as === 'partialobjectmetadata' || as === 'partialobjectmetadatalist')
    ? { as: 'metadata' }
    : undefined
}
