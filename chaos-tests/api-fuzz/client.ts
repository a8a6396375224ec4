/**
 * Sends shots to a node's socket and takes what comes, for so long and so much. What never ends by itself (a watch, a log that is
 * followed) is ended here once it has begun.
 *
 * @module
 */
import { request } from 'node:http'
import { connect } from 'node:net'
import { constants, gunzipSync } from 'node:zlib'
import type { Shot } from './shots.ts'

export interface Answer {
  /** 0: the connection was ended without one. */
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly tookMs: number
  /** Nothing came within the time. */
  readonly isHung: boolean
  /** It goes on, and was ended here. */
  readonly isStream: boolean
}

/** A stream that has begun is looked at for so long. */
const STREAM_MS = 150

export function send(socketPath: string, shot: Shot, hungMs: number): Promise<Answer> {
  return shot.raw === undefined ? exchange(socketPath, shot, hungMs) : shout(socketPath, shot.raw, hungMs)
}

/** As much of it as came: some answers are cut here. */
function unpacked(bytes: Buffer, headers: Answer['headers']): Buffer {
  if (headers['content-encoding'] !== 'gzip') return bytes
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return bytes
  }
}

function exchange(socketPath: string, { method, url, headers, body }: Shot, hungMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const startMs = performance.now()
    const chunks: Buffer[] = []
    let status = 0
    let answered: Answer['headers'] = {}
    let isStream = false
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const path = url.replace(/[^\x21-\x7e]/g, encodeURIComponent)
    const outgoing = request({ socketPath, method, path, agent: false, headers: { ...headers, ...length } })
    const done = (isHung = false): void => {
      clearTimeout(timer)
      outgoing.destroy()
      const text = unpacked(Buffer.concat(chunks), answered).toString('utf8')
      resolve({ status, headers: answered, text, tookMs: performance.now() - startMs, isHung, isStream })
    }
    const timer = setTimeout(() => done(true), hungMs)
    const cutSoon = (): void => {
      isStream = true
      setTimeout(done, STREAM_MS)
    }
    outgoing.on('upgrade', (incoming, socket) => {
      status = incoming.statusCode ?? 0
      socket.on('error', () => {})
      socket.end(Buffer.from([0x81, 0xff, 0, 1, 2, 3, 0x80, 3, 0, 1, 9, 9, 9, 9]))
      cutSoon()
    })
    outgoing.on('response', (incoming) => {
      status = incoming.statusCode ?? 0
      answered = incoming.headers
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => done())
      incoming.on('error', () => done())
      // It has no end, so it says no length; nor has a long list, which ends for all that.
      if (/watch=|follow=|shoal\/v1\/logs/.test(url) && status === 200) cutSoon()
    })
    outgoing.on('error', () => done())
    outgoing.on('continue', () => {})
    outgoing.end(body)
  })
}

function shout(socketPath: string, raw: Buffer, hungMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const startMs = performance.now()
    const chunks: Buffer[] = []
    const socket = connect(socketPath)
    const done = (isHung = false): void => {
      clearTimeout(timer)
      socket.destroy()
      const text = Buffer.concat(chunks).toString('latin1')
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
      resolve({ status, headers: {}, text: '', tookMs: performance.now() - startMs, isHung, isStream: true })
    }
    const timer = setTimeout(() => done(true), hungMs)
    // What waits for the rest of a request waits with right: it is told so by nothing more to come.
    socket.on('connect', () => socket.end(raw))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('close', () => done())
    socket.on('error', () => {})
  })
}
