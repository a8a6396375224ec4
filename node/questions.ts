/**
 * What one node asks another when a person wants to know: its events, its digest, the output of a pod it runs. Answers are
 * for reading only; nothing is decided by them. A node that does not answer in time is named as missing, never waited for.
 * And the one thing that it asks for: that a pod which is to end does so sooner.
 *
 * @module
 */
import type { Duplex, Readable } from 'node:stream'
import { GRACE_SECONDS_MAX } from '../crdt/index.ts'
import { NetError, type PeerId, type Transport } from '../net/index.ts'
import { RuntimeError, type LogOptions } from './runtime/runtime.ts'
import type { Timers } from './world/world.ts'

/** Longest wait for an answer: a person is looking at the screen. */
const ANSWER_MS_MAX = 1_500
/** [API122] What pods take is measured over half a second, and an engine looks at its containers twice for it. */
const USAGE_ANSWER_MS_MAX = 5_000
/** Events and heads of the largest node; the rest is cut off as a broken answer. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024

export type Question = { readonly ask: 'events' | 'usage' } | { readonly ask: 'digest'; readonly heads: boolean }

/** [GRACE2] */
export interface Haste {
  readonly ask: 'hasten'
  readonly uid: string
  readonly graceMs: number
}

export interface LogQuestion {
  readonly uid: string
  readonly options: LogOptions
}

/** What an answer to a log question begins with: then comes the output, or the reason why there is none. */
const LOG_ANSWER = { output: 0, refusal: 1, noPrevious: 2 } as const
/** A runtime that is asked for the output of a container may be slow itself. */
const LOG_ANSWER_MS_MAX = 10_000
/** A sentence, and a long one. */
const REASON_BYTES_MAX = 4 * 1024

type Opener = Pick<Transport, 'open'>

export async function ask(
  transport: Opener,
  timers: Timers,
  peer: PeerId,
  question: Question | Haste,
): Promise<unknown> {
  const ms = question.ask === 'usage' ? USAGE_ANSWER_MS_MAX : ANSWER_MS_MAX
  return within({ timers, peer, ms }, async () => {
    const stream = await transport.open(peer, 'ask', encode(question))
    stream.end()
    return decode(await readAll(stream))
  })
}

/** Answers one question and ends the stream. `answer` may fail; the asker then sees the stream break. */
export function serveQuestion(
  header: Uint8Array,
  stream: Duplex,
  answer: (question: Question | Haste) => unknown,
): void {
  stream.on('error', () => stream.destroy())
  const question = parseQuestion(decode(header))
  if (question === undefined) {
    stream.destroy()
    return
  }
  stream.resume()
  void (async () => encode(await answer(question)))().then(
    (bytes) => stream.end(bytes),
    () => stream.destroy(),
  )
}

/** [API60] Rejects with the reason that the other node gives. */
export async function askLogs(
  { transport, timers }: { transport: Opener; timers: Timers },
  peer: PeerId,
  question: LogQuestion,
): Promise<Readable> {
  const stream = await transport.open(peer, 'logs', encode(question))
  try {
    const first = await within({ timers, peer, ms: LOG_ANSWER_MS_MAX }, () => firstChunk(stream))
    if (first[0] === LOG_ANSWER.output) return stream
    const reason = (): Promise<string> => reasonIn(first.subarray(1), stream)
    if (first[0] === LOG_ANSWER.noPrevious) throw new RuntimeError('no-previous', await reason())
    if (first[0] === LOG_ANSWER.refusal) throw new Error(await reason())
    throw new NetError('protocol', `${peer} answered something that is no output`)
  } catch (error) {
    stream.destroy()
    throw error
  }
}

/** Hands the output over, with a word before it that says that it comes. */
export function answerLogs(stream: Duplex, output: Readable): void {
  output.on('error', () => stream.destroy())
  // The asker may have gone while the runtime was asked.
  if (stream.destroyed) return void output.destroy()
  stream.on('close', () => output.destroy())
  stream.write(Uint8Array.of(LOG_ANSWER.output))
  output.pipe(stream)
}

export function refuseLogs(stream: Duplex, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  const isPrevious = error instanceof RuntimeError && error.code === 'no-previous'
  const answer = isPrevious ? LOG_ANSWER.noPrevious : LOG_ANSWER.refusal
  stream.resume()
  stream.end(Buffer.concat([Uint8Array.of(answer), Buffer.from(reason).subarray(0, REASON_BYTES_MAX)]))
}

/** Output is left in the stream, but for the word before it. */
function firstChunk(stream: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const done = (): void =>
      void stream.off('readable', look).off('end', ended).off('close', ended).off('error', failed)
    const look = (): void => {
      const chunk = stream.read() as Uint8Array | null
      if (chunk === null) return
      // At once: a stream that was read to its end ends before a promise is told.
      if (chunk[0] === LOG_ANSWER.output && chunk.length > 1) stream.unshift(chunk.subarray(1))
      done()
      resolve(chunk)
    }
    const ended = (): void => failed(new NetError('protocol', 'the node ended the answer before it began'))
    const failed = (error: Error): void => {
      done()
      reject(error)
    }
    stream.on('readable', look).on('end', ended).on('close', ended).on('error', failed)
  })
}

/** As text that a terminal can be shown. */
async function reasonIn(first: Uint8Array, rest: Readable): Promise<string> {
  const chunks = [first]
  let bytes = first.length
  for await (const chunk of rest as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= REASON_BYTES_MAX) break
  }
  const text = Buffer.concat(chunks).subarray(0, REASON_BYTES_MAX).toString('utf8')
  return text.replaceAll(/\p{C}/gu, ' ').trim() || 'the node refused, and did not say why'
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

function parseQuestion(value: unknown): Question | Haste | undefined {
  if (!isRecord(value)) return undefined
  const { uid, graceMs } = value
  if (value['ask'] === 'hasten')
    return typeof uid === 'string' && isCount(graceMs) && graceMs <= GRACE_SECONDS_MAX * 1_000
      ? { ask: 'hasten', uid, graceMs }
      : undefined
  if (value['ask'] === 'events' || value['ask'] === 'usage') return { ask: value['ask'] }
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

function within<T>(
  { timers, peer, ms }: { timers: Timers; peer: PeerId; ms: number },
  work: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(new NetError('timeout', `${peer} did not answer within ${ms} ms`)))
    work().then(resolve, reject).finally(cancel)
  })
}
