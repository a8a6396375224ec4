import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gossipFlows, until } from './contract.ts'
import type { Listener } from './contract.ts'
import { newSwarmRig } from './swarm-rig.ts'
import type { SwarmRig } from './swarm-rig.ts'

let rig: SwarmRig
beforeEach(() => {
  rig = newSwarmRig()
})
afterEach(() => rig.close())

test('[GOSSIP7] 20 neighbours behind one address still gossip', async () => {
  const [hub, ...others] = (await Promise.all(Array.from({ length: 21 }, () => rig.member()))) as [
    Listener,
    ...Listener[],
  ]
  // the hub knows all, and they stand in a ring as an overlay has them
  for (const [index, other] of others.entries()) {
    await other.transport.connect(hub.transport.addresses())
    await other.transport.connect(others[(index + 1) % others.length]?.transport.addresses() ?? [])
  }
  // subscriptions take a moment to get around
  while (!others.every((other) => other.gossip.length > 0)) {
    hub.transport.publish('changes', Buffer.from(`probe ${performance.now()}`))
    await pause(200)
  }
  const messages = Array.from({ length: 10 }, (_, index) => `message ${index}`)
  for (const message of messages) hub.transport.publish('changes', Buffer.from(message))
  const hears = (listener: Listener): number =>
    listener.gossip.filter(({ bytes }) => messages.includes(Buffer.from(bytes).toString())).length
  await until('everybody has everything', () => others.every((other) => hears(other) === 10), 20_000)
  others[7]?.transport.publish('verdicts', Buffer.from('back'))
  await until('the hub hears them too', () => hub.gossip.some(({ topic }) => topic === 'verdicts'))
}, 60_000)

test('[GOSSIP8] a cluster does not hear another one on the same machines', async () => {
  const other = newSwarmRig()
  const [a, b] = await Promise.all([rig.member(), rig.member()])
  const foreign = await other.member()
  await a.transport.connect(b.transport.addresses())
  await expect(foreign.transport.connect(a.transport.addresses())).rejects.toMatchObject({ code: 'not-admitted' })
  await gossipFlows(a, b)
  expect(foreign.gossip).toEqual([])
  expect(rig.refusals).toMatchObject([{ reason: 'not-a-member', peer: foreign.transport.self }])
  await other.close()
})

test('[GOSSIP9] a neighbour whose messages are rejected again and again is not listened to', async () => {
  const [a, b, c] = await Promise.all([rig.member(), rig.member(), rig.member()])
  await a.transport.connect(b.transport.addresses())
  await c.transport.connect(b.transport.addresses())
  await gossipFlows(b, a)
  await gossipFlows(b, c)
  a.judge = (message) => message.reject()
  for (let last = -1, index = 0; last < a.gossip.length || index < 15; index++) {
    last = a.gossip.length
    const seen = c.gossip.length
    b.transport.publish('changes', Buffer.from(`bad ${index}`))
    await until('the other neighbour has it', () => c.gossip.length > seen)
    // the score is looked at once a second
    await pause(100)
  }
  expect(a.gossip.length).toBeLessThan(40)
  await gossipFlows(b, c)
})
