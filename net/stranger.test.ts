import './node20.ts'
import { randomBytes } from 'node:crypto'
import { connect as connectTo } from 'node:net'
import { gossipsub } from '@chainsafe/libp2p-gossipsub'
import { identify } from '@libp2p/identify'
import type { Libp2pOptions } from 'libp2p'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { helloFrame, joinFrame } from './admission.ts'
import { FIRST_WORDS_MS_MAX } from './channel.ts'
import { connect, gossipFlows } from './contract.ts'
import { newCluster, newIdentity } from './rig.ts'
import { packPlain } from './statement.ts'
import { knock, newSwarmRig } from './swarm-rig.ts'
import type { SwarmRig } from './swarm-rig.ts'
import { createTicket, parseTicket } from './ticket.ts'

let rig: SwarmRig
beforeEach(() => {
  rig = newSwarmRig()
})
afterEach(() => rig.close())

describe('a stranger', () => {
  test('[ADMIT1] with a stock libp2p node (identify, gossipsub on our topic) gets no connection, no protocol and no message', async () => {
    const [a, b] = await Promise.all([rig.member(), rig.member()])
    await connect(a, b)
    const topic = `${rig.cluster.genesis.clusterId.slice(0, 16)}/changes`
    const services = { identify: identify(), pubsub: gossipsub() } as unknown as NonNullable<Libp2pOptions['services']>
    const raw = await createLibp2p({
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services,
    })
    const pubsub = raw.services['pubsub'] as ReturnType<ReturnType<typeof gossipsub>>
    const heard: unknown[] = []
    pubsub.subscribe(topic)
    pubsub.addEventListener('message', (event) => heard.push(event.detail))
    await expect(raw.dial(multiaddr(a.transport.addresses()[0]))).rejects.toThrow()
    for (const protocol of [
      '/shoal/link/1',
      '/shoal/stream/1',
      '/meshsub/1.1.0',
      '/ipfs/id/1.0.0',
      '/ipfs/ping/1.0.0',
    ]) {
      await expect(raw.dialProtocol(multiaddr(a.transport.addresses()[0]), protocol)).rejects.toThrow()
    }
    await gossipFlows(a, b)
    expect([heard, raw.getConnections(), pubsub.getPeers()]).toEqual([[], [], []])
    expect([a.ups, a.transport.links()]).toEqual([[b.transport.self], [b.transport.self]])
    await raw.stop()
  })

  const foreign = newCluster('foreign').member()
  const guesser = newIdentity()

  test.each<[string, () => Uint8Array, string]>([
    ['noise', () => randomBytes(3000), 'malformed'],
    ['a frame over 8 KiB', () => new Uint8Array(9000), ''],
    ['the hello of another cluster', () => helloFrame(foreign.members, foreign.identity.node), 'not-a-member'],
    ["a member's hello", () => helloFrame(overheard.members, overheard.identity.node), 'wrong-subject'],
    ['a protocol of members', () => Buffer.from('/multistream/1.0.0\n/shoal/link/1\n'), 'malformed'],
  ])('[ADMIT1] that says %s hears 0 bytes, and only the log hears why', async (_what, words, reason) => {
    overheard = rig.cluster.member()
    const a = await rig.member()
    const { bytes } = await knock(a.transport.addresses()[0] ?? '', words(), foreign.identity)
    expect(bytes).toBe(0)
    expect(rig.refusals.map((refusal) => refusal.reason)).toEqual(reason === '' ? [] : [reason])
    expect(a.ups).toEqual([])
  })
  let overheard: ReturnType<typeof rig.cluster.member>

  test('[ADMIT5] that says nothing is cut off in time', async () => {
    const a = await rig.member()
    const { bytes, closedMs } = await knock(a.transport.addresses()[0] ?? '', undefined, guesser)
    expect(bytes).toBe(0)
    expect(closedMs).toBeLessThan(FIRST_WORDS_MS_MAX + 1500)
  })

  test('[ADMIT6] that floods bytes before the handshake leaves the node serving', async () => {
    const [a, b] = await Promise.all([rig.member(), rig.member()])
    const port = Number(a.transport.addresses()[0]?.split('/')[4])
    // One for all, so that what grows is not the attacker's own.
    const flood = randomBytes(4 * 1024 * 1024)
    const before = process.memoryUsage().rss
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const socket = connectTo(port, '127.0.0.1')
        socket.on('error', () => {})
        socket.end(flood)
        await new Promise((resolve) => socket.once('close', resolve))
      }),
    )
    await connect(a, b)
    await gossipFlows(a, b)
    // [P10]
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('[JOIN3] with a ticket that is no good hears 0 bytes, each time for another reason in the log', async () => {
    let clockMs = 1_700_000_000_000
    const a = await rig.member(undefined, () => clockMs)
    const address = a.transport.addresses()[0] ?? ''
    const options = {
      address,
      clusterId: rig.cluster.genesis.clusterId,
      issuer: rig.cluster.root,
      nowMs: clockMs,
      random: randomBytes,
    }
    const good = parseTicket(createTicket(options), clockMs)
    const other = parseTicket(createTicket({ ...options, clusterId: newCluster().genesis.clusterId }), clockMs)
    const truncated = packPlain(['join', good.delegation.bytes.subarray(0, 100), new Uint8Array(64)])
    for (const [words, peer] of [
      [truncated, guesser],
      [joinFrame(other, guesser.node), guesser],
      [joinFrame(good, newIdentity().node), guesser],
    ] as const) {
      expect((await knock(address, words, peer)).bytes).toBe(0)
    }
    clockMs += 3_600_000
    expect((await knock(address, joinFrame(good, guesser.node), guesser)).bytes).toBe(0)
    expect(rig.refusals.map(({ reason }) => reason)).toEqual(['truncated', 'other-cluster', 'bad-signature', 'expired'])
    expect(rig.refusals[0]).toMatchObject({ peer: guesser.node, remote: '127.0.0.1' })
  })
})
