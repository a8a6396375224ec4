import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { contract, listenOn, type Listener } from '../../net/contract.ts'
import { newCluster } from '../../net/rig.ts'
import { Lane } from './lane.ts'
import { Life } from './life.ts'
import { seriesOf } from './random.ts'
import { SimNetwork } from './sim-network.ts'
import { streamPair } from './sim-stream.ts'
import { SimTime, type Ticking } from './sim-time.ts'
import { SimTransport } from './sim-transport.ts'
import { FAIR, Wiring } from './wiring.ts'

/** The machine's own time, so that a suite which waits for real can drive a simulated network. */
const realTime: Ticking = {
  get nowMs() {
    return performance.now()
  },
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** A node on a machine of its own, which everybody takes for a member. */
function nodeOn(
  network: SimNetwork,
  time: SimTime,
  self: string,
  enter?: (run: () => void) => void,
): Promise<Listener> {
  network.wiring.addHost(self, 0)
  const [nowMs, wallMs] = [() => time.nowMs, () => time.nowMs]
  return listenOn(
    new SimTransport(network, { self, host: self, address: self, seed: 1, nowMs, wallMs, ...(enter && { enter }) }),
  )
}

contract('the simulated transport', async () => {
  const cluster = newCluster()
  const wiring = new Wiring(realTime, randomBytes(4).readUInt32LE(), {
    ...FAIR,
    latencyMs: 0,
    jitterMs: 0,
    bytesPerSecond: 1e12,
  })
  const network = new SimNetwork(realTime, wiring)
  const started: Listener[] = []
  const transports = new Map<string, SimTransport>()
  const join = async ({ identity, members }: ReturnType<typeof cluster.member>): Promise<Listener> => {
    const host = `host${transports.size}`
    wiring.addHost(host, 0)
    const transport = new SimTransport(network, {
      self: identity.node,
      host,
      address: `10.0.0.${transports.size}`,
      seed: 1,
      members,
      nowMs: () => 0,
      wallMs: () => 0,
    })
    transports.set(identity.node, transport)
    return await listenOn(transport)
  }
  return {
    member: async () => {
      const listener = await join(cluster.member())
      started.push(listener)
      return listener
    },
    stranger: async (door) => {
      const stranger = await join(newCluster('other').member())
      await stranger.transport.connect(door.transport.addresses()).then(
        () => Promise.reject(new Error('a stranger was let in')),
        () => {},
      )
      return stranger.frames.length + stranger.gossip.length + stranger.admitted.length
    },
    kill: async (listener) => transports.get(listener.transport.self)?.crash(),
    close: async () => {
      await Promise.all(started.map(({ transport }) => transport.stop()))
    },
  }
})

describe('a lane', () => {
  const newLane = ({ delaysMs = () => 1 }: { delaysMs?: (draw: () => number) => number } = {}) => {
    const time = new SimTime()
    const state = { isBlocked: false, clogMs: 0, noise: 0 }
    const arrived: { what: number; atMs: number }[] = []
    const lane = new Lane(
      {
        nowMs: () => time.nowMs,
        after: (delayMs, run) => time.after(delayMs, run),
        isBlocked: () => state.isBlocked,
        squeeze: (_, then) => then(),
        clogMs: () => state.clogMs,
        noise: () => state.noise,
        delayMs: (_, draw) => delaysMs(draw),
      },
      seriesOf(1, 'lane'),
    )
    const put = (what: number): void => lane.put(10, () => void arrived.push({ what, atMs: time.nowMs }))
    return { time, state, arrived, lane, put }
  }

  test('[SIM5] keeps the order, whatever the delays', async () => {
    const { time, arrived, put } = newLane({ delaysMs: (draw) => draw() * 50 })
    for (let what = 0; what < 50; what++) put(what)
    await time.runUntil(1_000)
    expect(arrived.map(({ what }) => what)).toEqual(Array.from({ length: 50 }, (_, what) => what))
  })

  test('[SIM6] holds all while it is blocked, and brings it when TCP would send again', async () => {
    const { time, state, arrived, lane, put } = newLane()
    put(1)
    state.isBlocked = true
    put(2)
    await time.runUntil(10_000)
    expect(arrived).toEqual([])
    state.isBlocked = false
    lane.look()
    await time.runUntil(60_000)
    expect(arrived.map(({ what }) => what)).toEqual([1, 2])
    // sent at 0.2 to 0.3 s, and after pauses that double from there
    expect(arrived[0]?.atMs).toBeGreaterThan(10_000)
    expect(arrived[0]?.atMs).toBeLessThan(20_000)
  })

  test('[SIM15] that is clogged keeps each for as long, in order, and none of them once it is free', async () => {
    const { time, state, arrived, lane, put } = newLane()
    state.clogMs = 500
    put(1)
    await time.runUntil(400)
    state.clogMs = 200
    put(2)
    await time.runUntil(550)
    state.clogMs = 5_000
    put(3)
    await time.runUntil(1_000)
    state.clogMs = 0
    lane.look()
    put(4)
    await time.runUntil(60_000)
    expect(arrived).toEqual([
      { what: 1, atMs: 501 },
      { what: 2, atMs: 601 },
      { what: 3, atMs: 1_001 },
      { what: 4, atMs: 1_001 },
    ])
  })

  test('[SIM18] that is noisy garbles a share of the frames, and of long parcels more', async () => {
    const { time, state, lane } = newLane()
    state.noise = 0.01
    const garbled = { short: 0, long: 0, empty: 0 }
    for (let at = 0; at < 1_000; at++) {
      lane.put(100, (isGarbled) => void (garbled.short += Number(isGarbled)))
      lane.put(100 * 1_448, (isGarbled) => void (garbled.long += Number(isGarbled)))
      lane.put(0, (isGarbled) => void (garbled.empty += Number(isGarbled)))
    }
    await time.runUntil(10_000)
    expect(garbled.short).toBeGreaterThan(1)
    expect(garbled.short).toBeLessThan(30)
    // 1 - 0.99 ** 100 is 0.63.
    expect(garbled.long).toBeGreaterThan(550)
    expect(garbled.long).toBeLessThan(720)
    expect(garbled.empty).toBe(0)
  })

  test('[SIM6] that has ended loses what was on the way', async () => {
    const { time, arrived, lane, put } = newLane()
    put(1)
    lane.end()
    put(2)
    await time.runUntil(1_000)
    expect(arrived).toEqual([])
  })
})

test('[SIM8] who dials a process that stands still hears nothing, and is let in when it goes on', async () => {
  const time = new SimTime()
  const network = new SimNetwork(time, new Wiring(time, 7))
  const life = new Life(time)
  const here = await nodeOn(network, time, 'a')
  const there = await nodeOn(network, time, 'b', (run) => life.enter(run))
  const dialled: string[] = []
  const dial = (): void =>
    void here.transport.connect(there.transport.addresses()).then(
      (peer) => dialled.push(peer),
      (error: Error) => dialled.push(error.message),
    )
  life.pause()
  dial()
  await time.runUntil(4_000)
  expect(dialled).toEqual(['b did not answer in time: is the machine up, and the port open?'])
  dial()
  await time.runUntil(5_000)
  expect(here.transport.links()).toEqual([])
  life.resume()
  await time.runUntil(6_000)
  expect(dialled.slice(1)).toEqual(['b'])
  expect(here.transport.links()).toEqual(['b'])
})

test('[SIM18] a bit that flips ends the connection it was for: link, streams and handshake, and nothing of it is heard', async () => {
  const time = new SimTime()
  const network = new SimNetwork(time, new Wiring(time, 7))
  const [here, there] = [await nodeOn(network, time, 'a'), await nodeOn(network, time, 'b')]
  const connected = async (): Promise<string> => {
    const connecting = here.transport.connect(there.transport.addresses()).catch((error: Error) => error.message)
    await time.runUntil(time.nowMs + 1_000)
    return connecting
  }
  const linked = (): (readonly string[])[] => [here.transport.links(), there.transport.links()]

  expect(await connected()).toBe('b')
  network.wiring.addNoise('worn', ['b'], 1)
  here.transport.send('b', new Uint8Array(10))
  await time.runUntil(time.nowMs + 1_000)
  expect(linked()).toEqual([[], []])
  expect(there.frames).toEqual([])
  expect([here.downs.length, there.downs.map(({ reason }) => reason)]).toEqual([1, ['reset']])
  expect(await connected()).toBe('b closed the connection amid the handshake')

  network.wiring.mend('worn')
  expect(await connected()).toBe('b')
  const opening = here.transport.open('b', 'logs', new Uint8Array())
  await time.runUntil(time.nowMs + 1_000)
  const stream = await opening
  network.wiring.addNoise('worn', ['b'], 1)
  stream.write('hello')
  await time.runUntil(time.nowMs + 1_000)
  expect([stream.destroyed, there.streams[0]?.stream.destroyed]).toEqual([true, true])
  expect(linked()).toEqual([[], []])

  // Plain ones carry it.
  const heard: Uint8Array[] = []
  const [near, far] = streamPair(network.wiring, 'a', 'b')
  far.on('data', (chunk: Uint8Array) => heard.push(chunk))
  near.write(Buffer.from('aaa'))
  await time.runUntil(time.nowMs + 1_000)
  expect(heard.map(String)).toEqual(['a`a'])
})

test("[SIM20] others' gossip is not passed on over a link that gossipsub's mesh has not taken in yet, a node's own is", async () => {
  const time = new SimTime()
  const network = new SimNetwork(time, new Wiring(time, 7))
  const [here, between, there] = await Promise.all(['a', 'b', 'c'].map((self) => nodeOn(network, time, self)))
  const link = async (from: Listener, to: Listener): Promise<void> => {
    const connecting = from.transport.connect(to.transport.addresses())
    await time.runUntil(time.nowMs + 200)
    await connecting
  }
  const say = async (by: Listener, what: string): Promise<void> => {
    by.transport.publish('verdicts', Buffer.from(what))
    await time.runUntil(time.nowMs + 200)
  }
  await link(here!, between!)
  await time.runUntil(5_000)
  await link(between!, there!)
  await say(here!, 'too early')
  await say(between!, 'own')
  await time.runUntil(7_000)
  await say(here!, 'in time')
  const heardBy = ({ gossip }: Listener) => gossip.map(({ bytes }) => Buffer.from(bytes).toString())
  expect(heardBy(between!)).toEqual(['too early', 'in time'])
  expect(heardBy(there!)).toEqual(['own', 'in time'])
})

test('[SIM4] what one lane draws does not depend on what others carry', async () => {
  const times = async (others: number): Promise<number[]> => {
    const time = new SimTime()
    const wiring = new Wiring(time, 7)
    const arrived: number[] = []
    for (let at = 0; at < others; at++) wiring.lane('c', 'd').put(1, () => {})
    const lane = wiring.lane('a', 'b')
    for (let at = 0; at < 20; at++) lane.put(1, () => void arrived.push(time.nowMs))
    await time.runUntil(1_000)
    return arrived
  }
  expect(await times(5)).toEqual(await times(0))
})
