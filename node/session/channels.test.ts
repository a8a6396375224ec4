import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test, vi } from 'vitest'
import { RuntimeError } from '../runtime/runtime.ts'
import { serveChannels } from './channels.ts'
import { connection, eachFrame, masked, Program, SOON } from './testing.ts'
import { acceptOf, WebSocketReader } from './websocket.ts'

interface Client {
  readonly socket: Socket
  readonly program: Program
  /** Frames that came: opcode and payload. */
  readonly frames: [number, Buffer][]
  send(...bytes: readonly (readonly number[] | string | Buffer)[]): void
}

async function served(): Promise<Client> {
  const { near: socket, far } = await connection()
  const program = new Program()
  void serveChannels(far, program)
  const frames: [number, Buffer][] = []
  eachFrame(socket, (opcode, payload) => frames.push([opcode, payload]))
  const bytesOf = (part: readonly number[] | string | Buffer): Buffer =>
    typeof part === 'string' ? Buffer.from(part) : Buffer.from(part)
  return {
    socket,
    program,
    frames,
    send: (...parts) => void socket.write(masked(0x82, Buffer.concat(parts.map(bytesOf)))),
  }
}

const channel = ({ frames }: Client, number: number): string =>
  Buffer.concat(
    frames.filter(([opcode, [at]]) => opcode === 2 && at === number).map(([, payload]) => payload.subarray(1)),
  ).toString()
const closed = ({ frames }: Client): number | undefined => frames.find(([opcode]) => opcode === 8)?.[1].readUInt16BE(0)

test('[KUBE50] the key of the client is answered as RFC 6455 says', () => {
  expect(acceptOf('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

test('[KUBE50] input to its end, outputs apart, sizes, and the exit code as a Status', async () => {
  const client = await served()
  const { program, send } = client
  send([0], 'hello ')
  send([0], 'x'.repeat(70_000))
  send([4], '{"Width":80,"Height":24}')
  send([4], '{"Width":0,"Height":24}')
  send([4], 'no size')
  send([])
  send([255, 0])
  expect(await text(program.stdin)).toBe(`hello ${'x'.repeat(70_000)}`)
  expect(program.sizes).toEqual([{ columns: 80, rows: 24 }])
  program.stdout.write('out'.repeat(30_000))
  program.stderr.write('err')
  program.end(3)
  await vi.waitFor(() => expect(closed(client)).toBe(1000), SOON)
  expect([channel(client, 1), channel(client, 2)]).toEqual(['out'.repeat(30_000), 'err'])
  expect(JSON.parse(channel(client, 3))).toEqual({
    metadata: {},
    status: 'Failure',
    message: 'command terminated with non-zero exit code: exit status 3',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '3' }] },
  })
})

test('[KUBE50] success is a Status too, and so is a command without an exit code', async () => {
  const good = await served()
  good.program.end(0)
  await vi.waitFor(() => expect(closed(good)).toBe(1000), SOON)
  expect(JSON.parse(channel(good, 3))).toEqual({ metadata: {}, status: 'Success' })
  const lost = await served()
  lost.program.fail(new RuntimeError('failed', 'its node is gone'))
  await vi.waitFor(() => expect(closed(lost)).toBe(1000), SOON)
  expect(JSON.parse(channel(lost, 3))).toMatchObject({
    status: 'Failure',
    message: 'its node is gone',
    reason: 'InternalError',
  })
  const absent = await served()
  absent.program.fail(new RuntimeError('bad-command', 'no such program: lss', 127))
  await vi.waitFor(() => expect(closed(absent)).toBe(1000), SOON)
  expect(JSON.parse(channel(absent, 3))).toMatchObject({
    message: 'no such program: lss',
    details: { causes: [{ reason: 'ExitCode', message: '127' }] },
  })
})

test('[KUBE50] a message may come in fragments, with a ping between them', async () => {
  const { socket, program, frames } = await served()
  socket.write(masked(0x02, Buffer.from([0, 0x61])))
  socket.write(masked(0x89, Buffer.from('are you there')))
  socket.write(masked(0x00, Buffer.from('b')))
  socket.write(masked(0x80, Buffer.from('c')))
  socket.write(masked(0x8a, Buffer.from('pong')))
  socket.write(masked(0x82, Buffer.from([255, 0])))
  expect(await text(program.stdin)).toBe('abc')
  await vi.waitFor(() => expect(frames).toEqual([[10, Buffer.from('are you there')]]), SOON)
})

test('[KUBE50] frames come out as they went in, however the bytes are cut', () => {
  const bytes = Buffer.concat([
    masked(0x82, Buffer.from('one')),
    masked(0x82, Buffer.alloc(300, 'y')),
    masked(0x88, Buffer.alloc(0)),
  ])
  const reader = new WebSocketReader()
  const received = [...bytes].flatMap((byte) => reader.read(Uint8Array.of(byte)))
  expect(received).toEqual([
    { type: 'data', isStart: true, payload: Buffer.from('one') },
    { type: 'data', isStart: true, payload: Buffer.alloc(300, 'y') },
    { type: 'close' },
  ])
})

test('[KUBE50] input that the command does not take waits at the client', async () => {
  const { socket, program } = await served()
  const lot = Buffer.concat([Buffer.of(0), Buffer.alloc(64 * 1024 - 1, 'z')])
  let sent = 0
  const fill = (): void => {
    while (sent < 32 * 1024 * 1024) {
      sent += lot.length - 1
      if (!socket.write(masked(0x82, lot))) return
    }
  }
  socket.on('drain', fill)
  fill()
  const held = (): number => program.stdin.readableLength + program.stdin.writableLength
  await vi.waitFor(() => expect(held()).toBeGreaterThan(256 * 1024), SOON)
  expect(held()).toBeLessThan(640 * 1024)
  let got = 0
  program.stdin.on('data', (chunk: Buffer) => (got += chunk.length))
  await vi.waitFor(() => expect(got).toBe(sent), { timeout: 20_000 })
})

test.each([
  ['is not masked', Buffer.of(0x82, 1, 0), 1002],
  ['has a reserved bit', masked(0xc2, Buffer.of(0)), 1002],
  ['is of no known kind', masked(0x83, Buffer.of(0)), 1002],
  ['is a fragment of nothing', masked(0x80, Buffer.of(0)), 1002],
  ['begins within a message', Buffer.concat([masked(0x02, Buffer.of(0)), masked(0x82, Buffer.of(0))]), 1002],
  ['is a ping in fragments', masked(0x09, Buffer.of(0)), 1002],
  ['is a ping that is too long', masked(0x89, Buffer.alloc(126)), 1002],
  ['is too long', Buffer.concat([Buffer.of(0x82, 0xff), Buffer.from('00000000ffffffff', 'hex')]), 1009],
  ['is for an output', masked(0x82, Buffer.of(1, 0x61)), 1002],
  ['is for no channel', masked(0x82, Buffer.of(9, 0x61)), 1002],
])('[KUBE51] a frame that %s ends the session, and the command', async (_what, bytes, code) => {
  const client = await served()
  client.socket.write(bytes)
  await vi.waitFor(() => expect(client.program.isClosed).toBe(true), SOON)
  await vi.waitFor(() => expect(closed(client)).toBe(code), SOON)
})

test.each([
  ['closes', (client: Client) => client.socket.write(masked(0x88, Buffer.from([3, 232])))],
  ['goes', (client: Client) => client.socket.destroy()],
  ['ends its side', (client: Client) => client.socket.end()],
])('[KUBE51] the command of a client that %s is ended', async (_what, leave) => {
  const client = await served()
  leave(client)
  await vi.waitFor(() => expect(client.program.isClosed).toBe(true), SOON)
})
