import { describe, expect, test } from 'vitest'
import { connect, contract, listenOn, until } from './contract.ts'
import type { Listener } from './contract.ts'
import { MemoryNetwork } from './memory.ts'
import { newCluster } from './rig.ts'
import { FRAME_BYTES_MAX } from './transport.ts'

contract('the memory transport', async () => {
  const cluster = newCluster()
  const network = new MemoryNetwork()
  const started: Listener[] = []
  return {
    member: async () => {
      const { identity, members } = cluster.member()
      const listener = await listenOn(network.transport({ self: identity.node, members }))
      started.push(listener)
      return listener
    },
    stranger: async (door) => {
      const other = newCluster('other').member()
      const transport = network.transport({ self: other.identity.node, members: other.members })
      const stranger = await listenOn(transport)
      await transport.connect(door.transport.addresses()).then(
        () => Promise.reject(new Error('a stranger was let in')),
        () => {},
      )
      return stranger.frames.length + stranger.gossip.length + stranger.admitted.length
    },
    kill: async (listener) => network.crash(listener.transport.self),
    close: async () => {
      await Promise.all(started.map(({ transport }) => transport.stop()))
    },
  }
})

describe('the memory network', () => {
  /** Deliveries in the order of their due time, run by hand: virtual time. */
  const virtualTime = () => {
    let nowMs = 0
    const due: { atMs: number; deliver: () => void }[] = []
    return {
      later: (deliver: () => void, delayMs: number) => void due.push({ atMs: nowMs + delayMs, deliver }),
      run: async (untilMs: number) => {
        for (;;) {
          // promises between two deliveries go first
          await new Promise((resolve) => setImmediate(resolve))
          const next = due.toSorted((a, b) => a.atMs - b.atMs)[0]
          if (next === undefined || next.atMs > untilMs) break
          due.splice(due.indexOf(next), 1)
          nowMs = next.atMs
          next.deliver()
        }
        nowMs = untilMs
      },
    }
  }

  const start = async (network: MemoryNetwork, ...names: string[]): Promise<Listener[]> =>
    await Promise.all(names.map((self) => listenOn(network.transport({ self }))))

  test('[MEM1] delivers in virtual time, in order on each wire, whatever the delays', async () => {
    const time = virtualTime()
    let delayMs = 50
    const network = new MemoryNetwork({ later: time.later, delayMs: () => (delayMs = (delayMs * 7) % 60) })
    const [a, b] = (await start(network, 'a', 'b')) as [Listener, Listener]
    const connected = a.transport.connect(b.transport.addresses())
    await time.run(1000)
    await connected
    for (let index = 0; index < 20; index++) a.transport.send('b', Uint8Array.from([index]))
    expect(b.frames).toEqual([])
    await time.run(2000)
    expect(b.frames.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  test('[MEM2] a silent wire holds everything until it speaks again, and the sender is told when it is full', async () => {
    const network = new MemoryNetwork()
    const [a, b] = (await start(network, 'a', 'b')) as [Listener, Listener]
    await connect(a, b)
    network.setWire('a', 'b', 'silent')
    const outcomes = Array.from({ length: 5 }, () => a.transport.send('b', new Uint8Array(FRAME_BYTES_MAX)))
    expect(outcomes).toEqual(['sent', 'sent', 'sent', 'sent', 'full'])
    expect([a.downs, b.frames]).toEqual([[], []])
    network.setWire('a', 'b', 'up')
    await until('all is there', () => b.frames.length === 4)
  })

  test('[MEM3] a partition resets the links across it, dials time out in it, and after the heal all is as before', async () => {
    const time = virtualTime()
    const network = new MemoryNetwork({ later: time.later })
    const [a, b, c] = (await start(network, 'a', 'b', 'c')) as [Listener, Listener, Listener]
    const linked = Promise.all([
      a.transport.connect(b.transport.addresses()),
      b.transport.connect(c.transport.addresses()),
    ])
    await time.run(10)
    await linked
    network.partition(['a'], ['b', 'c'])
    await time.run(20)
    expect([a.downs, b.downs, c.downs].map((downs) => downs.map(({ reason }) => reason))).toEqual([
      ['reset'],
      ['reset'],
      [],
    ])
    const refused = expect(a.transport.connect(c.transport.addresses())).rejects.toMatchObject({ code: 'timeout' })
    await time.run(5000)
    await refused
    network.heal()
    const healed = a.transport.connect(c.transport.addresses())
    await time.run(6000)
    await expect(healed).resolves.toBe('c')
  })
})
