import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { realTimers } from '../world/real-clock.ts'
import { realSockets } from '../world/real-sockets.ts'
import type { CommandEnd } from './command.ts'
import { probe, type ProbeWorld } from './prober.ts'
import type { HttpHeader, ProbeAnswer, ProbeTarget } from './probe-rule.ts'

const servers: Server[] = []
const sockets: Socket[] = []
const connected: string[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
  connected.splice(0)
})

const world: ProbeWorld = {
  timers: realTimers,
  sockets: {
    listen: (address, onConnection) => realSockets.listen(address, onConnection),
    connect(address) {
      connected.push(`${address.host}:${address.port}`)
      return realSockets.connect(address)
    },
  },
}

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => void sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function http(answer: RequestListener): Promise<number> {
  return listening(createHttpServer(answer))
}

function raw(onSocket: (socket: Socket) => void): Promise<number> {
  return listening(createServer(onSocket))
}

function asked(target: ProbeTarget, podIP = '127.0.0.1', timeoutMs = 200): Promise<ProbeAnswer> {
  return probe(world, { target, podIP, timeoutMs, run: async () => ({ exitCode: 0, output: '' }) })
}

function get(port: number, path = '/', headers: readonly HttpHeader[] = []): Promise<ProbeAnswer> {
  return asked({ kind: 'http', port, path, headers })
}

test.each([
  { status: 200, ok: true },
  { status: 204, ok: true },
  { status: 399, ok: true },
  { status: 400, ok: false },
  { status: 503, ok: false },
])('[PRB1] $status means ready: $ok', async ({ status, ok }) => {
  const port = await http((_, response) => void response.writeHead(status).end())
  expect((await get(port)).ok).toBe(ok)
})

test('[PRB1] what failed is said in words', async () => {
  const port = await http((_, response) => void response.writeHead(503).end())
  expect(await get(port, '/ready')).toEqual({ ok: false, reason: `GET http://127.0.0.1:${port}/ready answered 503` })
})

test('[PRB2] a redirect is an answer and is not followed', async () => {
  const port = await http((_, response) => void response.writeHead(302, { location: 'http://127.0.0.2:1/' }).end())
  expect(await get(port)).toEqual({ ok: true })
  expect(connected).toEqual([`127.0.0.1:${port}`])
})

test('[PRB3] no more is read than the first line, however much is sent', async () => {
  let sent = 0
  const port = await raw((socket) => {
    socket.on('error', () => {})
    const flood = (): void => {
      while (!socket.destroyed && sent < 2 ** 30 && socket.write(Buffer.alloc(65_536, 'x'))) sent += 65_536
    }
    socket.on('drain', flood)
    flood()
  })
  expect(await get(port)).toMatchObject({ ok: false, reason: expect.stringMatching(/not HTTP/) as string })
  expect(sent).toBeLessThan(16 * 2 ** 20)
})

test('[PRB4] a server that accepts and says nothing has failed in time', async () => {
  const port = await raw(() => {})
  expect(await get(port)).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/answered nothing in time/) as string,
  })
})

test('[PRB4] so has one that hangs up', async () => {
  const port = await raw((socket) => void socket.end())
  expect(await get(port)).toMatchObject({ ok: false, reason: expect.stringMatching(/closed the connection/) as string })
})

test('[PRB4] and one that is not there', async () => {
  const port = await raw(() => {})
  servers.splice(0).forEach((server) => server.close())
  expect(await get(port)).toEqual({ ok: false, reason: `127.0.0.1:${port} refused the connection` })
})

test('[PRB5] headers are sent, those that would make a second request are not', async () => {
  let request: IncomingMessage | undefined
  const port = await http((received, response) => {
    request = received
    response.end()
  })
  const headers = [
    { name: 'Host', value: 'shop.example' },
    { name: 'X-Ok', value: 'yes' },
    { name: 'X-Bad', value: 'a\r\n\r\nGET /admin HTTP/1.1' },
    { name: 'Bad Name', value: 'x' },
  ]
  expect(await get(port, '/a b?c=%20d\r\nX: y', headers)).toEqual({ ok: true })
  expect(request?.url).toBe('/a%20b?c=%20d%0D%0AX:%20y')
  expect(request?.headers).toEqual({
    host: 'shop.example',
    'x-ok': 'yes',
    'user-agent': 'shoal-probe',
    accept: '*/*',
    connection: 'close',
  })
})

test('[PRB6] a TCP probe asks only whether the port accepts', async () => {
  const port = await raw(() => {})
  expect(await asked({ kind: 'tcp', port })).toEqual({
    ok: true,
  })
})

test('[PRB6] a pod without an address is not ready, and nothing is connected to', async () => {
  const answer = await asked({ kind: 'tcp', port: 1 }, '')
  expect(answer).toEqual({ ok: false, reason: 'the pod has no address yet' })
  expect(connected).toEqual([])
})

test.each<[string, CommandEnd, ProbeAnswer]>([
  ['succeeds', { exitCode: 0, output: 'fine' }, { ok: true }],
  ['fails', { exitCode: 3, output: 'no db' }, { ok: false, reason: 'command check ended with exit code 3: no db' }],
  ['fails without a word', { exitCode: 1, output: '' }, { ok: false, reason: 'command check ended with exit code 1' }],
  ['cannot be run', { trouble: 'no such program' }, { ok: false, reason: 'command check: no such program' }],
])('[PRB30] a command that %s', async (_what, end, answer) => {
  const told: unknown[] = []
  const run = async (...order: unknown[]) => {
    told.push(order)
    return end
  }
  const target = { kind: 'exec', command: ['check', '-a'] } as const
  expect(await probe(world, { target, podIP: '', timeoutMs: 700, run })).toEqual(answer)
  expect(told).toEqual([[['check', '-a'], 700]])
})

/** Of a server that nobody vouches for: made for this test, good for nothing else. */
const KEY =
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGSHYn0fdgAFSOsm/doNE0h9sHpMgrUbsmO+pjv+92iahRANCAAT+swd8eThEOCtU3WSRQGQgmPewSO3QxR2AzKXTl8lxFQd1teNjCRgw/m0O+v3YVMDmA/XDJOU/v1cyBq0aenph'
const CERTIFICATE =
  'MIIBczCCARmgAwIBAgIUWrcDtKPl6l/sxczJbJMLqPhgBaAwCgYIKoZIzj0EAwIwDjEMMAoGA1UEAwwDcG9kMCAXDTI2MTEyMjAxMzYzN1oYDzIxMjYxMDI5MDEzNjM3WjAOMQwwCgYDVQQDDANwb2QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAT+swd8eThEOCtU3WSRQGQgmPewSO3QxR2AzKXTl8lxFQd1teNjCRgw/m0O+v3YVMDmA/XDJOU/v1cyBq0aenpho1MwUTAdBgNVHQ4EFgQUF+oiQgPeo974LVxWBq1ViD4SI9QwHwYDVR0jBBgwFoAUF+oiQgPeo974LVxWBq1ViD4SI9QwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBZHC+ILTLEmYgJeUNjCq58i6/4Q1F9mlUdRL6eTHFQcgIhAJ3g7OizIdW+CYNwxxVQjg9Lj6tEwUGF23nJ+wkxTbDw'
const pem = (title: string, text: string): string => `-----BEGIN ${title}-----\n${text}\n-----END ${title}-----\n`

test('[PRB31] HTTPS is asked whoever the server says it is', async () => {
  const answers: RequestListener = (request, response) => {
    response.writeHead(request.url === '/ok' ? 200 : 500).end()
  }
  const port = await listening(
    createHttpsServer({ key: pem('PRIVATE KEY', KEY), cert: pem('CERTIFICATE', CERTIFICATE) }, answers),
  )
  const secure = { kind: 'http', port, headers: [], isSecure: true } as const
  expect(await asked({ ...secure, path: '/ok' }, '127.0.0.1', 2_000)).toEqual({ ok: true })
  const reason = `GET https://127.0.0.1:${port}/bad answered 500`
  expect(await asked({ ...secure, path: '/bad' }, '127.0.0.1', 2_000)).toEqual({ ok: false, reason })
})

test('[PRB31] one that hangs up, or says nothing, over TLS has failed', async () => {
  const rude = await raw((socket) => void socket.once('data', () => socket.destroy()))
  const mute = await raw(() => {})
  for (const port of [rude, mute]) {
    expect(await asked({ kind: 'http', port, path: '/', headers: [], isSecure: true })).toMatchObject({ ok: false })
  }
})

/** A server of the gRPC health protocol that answers with a status, or with a code. */
async function health(statusOf: (service: string) => number | { code: number }): Promise<number> {
  const server = createHttp2Server()
  server.on('stream', (stream, headers) => {
    let body = Buffer.alloc(0)
    stream.on('data', (chunk: Buffer) => (body = Buffer.concat([body, chunk])))
    stream.on('end', () => {
      const isCheck = headers[':path'] === '/grpc.health.v1.Health/Check' && headers['te'] === 'trailers'
      const status = isCheck ? statusOf(body.subarray(7).toString()) : { code: 12 }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'grpc-status': typeof status === 'number' ? '0' : String(status.code) }),
      )
      stream.end(typeof status === 'number' ? Buffer.from([0, 0, 0, 0, 2, 8, status]) : undefined)
    })
  })
  return listening(server)
}

test.each<[string, Parameters<typeof health>[0], RegExp | undefined]>([
  ['that serves', () => 1, undefined],
  ['that does not', () => 2, /^gRPC health of 127.0.0.1:\d+ answered NOT_SERVING$/],
  ['that does not know', () => 0, /answered UNKNOWN$/],
  ['without the protocol', () => ({ code: 12 }), /answered gRPC code 12$/],
])('[PRB32] a gRPC server %s', async (_what, statusOf, reason) => {
  const answer = await asked({ kind: 'grpc', port: await health(statusOf), service: '' }, '127.0.0.1', 2_000)
  expect(answer.ok ? undefined : answer.reason).toEqual(
    reason === undefined ? undefined : expect.stringMatching(reason),
  )
})

test('[PRB32] a gRPC probe asks for its service', async () => {
  const port = await health((service) => (service === 'shop.Cart' ? 1 : 2))
  expect(await asked({ kind: 'grpc', port, service: 'shop.Cart' }, '127.0.0.1', 2_000)).toEqual({ ok: true })
  expect(await asked({ kind: 'grpc', port, service: 'other' }, '127.0.0.1', 2_000)).toMatchObject({ ok: false })
})

test('[PRB32] what is no gRPC, or says nothing, has failed within the timeout', async () => {
  const mute = await raw(() => {})
  const rude = await raw((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const plain = await http((_, response) => void response.end())
  for (const port of [mute, rude, plain]) {
    expect(await asked({ kind: 'grpc', port, service: '' })).toMatchObject({ ok: false })
  }
})
