/**
 * Asks a container how it is. Only the pod's own address is ever connected to, whatever the manifest says; redirects are
 * not followed, since they would make the node a proxy into its own network; and no more is read than the status line.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import { connect as secure } from 'node:tls'
import type { World } from '../world/world.ts'
import type { CommandEnd } from './command.ts'
import { askGrpcHealth } from './grpc-health.ts'
import type { HttpHeader, ProbeAnswer, ProbeTarget } from './probe-rule.ts'

/** A status line is 12 bytes and a reason; a server that sends more before its first line end is none. */
const STATUS_LINE_BYTES_MAX = 1_024

export interface ProbeRequest {
  readonly target: ProbeTarget
  readonly podIP: string
  readonly timeoutMs: number
  /** Runs a command in the container, for so long at most. */
  run(command: readonly string[], timeoutMs: number): Promise<CommandEnd>
}

export type ProbeWorld = Pick<World, 'sockets' | 'timers'>

/** Never rejects: what goes wrong is the answer. */
export async function probe(world: ProbeWorld, request: ProbeRequest): Promise<ProbeAnswer> {
  const { target } = request
  return target.kind === 'exec' ? probeByCommand(target.command, request) : probeByNetwork(world, request, target)
}

/** [PRB30] */
async function probeByCommand(
  command: readonly string[],
  { timeoutMs, run }: Pick<ProbeRequest, 'timeoutMs' | 'run'>,
): Promise<ProbeAnswer> {
  const name = command[0] ?? ''
  const end = await run(command, timeoutMs)
  if ('trouble' in end) return { ok: false, reason: `command ${name}: ${end.trouble}` }
  if (end.exitCode === 0) return { ok: true }
  const said = end.output === '' ? '' : `: ${end.output}`
  return { ok: false, reason: `command ${name} ended with exit code ${end.exitCode}${said}` }
}

type NetworkTarget = Exclude<ProbeTarget, { kind: 'exec' }>

async function probeByNetwork(world: ProbeWorld, request: ProbeRequest, target: NetworkTarget): Promise<ProbeAnswer> {
  const { podIP: host, timeoutMs } = request
  if (host === '') return { ok: false, reason: 'the pod has no address yet' }
  const { port } = target
  const asks = nameOf(target, authority(host, port))
  let connection: Duplex | undefined
  try {
    connection = await world.sockets.connect({ host, port, timeoutMs })
  } catch (error) {
    return { ok: false, reason: `${host}:${port} ${wordsOf(error)}` }
  }
  const opened = connection
  const cancel = world.timers.after(timeoutMs, () => opened.destroy(new Error('answered nothing in time')))
  try {
    return await ask(connection, target, host)
  } catch (error) {
    return { ok: false, reason: `${asks} ${wordsOf(error)}` }
  } finally {
    cancel()
    connection.on('error', () => {}).destroy()
  }
}

function nameOf(target: NetworkTarget, at: string): string {
  switch (target.kind) {
    case 'http':
      return `GET ${target.isSecure === true ? 'https' : 'http'}://${at}${target.path}`
    case 'grpc':
      return `gRPC health of ${target.service === '' ? at : `${target.service} at ${at}`}`
    case 'tcp':
      return at
  }
}

/** Over a connection that is there. Rejects with what went wrong on it. */
async function ask(connection: Duplex, target: NetworkTarget, host: string): Promise<ProbeAnswer> {
  const at = authority(host, target.port)
  const name = nameOf(target, at)
  switch (target.kind) {
    case 'tcp':
      return { ok: true }
    case 'http': {
      const status = await askHttp(connection, target, at)
      if (status === undefined) return { ok: false, reason: `${name} was answered by something that is not HTTP` }
      return status >= 200 && status < 400 ? { ok: true } : { ok: false, reason: `${name} answered ${status}` }
    }
    case 'grpc': {
      // [PRB32]
      const status = await orHungUp(connection, askGrpcHealth(connection, { authority: at, service: target.service }))
      return status === 'SERVING' ? { ok: true } : { ok: false, reason: `${name} answered ${status}` }
    }
  }
}

type HttpTarget = ProbeTarget & { readonly kind: 'http' }

/** The status, or undefined where the answer is no HTTP. */
async function askHttp(connection: Duplex, target: HttpTarget, at: string): Promise<number | undefined> {
  if (target.isSecure !== true) {
    const line = statusLine(connection)
    connection.write(requestText(target, at))
    return readStatus(await line)
  }
  // [PRB31] As the kubelet: a certificate of the pod's own making is as good as any.
  const tls = secure({ socket: connection, rejectUnauthorized: false })
  const line = orHungUp(connection, statusLine(tls))
  tls.write(requestText(target, at))
  return readStatus(await line)
}

/** A layer above a connection need not tell that it was destroyed. */
function orHungUp<Answer>(connection: Duplex, answer: Promise<Answer>): Promise<Answer> {
  return Promise.race([
    answer,
    new Promise<never>((_resolve, reject) => {
      connection.once('error', reject)
      connection.once('close', () => reject(new Error('closed the connection without an answer')))
    }),
  ])
}

function requestText(target: HttpTarget, at: string): string {
  const given = target.headers.filter(isPlainHeader)
  const isGiven = (name: string): boolean => given.some((header) => header.name.toLowerCase() === name)
  const own = [
    { name: 'Host', value: at },
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
