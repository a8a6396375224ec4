import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { aNodeFact, AUTHORITY, Asker, NOON_MS, OTHER, SELF } from './testing.ts'

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const GOOD = {
  user: 'ada',
  lifeSeconds: 3_600,
  publicKey: keys.publicKey.export({ format: 'pem', type: 'spki' }) as string,
}
const LINE = 'POST /shoal/v1/client-certificate'

test('[KUBE4] the public half of a key is signed for a user, for as long as was asked', async () => {
  const asker = new Asker()
  const { status, value } = await asker.ask(LINE, { body: GOOD })
  expect(status).toBe(201)
  expect(value).toMatchObject({ user: 'ada', groups: ['system:masters'], expiresAtMs: NOON_MS + 3_600_000 })
  const certificate = new X509Certificate(value['certificate'] as string)
  expect(certificate.verify(new X509Certificate(AUTHORITY.certificate).publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(keys.privateKey)).toBe(true)
  expect(certificate.subject).toBe('O=system:masters\nCN=ada')
  expect(Date.parse(certificate.validTo)).toBe(NOON_MS + 3_600_000)
})

test.each([
  ['user', ''],
  ['user', 'a/b'],
  ['user', 'x'.repeat(65)],
  ['user', ['ada']],
  ['user', undefined],
  ['publicKey', 'nothing'],
  ['publicKey', keys.privateKey.export({ format: 'pem', type: 'pkcs8' })],
  ['publicKey', undefined],
  ['lifeSeconds', 0],
  ['lifeSeconds', 1.5],
  ['lifeSeconds', '60'],
  ['lifeSeconds', 400_000_000],
  ['lifeSeconds', undefined],
])('[KUBE4] %s %j is refused with its field', async (field, value) => {
  const answer = await new Asker().ask(LINE, { body: { ...GOOD, [field]: value } })
  expect(answer).toMatchObject({ status: 400, value: { reason: 'BadRequest' } })
  expect(answer.value['message']).toMatch(new RegExp(`^${field}: Invalid value: .*must `))
})

test('[KUBE4] in a cluster without a data key that is said, and what to do', async () => {
  const asker = new Asker()
  asker.backend.hasDataKey = false
  const { status, value } = await asker.ask(LINE, { body: GOOD })
  expect([status, value['message']]).toEqual([503, expect.stringContaining('copy the file data-key')])
})

test('[KUBE13] the doors of all nodes are told, that of the asked one first; nodes of before have none', async () => {
  const asker = new Asker()
  const third = OTHER.replaceAll('Basi', 'Ceda')
  asker.backend.said(OTHER, 'node', aNodeFact('basil', { apiTls: '10.0.0.2:6443' }))
  asker.backend.said(third, 'node', aNodeFact('cedar'))
  asker.backend.said(SELF, 'node', aNodeFact('amber', { apiTls: '[fe80::1]:6443' }))
  const { value } = await asker.ask(LINE, { body: GOOD })
  expect(value['servers']).toEqual([
    { node: 'amber', address: '[fe80::1]:6443' },
    { node: 'basil', address: '10.0.0.2:6443' },
  ])
})
