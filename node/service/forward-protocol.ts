/**
 * What two nodes say on a stream of protocol `forward` before the bytes of the connection flow. The header asks for a pod's
 * port; one byte answers whether the pod took the connection. Only after it are a client's bytes sent, so that a refusal
 * can still be made good with another endpoint.
 *
 * @module
 */

export interface ForwardRequest {
  readonly podUid: string
  readonly port: number
}

/** Why an endpoint was not reached. */
export type Refusal =
  | 'refused' // the pod's machine answered that nobody listens
  | 'timeout' // nobody answered in time
  | 'unreachable' // no way to the pod's node or address
  | 'not-here' // that node does not run this pod, or the pod has no such port
  | 'busy' // that node forwards as many connections as it may

export class EndpointError extends Error {
  readonly code: Refusal

  constructor(code: Refusal, message: string) {
    super(message)
    this.name = 'EndpointError'
    this.code = code
  }
}

/** A request names a uid and a number: this leaves room for a dozen of them. */
const REQUEST_BYTES_MAX = 1_024

const ANSWERS: readonly ('connected' | Refusal)[] = [
  'connected',
  'refused',
  'timeout',
  'unreachable',
  'not-here',
  'busy',
]

export function encodeRequest({ podUid, port }: ForwardRequest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ podUid, port }))
}

/** Undefined where the bytes are no request. */
export function decodeRequest(header: Uint8Array): ForwardRequest | undefined {
  if (header.length > REQUEST_BYTES_MAX) return undefined
  let request: unknown
  try {
    request = JSON.parse(new TextDecoder().decode(header))
  } catch {
    return undefined
  }
  if (typeof request !== 'object' || request === null || !('podUid' in request) || !('port' in request))
    return undefined
  const { podUid, port } = request
  if (typeof podUid !== 'string' || typeof port !== 'number') return undefined
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? { podUid, port } : undefined
}

export function encodeAnswer(answer: 'connected' | Refusal): Uint8Array {
  return Uint8Array.of(ANSWERS.indexOf(answer))
}

/** Undefined where the byte is no answer. */
export function decodeAnswer(byte: number): 'connected' | Refusal | undefined {
  return ANSWERS[byte]
}

/** What Node's code of a failed connect means. */
export function refusalOf(error: unknown): Refusal {
  switch ((error as { code?: unknown } | undefined)?.code) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return 'refused'
    case 'ETIMEDOUT':
      return 'timeout'
    default:
      return 'unreachable'
  }
}
