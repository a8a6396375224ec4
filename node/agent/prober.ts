/**
 * Asks a pod whether it is ready. Only the pod's own address is ever connected to, whatever the manifest says; redirects are
 * not followed, since they would make the node a proxy into its own network; and no more is read than the status line.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { World } from '../world/world.ts'
import type { HttpHeader, ProbeAnswer, ProbeTarget } from './readiness.ts'

/** A status line is 12 bytes and a reason; a server that sends more before its first line end is none. */
const STATUS_LINE_BYTES_MAX = 1_024

export interface ProbeRequest {
  readonly target: ProbeTarget
  readonly podIP: string
  readonly timeoutMs: number
}

export type ProbeWorld = Pick<World, 'sockets' | 'timers'>

/** Never rejects: what goes wrong is the answer. */
export async function probe(world: ProbeWorld, request: ProbeRequest): Promise<ProbeAnswer> {
  const { target, podIP: host, timeoutMs } = request
  if (host === '') return { ok: false, reason: 'the pod has no address yet' }
  let connection: Duplex | undefined
  try {
    connection = await world.sockets.connect({ host, port: target.port, timeoutMs })
    if (target.kind === 'tcp') return { ok: true }
    return await askHttp(world, connection, { ...request, target })
  } catch (error) {
    return { ok: false, reason: `${host}:${target.port} ${wordsOf(error)}` }
  } finally {
    connection?.on('error', () => {}).destroy()
  }
}

type HttpRequest = ProbeRequest & { readonly target: ProbeTarget & { kind: 'http' } }

async function askHttp(world: ProbeWorld, connection: Duplex, request: HttpRequest): Promise<ProbeAnswer> {
  const { target, podIP, timeoutMs } = request
  const url = `http://${authority(podIP, target.port)}${target.path}`
  const line = statusLine(connection)
  const cancel = world.timers.after(timeoutMs, () => connection.destroy(new Error('answered nothing in time')))
  try {
    connection.write(requestText(request))
    const status = readStatus(await line)
    if (status === undefined) return { ok: false, reason: `GET ${url} was answered by something that is not HTTP` }
    return status >= 200 && status < 400 ? { ok: true } : { ok: false, reason: `GET ${url} answered ${status}` }
  } catch (error) {
    return { ok: false, reason: `GET ${url} ${wordsOf(error)}` }
  } finally {
    cancel()
  }
}

function requestText({ target, podIP }: HttpRequest): string {
  const given = target.headers.filter(isPlainHeader)
  const isGiven = (name: string): boolean => given.some((header) => header.name.toLowerCase() === name)
  const own = [
    { name: 'Host', value: authority(podIP, target.port) },
    { name: 'User-Agent', value: 'shoal-probe' },
    { name: 'Accept', value: '*/*' },
    { name: 'Connection', value: 'close' },
  ].filter(({ name }) => !isGiven(name.toLowerCase()))
  const lines = [...own, ...given].map(({ name, value }) => `${name}: ${value}\r\n`)
  return `GET ${encodeURI(decodeSafely(target.path))} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** A line end inside a header would be a second request. */
function isPlainHeader({ name, value }: HttpHeader): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !/[\r\n\0]/.test(value)
}

/** So that a path that is encoded already is not encoded twice. */
function decodeSafely(path: string): string {
  try {
    return decodeURI(path)
  } catch {
    return path
  }
}

function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function statusLine(connection: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    connection.on('data', (chunk: Uint8Array) => {
      text += Buffer.from(chunk).toString('latin1')
      if (text.includes('\n') || text.length >= STATUS_LINE_BYTES_MAX) resolve(text)
    })
    const hungUp = (): void => reject(new Error('closed the connection without an answer'))
    connection.once('error', reject)
    connection.once('end', hungUp)
    connection.once('close', hungUp)
  })
}

function readStatus(text: string): number | undefined {
  const [, status] = /^HTTP\/1\.[01] (\d{3})[ \r\n]/.exec(text) ?? []
  return status === undefined ? undefined : Number(status)
}

function wordsOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  switch (code) {
    case 'ECONNREFUSED':
      return 'refused the connection'
    case 'ETIMEDOUT':
      return 'did not answer in time'
    default:
      return String(message ?? error)
  }
}
