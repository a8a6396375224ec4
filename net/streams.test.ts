import type { Duplex } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, until } from './contract.ts'
import type { Listener } from './contract.ts'
import { newIdentity } from './rig.ts'
import { STREAMS_PER_PEER_MAX } from './streams.ts'
import { newSwarmRig } from './swarm-rig.ts'
import type { SwarmRig } from './swarm-rig.ts'

const MEGABYTE = 1024 * 1024

let rig: SwarmRig
let a: Listener
let b: Listener
beforeEach(async () => {
  rig = newSwarmRig()
  ;[a, b] = await Promise.all([rig.member(), rig.member()])
})
afterEach(() => rig.close())

const openPair = async (): Promise<[Duplex, Duplex]> => {
  const near = await a.transport.open(b.transport.self, 'forward', new Uint8Array())
  await until('it is open there', () => b.streams.length === 1)
  return [near, (b.streams[0] as Listener['streams'][number]).stream]
}

test('[STREAM3] 50 MB to a slow reader pass through a few megabytes of memory', async () => {
  await connect(a, b)
  const [near, far] = await openPair()
  const chunk = Buffer.alloc(64 * 1024)
  let ahead = 0
  let read = 0
  const writing = (async () => {
    for (let sent = 0; sent < 50 * MEGABYTE; sent += chunk.length) {
      if (!near.write(chunk)) await new Promise((resolve) => near.once('drain', resolve))
      ahead = Math.max(ahead, sent + chunk.length - read)
    }
    near.end()
  })()
  let untilPause = 2 * MEGABYTE
  for await (const bytes of far as AsyncIterable<Buffer>) {
    read += bytes.length
    untilPause -= bytes.length
    if (untilPause > 0) continue
    // the reader is slow, not the clock fast: the writer must be held back meanwhile
    await pause(20)
    untilPause = 2 * MEGABYTE
  }
  await writing
  expect(read).toBe(50 * MEGABYTE)
  // what is written and not read lies in somebody's memory
  expect(ahead).toBeLessThan(3 * MEGABYTE)
}, 60_000)

test('[STREAM6] a stream that breaks while nobody listens harms nobody', async () => {
  await connect(a, b)
  const [near, far] = await openPair()
  near.write('x')
  await rig.kill(b)
  await until('both are closed', () => near.destroyed && far.destroyed)
})

test('[STREAM7] giving a stream up is seen at the other end', async () => {
  await connect(a, b)
  const [near, far] = await openPair()
  const broken = new Promise((resolve) => far.once('error', resolve))
  near.destroy()
  expect(await broken).toMatchObject({ code: 'unreachable' })
})

test('[STREAM8] streams need no link, only an address heard once; without one the error says what to do', async () => {
  await connect(a, b)
  await a.transport.disconnect(b.transport.self)
  await until('the link is down', () => b.downs.length === 1)
  const [near, far] = await openPair()
  near.end('over a connection of its own')
  let text = ''
  for await (const bytes of far) text += String(bytes)
  expect(text).toBe('over a connection of its own')
  expect(a.transport.links()).toEqual([])
  await expect(a.transport.open(newIdentity().node, 'ask', new Uint8Array())).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('No address'),
  })
})

test(`[STREAM9] a neighbour has at most ${STREAMS_PER_PEER_MAX} streams open to us`, async () => {
  await connect(a, b)
  const opened = await Promise.allSettled(
    Array.from({ length: STREAMS_PER_PEER_MAX + 8 }, () =>
      a.transport.open(b.transport.self, 'logs', new Uint8Array()),
    ),
  )
  expect(opened.filter(({ status }) => status === 'fulfilled').length).toBe(STREAMS_PER_PEER_MAX)
  await until('they are there', () => b.streams.length === STREAMS_PER_PEER_MAX)
  for (const { stream } of b.streams) stream.destroy()
  await until('there is room again', () => b.streams.every(({ stream }) => stream.destroyed))
  await expect(a.transport.open(b.transport.self, 'logs', new Uint8Array())).resolves.toBeDefined()
})
