import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect, gossipFlows, until } from './contract.ts'
import type { Listener } from './contract.ts'
import { frameOf } from './frames.ts'
import { LINK_PROTOCOL } from './link.ts'
import { prefixed, subscriptions } from './rpc-rig.ts'
import { STREAM_PROTOCOL } from './streams.ts'
import { newSwarmRig, openLinkByHand, startHostile } from './swarm-rig.ts'
import type { SwarmRig } from './swarm-rig.ts'
import { FRAME_BYTES_MAX } from './transport.ts'

let rig: SwarmRig
let a: Listener
let b: Listener
let hostile: Awaited<ReturnType<typeof startHostile>>
let connection: Connection

beforeEach(async () => {
  rig = newSwarmRig()
  ;[a, b] = await Promise.all([rig.member(), rig.member()])
  await connect(a, b)
  hostile = await startHostile(rig.cluster.member())
  connection = await hostile.dial(multiaddr(a.transport.addresses()[0]))
})
afterEach(async () => {
  await hostile.stop()
  await rig.close()
})

const stillServes = async (): Promise<void> => {
  await gossipFlows(a, b)
  await gossipFlows(b, a)
  expect(a.transport.send(b.transport.self, Buffer.from('still'))).toBe('sent')
  await until('frames go through', () => b.frames.length > 0)
}

/** What is really held: without a collection before, garbage would count. */
const usedHeap = (): number => {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed + process.memoryUsage().external
}

describe('a member that obeys no rule', () => {
  test('[GOSSIP5] floods subscriptions (CVE-2026-46679): memory stays, gossip flows', async () => {
    const floods = [0, 1, 2].map((round) =>
      prefixed(subscriptions(349_525, (index) => (round * 349_525 + index).toString(36).padStart(5, '0'))),
    )
    // takes part in gossip, so that its link is not given up
    await hostile.handle('/meshsub/1.1.0', () => {})
    await openLinkByHand(connection)
    const before = usedHeap()
    for (const flood of floods) {
      expect(flood.length).toBeGreaterThan(3_500_000)
      const stream = await connection.newStream('/meshsub/1.1.0')
      stream.send(flood)
      await until('it is taken or cut', () => stream.writeBufferLength === 0 || stream.status !== 'open')
    }
    await stillServes()
    // 14.1.2 of the old package held 189 MB after this
    expect(usedHeap() - before).toBeLessThan(64 * 1024 * 1024)
  }, 30_000)

  test('[GOSSIP5] speaks gossip without a link, and is not heard', async () => {
    const stream = await connection.newStream('/meshsub/1.1.0')
    await until('it is cut', () => stream.status !== 'open')
    await stillServes()
  })

  test('[FRAME2] announces a frame of 4 GiB: its link falls, nothing is kept for it', async () => {
    const stream = await openLinkByHand(connection)
    await until('the link stands', () => a.ups.length === 2)
    stream.send(Uint8Array.from([0xff, 0xff, 0xff, 0xff]))
    await until('it falls', () => a.downs.length === 1)
    expect(a.downs[0]).toMatchObject({ peer: hostile.peerId.toString(), reason: 'reset' })
    await stillServes()
  })

  test.each([
    ['noise', randomBytes(200)],
    ['a frame too large for an opening', new Uint8Array(9000)],
    ['nothing at all', new Uint8Array()],
  ])('[LINK7] opens a link with %s: it is cut, and never up', async (_what, opening) => {
    const stream = await connection.newStream(LINK_PROTOCOL)
    stream.send(frameOf(opening))
    await until('it is cut', () => stream.status !== 'open')
    expect(a.ups).toEqual([b.transport.self])
    await stillServes()
  })

  test.each([
    ['noise', frameOf(randomBytes(100))],
    ['a header of 1 MiB', frameOf(new Uint8Array(FRAME_BYTES_MAX))],
  ])('[STREAM5] opens a stream with %s: it is cut, and nobody hears of it', async (_what, opening) => {
    const stream = await connection.newStream(STREAM_PROTOCOL)
    stream.send(opening)
    await until('it is cut', () => stream.status !== 'open')
    expect(a.streams).toEqual([])
    await stillServes()
  })

  test('[GOSSIP6] answers no gossip: its link is given up, so that a better one may come', async () => {
    await openLinkByHand(connection)
    await until('the link falls', () => a.downs.length === 1)
    expect(a.downs[0]).toMatchObject({ peer: hostile.peerId.toString(), reason: 'reset' })
    await stillServes()
  })

  test('[LINK8] does not read: what waits for it is bounded, and the sender is told', async () => {
    const stream = await openLinkByHand(connection)
    await until('the link stands', () => a.ups.length === 2)
    stream.addEventListener('message', () => {})
    stream.pause()
    const peer = hostile.peerId.toString()
    const outcomes = Array.from({ length: 12 }, () => a.transport.send(peer, new Uint8Array(FRAME_BYTES_MAX)))
    expect(outcomes.filter((outcome) => outcome === 'sent').length).toBeLessThanOrEqual(5)
    expect(outcomes.at(-1)).toBe('full')
    await stillServes()
  })
})
