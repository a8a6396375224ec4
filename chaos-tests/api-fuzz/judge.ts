/**
 * What an answer of the API has to be, whatever was asked.
 *
 * @module
 */
import type { Answer } from './client.ts'
import type { Shot } from './shots.ts'

/** Code -> reasons, as the API conventions pair them. */
const REASONS: Readonly<Record<number, readonly string[]>> = {
  400: ['BadRequest'],
  403: ['Forbidden'],
  404: ['NotFound'],
  405: ['MethodNotAllowed'],
  406: ['NotAcceptable'],
  409: ['AlreadyExists', 'Conflict'],
  410: ['Expired'],
  413: ['RequestEntityTooLarge'],
  415: ['UnsupportedMediaType'],
  422: ['Invalid'],
  429: ['TooManyRequests'],
}

/** Not of ours: what is no HTTP is answered before anybody looks at it. */
const OF_THE_PARSER = [0, 400, 408, 411, 413, 417, 431, 501, 505]

/** Longer, and what was sent is told back whole. */
const MESSAGE_CHARS_MAX = 16_384

interface Status {
  readonly kind?: unknown
  readonly apiVersion?: unknown
  readonly status?: unknown
  readonly code?: unknown
  readonly reason?: unknown
  readonly message?: unknown
  readonly details?: { readonly causes?: readonly { readonly field?: unknown; readonly reason?: unknown }[] }
}

/** A sentence for each thing that is wrong with it. */
export function faultsOf(shot: Shot, answer: Answer): readonly string[] {
  const { status, isHung } = answer
  if (isHung) return ['it did not answer']
  if (shot.raw !== undefined) return status < 500 || OF_THE_PARSER.includes(status) ? [] : [`it answered ${status}`]
  // node:http tells the parser's troubles itself, and what it does not expect it does not read.
  if (status === 0)
    return isTooLong(shot) || shot.headers['expect'] === 'wonders' ? [] : ['it ended the connection without an answer']
  if (status >= 500) return [`it answered ${status}: ${answer.text.slice(0, 300)}`]
  if (status >= 400) return isTooLong(shot) || shot.headers['expect'] === 'wonders' ? [] : refusalFaults(shot, answer)
  const isWrite = ['POST', 'PUT', 'PATCH'].includes(shot.method) && ['object', 'collection'].includes(shot.route.of)
  if (shot.isPoison && isWrite && status < 300) return [`it took what it must refuse: ${answer.text.slice(0, 300)}`]
  return jsonFaults(shot, answer)
}

const isTooLong = ({ headers }: Shot): boolean => JSON.stringify(headers).length > 12_000

function refusalFaults({ method }: Shot, { status, text, headers }: Answer): readonly string[] {
  if (method === 'HEAD') return text === '' ? [] : ['a body for HEAD']
  const said = parsed(text) as Status | undefined
  if (said?.kind !== 'Status') return [`${status} without a Status: ${text.slice(0, 300)}`]
  const wrong: string[] = []
  if (said.apiVersion !== 'v1' || said.status !== 'Failure') wrong.push('its Status is no v1 Failure')
  if (said.code !== status) wrong.push(`its Status says ${String(said.code)}, its code is ${status}`)
  if (REASONS[status]?.includes(String(said.reason)) !== true)
    wrong.push(`the reason ${String(said.reason)} for ${status}`)
  const message = typeof said.message === 'string' ? said.message : ''
  if (message.length < 8) wrong.push(`the message "${message}"`)
  if (message.length > MESSAGE_CHARS_MAX) wrong.push(`a message of ${message.length} characters`)
  if (/\n +at |undefined|Cannot read|is not a function|is not iterable/.test(message))
    wrong.push(`a message of the inside: ${message.slice(0, 300)}`)
  if (status === 422) wrong.push(...fieldFaults(said, message))
  if (status === 429 && headers['retry-after'] === undefined && !message.includes('budget'))
    wrong.push('no Retry-After')
  return wrong
}

/** What is invalid is named. */
function fieldFaults({ details }: Status, message: string): readonly string[] {
  if (message.startsWith('operation ')) return []
  const causes = details?.causes ?? []
  if (causes.length === 0) return [`422 without a cause: ${message.slice(0, 300)}`]
  const unnamed = causes.find(({ field }) => typeof field !== 'string' || field === '')
  if (unnamed !== undefined) return [`a cause without a field: ${message.slice(0, 300)}`]
  const missing = causes.find(({ field }) => !message.includes(String(field).slice(0, 100)))
  return missing === undefined ? [] : [`the message does not name ${String(missing.field).slice(0, 200)}`]
}

function jsonFaults({ method, url }: Shot, { text, headers, isStream, status }: Answer): readonly string[] {
  if (method === 'HEAD' || isStream || status === 304) return []
  const type = String(headers['content-type'] ?? '')
  if (!type.startsWith('application/json')) return []
  return parsed(text) === undefined ? [`what it answered to ${url.slice(0, 100)} is no JSON: ${text.slice(-200)}`] : []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
