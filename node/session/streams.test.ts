import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { deflateSync, inflateSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { RuntimeError } from '../runtime/runtime.ts'
import { DICTIONARY } from './spdy/dictionary.ts'
import { number, SpdyClient } from './spdy/testing.ts'
import { serveStreams, type Wanted } from './streams.ts'
import { connection, Program, SOON } from './testing.ts'

interface Served {
  readonly client: SpdyClient
  readonly socket: Socket
  readonly program: Program
  /** Of a stream by what it is for. */
  open(streamtype: string): Promise<number>
}

async function served(program = new Program(), outputs: Wanted = { stdout: true, stderr: true }): Promise<Served> {
  const { near, far } = await connection()
  void serveStreams(far, program, outputs)
  const client = new SpdyClient(near)
  return { client, socket: near, program, open: (streamtype) => client.open({ streamtype }) }
}

const GOAWAY = 7
const PROTOCOL_ERROR = 1
const goaway = ({ frames }: SpdyClient): number | undefined =>
  frames.find(({ type }) => type === GOAWAY)?.payload.readUInt32BE(4)

test('[KUBE53] the dictionary is that of SPDY/3: zlib names it by its sum', () => {
  expect(deflateSync('x', { dictionary: DICTIONARY }).readUInt32BE(2)).toBe(0xe3c6a7c2)
})

test('[KUBE53] input to its end, outputs apart, sizes, and the exit code as a Status', async () => {
  const { client, socket, program, open } = await served()
  const [error, stdin, stdout, stderr, resize] = [
    await open('error'),
    await open('stdin'),
    await open('stdout'),
    await open('stderr'),
    await open('resize'),
  ]
  client.data(stdin, 'hello ')
  client.data(stdin, 'x'.repeat(70_000))
  client.data(resize, '{"Width":80,"Hei')
  client.data(resize, 'ght":24}\n{"Width":0,"Height":24}\nno size\n')
  client.data(stdin, '', true)
  expect(await text(program.stdin)).toBe(`hello ${'x'.repeat(70_000)}`)
  await vi.waitFor(() => expect(program.sizes).toEqual([{ columns: 80, rows: 24 }]), SOON)
  program.stdout.write('out'.repeat(30_000))
  program.stderr.write('err')
  program.end(3)
  await vi.waitFor(() => expect(client.hasEnded(error)).toBe(true), SOON)
  expect([client.said(stdout), client.said(stderr)]).toEqual(['out'.repeat(30_000), 'err'])
  expect([error, stdout, stderr].map((id) => client.hasEnded(id))).toEqual([true, true, true])
  expect(JSON.parse(client.said(error))).toMatchObject({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  })
  expect(goaway(client)).toBeUndefined()
  socket.end()
  await vi.waitFor(() => expect(socket.readableEnded).toBe(true), SOON)
})

test('[KUBE53] each stream is answered with a block that zlib reads to its end, all in one stream', async () => {
  const { client, open } = await served()
  for (const kind of ['error', 'stdout', 'stderr']) await open(kind)
  const replies = (): Buffer[] =>
    client.frames.filter(({ type }) => type === 2).map(({ payload }) => payload.subarray(4))
  await vi.waitFor(() => expect(replies()).toHaveLength(3), SOON)
  const plain = inflateSync(Buffer.concat(replies()), { finishFlush: 2 })
  expect(plain).toEqual(Buffer.alloc(12))
})

test('[KUBE53] a command that has ended before there are streams is told of whole', async () => {
  const program = new Program()
  program.stdout.write('short')
  program.end(0)
  const { client, open } = await served(program)
  const [error, stdout] = [await open('error'), await open('stdout')]
  await open('stderr')
  await vi.waitFor(() => expect(client.hasEnded(error)).toBe(true), SOON)
  expect([client.said(stdout), JSON.parse(client.said(error))]).toEqual(['short', { metadata: {}, status: 'Success' }])
})

test('[KUBE53] outputs that nobody wants hold nothing up, and a command without an exit code says why', async () => {
  const { client, program, open } = await served(new Program(), { stdout: true, stderr: false })
  const [error] = [await open('error'), await open('stdout')]
  program.stderr.write('x'.repeat(100_000))
  program.fail(new RuntimeError('failed', 'its node is gone'))
  await vi.waitFor(() => expect(client.hasEnded(error)).toBe(true), SOON)
  expect(JSON.parse(client.said(error))).toMatchObject({ status: 'Failure', message: 'its node is gone' })
})

test('[KUBE53] input that the command does not take waits at the client; what it never takes is let go by', async () => {
  const { client, socket, program, open } = await served()
  const [error, stdin] = [await open('error'), await open('stdin')]
  await open('stdout')
  await open('stderr')
  const lot = Buffer.alloc(64 * 1024, 'z')
  let sent = 0
  const fill = (): void => {
    while (sent < 32 * 1024 * 1024) {
      sent += lot.length
      if (!client.data(stdin, lot)) return
    }
  }
  socket.on('drain', fill)
  fill()
  const held = (): number => program.stdin.readableLength + program.stdin.writableLength
  await vi.waitFor(() => expect(held()).toBeGreaterThan(0), SOON)
  await vi.waitFor(() => expect(socket.writableLength).toBeGreaterThan(0), SOON)
  expect(held()).toBeLessThan(640 * 1024)
  expect(sent).toBeLessThan(32 * 1024 * 1024)
  program.stdin.destroy()
  await vi.waitFor(() => expect([sent, socket.writableLength]).toEqual([32 * 1024 * 1024, 0]), { timeout: 20_000 })
  program.end(0)
  await vi.waitFor(() => expect(client.hasEnded(error)).toBe(true), SOON)
})

test('[KUBE53] a reader that is behind slows the command down', async () => {
  const { socket, program, open } = await served()
  await open('stdout')
  socket.pause()
  const lot = Buffer.alloc(64 * 1024, 'y')
  let written = 0
  const fill = (): void => {
    while (written < 64 * 1024 * 1024) {
      written += lot.length
      if (!program.stdout.write(lot)) return
    }
  }
  program.stdout.on('drain', fill)
  fill()
  let before = -1
  await vi.waitFor(() => {
    const now = written
    const stands = now === before
    before = now
    expect(stands).toBe(true)
  }, SOON)
  expect(written).toBeLessThan(32 * 1024 * 1024)
})

test('[KUBE53] an output that the client wants no more of does not hold the command up', async () => {
  const { client, program, open } = await served()
  const [error, stdout] = [await open('error'), await open('stdout')]
  await open('stderr')
  client.control(3, Buffer.concat([number(stdout), number(5)]))
  let taken = 0
  const say = (): void => {
    while (taken < 100 && program.stdout.write(Buffer.alloc(64 * 1024, 'y'))) taken += 1
    if (taken < 100) program.stdout.once('drain', () => ((taken += 1), say()))
  }
  say()
  await vi.waitFor(() => expect(taken).toBeGreaterThanOrEqual(100), SOON)
  program.end(0)
  await vi.waitFor(() => expect(client.hasEnded(error)).toBe(true), SOON)
})

test.each<[string, (served: Served) => unknown]>([
  ['says goodbye', ({ socket }) => socket.end()],
  ['goes', ({ socket }) => socket.destroy()],
])('[KUBE55] the command of a client that %s is ended', async (_what, leave) => {
  const all = await served()
  await all.open('error')
  leave(all)
  await vi.waitFor(() => expect(all.program.isClosed).toBe(true), SOON)
})

const control = (type: number, payload: Buffer, version = 3): Buffer => {
  const head = Buffer.from([0x80, version, 0, type, 0, 0, 0, 0])
  head.writeUInt32BE(payload.length, 4)
  return Buffer.concat([head, payload])
}
const opening = (id: number, block: Buffer): Buffer => control(1, Buffer.concat([number(id), Buffer.alloc(6), block]))
const packed = (plain: Buffer): Buffer => deflateSync(plain, { dictionary: DICTIONARY })

test.each<[string, Buffer]>([
  ['is of another version', control(6, number(1), 2)],
  ['is an answer', control(2, number(1))],
  ['is of no known type', control(99, number(1))],
  ['is too short', control(1, number(1))],
  ['is too long', Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff])],
  ['has too much data', Buffer.from([0, 0, 0, 1, 0, 0xff, 0xff, 0xff])],
  ['has data for no stream', Buffer.concat([number(7), number(1), Buffer.from('x')])],
  ['has headers that are not packed', opening(1, Buffer.from('these are none'))],
  ['has headers packed with another dictionary', opening(1, deflateSync(number(0), { dictionary: Buffer.from('x') }))],
  ['has headers that break off', opening(1, packed(Buffer.concat([number(1), number(900), Buffer.from('x')])))],
  ['has more headers than it has bytes', opening(1, packed(number(4_000_000_000)))],
  ['has headers that unpack to 10 MB', opening(1, packed(Buffer.alloc(10_000_000)))],
  ['has a number for servers', opening(2, packed(number(0)))],
  ['goes back in numbers', Buffer.concat([opening(3, packed(number(0))), opening(1, Buffer.alloc(0))])],
])('[KUBE55] a frame that %s ends the connection, and the command', async (_what, bytes) => {
  const { client, socket, program } = await served()
  socket.write(bytes)
  await vi.waitFor(() => expect(program.isClosed).toBe(true), SOON)
  await vi.waitFor(() => expect(goaway(client)).toBe(PROTOCOL_ERROR), SOON)
})

test('[KUBE55] settings, windows, headers and pings in between are no trouble; a ping is answered', async () => {
  const { client, program, open } = await served()
  const error = await open('error')
  client.control(4, number(0))
  client.control(9, Buffer.alloc(8))
  client.control(8, Buffer.concat([number(error), await client.packed({ more: 'words' })]))
  client.control(6, number(7))
  await open('stdout')
  await open('stderr')
  program.end(0)
  await vi.waitFor(() => expect(client.hasEnded(error)).toBe(true), SOON)
  expect(client.frames).toContainEqual({ type: 6, id: 7, isLast: false, payload: number(7) })
  expect(client.said(error)).toContain('Success')
})

test('[KUBE55] a stream that is for nothing, or for what there is one already, is reset, and so is one too many', async () => {
  const { client, program, open } = await served()
  await open('stdout')
  const odd = [await open('stdout'), await open('stdlog'), await client.open({})]
  await vi.waitFor(() => expect(odd.map((id) => client.isReset(id))).toEqual([true, true, true]), SOON)
  expect(program.isClosed).toBe(false)
})
