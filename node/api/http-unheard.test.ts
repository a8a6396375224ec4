import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openDoor, type Door } from './http.ts'
import { MOMENT_MS } from './http-unheard.ts'
import { json } from './message.ts'
import { Readers } from './unread.ts'

const PATIENCE_MS = 300
const cleanups: (() => unknown)[] = []
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()))

/** A client that the server has accepted, and all that it is answered until it is cut. */
async function client(): Promise<{ server: Server; socket: Socket; answer: Promise<string>; next(): Promise<string> }> {
  const server = createServer({
    headersTimeout: PATIENCE_MS,
    requestTimeout: PATIENCE_MS,
    connectionsCheckingInterval: PATIENCE_MS / 3,
  })
  const asker: Door['asker'] = () => ({ by: 'test', user: { name: 'test', groups: [] } })
  const handle = (): Promise<ReturnType<typeof json>> => Promise.resolve(json(200, { heard: true }))
  openDoor(server, { handle }, { asker, hosts: undefined, readers: new Readers(), upgraded: new Set() })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  cleanups.push(
    () => server.close(),
    () => socket.destroy(),
  )
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  const answer = once(socket, 'close').then(() => text)
  await Promise.all([once(server, 'connection'), once(socket, 'connect')])
  return { server, socket, answer, next: () => once(socket, 'data').then(String) }
}

const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n'

/** As a process that is stopped and goes on: nothing of it runs, the clock does. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * PATIENCE_MS)
}

test('[API110] what came while the node stood still is answered', async () => {
  const { socket, next } = await client()
  socket.write(`${POST}hello`)
  standStill()
  expect(await next()).toMatch(/^HTTP\/1\.1 200 /)
  // Nor is it cut when the moment is over in which it is judged.
  await new Promise((resolve) => setTimeout(resolve, MOMENT_MS + 100))
  socket.write(`${POST}hello`)
  expect(await next()).toMatch(/^HTTP\/1\.1 200 /)
})

test('[API110] so is a body whose head was read before', async () => {
  const { server, socket, next } = await client()
  socket.write(`${POST}he`)
  await once(server, 'request')
  socket.write('llo')
  standStill()
  expect(await next()).toMatch(/^HTTP\/1\.1 200 /)
})

test.each([
  ['its first request', async () => {}],
  [
    'its second request',
    async ({ socket, next }: Awaited<ReturnType<typeof client>>) => {
      socket.write(`${POST}hello`)
      expect(await next()).toMatch(/^HTTP\/1\.1 200 /)
    },
  ],
] as const)('[API110] a client that is slow with %s is told so, and cut', async (_, begin) => {
  const asking = await client()
  await begin(asking)
  asking.socket.write(POST.slice(0, 30))
  expect(await asking.answer).toMatch(/HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n\r\n$/)
})

test('[API110] one that is slow with its body too', async () => {
  const { socket, answer } = await client()
  socket.write(`${POST}he`)
  expect(await answer).toMatch(/^HTTP\/1\.1 408 /)
})
