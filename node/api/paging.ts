/**
 * Lists in pieces: `limit` objects, and a token to ask for those that follow. The token holds the key after which to go on
 * and the version at which the list began, no more: nothing is kept for who never comes back.
 *
 * A later piece shows its objects as they are by then. Who watches from the version of the list, which all its pieces share,
 * is told of whatever changed between, so what he knows ends whole.
 *
 * @module
 */
import type { DocumentKey } from '../../crdt/index.ts'
import { isObject } from './body.ts'
import { ApiError } from './status.ts'

export interface Page {
  /** Undefined: all of it. */
  readonly limit: number | undefined
  /** Where an earlier piece ended. */
  readonly from: { readonly version: string; readonly after: DocumentKey } | undefined
}

/** A key has at most a kind, two names and two slashes. */
const TOKEN_CHARS_MAX = 2_048

export function pageOf(query: URLSearchParams): Page {
  const token = query.get('continue') ?? ''
  return { limit: limitOf(query.get('limit')), from: token === '' ? undefined : opened(token) }
}

/** 0, as nothing, is no limit. */
function limitOf(asked: string | null): number | undefined {
  if (asked === null || asked === '') return undefined
  const limit = Number(asked)
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new ApiError(
      'BadRequest',
      `limit: Invalid value: ${JSON.stringify(asked.slice(0, 80))}: must be a whole number, 0 or more`,
    )
  }
  return limit === 0 ? undefined : limit
}

export function continueToken(from: NonNullable<Page['from']>): string {
  return Buffer.from(JSON.stringify(from)).toString('base64url')
}

function opened(token: string): NonNullable<Page['from']> {
  const value = token.length > TOKEN_CHARS_MAX ? undefined : parsed(Buffer.from(token, 'base64url').toString())
  if (isObject(value) && typeof value['version'] === 'string' && typeof value['after'] === 'string')
    return { version: value['version'], after: value['after'] }
  throw new ApiError('BadRequest', 'continue: Invalid value: this token was given by no list: list again without it')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
