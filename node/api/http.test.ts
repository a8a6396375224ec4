import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import type { PodFact } from '../../crdt/index.ts'
import { sessionOver } from '../session/reach.ts'
import { localUser } from './access.ts'
import { openDoor, serveApi } from './http.ts'
import type { ApiServer, Door } from './http.ts'
import { json } from './message.ts'
import type { ApiResponse, LineSink } from './message.ts'
import { Asker, DEPLOYMENTS, deployment, SELF } from './testing.ts'
import type { Loose } from './testing.ts'
import { Readers, UNREAD_BYTES_SUM_MAX } from './unread.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function tcp(asker = new Asker()): Promise<{ asker: Asker; server: ApiServer; port: number }> {
  const server = await serveApi(asker.api, { tcp: { host: '127.0.0.1', port: 0 } })
  cleanups.push(() => server.close())
  return { asker, server, port: Number(new URL(server.urls[0] as string).port) }
}

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'shoal-http-'))
  cleanups.push(() => rmSync(made, { recursive: true, force: true }))
  return made
}

function open(options: RequestOptions, body?: string | Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', ...options }, resolve)
    asking.once('error', reject)
    asking.end(body)
  })
}

async function ask(
  options: RequestOptions,
  body?: string | Buffer,
): Promise<{ status: number; headers: IncomingMessage['headers']; value: Loose }> {
  const answer = await open(options, body)
  const text = (await answer.toArray()).join('')
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    value: text.startsWith('{') ? JSON.parse(text) : text,
  }
}

test('[API10] only our own names are taken as Host', async () => {
  const { port } = await tcp()
  for (const host of ['evil.com', `evil.com:${port}`, '127.0.0.1.evil.com', '0.0.0.0']) {
    const { status, value } = await ask({ port, path: '/livez', headers: { host } })
    expect(status).toBe(403)
    expect(value.message).toBe(
      `the Host header says "${host.replace(/:\d+$/, '')}", which is none of this API's names: use 127.0.0.1 or localhost`,
    )
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, 'LOCALHOST', `[::1]:${port}`]) {
    expect((await ask({ port, path: '/livez', headers: { host } })).status).toBe(200)
  }
})

test('[API11] a request from a page of another origin is refused', async () => {
  const { port } = await tcp()
  const host = `127.0.0.1:${port}`
  for (const origin of ['https://evil', 'null', 'http://127.0.0.1:1', `http://evil@${host}`, 'file://']) {
    const { status, value } = await ask({ port, path: '/livez', headers: { host, origin } })
    expect(status).toBe(403)
    expect(value.message).toContain('are not taken: a web page of another address sent this')
  }
  expect((await ask({ port, path: '/livez', headers: { host, origin: `http://${host}` } })).status).toBe(200)
})

test('[API12] the unix socket is for owner and group, and any Host', async () => {
  const socketPath = join(directory(), 'api.sock')
  const server = await serveApi(new Asker().api, { socket: socketPath })
  cleanups.push(() => server.close())
  expect(server.urls).toEqual([`unix:${socketPath}`])
  expect(statSync(socketPath).mode & 0o777).toBe(0o660)
  expect((await ask({ socketPath, path: '/livez', headers: { host: 'anything' } })).value).toBe('ok')
})

test('[API111] the directory of the socket is made; where it cannot be, that is the error', async () => {
  const base = directory()
  const socketPath = join(base, 'run/shoal/api.sock')
  const server = await serveApi(new Asker().api, { socket: socketPath })
  cleanups.push(() => server.close())
  expect((await ask({ socketPath, path: '/livez' })).status).toBe(200)
  expect(statSync(join(base, 'run/shoal')).mode & 0o777).toBe(0o755)
  writeFileSync(join(base, 'file'), '')
  const socket = join(base, 'file/shoal/api.sock')
  await expect(serveApi(new Asker().api, { socket })).rejects.toThrow(`the API cannot listen on ${socket}: ENOTDIR`)
})

test('[API12] a socket that answers is left alone, one that a killed node left is replaced', async () => {
  const socketPath = join(directory(), 'api.sock')
  const first = await serveApi(new Asker().api, { socket: socketPath })
  cleanups.push(() => first.close())
  await expect(serveApi(new Asker().api, { socket: socketPath })).rejects.toThrow(
    `the API cannot listen on ${socketPath}: another node answers there, stop it or choose another --api-socket`,
  )
  expect((await ask({ socketPath, path: '/livez' })).status).toBe(200)
  const { spawnSync } = await import('node:child_process')
  const stale = join(directory(), 'stale.sock')
  spawnSync(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  expect(statSync(stale).isSocket()).toBe(true)
  const second = await serveApi(new Asker().api, { socket: stale })
  cleanups.push(() => second.close())
  expect((await ask({ socketPath: stale, path: '/livez' })).status).toBe(200)
})

test('[API13] a port in use is a sentence that says what to do, and nothing stays open', async () => {
  const { port } = await tcp()
  const socket = join(directory(), 'api.sock')
  await expect(serveApi(new Asker().api, { socket, tcp: { host: '127.0.0.1', port } })).rejects.toThrow(
    `the API cannot listen on 127.0.0.1:${port}: the port is in use: choose another with --api`,
  )
  await expect(open({ socketPath: socket, path: '/livez' })).rejects.toThrow(/ENOENT|ECONNREFUSED/)
})

test('[API14] bodies past the bound are refused, said long or sent long', async () => {
  const { port } = await tcp()
  const options = { port, path: DEPLOYMENTS, method: 'POST' }
  const large = Buffer.alloc(1.5 * 1024 * 1024 + 1, ' ')
  const said = await ask({ ...options, headers: { 'content-length': large.length } }, large)
  expect(said).toMatchObject({ status: 413, value: { reason: 'RequestEntityTooLarge' } })
  const sent = await ask({ ...options, headers: { 'transfer-encoding': 'chunked' } }, large)
  expect(sent).toMatchObject({ status: 413, value: { reason: 'RequestEntityTooLarge' } })
})

test('[API14] a body without an end is answered when it is past the bound', async () => {
  const { port } = await tcp()
  const asking = request({
    host: '127.0.0.1',
    port,
    path: DEPLOYMENTS,
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
  })
  const answered = new Promise<IncomingMessage>((resolve) => asking.once('response', resolve))
  asking.on('error', () => {})
  asking.write(Buffer.alloc(1.5 * 1024 * 1024 + 1, ' '))
  expect((await answered).statusCode).toBe(413)
  asking.destroy()
})

test('[API14] headers past the bound are a 431, and two lengths are a 400', async () => {
  const { port } = await tcp()
  expect((await ask({ port, path: '/livez', headers: { 'x-long': 'x'.repeat(17_000) } })).status).toBe(431)
  const raw = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('close', () => resolve(answer))
    socket.end(
      'POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x',
    )
  })
  expect(raw).toMatch(/^HTTP\/1\.1 400 /)
})

test('[API15] a watch sends its headers at once, then a line per change', async () => {
  const { asker, port } = await tcp()
  const answer = await open({ port, path: `${DEPLOYMENTS}?watch=true` })
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
  await asker.ask(`POST ${DEPLOYMENTS}`, { body: deployment() })
  const [chunk] = (await answer.take(1).toArray()) as Buffer[]
  expect(JSON.parse(String(chunk))).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'web' } } })
})

test('[API15] a watcher that does not read is cut, and what it held is let go', async () => {
  let opened = 0
  let closed = (): void => {}
  const cut = new Promise<void>((resolve) => (closed = resolve))
  const api = {
    handle: () =>
      Promise.resolve({
        status: 200,
        headers: {},
        warnings: [],
        body: {
          type: 'lines' as const,
          contentType: 'application/json',
          open: (sink: { write(line: string): void }) => {
            opened += 1
            const line = 'x'.repeat(64 * 1024)
            for (let count = 0; count < 200; count += 1) sink.write(line)
            return {
              close: () => {
                opened -= 1
                closed()
              },
            }
          },
        },
      }),
  }
  const server = await serveApi(api, { tcp: { host: '127.0.0.1', port: 0 } })
  cleanups.push(() => server.close())
  const socket = connect(Number(new URL(server.urls[0] as string).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.pause()
  socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await cut
  expect(opened).toBe(0)
  socket.destroy()
})

test('[API31] warnings are headers that any client can read', async () => {
  const { asker, port } = await tcp()
  asker.backend.durable = 1
  const { headers } = await ask({ port, path: DEPLOYMENTS, method: 'POST' }, JSON.stringify(deployment()))
  expect(headers.warning).toBe('299 shoal "accepted, and on 1 of 2 disks so far: no other member could confirm it yet"')
})

test('[API16] who asks is known by the door, and by its own word for the rest', async () => {
  const { asker, port } = await tcp()
  await ask(
    { port, path: DEPLOYMENTS, method: 'POST', headers: { 'shoal-user': 'ada' } },
    JSON.stringify(deployment('a')),
  )
  await ask(
    { port, path: DEPLOYMENTS, method: 'POST', headers: { 'shoal-user': 'ada\t"; drop' } },
    JSON.stringify(deployment('b')),
  )
  expect(asker.backend.writes.map(({ by }) => by)).toEqual(['loopback:ada', 'loopback'])
})

test('[API36] a list of many slices arrives whole, also where it is read slowly', async () => {
  const items = Array.from({ length: 3_000 }, (_, at) => ({ at, text: 'x'.repeat(1_000) }))
  const handle: Asker['api']['handle'] = async () => json(200, { kind: 'List', items })
  const server = await serveApi({ handle }, { tcp: { host: '127.0.0.1', port: 0 } })
  cleanups.push(() => server.close())
  const answer = await open({ port: Number(new URL(server.urls[0] as string).port), path: '/' })
  const chunks: Buffer[] = []
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    await turn()
  }
  expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ kind: 'List', items })
})

test('[API37] a server that closes finishes the answers under way, and cuts what never ends', async () => {
  let answerNow = (): void => {}
  const asked = new Promise<void>((isAsked) => {
    answerNow = isAsked
  })
  let release = (): void => {}
  const handle: Asker['api']['handle'] = async ({ path }) => {
    if (path === '/watch')
      return {
        status: 200,
        headers: {},
        warnings: [],
        body: { type: 'lines', contentType: 'x', open: () => ({ close: () => {} }) },
      }
    answerNow()
    await new Promise<void>((resume) => (release = resume))
    return json(503, { message: 'the disk is full' })
  }
  const server = await serveApi({ handle }, { tcp: { host: '127.0.0.1', port: 0 } })
  const port = Number(new URL(server.urls[0] as string).port)
  const watching = await open({ port, path: '/watch' })
  watching.on('error', () => {}).resume()
  const answer = open({ port, path: '/write' })
  await asked
  const cut = new Promise((resolve) => watching.once('close', resolve))
  const closed = server.close()
  release()
  expect((await answer).statusCode).toBe(503)
  await Promise.all([closed, cut])
})

test('[PROC15] a log that was opened for an asker who has gone meanwhile is left', async () => {
  const stream = new PassThrough()
  const server = createServer()
  cleanups.push(() => server.close())
  const handle: Asker['api']['handle'] = async () => {
    asking.destroy()
    await gone
    return { status: 200, headers: {}, warnings: [], body: { type: 'bytes', contentType: 'text/plain', stream } }
  }
  const asker: Door['asker'] = () => ({ by: 'test', user: { name: 'test', groups: [] } })
  openDoor(server, { handle }, { asker, hosts: undefined, readers: new Readers(), upgraded: new Set() })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const gone = once(server, 'connection').then(([socket]) => once(socket as Socket, 'close'))
  const asking = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  asking.on('error', () => {}).end()
  await once(stream, 'close')
})

test('[API59] watchers that never read cost no more than 64 MiB together: those with the most unread are cut', async () => {
  const path = join(directory(), 'api.sock')
  interface Watch {
    readonly sink: LineSink
    isCut: boolean
  }
  const watches: Watch[] = []
  const openWatch = (sink: LineSink): { close(): void } => {
    const watch = { sink, isCut: false }
    watches.push(watch)
    return { close: () => void (watch.isCut = true) }
  }
  const body = { type: 'lines' as const, contentType: 'application/json', open: openWatch }
  const handle = (): Promise<ApiResponse> => Promise.resolve({ status: 200, headers: {}, warnings: [], body })
  const server = await serveApi({ handle }, { socket: path })
  cleanups.push(() => server.close())
  const watching = async (onData?: (chunk: Buffer) => void): Promise<Watch> => {
    const socket = connect(path)
    cleanups.push(() => socket.destroy())
    socket.on('error', () => {})
    if (onData !== undefined) socket.on('data', onData)
    const before = watches.length
    socket.write('GET /watch HTTP/1.1\r\nHost: localhost\r\n\r\n')
    while (watches.length === before) await turn()
    return watches[before] as Watch
  }
  let read = 0
  const reading = await watching((chunk) => (read += chunk.length))
  const slow = await watching()
  const deaf: Watch[] = []
  for (let count = 0; count < 30; count++) deaf.push(await watching())
  const line = 'x'.repeat(256 * 1024)
  const rounds = 14
  for (let round = 0; round < rounds; round++) {
    for (const { sink } of [reading, ...deaf, ...(round < 4 ? [slow] : [])]) sink.write(line)
    while (!reading.isCut && read < (round + 1) * line.length) await turn()
  }
  const left = deaf.filter(({ isCut }) => !isCut)
  expect(left.length * rounds * line.length).toBeLessThan(UNREAD_BYTES_SUM_MAX + 8 * 1024 * 1024)
  expect(left.length).toBeGreaterThan(10)
  expect([reading.isCut, slow.isCut]).toEqual([false, false])
})

test('[API93] a request to go on as something else passes the same door, and is told what is wrong', async () => {
  const { port, asker } = await tcp()
  const path = '/api/v1/namespaces/default/pods/web-0/exec?command=ls'
  const headers = { connection: 'Upgrade', upgrade: 'shoal-session' }
  const refused = await ask({ port, path, method: 'POST', headers: { ...headers, host: 'evil.com' } })
  expect(refused).toMatchObject({ status: 403 })
  const foreign = { ...headers, host: `127.0.0.1:${port}`, origin: 'https://evil' }
  expect(await ask({ port, path, method: 'POST', headers: foreign })).toMatchObject({ status: 403 })
  expect(await ask({ port, path, method: 'POST', headers })).toMatchObject({
    status: 404,
    value: { reason: 'NotFound', message: 'pods "web-0" not found' },
  })
  expect(await ask({ port, path: '/livez', headers: { connection: 'Upgrade', upgrade: 'h2c' } })).toMatchObject({
    status: 200,
    value: 'ok',
  })
  asker.backend.said(SELF, 'pod/uid-0', podFact())
  expect(await ask({ port, path, method: 'POST' })).toMatchObject({
    status: 400,
    value: { message: expect.stringContaining('Upgrade: shoal-session') },
  })
  const socket = await new Promise<Duplex>((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method: 'POST', headers })
    asking.once('upgrade', (_answer, upgraded, head) => {
      if (head.length > 0) upgraded.unshift(head)
      resolve(upgraded)
    })
    asking.once('error', reject).end()
  })
  const session = sessionOver(socket)
  expect(await text(session.stdout)).toBe('exec')
  expect(await session.exit).toBe(0)
})

/** A server of the test's own, with a door that serves so many connections. */
async function doorFor(connectionsMax: number): Promise<{ port: number; upgraded: Set<Duplex> }> {
  const server = createServer()
  const upgraded = new Set<Duplex>()
  const known = () => ({ by: 'unix:ada', user: localUser('unix:ada') })
  openDoor(server, new Asker().api, {
    asker: known,
    hosts: undefined,
    readers: new Readers(),
    upgraded,
    connectionsMax,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  return { port: (server.address() as AddressInfo).port, upgraded }
}

test('[FUZZ5] who asked to go on as something else and was refused is not kept, whatever more is sent', async () => {
  const { port, upgraded } = await doorFor(10)
  const socket = connect(port, '127.0.0.1')
  cleanups.push(() => socket.destroy())
  socket.on('error', () => {})
  const head = 'GET /api/v1/pods HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n'
  // A socket that is not read learns not even that the other side has gone.
  socket.end(Buffer.concat([Buffer.from(head), Buffer.alloc(100_000)]))
  await once(socket, 'data')
  while (upgraded.size > 0) await turn()
})

describe('[LOAD6] one connection more than are served at once', () => {
  async function full(): Promise<{ port: number; held: Socket[] }> {
    const { port } = await doorFor(2)
    const held = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    cleanups.push(() => held.forEach((socket) => socket.destroy()))
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    return { port, held }
  }

  test('is told to come later, and a probe is answered', async () => {
    const { port } = await full()
    const { status, headers, value } = await ask({ port, path: '/api/v1/pods', agent: false })
    expect({ status, reason: value.reason }).toEqual({ status: 429, reason: 'TooManyRequests' })
    expect(headers).toMatchObject({ 'retry-after': '2', connection: 'close' })
    expect(await ask({ port, path: '/livez', agent: false })).toMatchObject({ status: 200 })
  })

  test('is served when another has gone', async () => {
    const { port, held } = await full()
    held[0]!.destroy()
    let status = 0
    while (status !== 200) ({ status } = await ask({ port, path: '/api/v1/pods', agent: false }))
  })
})

function podFact(): PodFact {
  return {
    uid: 'uid-0',
    name: 'web-0',
    namespace: 'default',
    workload: 'core/Pod/default/web-0',
    revision: 'r1',
    index: 0,
    claimedAtMs: 1,
    auction: [],
    phase: 'Running',
    ready: true,
    stopping: false,
    reason: '',
    message: '',
    podIP: '',
    hostIP: '',
    runtime: 'process',
    containers: [
      { name: 'web', image: 'x', ready: true, restarts: 0, now: { state: 'running' as const, startedAtMs: 1 } },
    ],
  }
}
