import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, gossipFlows } from './contract.ts'
import type { Listener } from './contract.ts'
import type { Identity } from './identity.ts'
import { join } from './join.ts'
import { Members } from './members.ts'
import { newIdentity } from './rig.ts'
import { newSwarmRig } from './swarm-rig.ts'
import type { SwarmRig } from './swarm-rig.ts'
import { createTicket } from './ticket.ts'

let rig: SwarmRig
beforeEach(() => {
  rig = newSwarmRig()
})
afterEach(() => rig.close())

const ticketOf = (member: Listener, issuer: Identity, uses = 1): string =>
  createTicket({
    address: member.transport.addresses()[0] ?? '',
    clusterId: rig.cluster.genesis.clusterId,
    issuer,
    nowMs: Date.now(),
    random: randomBytes,
    uses,
  })

test('[JOIN1] a newcomer joins with a ticket, starts with what it got, and is believed by members that never heard of it', async () => {
  const host = rig.cluster.member()
  const [a, b] = await Promise.all([rig.member(host), rig.member()])
  const identity = newIdentity()
  const joined = await join({ identity, ticket: ticketOf(a, host.identity), nowMs: Date.now() })
  expect(joined.certificate).toMatchObject({ subject: identity.node, issuer: host.identity.node })
  expect(a.admitted).toEqual([joined.certificate.bytes])
  expect(a.ups).toEqual([])
  const members = new Members({ genesis: joined.genesis })
  for (const { bytes } of joined.certificates) members.admit(bytes)
  const c = await rig.member({ identity, members })
  await connect(c, b)
  await gossipFlows(b, c)
  expect(b.admitted.map((bytes) => Buffer.from(bytes))).toContainEqual(Buffer.from(joined.certificate.bytes))
})

test('[JOIN3] a second node with the same ticket is told to ask for a new one', async () => {
  const host = rig.cluster.member()
  const a = await rig.member(host)
  const ticket = ticketOf(a, host.identity)
  await join({ identity: newIdentity(), ticket, nowMs: Date.now() })
  await expect(join({ identity: newIdentity(), ticket, nowMs: Date.now() })).rejects.toMatchObject({
    code: 'bad-ticket',
    message: expect.stringContaining('used up'),
  })
  expect(rig.refusals.map(({ reason }) => reason)).toEqual(['used-up'])
})

test('[TICKET5] a ticket of three uses admits three nodes', async () => {
  const host = rig.cluster.member()
  const a = await rig.member(host)
  const ticket = ticketOf(a, host.identity, 3)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 4 }, () => join({ identity: newIdentity(), ticket, nowMs: Date.now() })),
  )
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
})

test('[DIAL1] a ticket whose member is down says so', async () => {
  const host = rig.cluster.member()
  const a = await rig.member(host)
  const ticket = ticketOf(a, host.identity)
  await rig.kill(a)
  await expect(join({ identity: newIdentity(), ticket, nowMs: Date.now() })).rejects.toMatchObject({ code: 'refused' })
})

test('[ADMIT7] a node without a certificate does not start', async () => {
  const outsider = { identity: newIdentity(), members: new Members({ genesis: rig.cluster.genesis }) }
  await expect(rig.member(outsider)).rejects.toMatchObject({ code: 'not-admitted' })
})
