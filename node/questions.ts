/**
 * What one node asks another when a person wants to know: its events, its digest, the output of a pod it runs. Answers are
 * for reading only; nothing is decided by them. A node that does not answer in time is named as missing, never waited for.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream'
import { NetError, type PeerId, type Transport } from '../net/index.ts'
import type { LogOptions } from './runtime/runtime.ts'
import type { Timers } from './world/world.ts'

/** Longest wait for an answer: a person is looking at the screen. */
const ANSWER_MS_MAX = 1_500
/** Events and heads of the largest node; the rest is cut off as a broken answer. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024

export type Question = { readonly ask: 'events' } | { readonly ask: 'digest'; readonly heads: boolean }

export interface LogQuestion {
  readonly uid: string
  readonly options: LogOptions
}

type Opener = Pick<Transport, 'open'>

export async function ask(transport: Opener, timers: Timers, peer: PeerId, question: Question): Promise<unknown> {
  return withTimeout(timers, peer, async () => {
    const stream = await transport.open(peer, 'ask', encode(question))
    stream.end()
    return decode(await readAll(stream))
  })
}

/** Answers one question and ends the stream. `answer` may throw; the asker then sees the stream break. */
export function serveQuestion(header: Uint8Array, stream: Duplex, answer: (question: Question) => unknown): void {
  stream.on('error', () => stream.destroy())
  const question = parseQuestion(decode(header))
  if (question === undefined) {
    stream.destroy()
    return
  }
  stream.resume()
  stream.end(encode(answer(question)))
}

export function askLogs(transport: Opener, peer: PeerId, question: LogQuestion): Promise<Readable> {
  return transport.open(peer, 'logs', encode(question))
}

/** A log question as it came from a peer, or undefined where it is none. */
export function parseLogQuestion(header: Uint8Array): LogQuestion | undefined {
  const value = decode(header)
  if (!isRecord(value) || typeof value['uid'] !== 'string' || !isRecord(value['options'])) return undefined
  const { container, follow, tailLines, sinceMs, timestamps, previous } = value['options']
  if (typeof container !== 'string') return undefined
  const options: LogOptions = {
    container,
    follow: follow === true,
    timestamps: timestamps === true,
    previous: previous === true,
  }
  return {
    uid: value['uid'],
    options: {
      ...options,
      ...(isCount(tailLines) ? { tailLines } : {}),
      ...(isCount(sinceMs) ? { sinceMs } : {}),
    },
  }
}

function parseQuestion(value: unknown): Question | undefined {
  if (!isRecord(value)) return undefined
  if (value['ask'] === 'events') return { ask: 'events' }
  if (value['ask'] === 'digest') return { ask: 'digest', heads: value['heads'] === true }
  return undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function encode(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** Undefined where the bytes are no JSON. */
function decode(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch {
    return undefined
  }
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MAX) {
      stream.destroy()
      throw new NetError('protocol', `the answer is longer than ${ANSWER_BYTES_MAX} bytes`)
    }
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

function withTimeout<T>(timers: Timers, peer: PeerId, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ANSWER_MS_MAX, () =>
      reject(new NetError('timeout', `${peer} did not answer within ${ANSWER_MS_MAX} ms`)),
    )
    work().then(resolve, reject).finally(cancel)
  })
}
