import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { realDice, realTimers } from './real-clock.ts'
import { realLog } from './real-log.ts'
import { homeId } from './real-home.ts'
import { lowestPort, networkId } from './real-network.ts'
import { realSockets } from './real-sockets.ts'
import { openRealWorld } from './real.ts'

const anyPort = { host: '127.0.0.1', port: 0 }

test('[SOCK1] bytes travel both ways, and one side may end while the other goes on', async () => {
  const listening = await realSockets.listen(anyPort, (server) => {
    let asked = ''
    server.on('data', (bytes: Buffer) => (asked += bytes.toString()))
    server.on('end', () => server.end(`you said ${asked}`))
  })
  const client = await realSockets.connect({ ...listening, timeoutMs: 1_000 })
  client.end('hello')
  expect(await text(client)).toBe('you said hello')
  await listening.close()
})

test('[SOCK2] refusal, a port that is taken and silence carry the codes of Node', async () => {
  const listening = await realSockets.listen(anyPort, () => {})
  await expect(realSockets.listen({ ...listening }, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await listening.close()
  await expect(realSockets.connect({ ...listening, timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('[SOCK2] a listener that does not answer is given up in time', async () => {
  // It listens and then sleeps, so that the kernel takes two connections for it and lets the next ones wait.
  const asleep = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0))
     })`,
    { eval: true },
  )
  const [port] = (await once(asleep, 'message')) as [number]
  const attempts = await Promise.allSettled(
    Array.from({ length: 6 }, () => realSockets.connect({ host: '127.0.0.1', port, timeoutMs: 100 })),
  )
  const failed = attempts.filter((attempt) => attempt.status === 'rejected')
  expect(failed.length).toBeGreaterThan(0)
  for (const { reason } of failed) expect(reason).toMatchObject({ code: 'ETIMEDOUT', port })
  for (const attempt of attempts) if (attempt.status === 'fulfilled') attempt.value.destroy()
  await asleep.terminate()
})

test('[SOCK5] a process that was stalled does not take its own silence for that of others', async () => {
  const listening = await realSockets.listen(anyPort, () => {})
  const connecting = realSockets.connect({ ...listening, timeoutMs: 20 })
  const untilMs = performance.now() + 100
  while (performance.now() < untilMs);
  const client = await connecting
  client.destroy()
  await listening.close()
})

test('[SOCK3] a closed listener gives its port back at once, and its connections live on', async () => {
  let accepted: Duplex | undefined
  const listening = await realSockets.listen(anyPort, (server) => (accepted = server))
  const client = await realSockets.connect({ ...listening, timeoutMs: 1_000 })
  client.write('x')
  await expect.poll(() => accepted).toBeDefined()
  await listening.close()
  const again = await realSockets.listen({ ...listening }, () => {})
  await again.close()
  accepted?.end('still here')
  expect(await text(client)).toBe('still here')
  client.destroy()
})

test('[SOCK4] a reset that nobody listens for ends the connection and not the process', async () => {
  let accepted: Duplex | undefined
  const listening = await realSockets.listen(anyPort, (server) => (accepted = server))
  const client = await realSockets.connect({ ...listening, timeoutMs: 1_000 })
  await expect.poll(() => accepted).toBeDefined()
  const closed = new Promise((resolve) => accepted?.once('close', resolve))
  ;(client as Socket).resetAndDestroy()
  await closed
  expect((accepted as Socket).errored).toMatchObject({ code: 'ECONNRESET' })
  await listening.close()
})

test('[TIMER2] timers do not run early, not by a part of a millisecond', async () => {
  const lateMs = (): Promise<number> =>
    new Promise((resolve) => {
      const setMs = performance.now()
      realTimers.after(5, () => resolve(performance.now() - setMs - 5))
    })
  const all: number[] = []
  for (let round = 0; round < 200; round += 1) all.push(await lateMs())
  expect(Math.min(...all)).toBeGreaterThanOrEqual(0)
})

test('[TIMER1] a delay longer than Node keeps does not run at once', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  let ran = false
  const cancel = realTimers.after(2 ** 31 + 5, () => (ran = true))
  await new Promise<void>((resolve) => realTimers.after(20, resolve))
  cancel()
  process.off('warning', onWarning)
  expect([ran, warnings]).toEqual([false, []])
})

test('[DICE1] dice fall in [0, 1) and bytes are as many as asked for', () => {
  for (let roll = 0; roll < 1_000; roll++) {
    const unit = realDice.unit()
    expect(unit >= 0 && unit < 1).toBe(true)
  }
  expect(realDice.bytes(16)).toHaveLength(16)
})

test('[NOTE1] people get one line a note, in which foreign text cannot forge another', () => {
  const lines: string[] = []
  const log = realLog({
    isForPeople: true,
    write: (line) => lines.push(line),
    now: () => Date.UTC(2026, 10, 21, 7, 31, 2, 120),
  })
  log.note('warn', 'route-closed', { service: 'default/web', message: 'bad\n08:00:00 error forged\u001b[2J', port: 80 })
  expect(lines).toEqual([
    '07:31:02.120 warn  route-closed service=default/web message="bad\\n08:00:00 error forged\\u001b[2J" port=80\n',
  ])
})

test('[NOTE2] machines get a JSON object a line, whatever the facts are', () => {
  const lines: string[] = []
  const log = realLog({ isForPeople: false, write: (line) => lines.push(line), now: () => 0 })
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  log.note('info', 'facts', { error: new Error('broken'), big: 12n, level: 'forged' })
  log.note('info', 'circular', circular)
  log.note('info', 'huge', { text: 'x'.repeat(100_000) })
  const parsed = lines.map((line) => JSON.parse(line) as unknown)
  expect(parsed[0]).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    level: 'info',
    what: 'facts',
    facts: { error: 'broken', big: '12', level: 'forged' },
  })
  expect(parsed[2]).toMatchObject({ what: 'huge', facts: 'too long to print' })
})

test.each([
  ['debug', 4],
  ['info', 3],
  ['warn', 2],
  ['error', 1],
] as const)('[NOTE3] at level %s %d of four notes are written', (level, count) => {
  const lines: string[] = []
  const log = realLog({ level, isForPeople: true, write: (line) => lines.push(line) })
  for (const noteLevel of ['debug', 'info', 'warn', 'error'] as const) log.note(noteLevel, 'note')
  expect(lines).toHaveLength(count)
})

test.runIf(process.platform === 'linux')('[NETID1] processes of one network stack agree on its name', () => {
  expect(networkId()).toMatch(/^[0-9a-f]{16}$/)
  expect(networkId()).toBe(networkId())
  expect([0, 1024]).toContain(Math.min(lowestPort(), 1024))
})

test('[WORLD7] a real world opens over a directory and gives it back', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-world-'))
  const world = await openRealWorld({ directory: join(directory, 'data'), logLevel: 'error' })
  await world.disk.append('log', new Uint8Array([1]))
  await world.disk.close()
  await (await openRealWorld({ directory: join(directory, 'data') })).disk.close()
  await rm(directory, { recursive: true })
})

test('[DOCK49] a data directory is one home, by whatever path it is reached, and whatever is in it; another is another', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'shoal-home-'))
  await mkdir(join(directory, 'a'))
  await mkdir(join(directory, 'b'))
  await symlink(join(directory, 'a'), join(directory, 'link'))
  const home = homeId(join(directory, 'a'))
  expect(home).toMatch(/^[0-9a-f]{16}$/)
  expect(homeId(join(directory, 'link'))).toBe(home)
  expect(homeId(join(directory, 'b'))).not.toBe(home)
  await rm(join(directory, 'a'), { recursive: true })
  await mkdir(join(directory, 'a'))
  expect(homeId(join(directory, 'a'))).toBe(home)
  await rm(directory, { recursive: true })
})
