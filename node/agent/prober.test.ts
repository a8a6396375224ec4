import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { realTimers } from '../world/real-clock.ts'
import { realSockets } from '../world/real-sockets.ts'
import { probe, type ProbeWorld } from './prober.ts'
import type { HttpHeader, ProbeAnswer } from './readiness.ts'

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

function get(port: number, path = '/', headers: readonly HttpHeader[] = []): Promise<ProbeAnswer> {
  return probe(world, { target: { kind: 'http', port, path, headers }, podIP: '127.0.0.1', timeoutMs: 200 })
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
  expect(await probe(world, { target: { kind: 'tcp', port }, podIP: '127.0.0.1', timeoutMs: 200 })).toEqual({
    ok: true,
  })
})

test('[PRB6] a pod without an address is not ready, and nothing is connected to', async () => {
  const answer = await probe(world, { target: { kind: 'tcp', port: 1 }, podIP: '', timeoutMs: 200 })
  expect(answer).toEqual({ ok: false, reason: 'the pod has no address yet' })
  expect(connected).toEqual([])
})
