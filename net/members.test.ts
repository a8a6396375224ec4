import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { issueCertificate } from './certificate.ts'
import type { Certificate } from './certificate.ts'
import type { Identity } from './identity.ts'
import { HELD_MAX, Members } from './members.ts'
import { newCluster, newIdentity } from './rig.ts'

const cluster = newCluster()
const { genesis, root } = cluster
const { clusterId } = genesis

const certify = (subject: Identity, issuer: Identity, nowMs = 10): Certificate =>
  issueCertificate({ subject: subject.node, issuer, clusterId, nowMs })

/** root -> 0 -> 1 -> 2 ... */
const line = (length: number): { identities: Identity[]; certificates: Certificate[] } => {
  const identities = Array.from({ length }, newIdentity)
  const certificates = identities.map((identity, index) => certify(identity, identities[index - 1] ?? root))
  return { identities, certificates }
}

describe('the members', () => {
  test('[MEMBER1] a chain of certificates from a root key makes a member, in whatever order they come', () => {
    const { identities, certificates } = line(6)
    fc.assert(
      fc.property(fc.shuffledSubarray(certificates, { minLength: 6, maxLength: 6 }), (shuffled) => {
        const admitted: string[] = []
        const members = new Members({ genesis, onAdmitted: ({ subject }) => admitted.push(subject) })
        for (const { bytes } of shuffled) members.admit(bytes)
        expect(admitted.toSorted()).toEqual(identities.map(({ node }) => node).toSorted())
        expect(members.chainOf(identities[5]?.node ?? '')).toEqual(certificates)
      }),
    )
  })

  test('[MEMBER1] without its issuer a certificate waits and counts for nothing', () => {
    const { identities, certificates } = line(2)
    const members = new Members({ genesis })
    const [first, second] = certificates as [Certificate, Certificate]
    expect(members.admit(second.bytes)).toMatchObject({ verdict: 'held', subject: identities[1]?.node })
    expect(members.list()).toEqual([])
    expect(members.admit(first.bytes)).toMatchObject({ verdict: 'new' })
    expect(members.isMember(identities[1]?.node ?? '')).toBe(true)
    expect(members.admit(second.bytes)).toMatchObject({ verdict: 'known' })
  })

  test('[MEMBER2] certificates of another cluster, without the role, or garbage are refused with the reason', () => {
    const members = new Members({ genesis })
    const foreign = newCluster()
    const stranger = issueCertificate({
      subject: newIdentity().node,
      issuer: foreign.root,
      clusterId: foreign.genesis.clusterId,
      nowMs: 1,
    })
    const roleless = issueCertificate({ subject: newIdentity().node, issuer: root, clusterId, nowMs: 1, roles: [] })
    expect(members.admit(stranger.bytes)).toMatchObject({
      verdict: 'refused',
      reason: expect.stringContaining('issued for cluster'),
    })
    expect(members.admit(roleless.bytes)).toMatchObject({ verdict: 'refused', reason: expect.stringContaining('role') })
    expect(members.admit(new Uint8Array(9))).toMatchObject({
      verdict: 'refused',
      reason: expect.stringContaining('malformed'),
    })
  })

  test('[MEMBER2] who signs for itself is no member', () => {
    const members = new Members({ genesis })
    const impostor = newIdentity()
    members.admit(certify(impostor, impostor).bytes)
    expect(members.isMember(impostor.node)).toBe(false)
  })

  test('[MEMBER3] of two certificates for one node all keep the same', () => {
    const [one, other, newcomer] = [newIdentity(), newIdentity(), newIdentity()]
    const certificates = [
      certify(one, root),
      certify(other, root),
      certify(newcomer, one, 20),
      certify(newcomer, other, 19),
    ]
    fc.assert(
      fc.property(fc.shuffledSubarray(certificates, { minLength: 4, maxLength: 4 }), (shuffled) => {
        const members = new Members({ genesis })
        for (const { bytes } of shuffled) members.admit(bytes)
        expect(members.certificateOf(newcomer.node)?.issuer).toBe(other.node)
      }),
    )
  })

  test('[MEMBER3] no certificate makes a node descend from itself', () => {
    const { identities, certificates } = line(2)
    const members = new Members({ genesis })
    for (const { bytes } of certificates) members.admit(bytes)
    const [parent, child] = identities as [Identity, Identity]
    expect(members.admit(certify(parent, child, 1).bytes)).toMatchObject({ verdict: 'known' })
    expect(members.chainOf(child.node)).toEqual(certificates)
  })

  test(`[MEMBER4] at most ${HELD_MAX} certificates wait for their issuer, the oldest gives way`, () => {
    const members = new Members({ genesis })
    const absent = newIdentity()
    const waiting = Array.from({ length: HELD_MAX + 1 }, () => certify(newIdentity(), absent))
    for (const { bytes } of waiting) members.admit(bytes)
    members.admit(certify(absent, root).bytes)
    expect(members.list().length).toBe(HELD_MAX + 1)
    expect(members.isMember(waiting[0]?.subject ?? '')).toBe(false)
    expect(members.isMember(waiting.at(-1)?.subject ?? '')).toBe(true)
  })

  test('[MEMBER5] a copy of one that is known or waits costs no check of its signature', () => {
    const members = new Members({ genesis })
    const absent = newIdentity()
    const { certificates } = line(50)
    const all = [...certificates, ...certificates.map((_, at) => certify(newIdentity(), absent, at))]
    const cpuMs = (): number => {
      const before = process.cpuUsage()
      for (const { bytes } of all) members.admit(bytes)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    }
    const firstMs = cpuMs()
    // A check takes some 70 us, a look 5.
    expect(Math.min(cpuMs(), cpuMs(), cpuMs())).toBeLessThan(firstMs / 3)
  })
})
