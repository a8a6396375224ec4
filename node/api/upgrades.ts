/**
 * As what the connection of a session goes on: Shoal's own frames, or what kubectl and client libraries speak, over WebSocket
 * and over SPDY/3.1, which the older ones know alone.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { ExecSession } from '../runtime/runtime.ts'
import { CHANNEL_PROTOCOLS, serveChannels } from '../session/channels.ts'
import { serveForwardChannels, type Forwarded } from '../session/forward-channels.ts'
import { FORWARD_PROTOCOL, serveForwards, type Dial } from '../session/forwards.ts'
import { serveSession } from '../session/serve.ts'
import { serveStreams, STREAMS_PROTOCOL } from '../session/streams.ts'
import { bytesOver } from '../session/websocket-bytes.ts'
import { acceptOf } from '../session/websocket.ts'
import type { ApiRequest } from './message.ts'
import { ApiError } from './status.ts'

export const SESSION_PROTOCOL = 'shoal-session'

/** What the answer says, so that the other side goes on. */
export interface Answer {
  readonly protocol: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface SessionUpgrade extends Answer {
  readonly serve: (stream: Duplex, session: ExecSession) => Promise<void>
}

/** `ports`: named in the request, and connected before it is answered. `dial`: as the client goes on it names one after another. */
export type ForwardUpgrade = Answer &
  (
    | { readonly how: 'ports'; readonly serve: (stream: Duplex, ports: readonly Forwarded[]) => Promise<void> }
    | { readonly how: 'one' }
    | { readonly how: 'dial'; readonly serve: (stream: Duplex, dial: Dial) => Promise<void> }
  )

const COMMANDS = { exec: 'exec', attach: 'attach', portforward: 'port-forward', files: 'cp' } as const

type Asked = Pick<ApiRequest, 'headers' | 'method' | 'query'>

const wantedOf = ({ headers }: Asked): string | undefined => headers['upgrade']?.toLowerCase()

/** [KUBE52] Ours, or the best of kubectl's that it offers and we speak. */
export function sessionUpgrade(request: Asked, subresource: 'exec' | 'attach' | 'files'): SessionUpgrade {
  const wanted = wantedOf(request)
  if (wanted === SESSION_PROTOCOL) return { protocol: SESSION_PROTOCOL, serve: serveSession }
  if (subresource === 'files') throw nothingElse(subresource)
  if (wanted === 'websocket') return { ...webSocket(request, CHANNEL_PROTOCOLS), serve: serveChannels }
  if (wanted !== 'spdy/3.1') throw nothingElse(subresource, 'websocket or SPDY/3.1')
  const { query } = request
  const says = (name: string): boolean => query.get(name) === 'true'
  const outputs = { stdout: says('stdout'), stderr: says('stderr') && !says('tty') }
  return {
    ...spdy(request, STREAMS_PROTOCOL),
    serve: (stream, session) => serveStreams(stream, session, outputs),
  }
}

export function forwardUpgrade(request: Asked): ForwardUpgrade {
  const wanted = wantedOf(request)
  if (wanted === SESSION_PROTOCOL) return { protocol: SESSION_PROTOCOL, how: 'one' }
  if (wanted === 'spdy/3.1') return { ...spdy(request, FORWARD_PROTOCOL), how: 'dial', serve: serveForwards }
  if (wanted !== 'websocket') throw nothingElse('portforward', 'websocket or SPDY/3.1')
  const answer = webSocket(request, [`SPDY/3.1+${FORWARD_PROTOCOL}`, 'v4.channel.k8s.io'])
  return answer.chosen === 'v4.channel.k8s.io'
    ? { ...answer, how: 'ports', serve: serveForwardChannels }
    : { ...answer, how: 'dial', serve: (stream, dial) => serveForwards(bytesOver(stream), dial) }
}

function nothingElse(subresource: keyof typeof COMMANDS, others?: string): ApiError {
  const kubectl = others === undefined ? '' : ', or kubectl'
  return new ApiError(
    'BadRequest',
    `${subresource} is served to requests with Upgrade: ${SESSION_PROTOCOL}${others === undefined ? '' : `, ${others}`} alone: use \`shoal ${COMMANDS[subresource]}\`${kubectl}`,
  )
}

function webSocket({ headers, method }: Asked, protocols: readonly string[]): Answer & { readonly chosen: string } {
  const chosen = offered(headers['sec-websocket-protocol'], protocols)
  if (chosen === undefined)
    throw new ApiError('BadRequest', `Sec-WebSocket-Protocol: offer one of ${protocols.join(', ')}`)
  const key = headers['sec-websocket-key'] ?? ''
  if (method !== 'GET' || headers['sec-websocket-version'] !== '13' || Buffer.from(key, 'base64').length !== 16)
    throw new ApiError('BadRequest', 'a WebSocket begins with GET, Sec-WebSocket-Version: 13 and a key of 16 bytes')
  const answer = { 'sec-websocket-accept': acceptOf(key), 'sec-websocket-protocol': chosen }
  return { protocol: 'websocket', headers: answer, chosen }
}

function spdy({ headers }: Asked, protocol: string): Answer {
  if (offered(headers['x-stream-protocol-version'], [protocol]) === undefined)
    throw new ApiError('BadRequest', `X-Stream-Protocol-Version: offer ${protocol}`)
  return { protocol: 'SPDY/3.1', headers: { 'x-stream-protocol-version': protocol } }
}

/** Of a list in a header the first that we speak, in our order. */
function offered(list: string | undefined, spoken: readonly string[]): string | undefined {
  const names = (list ?? '').split(',').map((each) => each.trim())
  return spoken.find((each) => names.includes(each))
}
