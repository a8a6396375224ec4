import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { apiAuthority, readPublicKey } from './authority.ts'

const DAY_MS = 86_400_000
const NOW_MS = Date.UTC(2026, 10, 22, 8)
const dataKey = new Uint8Array(32).fill(1)
const clusterId = 'ab'.repeat(32)
const random = (length: number): Uint8Array => randomBytes(length)
const authority = apiAuthority({ dataKey, clusterId, random })
const client = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const read = (pem: string): X509Certificate => new X509Certificate(pem)
const keyOf = (pem: string): string => read(pem).publicKey.export({ format: 'pem', type: 'spki' }) as string
const forAda = (changes: Partial<Parameters<typeof authority.clientCertificate>[0]> = {}): string =>
  authority.clientCertificate({
    user: 'ada',
    groups: ['system:masters', 'shop'],
    publicKey: client.publicKey,
    nowMs: NOW_MS,
    lifeMs: DAY_MS,
    ...changes,
  })

test('[KUBE1] every member has the same authority, another cluster or another key has another', () => {
  const again = apiAuthority({ dataKey, clusterId, random })
  expect(keyOf(again.certificate)).toBe(keyOf(authority.certificate))
  expect(read(again.certificate).subject).toBe(read(authority.certificate).subject)
  const others = [
    apiAuthority({ dataKey: new Uint8Array(32).fill(2), clusterId, random }),
    apiAuthority({ dataKey, clusterId: 'cd'.repeat(32), random }),
  ]
  const keys = [authority, ...others].map(({ certificate }) => keyOf(certificate))
  expect(new Set(keys).size).toBe(3)
})

test('[KUBE1] what one member signs another one knows, and no other cluster', () => {
  const certificate = read(forAda())
  const member = read(apiAuthority({ dataKey, clusterId, random }).certificate)
  expect([certificate.checkIssued(member), certificate.verify(member.publicKey)]).toEqual([true, true])
  const stranger = read(apiAuthority({ dataKey, clusterId: 'cd'.repeat(32), random }).certificate)
  expect([certificate.checkIssued(stranger), certificate.verify(stranger.publicKey)]).toEqual([false, false])
  expect([member.ca, member.verify(member.publicKey), member.validTo]).toEqual([true, true, 'Dec 31 23:59:59 9999 GMT'])
})

test('[KUBE1] each data key gives a key of the curve, also where numbers are short', () => {
  for (let count = 0; count < 300; count += 1) {
    const one = apiAuthority({
      dataKey: new Uint8Array(32).fill(count),
      clusterId: `${count}`.padStart(64, '0'),
      random,
    })
    const certificate = read(one.certificate)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
  }
})

test('[KUBE2] a server certificate has all its names, a key of its own, and holds for a year', () => {
  const names = [
    'shoal',
    'localhost',
    '127.0.0.1',
    '::1',
    'fe80::a:0:1',
    '2001:db8::',
    '1:2:3:4:5:6:7:8',
    'kubernetes.default.svc',
  ]
  const one = authority.serverCertificate({ name: 'amber', names, nowMs: NOW_MS })
  const certificate = read(one.certificate)
  expect(certificate.subject).toBe('CN=amber')
  for (const name of ['shoal', 'localhost', 'kubernetes.default.svc']) expect(certificate.checkHost(name)).toBe(name)
  for (const ip of names.slice(2, 7)) expect(certificate.checkIP(ip)).toBe(ip)
  expect([certificate.checkHost('evil'), certificate.checkIP('10.0.0.1'), certificate.checkIP('::2')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(certificate.checkPrivateKey(createPrivateKey(one.key))).toBe(true)
  expect(Date.parse(certificate.validTo)).toBe(NOW_MS + 397 * DAY_MS)
  expect(authority.serverCertificate({ name: 'amber', names, nowMs: NOW_MS }).key).not.toBe(one.key)
})

test('[KUBE2] a machine that boots in 1970 makes one that others take', () => {
  const { certificate } = authority.serverCertificate({ name: 'amber', names: ['shoal'], nowMs: 0 })
  expect(read(certificate).validFrom).toBe('Jan  1 00:00:00 2020 GMT')
  expect(Date.parse(read(certificate).validTo)).toBeGreaterThan(Date.UTC(2021, 0))
})

test('[KUBE3] a certificate is good for what it was made for', () => {
  const serverAuth = '1.3.6.1.5.5.7.3.1'
  const clientAuth = '1.3.6.1.5.5.7.3.2'
  const server = read(authority.serverCertificate({ name: 'amber', names: ['shoal'], nowMs: NOW_MS }).certificate)
  expect([server.keyUsage, server.ca]).toEqual([[serverAuth], false])
  const ada = read(forAda())
  expect([ada.keyUsage, ada.ca]).toEqual([[clientAuth], false])
  expect(ada.subject).toBe('O=system:masters\nO=shop\nCN=ada')
  expect([Date.parse(ada.validFrom), Date.parse(ada.validTo)]).toEqual([NOW_MS - DAY_MS, NOW_MS + DAY_MS])
  expect(Date.parse(read(forAda({ lifeMs: 40 * 365 * DAY_MS })).validTo)).toBe(NOW_MS + 40 * 365 * DAY_MS)
})

test('[KUBE4] only the public half of a P-256 key is taken for one', () => {
  const pem = client.publicKey.export({ format: 'pem', type: 'spki' }) as string
  expect(readPublicKey(pem)?.asymmetricKeyType).toBe('ec')
  const others = [
    generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'pem', type: 'spki' }) as string,
    generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }) as string,
    client.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    authority.certificate,
    pem.replace(/[A-Z]/, '!'),
    pem.slice(0, 60),
    '',
  ]
  for (const other of others) expect(readPublicKey(other)).toBeUndefined()
})
