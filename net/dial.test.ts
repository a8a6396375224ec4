import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stretched } from '../chaos-tests/real/patience.ts'

import { dialAny, peerOf } from './dial.ts'
import { newIdentity } from './rig.ts'
import { newSwarmRig } from './swarm-rig.ts'
import type { SwarmRig } from './swarm-rig.ts'

let rig: SwarmRig
const servers: Server[] = []
beforeEach(() => {
  rig = newSwarmRig()
})
afterEach(async () => {
  await rig.close()
  for (const server of servers.splice(0)) server.close()
})

/** Takes connections and says nothing: what a black hole looks like once SYNs are answered. */
const blackHole = async (): Promise<number> => {
  const server = createServer(() => {})
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const closedPort = async (): Promise<number> => {
  const port = await blackHole()
  await new Promise((resolve) => servers.pop()?.close(resolve))
  return port
}

const someone = newIdentity().node

test('[DIAL1] nobody listening is told apart from silence, each in its time', async () => {
  const a = await rig.member()
  const startMs = performance.now()
  await expect(a.transport.connect([`/ip4/127.0.0.1/tcp/${await closedPort()}/p2p/${someone}`])).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(
      /^Nobody listens at .*: the machine is up, the node is not \(start it there with shoal up\)/,
    ),
  })
  expect(performance.now() - startMs).toBeLessThan(stretched(2_500))
  await expect(a.transport.connect([`/ip4/127.0.0.1/tcp/${await blackHole()}/p2p/${someone}`])).rejects.toMatchObject({
    code: 'timeout',
  })
  expect(performance.now() - startMs).toBeLessThan(stretched(6_000))
})

test('[DIAL2] dead addresses do not hold up a good one', async () => {
  const [a, b] = await Promise.all([rig.member(), rig.member()])
  const dead = [await closedPort(), await blackHole(), await blackHole()]
  const addresses = dead.map((port) => `/ip4/127.0.0.1/tcp/${port}/p2p/${b.transport.self}`)
  // one after the other, the two silent ones alone would take all the time there is
  await expect(a.transport.connect([...addresses, ...b.transport.addresses()])).resolves.toBe(b.transport.self)
})

test('[DIAL3] another peer at the address is not taken for the one meant', async () => {
  const [a, b] = await Promise.all([rig.member(), rig.member()])
  const wrong = (b.transport.addresses()[0] ?? '').replace(b.transport.self, someone)
  await expect(a.transport.connect([wrong])).rejects.toMatchObject({ code: 'unreachable' })
  expect(rig.refusals).toEqual([])
})

test.each([
  ['nothing', [], /are none/],
  ['no multiaddr', ['10.0.0.7:7946'], /is no multiaddr/],
  ['no peer id', ['/ip4/10.0.0.7/tcp/7946'], /append \/p2p\//],
  [
    'two peers',
    [`/ip4/1.1.1.1/tcp/1/p2p/${someone}`, `/ip4/1.1.1.1/tcp/1/p2p/${newIdentity().node}`],
    /lead to 2 peers/,
  ],
])('[DIAL3] addresses with %s are refused with what to write', (_what, addresses, reason) => {
  expect(() => peerOf(addresses)).toThrow(reason)
})

test('[DIAL2] a host may be given by name', async () => {
  const [a, b] = await Promise.all([rig.member(), rig.member()])
  const named = (b.transport.addresses()[0] ?? '').replace('/ip4/127.0.0.1/', '/dns4/localhost/')
  await expect(a.transport.connect([named])).resolves.toBe(b.transport.self)
})

test('[DIAL4] a node does not dial itself', async () => {
  const a = await rig.member()
  await expect(a.transport.connect(a.transport.addresses())).rejects.toMatchObject({ code: 'protocol' })
})

test.each(['read ECONNRESET', 'Unexpected EOF - stream closed while reading 0/1 bytes'])(
  '[DIAL5] "%s" says that the machine answers, and no more',
  async (message) => {
    const address = `/ip4/127.0.0.1/tcp/1/p2p/${newIdentity().node}`
    const broken = dialAny(async () => Promise.reject(new Error(message)), [address], 1_000)
    await expect(broken).rejects.toMatchObject({ code: 'protocol' })
  },
)

test('[DIAL6] a dial that ends with an event says why', async () => {
  const address = `/ip4/127.0.0.1/tcp/1/p2p/${someone}`
  const refused = Object.assign(new Event('close'), { error: new Error('connect ECONNREFUSED') })
  const cases: [unknown, string, string][] = [
    [new Event('close'), 'unreachable', `${address} could not be reached: the connection was closed meanwhile`],
    [new Event('upset'), 'unreachable', `${address} could not be reached: it ended with the event "upset"`],
    [refused, 'refused', `Nobody listens at ${address}`],
    [new CustomEvent('error', { detail: new Error('Unexpected EOF') }), 'protocol', `${address} broke off`],
    [new AggregateError([new Error('EHOSTUNREACH')]), 'unreachable', `${address} could not be reached: EHOSTUNREACH`],
    [new Error(''), 'unreachable', `${address} could not be reached: Error`],
    [undefined, 'unreachable', `${address} could not be reached: failed without a word`],
  ]
  for (const [thrown, code, message] of cases) {
    const dial = (): Promise<never> => Promise.reject(thrown)
    await expect(dialAny(dial, [address], 1_000)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  }
})
