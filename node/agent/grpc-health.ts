/**
 * One question of the gRPC health protocol (`grpc.health.v1.Health/Check`) over HTTP/2 on a connection that is there already:
 * a request of one short message, an answer of one number.
 *
 * @module
 */
import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import type { Duplex } from 'node:stream'

const PATH = '/grpc.health.v1.Health/Check'
/** A frame of gRPC: a flag for compression and the length. */
const FRAME_HEADER_BYTES = 5
/** The answer has 7 bytes. */
const ANSWER_BYTES_MAX = 1_024
/** HealthCheckResponse.ServingStatus. */
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']

/** What the server says: a name of a status, or a failure as a rejection. The caller bounds the time. */
export async function askGrpcHealth(connection: Duplex, { authority, service }: Question): Promise<string> {
  const session = connect(`http://${authority}`, { createConnection: () => connection })
  try {
    return await check(session, service)
  } finally {
    session.on('error', () => {}).destroy()
  }
}

interface Question {
  readonly authority: string
  /** Empty: the server as a whole. */
  readonly service: string
}

function check(session: ClientHttp2Session, service: string): Promise<string> {
  return new Promise((resolve, reject) => {
    session.once('error', reject)
    session.once('close', () => reject(new Error('closed the connection without an answer')))
    const headers = { 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'shoal-probe' }
    const stream = session.request({ ':method': 'POST', ':path': PATH, ...headers })
    let body = Buffer.alloc(0)
    let failure: string | undefined
    const hear = (heard: IncomingHttpHeaders): void => {
      const httpStatus = Number(heard[constants.HTTP2_HEADER_STATUS] ?? 200)
      if (httpStatus !== 200) failure = `answered HTTP ${httpStatus}`
      const code = heard['grpc-status']
      if (code === undefined || code === '0') return
      failure =
        `answered gRPC code ${String(code).slice(0, 8)} ${String(heard['grpc-message'] ?? '').slice(0, 200)}`.trimEnd()
    }
    stream.on('response', hear)
    stream.on('trailers', hear)
    stream.on('data', (chunk: Buffer) => {
      body = Buffer.concat([body, chunk])
      if (body.length > ANSWER_BYTES_MAX) reject(new Error('answered with more than a status'))
    })
    stream.once('error', reject)
    stream.once('end', () => (failure === undefined ? resolve(servingStatus(body)) : reject(new Error(failure))))
    stream.end(requestFrame(service))
  })
}

/** HealthCheckRequest{service}: field 1, a text; left out where it is empty. */
function requestFrame(service: string): Buffer {
  const text = Buffer.from(service)
  const message = text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a]), varint(text.length), text])
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header.writeUInt32BE(message.length, 1)
  return Buffer.concat([header, message])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** HealthCheckResponse{status}: field 1, a number; left out where it is 0. */
function servingStatus(body: Buffer): string {
  const message = body.subarray(FRAME_HEADER_BYTES)
  if (body.length < FRAME_HEADER_BYTES || body[0] !== 0 || message.length !== body.readUInt32BE(1)) {
    throw new Error('was answered by something that is not gRPC')
  }
  const status = message.length === 0 ? 0 : message[0] === 0x08 && message.length === 2 ? message[1] : undefined
  return STATUS_NAMES[status ?? -1] ?? 'a status that is not known'
}
