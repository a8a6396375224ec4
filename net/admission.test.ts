import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CHAIN_MAX,
  Door,
  HELLO_BYTES_MAX,
  NEIGHBOURS_MAX,
  REFUSALS_PER_MINUTE_MAX,
  helloFrame,
  joinFrame,
  readHello,
  readJoined,
} from './admission.ts'
import type { Neighbour } from './transport.ts'
import { issueCertificate } from './certificate.ts'
import { newCluster, newIdentity } from './rig.ts'
import { packPlain } from './statement.ts'
import { createTicket, parseTicket } from './ticket.ts'
import type { NetError } from './transport.ts'

const nowMs = 1_700_000_000_000
const cluster = newCluster()
const { clusterId } = cluster.genesis

const newDoor = () => {
  const member = cluster.member()
  const line = createTicket({
    address: `/ip4/127.0.0.1/tcp/1/p2p/${member.identity.node}`,
    clusterId,
    issuer: member.identity,
    nowMs,
    random: randomBytes,
  })
  return { ...member, door: new Door(member), ticket: parseTicket(line, nowMs) }
}

const at = { remote: '10.0.0.1', nowMs }

describe('the data key', () => {
  test('[JOIN7] is handed to a newcomer with a good ticket, and to nobody else', () => {
    const { identity, members, ticket } = newDoor()
    const dataKey = Uint8Array.from(randomBytes(32))
    const door = new Door({ identity, members, dataKey })
    const newcomer = newIdentity()
    const answer = door.answer({ ...at, frame: joinFrame(ticket, newcomer.node), peer: newcomer.node })
    if (answer.verdict !== 'admitted') throw new Error(answer.reason)
    expect(readJoined(answer.reply, ticket, newcomer.node).dataKey).toEqual(dataKey)
    const hello = door.answer({ ...at, frame: helloFrame(members, newcomer.node), peer: newcomer.node })
    if (hello.verdict !== 'admitted') throw new Error(hello.reason)
    expect(Buffer.from(hello.reply).includes(Buffer.from(dataKey))).toBe(false)
    const without = new Door({ identity, members }).answer({
      ...at,
      frame: joinFrame(ticket, newcomer.node),
      peer: newcomer.node,
    })
    if (without.verdict !== 'admitted') throw new Error(without.reason)
    expect(readJoined(without.reply, ticket, newcomer.node).dataKey).toBeUndefined()
  })
})

describe('neighbours', () => {
  const told = (neighbours: readonly Neighbour[], host = newDoor()) => {
    const newcomer = newIdentity()
    const frame = joinFrame(host.ticket, newcomer.node)
    const answer = new Door(host).answer({ ...at, frame, peer: newcomer.node, neighboursFor: () => neighbours })
    if (answer.verdict !== 'admitted') throw new Error(answer.reason)
    return { reply: answer.reply, joined: readJoined(answer.reply, host.ticket, newcomer.node), newcomer, host }
  }
  const admitTo = ({ members, identity }: ReturnType<typeof newDoor>, subject: string): void =>
    void members.admit(issueCertificate({ subject, issuer: identity, clusterId, nowMs }).bytes)
  const at4 = (node: string, count = 1): string[] =>
    Array.from({ length: count }, (_, index) => `/ip4/10.0.0.${index + 1}/tcp/7946/p2p/${node}`)

  test('[JOIN8] are named to a newcomer, which knows them for members', () => {
    const host = newDoor()
    const other = cluster.member().identity.node
    admitTo(host, other)
    const { joined, newcomer } = told([{ node: other, addresses: at4(other, 2) }], host)
    expect(joined.neighbours).toEqual([{ node: other, addresses: at4(other, 2) }])
    expect(joined.certificates.map(({ subject }) => subject)).toContain(other)
    expect(joined.certificates.map(({ subject }) => subject)).toContain(newcomer.node)
  })

  test('[JOIN8] are believed only with certificates, and addresses only as those of a peer', () => {
    const stranger = newIdentity().node
    const named = [{ node: stranger, addresses: [...at4(stranger), 'nowhere', '/ip4/10.0.0.1/tcp/7946'] }]
    expect(told(named).joined.neighbours).toEqual([])
  })

  test('[JOIN8] come as many as there is room for, and never make the answer too large to be read', () => {
    const host = newDoor()
    const crowd = Array.from({ length: 12 }, () => cluster.member().identity.node)
    for (const node of crowd) admitTo(host, node)
    const few = told(
      crowd.map((node) => ({ node, addresses: at4(node) })),
      host,
    )
    expect(few.joined.neighbours).toHaveLength(NEIGHBOURS_MAX)
    const room = newDoor()
    for (const node of crowd) admitTo(room, node)
    const long = (node: string): string[] => [`/dns4/${'a'.repeat(2_000)}/tcp/7946/p2p/${node}`]
    const longer = told(
      crowd.map((node) => ({ node, addresses: long(node) })),
      room,
    )
    expect(longer.joined.neighbours.length).toBeLessThan(NEIGHBOURS_MAX)
    expect(longer.joined.neighbours.length).toBeGreaterThan(0)
    expect(longer.reply.length).toBeLessThanOrEqual(HELLO_BYTES_MAX)
  })
})

describe('two members', () => {
  test('[ADMIT2] believe each other by their chains, also when neither has heard of the other', () => {
    const [one, other] = [cluster.member(), cluster.member()]
    expect(other.members.isMember(one.identity.node)).toBe(false)
    const answer = new Door(other).answer({
      ...at,
      frame: helloFrame(one.members, one.identity.node),
      peer: one.identity.node,
    })
    expect(answer).toMatchObject({ verdict: 'admitted', fresh: [{ subject: one.identity.node }] })
    expect(other.members.isMember(one.identity.node)).toBe(true)
    if (answer.verdict !== 'admitted') return
    expect(readHello(answer.reply, other.identity.node, one.members)).toMatchObject({
      fresh: [{ subject: other.identity.node }],
    })
  })
})

describe('a door', () => {
  const known = cluster.member()
  const foreign = newCluster('foreign').member()
  const stranger = newIdentity()
  const selfMade = issueCertificate({ subject: stranger.node, issuer: stranger, clusterId, nowMs })

  test.each([
    ['shows the chain of another node', helloFrame(known.members, known.identity.node), stranger.node, 'wrong-subject'],
    [
      'shows a chain of another cluster',
      helloFrame(foreign.members, foreign.identity.node),
      foreign.identity.node,
      'not-a-member',
    ],
    ['vouches for itself', packPlain(['hello', [selfMade.bytes]]), stranger.node, 'not-a-member'],
    ['shows no certificate', packPlain(['hello', []]), stranger.node, 'not-a-member'],
    ['shows too many', packPlain(['hello', Array(CHAIN_MAX + 1).fill(selfMade.bytes)]), stranger.node, 'malformed'],
    ['says something else', packPlain(['good day']), stranger.node, 'malformed'],
    ['says nothing', new Uint8Array(), stranger.node, 'malformed'],
    ['says 8 KiB of noise', randomBytes(8192), stranger.node, 'malformed'],
  ])('[ADMIT3] is closed to who %s', (_what, frame, peer, reason) => {
    const { door, members } = newDoor()
    expect(door.answer({ ...at, frame, peer })).toEqual({ verdict: 'refused', reason })
    expect(members.isMember(peer)).toBe(false)
  })

  test('[ADMIT3] takes any bytes without throwing, and admits nobody by them', () => {
    const { door } = newDoor()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (frame) => {
        expect(door.answer({ ...at, frame, peer: stranger.node }).verdict).toBe('refused')
      }),
    )
  })

  test('[ADMIT4] lets a stranger fill nothing: its certificates are not held', () => {
    const { door, members } = newDoor()
    const absent = newIdentity()
    const frame = packPlain([
      'hello',
      [issueCertificate({ subject: stranger.node, issuer: absent, clusterId, nowMs }).bytes],
    ])
    door.answer({ ...at, frame, peer: stranger.node })
    members.admit(issueCertificate({ subject: absent.node, issuer: cluster.root, clusterId, nowMs }).bytes)
    expect(members.isMember(stranger.node)).toBe(false)
  })
})

describe('a newcomer with a ticket', () => {
  test('[JOIN1] gets genesis, chain and its own certificate, and is a member to everybody with them', () => {
    const { door, members, identity, ticket } = newDoor()
    const newcomer = newIdentity()
    const answer = door.answer({ ...at, frame: joinFrame(ticket, newcomer.node), peer: newcomer.node })
    expect(answer).toMatchObject({
      verdict: 'admitted',
      fresh: [{ subject: newcomer.node, ticketId: ticket.delegation.ticketId }],
    })
    if (answer.verdict !== 'admitted') return
    const joined = readJoined(answer.reply, ticket, newcomer.node)
    expect(joined.genesis.clusterId).toBe(clusterId)
    expect(joined.certificates.map(({ subject }) => subject)).toEqual([identity.node, newcomer.node])
    expect(members.isMember(newcomer.node)).toBe(true)
    const far = cluster.member()
    const hello = packPlain(['hello', joined.certificates.map(({ bytes }) => bytes)])
    expect(readHello(hello, newcomer.node, far.members)).toHaveProperty('fresh')
  })

  test('[JOIN2] that lost the answer asks again and gets the same certificate', () => {
    const { door, ticket } = newDoor()
    const newcomer = newIdentity().node
    const frame = joinFrame(ticket, newcomer)
    const [first, second] = [
      door.answer({ ...at, frame, peer: newcomer }),
      door.answer({ ...at, frame, peer: newcomer }),
    ]
    if (first.verdict !== 'admitted' || second.verdict !== 'admitted') throw new Error('not admitted')
    expect(Buffer.compare(first.reply, second.reply)).toBe(0)
    expect(second.fresh).toEqual([])
  })

  test('[JOIN3] is refused when the ticket has admitted another node, or is claimed by who overheard it', () => {
    const { door, ticket } = newDoor()
    const [first, second] = [newIdentity().node, newIdentity().node]
    const frame = joinFrame(ticket, first)
    expect(door.answer({ ...at, frame, peer: second })).toEqual({ verdict: 'refused', reason: 'bad-signature' })
    expect(door.answer({ ...at, frame, peer: first }).verdict).toBe('admitted')
    expect(door.answer({ ...at, frame: joinFrame(ticket, second), peer: second })).toEqual({
      verdict: 'refused',
      reason: 'used-up',
    })
  })

  test(`[JOIN4] is not listened to after ${REFUSALS_PER_MINUTE_MAX} refusals a minute of one address; others are not held up`, () => {
    const { door, ticket } = newDoor()
    const newcomer = newIdentity().node
    const ask = (remote: string, atMs: number) =>
      door.answer({ frame: joinFrame(ticket, newcomer), peer: newcomer, remote, nowMs: atMs })
    const guess = (remote: string) =>
      door.answer({ frame: joinFrame(ticket, newIdentity().node), peer: newcomer, remote, nowMs })
    for (let index = 0; index < REFUSALS_PER_MINUTE_MAX; index++) expect(guess('10.0.0.1').verdict).toBe('refused')
    expect(ask('10.0.0.1', nowMs + 59_999)).toEqual({ verdict: 'refused', reason: 'too-often' })
    expect(ask('10.0.0.2', nowMs).verdict).toBe('admitted')
    expect(ask('10.0.0.1', nowMs + 60_000).verdict).toBe('admitted')
  })

  test('[JOIN4] a rack of machines behind one address may join at once', () => {
    const { door, ticket } = newDoor()
    const newcomer = newIdentity().node
    const ask = () => door.answer({ frame: joinFrame(ticket, newcomer), peer: newcomer, remote: '10.0.0.1', nowMs })
    for (let index = 0; index < 4 * REFUSALS_PER_MINUTE_MAX; index++) expect(ask().verdict).toBe('admitted')
  })

  test('[JOIN5] says what it wants in 1 KiB', () => {
    const { door, ticket } = newDoor()
    const newcomer = newIdentity().node
    expect(joinFrame(ticket, newcomer).length).toBeLessThan(400)
    const frame = packPlain(['join', randomBytes(1024), randomBytes(64)])
    expect(door.answer({ ...at, frame, peer: newcomer })).toEqual({ verdict: 'refused', reason: 'too-large' })
  })

  test('[JOIN6] is not lured into another cluster than its ticket names', () => {
    const { ticket } = newDoor()
    const newcomer = newIdentity().node
    const foreign = newCluster('foreign')
    const host = foreign.member()
    const line = createTicket({
      address: `/ip4/127.0.0.1/tcp/1/p2p/${host.identity.node}`,
      clusterId: foreign.genesis.clusterId,
      issuer: host.identity,
      nowMs,
      random: randomBytes,
    })
    const answer = new Door(host).answer({
      ...at,
      frame: joinFrame(parseTicket(line, nowMs), newcomer),
      peer: newcomer,
    })
    if (answer.verdict !== 'admitted') throw new Error('not admitted')
    expect(() => readJoined(answer.reply, ticket, newcomer)).toThrow(
      expect.objectContaining({ code: 'other-cluster' }) as NetError,
    )
    expect(() => readJoined(randomBytes(300), ticket, newcomer)).toThrow(/something else/)
  })
})
