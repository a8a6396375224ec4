/**
 * Errors as Kubernetes clients read them: a `Status` with a code, a reason for programs and a sentence for people, and for
 * invalid objects one cause per field.
 *
 * @module
 */
import { isMarked, type FieldError, type KubeObject } from '../../crdt/index.ts'
import type { Refusal } from './backend.ts'
import type { ApiResponse } from './message.ts'
import { json } from './message.ts'
import type { Resource } from './served.ts'

/** Reason -> HTTP code, as `apimachinery/pkg/apis/meta/v1/types.go` pairs them. */
const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  InsufficientStorage: 507,
} as const

export type Reason = keyof typeof CODES

export interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

export interface Details {
  readonly name?: string
  readonly group?: string
  /** The plural for what was not found, the kind for what is invalid: as Kubernetes does it. */
  readonly kind?: string
  readonly causes?: readonly Cause[]
  readonly retryAfterSeconds?: number
}

/** Thrown by handlers, answered as a `Status`. */
export class ApiError extends Error {
  readonly reason: Reason
  readonly details: Details | undefined

  constructor(reason: Reason, message: string, details?: Details) {
    super(message)
    this.name = 'ApiError'
    this.reason = reason
    this.details = details
  }
}

/** The Status object of an error, also sent within a watch. */
export function statusOf(error: ApiError): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: cut(error.message, MESSAGE_CHARS_MAX),
    reason: error.reason,
    // [API4] Always there: kubectl looks into them unasked.
    details: error.details ?? {},
    code: CODES[error.reason],
  }
}

export function errorResponse(error: ApiError): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds
  return json(CODES[error.reason], statusOf(error), {
    headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  })
}

/** `deployments.apps`, or `pods` in the core group. */
export function qualified(resource: Pick<Resource, 'plural' | 'group'>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

/** Which object a Status is about. */
export function detailsOf({ group, plural }: Pick<Resource, 'group' | 'plural'>, name: string) {
  return { name, ...(group === '' ? {} : { group }), kind: plural }
}

export function notFound(resource: Resource, name: string): ApiError {
  return new ApiError('NotFound', `${qualified(resource)} "${name}" not found`, detailsOf(resource, name))
}

export function forbidden(
  resource: Resource,
  name: string,
  { why, causes }: { readonly why: string; readonly causes: readonly Cause[] },
): ApiError {
  const details = { ...detailsOf(resource, name), causes }
  return new ApiError('Forbidden', `${qualified(resource)} "${name}" is forbidden: ${why}`, details)
}

/** The name belongs to another object. [FIN2] One that is on its way out has it still. */
export function taken(resource: Resource, object: KubeObject): ApiError {
  const error = refused(resource, object.metadata.name, { code: 'already-exists', message: '' })
  if (!isMarked(object)) return error
  return new ApiError(error.reason, `object is being deleted: ${error.message}`, error.details)
}

const CAUSE_OF: Readonly<Record<FieldError['reason'], string>> = {
  Required: 'FieldValueRequired',
  Invalid: 'FieldValueInvalid',
  NotSupported: 'FieldValueNotSupported',
  Duplicate: 'FieldValueDuplicate',
  TooLong: 'FieldValueTooLong',
  Forbidden: 'FieldValueForbidden',
}

/** Of a sentence, and of the path of a field: names of fields are the client's own, and may be long. */
const MESSAGE_CHARS_MAX = 4_096
const PATH_CHARS_MAX = 512

const cut = (text: string, charsMax: number): string =>
  text.length <= charsMax ? text : `${text.slice(0, charsMax)}...`

/** At most this many causes travel in one answer; a list of 10,000 bad containers is one mistake, not 10,000. */
const CAUSES_MAX = 20

export function invalid(resource: Resource, name: string, fields: readonly FieldError[]): ApiError {
  // [FUZZ2] Of the object as a whole: there is no field to be named.
  const whole = fields.find(({ field, reason }) => field === '' && reason === 'TooLong')
  if (whole !== undefined) return refused(resource, name, { code: 'too-large', message: `${whole.message}: split it` })
  const shown = fields
    .slice(0, CAUSES_MAX)
    .map((each) => ({ ...each, field: cut(each.field, PATH_CHARS_MAX), message: cut(each.message, PATH_CHARS_MAX) }))
  const sentences = shown.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
  if (fields.length > shown.length) sentences.push(`and ${fields.length - shown.length} more`)
  const listed = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`
  return new ApiError('Invalid', `${kind} "${cut(name, PATH_CHARS_MAX)}" is invalid: ${listed}`, {
    ...detailsOf(resource, name),
    kind: resource.kind,
    causes: shown.map(({ field, reason, message }) => ({ reason: CAUSE_OF[reason], message, field })),
  })
}

/** Of the options of a request, as Kubernetes names them: `DeleteOptions`. */
export function invalidOption(kind: string, cause: Required<Cause>): ApiError {
  return new ApiError('Invalid', `${kind}.meta.k8s.io "" is invalid: ${cause.field}: ${cause.message}`, {
    group: 'meta.k8s.io',
    kind,
    causes: [cause],
  })
}

/** What the node said no to, in the words of the protocol. */
export function refused(resource: Resource, name: string, refusal: Refusal): ApiError {
  const details = detailsOf(resource, name)
  switch (refusal.code) {
    case 'already-exists':
      return new ApiError('AlreadyExists', `${qualified(resource)} "${name}" already exists`, details)
    case 'not-found':
      return notFound(resource, name)
    case 'conflict':
      return conflict(resource, name, refusal.message)
    case 'invalid':
      return invalid(resource, name, refusal.fields ?? [{ field: '', reason: 'Invalid', message: refusal.message }])
    case 'too-large':
      return new ApiError('RequestEntityTooLarge', `${qualified(resource)} "${name}": ${refusal.message}`, details)
    case 'full':
      return new ApiError('InsufficientStorage', refusal.message, details)
    case 'clock':
      return new ApiError('ServiceUnavailable', refusal.message, details)
    case 'unavailable':
      return new ApiError('ServiceUnavailable', refusal.message, { ...details, retryAfterSeconds: 1 })
  }
}

export function conflict(resource: Resource, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`
  return new ApiError('Conflict', message, detailsOf(resource, name))
}
