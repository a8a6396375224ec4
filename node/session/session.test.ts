import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Readable, Writable, type Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { RuntimeError, type ExecSession, type Runtime } from '../runtime/runtime.ts'
import { realSockets } from '../world/real-sockets.ts'
import { endFrame, readEnd } from './end.ts'
import { frame, FrameReader, PAYLOAD_BYTES_MAX } from './frames.ts'
import { SessionHost, type HostPorts } from './host.ts'
import { decodeOrder, encodeOrder, type CommandOrder } from './order.ts'
import { sessionOver } from './reach.ts'
import { failing } from './saying.ts'
import { INPUT_BYTES_MAX, resizeFrame, serveSession } from './serve.ts'
import { connection, Program, SOON } from './testing.ts'

async function served(
  program: ExecSession = new Program(),
): Promise<{ reached: ExecSession; near: Duplex; far: Duplex }> {
  const { near, far } = await connection()
  void serveSession(far, program)
  return { reached: sessionOver(near), near, far }
}

test('[SESS1] a session is the same at the other end of a stream: input to its end, outputs apart, size, exit code', async () => {
  const program = new Program()
  const { reached } = await served(program)
  reached.stdin.end('x'.repeat(700_000))
  await reached.resize({ columns: 101, rows: 37 })
  expect(await text(program.stdin)).toHaveLength(700_000)
  program.stdout.write('out'.repeat(100_000))
  program.stderr.write('err')
  program.end(7)
  const said = await Promise.all([text(reached.stdout), text(reached.stderr), reached.exit])
  expect(said).toEqual(['out'.repeat(100_000), 'err', 7])
  expect(program.sizes).toEqual([{ columns: 101, rows: 37 }])
})

test('[SESS2] frames are read wherever they are cut; what is none, or has no place there, is refused before it is kept', () => {
  const bytes = Buffer.concat([frame('stdout', Buffer.from('one')), frame('stderr'), frame('end', Buffer.from('{}'))])
  const whole = new FrameReader(['stdout', 'stderr', 'end'])
  const seen = [...bytes].flatMap((byte) =>
    [...whole.read(Buffer.of(byte))].map(({ kind, payload }) => [kind, String(payload)]),
  )
  expect(seen).toEqual([
    ['stdout', 'one'],
    ['stderr', ''],
    ['end', '{}'],
  ])
  const read = (...given: number[]): unknown => [...new FrameReader(['stdout']).read(Buffer.from(given))]
  expect(() => read(9)).toThrow('kind 9')
  expect(() => read(0, 0, 0, 0)).toThrow('kind 0')
  expect(() => read(1, 255, 255, 255)).toThrow('16777215 bytes')
  expect(() => frame('stdout', Buffer.alloc(PAYLOAD_BYTES_MAX + 1))).toThrow(RangeError)
})

test.each([
  ['an unknown kind', Buffer.of(99, 0, 0, 0)],
  ['output', frame('stdout', Buffer.from('x'))],
  ['a length over the bound', Buffer.of(0, 255, 0, 0)],
  ['a size of three bytes', frame('resize', Buffer.alloc(3))],
])('[SESS2] who sends what is no order has lost the session: %s', async (_case, bytes) => {
  const program = new Program()
  const { near, far } = await connection()
  near.on('error', () => {})
  void serveSession(far, program)
  near.write(bytes)
  await expect.poll(() => program.isClosed, SOON).toBe(true)
  expect(far.destroyed).toBe(true)
})

test.each([
  ['an end that is none', frame('end', Buffer.from('[]')), 'an end that is none'],
  ['an order', frame('resize', Buffer.alloc(4)), 'kind 4'],
  ['more taken than sent', frame('taken', Buffer.from([0, 0, 0, 1])), 'more input was taken'],
  ['nothing', Buffer.alloc(0), 'the connection broke before the command ended'],
])('[SESS2] an answer that is none ends the session with a reason: %s', async (_case, bytes, reason) => {
  const { near, far } = await connection()
  const reached = sessionOver(near)
  far.on('error', () => {})
  far.end(bytes)
  await expect(reached.exit).rejects.toThrow(reason)
})

test('[SESS2] an order is taken apart to the letter, or not at all', () => {
  const order = { what: 'exec', container: 'web', command: ['sh', '-c', 'a b'], tty: true, stdin: false } as const
  expect(decodeOrder(encodeOrder({ uid: 'u', order }))).toEqual({ uid: 'u', order })
  for (const bad of [
    {},
    { uid: 1, order },
    { uid: 'u' },
    { uid: 'u', order: { ...order, command: [] } },
    { uid: 'u', order: { ...order, command: ['a', 1] } },
    { uid: 'u', order: { ...order, what: 'eval' } },
    { uid: 'u', order: { what: 'forward', port: 70_000 } },
    { uid: 'u', order: { what: 'copy-out', container: 'web', path: 'a\0b' } },
  ])
    expect(decodeOrder(Buffer.from(JSON.stringify(bad)))).toBeUndefined()
  expect(decodeOrder(Buffer.from('no json'))).toBeUndefined()
})

test('[SESS2] of the reason that the other side gives only text reaches a person', () => {
  const told = readEnd(endFrame(new RuntimeError('bad-command', 'no\u001b[2J such\nprogram', 127)).subarray(4))
  expect(told).toMatchObject({ code: 'bad-command', message: 'no [2J such program', exitCode: 127 })
  expect(() => readEnd(Buffer.from('{"exitCode":-1}'))).toThrow('an end that is none')
})

test('[SESS3] output without end waits for a reader who does not read', async () => {
  let made = 0
  const yes = new Readable({
    read() {
      made += 65_536
      this.push(Buffer.alloc(65_536, 'y'))
    },
  })
  const program = Object.assign(new Program(), { stdout: yes })
  const { reached } = await served(program)
  // What the two sockets' buffers of the kernel hold is not ours: some MB on loopback.
  let before = -1
  await expect
    .poll(
      async () => {
        for (let round = 0; round < 50; round += 1) await turn()
        const isStill = made === before
        before = made
        return isStill
      },
      { timeout: 10_000, interval: 200 },
    )
    .toBe(true)
  expect(made).toBeLessThan(16 * 1024 * 1024)
  reached.close()
  await expect.poll(() => program.isClosed, SOON).toBe(true)
})

test('[SESS4] of input that nobody takes so much is sent and no more, and who leaves meanwhile is noticed', async () => {
  let taken = 0
  const never = new Writable({ write: (chunk: Buffer) => void (taken += chunk.length) })
  const program = Object.assign(new Program(), { stdin: never })
  const { reached, near } = await served(program)
  let sent = 0
  const more = (): void => {
    while (!reached.stdin.destroyed && reached.stdin.write(Buffer.alloc(16_384))) sent += 16_384
  }
  reached.stdin.on('drain', more)
  more()
  await expect.poll(() => (near as Socket).bytesWritten, SOON).toBeGreaterThan(INPUT_BYTES_MAX)
  for (let round = 0; round < 100; round += 1) await turn()
  expect((near as Socket).bytesWritten).toBeLessThan(INPUT_BYTES_MAX + 1024)
  expect(sent).toBeLessThan(INPUT_BYTES_MAX + 65_536)
  expect(taken).toBe(PAYLOAD_BYTES_MAX / 2)
  reached.close()
  await expect.poll(() => program.isClosed, SOON).toBe(true)
})

test('[SESS4] who sends more input than was asked for has lost the session', async () => {
  const program = Object.assign(new Program(), { stdin: new Writable({ write: () => {} }) })
  const { near, far } = await connection()
  near.on('error', () => {})
  void serveSession(far, program)
  for (let count = 0; count <= INPUT_BYTES_MAX / PAYLOAD_BYTES_MAX; count += 1)
    near.write(frame('stdin', Buffer.alloc(PAYLOAD_BYTES_MAX)))
  await expect.poll(() => program.isClosed, SOON).toBe(true)
})

test('[SESS5] a command whose asker has gone is ended; an asker whose command is lost is told', async () => {
  const left = new Program()
  const { near } = await served(left)
  near.destroy()
  await expect.poll(() => left.isClosed, SOON).toBe(true)
  const { reached, far } = await served()
  far.destroy()
  await expect(reached.exit).rejects.toThrow('the connection broke before the command ended')
})

test('[SESS5] sizes that come faster than the terminal takes them are left out but for the last', async () => {
  const program = new Program()
  let go = (): void => {}
  program.resize = (size) => {
    program.sizes.push(size)
    return new Promise((resolve) => (go = resolve))
  }
  const { near, far } = await connection()
  void serveSession(far, program)
  for (let columns = 1; columns <= 50; columns += 1) near.write(resizeFrame({ columns, rows: 24 }))
  near.write(frame('stdin', Buffer.from('x')))
  await once(program.stdin, 'readable')
  go()
  await expect
    .poll(() => program.sizes, SOON)
    .toEqual([
      { columns: 1, rows: 24 },
      { columns: 50, rows: 24 },
    ])
})

test('[SESS7] what could not be run is told with the code of a shell', async () => {
  const { reached } = await served(failing(new RuntimeError('bad-command', 'there is no such program', 127)))
  await expect(reached.exit).rejects.toMatchObject({ code: 'bad-command', exitCode: 127 })
})

function hostOf(programs: Program[], ports: Partial<HostPorts> = {}): SessionHost {
  const runtime = {
    exec: async () => {
      const program = new Program()
      programs.push(program)
      return program
    },
  } as unknown as Runtime
  return new SessionHost({
    runtimes: [runtime],
    sockets: { connect: () => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })) },
    log: { note: () => {} },
    addressOf: (uid) => (uid === 'here' ? '127.0.0.1' : undefined),
    ...ports,
  })
}

const EXEC: CommandOrder = { what: 'exec', container: 'web', command: ['sh'], tty: false, stdin: false }

/** The first frame that another member is answered with. */
async function answered(host: SessionHost, peer: string, header: Uint8Array): Promise<{ kind: string; said: string }> {
  const { near, far } = await connection()
  near.on('error', () => {})
  void host.serve(peer, header, far)
  const [chunk] = (await once(near, 'data')) as [Buffer]
  const { value } = new FrameReader(['begun', 'end']).read(chunk).next()
  return { kind: value!.kind, said: String(value!.payload) }
}

test('[SESS6] there are so many sessions of a member, and of all, at a time; one that has ended makes room', async () => {
  const programs: Program[] = []
  const host = hostOf(programs, { sessionsMax: 3, sessionsPerPeerMax: 2 })
  const order = encodeOrder({ uid: 'here', order: EXEC })
  expect((await answered(host, 'basil', order)).kind).toBe('begun')
  expect((await answered(host, 'basil', order)).kind).toBe('begun')
  expect(await answered(host, 'basil', order)).toMatchObject({
    kind: 'end',
    said: expect.stringContaining('this node carries 2 sessions already'),
  })
  const own = (): Promise<ExecSession> => host.counted('self', () => host.own('here', EXEC))
  await own()
  await expect(own()).rejects.toThrow('this node carries 3 sessions already: end one first')
  programs[0]!.end(0)
  await expect.poll(() => host.open, SOON).toBe(2)
  await own()
})

test('[SESS6] what is asked of a pod that is not here, or in words that are none, is refused with a reason and counts no more', async () => {
  const host = hostOf([])
  const forward = (uid: string): Uint8Array => encodeOrder({ uid, order: { what: 'forward', port: 80 } })
  expect(await answered(host, 'basil', Buffer.from('rubbish'))).toMatchObject({ kind: 'end' })
  expect((await answered(host, 'basil', forward('absent'))).said).toContain('the pod has no address yet')
  expect((await answered(host, 'basil', forward('here'))).said).toContain('nobody listens on port 80 of the pod')
  expect(host.open).toBe(0)
})

/** Listens, and takes nobody for half a second: its queue has place for two. */
const BUSY = `
const server = require('node:net').createServer((client) => client.end('hello'))
server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
})
`

test('[SESS8] a pod that more clients ask at once than its queue has place for serves them all', async () => {
  const server = spawn(process.execPath, ['-e', BUSY], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void server.kill('SIGKILL'))
  const port = Number(String((await once(server.stdout, 'data'))[0]))
  const host = hostOf([], { sockets: realSockets })
  const asked = Array.from({ length: 6 }, async () => {
    const stream = await host.ownPort('here', { what: 'forward', port })
    stream.write('?') // where the queue was full the kernel holds a connection whose client is silent for none
    const [said] = (await once(stream, 'data')) as [Buffer]
    stream.destroy()
    return String(said)
  })
  expect(await Promise.all(asked)).toEqual(asked.map(() => 'hello'))
})
