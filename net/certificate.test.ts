import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { issueCertificate, parseCertificate, stands } from './certificate.ts'
import { clusterIdBytes } from './genesis.ts'
import { newCluster, newIdentity } from './rig.ts'
import { signStatement } from './statement.ts'

const { genesis, root } = newCluster()
const { clusterId } = genesis
const subject = newIdentity().node
const certificate = issueCertificate({ subject, issuer: root, clusterId, nowMs: 5, ticketId: 'ab'.repeat(16) })

describe('a certificate', () => {
  test('[CERT1] says who vouches for whom in which cluster, in some 220 bytes', () => {
    expect(parseCertificate(certificate.bytes)).toEqual(certificate)
    expect(certificate).toMatchObject({ subject, issuer: root.node, clusterId, roles: ['node'], issuedMs: 5 })
    expect(certificate.bytes.length).toBeLessThan(240)
  })

  test('[CERT2] no byte of it can be changed, added or lost', () => {
    for (let index = 0; index < certificate.bytes.length; index++) {
      const changed = Uint8Array.from(certificate.bytes)
      changed[index] = (changed[index] ?? 0) ^ 0x10
      expect(parseCertificate(changed), `byte ${index}`).toBeUndefined()
      expect(parseCertificate(certificate.bytes.subarray(0, index)), `cut at ${index}`).toBeUndefined()
    }
  })

  test.each([
    ['without a cluster id', [1, new Uint8Array(), root.publicKey, root.publicKey, ['node'], 5, new Uint8Array()]],
    [
      'of another version',
      [2, clusterIdBytes(clusterId), root.publicKey, root.publicKey, ['node'], 5, new Uint8Array()],
    ],
    [
      'with a time before 1970',
      [1, clusterIdBytes(clusterId), root.publicKey, root.publicKey, ['node'], -1, new Uint8Array()],
    ],
    [
      'with a role that is no word',
      [1, clusterIdBytes(clusterId), root.publicKey, root.publicKey, ['No de'], 5, new Uint8Array()],
    ],
    [
      'with a field too many',
      [1, clusterIdBytes(clusterId), root.publicKey, root.publicKey, ['node'], 5, new Uint8Array(), 1],
    ],
    [
      'with 9 roles',
      [1, clusterIdBytes(clusterId), root.publicKey, root.publicKey, Array(9).fill('node'), 5, new Uint8Array()],
    ],
  ])('[CERT3] one %s is refused, however well signed', (_what, fields) => {
    expect(parseCertificate(signStatement('certificate', fields, root))).toBeUndefined()
  })

  test('[CERT3] one signed by somebody else than its issuer is refused', () => {
    const fields = [1, clusterIdBytes(clusterId), root.publicKey, root.publicKey, ['node'], 5, new Uint8Array()]
    expect(parseCertificate(signStatement('certificate', fields, newIdentity()))).toBeUndefined()
  })

  test('[CERT4] of two for one subject the older stands, then the lower hash, in whatever order', () => {
    const younger = issueCertificate({ subject, issuer: root, clusterId, nowMs: 6 })
    const twin = issueCertificate({
      subject,
      issuer: root,
      clusterId,
      nowMs: 5,
      ticketId: randomBytes(16).toString('hex'),
    })
    expect(stands(certificate, younger)).toBe(certificate)
    expect(stands(younger, certificate)).toBe(certificate)
    expect(stands(certificate, twin)).toBe(stands(twin, certificate))
  })
})
