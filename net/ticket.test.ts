import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newCluster, newIdentity } from './rig.ts'
import { TICKET_LIFE_MS, checkClaim, claimTicket, createTicket, isTicket, parseTicket } from './ticket.ts'
import type { ClaimCheck } from './ticket.ts'

const cluster = newCluster()
const { clusterId } = cluster.genesis
const issuer = cluster.root
const address = `/ip4/127.0.0.1/tcp/7946/p2p/${issuer.node}`
const nowMs = 1_700_000_000_000
const line = createTicket({ address, clusterId, issuer, nowMs, random: randomBytes })
const ticket = parseTicket(line, nowMs)
const newcomer = newIdentity().node

const check = (changes: Partial<ClaimCheck> = {}): ReturnType<typeof checkClaim> =>
  checkClaim({
    delegation: ticket.delegation.bytes,
    claim: claimTicket(ticket, newcomer),
    newcomer,
    clusterId,
    nowMs,
    isMember: (node) => node === issuer.node,
    admittedBy: () => [],
    ...changes,
  })

describe('a ticket', () => {
  test('[TICKET1] is one line: where to dial, which cluster, and a throw-away key', () => {
    expect(isTicket(line)).toBe(true)
    expect(isTicket(address)).toBe(false)
    expect(ticket).toMatchObject({ address, clusterId, delegation: { issuer: issuer.node, uses: 1 } })
    expect(ticket.delegation.notAfterMs).toBe(nowMs + TICKET_LIFE_MS)
    expect(line.length).toBeLessThan(500)
    expect(parseTicket(`  ${line}\n`, nowMs).bearer.node).toBe(ticket.bearer.node)
  })

  test('[TICKET2] cut short anywhere it is refused before anything is dialled', () => {
    const start = line.indexOf('/ticket/') + '/ticket/'.length
    for (let length = start; length < line.length; length += 7) {
      expect(() => parseTicket(line.slice(0, length), nowMs), `cut at ${length}`).toThrow(/truncated or changed/)
    }
  })

  test.each([
    ['a plain multiaddr', address, /no \/ticket\/ part/],
    ['other letters', `${address}/ticket/!!!!`, /truncated or changed/],
    ['far too much', `${address}/ticket/${'A'.repeat(5000)}`, /truncated or changed/],
  ])('[TICKET2] %s is no ticket', (_what, text, reason) => {
    expect(() => parseTicket(text, nowMs)).toThrow(reason)
  })

  test('[TICKET3] the holder of an expired one hears it from its own node', () => {
    expect(() => parseTicket(line, nowMs + TICKET_LIFE_MS)).toThrow(/expired at 2023-.*make a new one/)
  })
})

describe('a member that is shown a ticket', () => {
  test('[TICKET4] checks it offline, from what it knows', () => {
    expect(check()).toMatchObject({ delegation: { issuer: issuer.node } })
  })

  const forged = Uint8Array.from(ticket.delegation.bytes)
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  const stranger = newIdentity()
  const byStranger = parseTicket(
    createTicket({ address, clusterId, issuer: stranger, nowMs, random: randomBytes }),
    nowMs,
  )

  test.each<[string, Partial<ClaimCheck>, string]>([
    ['cut short', { delegation: ticket.delegation.bytes.subarray(0, 90) }, 'truncated'],
    ['without a claim', { claim: new Uint8Array() }, 'truncated'],
    ['of another cluster', { clusterId: newCluster().genesis.clusterId }, 'other-cluster'],
    ['with a forged signature', { delegation: forged }, 'bad-signature'],
    ['claimed with another key', { claim: randomBytes(64) }, 'bad-signature'],
    ['claimed for another node', { newcomer: newIdentity().node }, 'bad-signature'],
    [
      'issued by nobody it knows',
      { delegation: byStranger.delegation.bytes, claim: claimTicket(byStranger, newcomer) },
      'unknown-issuer',
    ],
    ['expired', { nowMs: nowMs + TICKET_LIFE_MS }, 'expired'],
    ['that has admitted another node', { admittedBy: () => [newIdentity().node] }, 'used-up'],
  ])('[TICKET4] refuses one %s, and knows why', (_what, changes, refusal) => {
    expect(check(changes)).toEqual({ refusal })
  })

  test('[TICKET5] admits the same node again, and as many others as the ticket says', () => {
    expect(check({ admittedBy: () => [newcomer] })).toHaveProperty('delegation')
    const three = parseTicket(createTicket({ address, clusterId, issuer, nowMs, random: randomBytes, uses: 3 }), nowMs)
    const claim = { delegation: three.delegation.bytes, claim: claimTicket(three, newcomer) }
    const guests = [newIdentity().node, newIdentity().node]
    expect(check({ ...claim, admittedBy: () => guests })).toHaveProperty('delegation')
    expect(check({ ...claim, admittedBy: () => [...guests, newIdentity().node] })).toEqual({ refusal: 'used-up' })
  })
})
