/**
 * X.509 certificates over P-256, for those who speak TLS and know nothing of our own certificates: written here, read and
 * checked by OpenSSL. One profile: an authority that signs nodes and users directly, and those.
 *
 * @module
 */
import { createHash, sign, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { bitString, integer, numbered, numberedBytes, octetString, oid, sequence, set, time, utf8, yes } from './der.ts'

export interface CertificateRequest {
  /** CN. */
  readonly name: string
  /** O, one each. */
  readonly groups?: readonly string[]
  /** Whose key it is. */
  readonly publicKey: KeyObject
  readonly issuer: { readonly name: string; readonly privateKey: KeyObject; readonly publicKey: KeyObject }
  /** 16 bytes, another for each. */
  readonly serial: Uint8Array
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly use: Use
}

export type Use =
  | { readonly for: 'authority' }
  /** DNS names and IP addresses. */
  | { readonly for: 'server'; readonly names: readonly string[] }
  | { readonly for: 'client' }

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

/** Bits of a key usage, from the left. */
const DIGITAL_SIGNATURE = bitString(Uint8Array.of(0b1000_0000), 7)
const CERT_AND_CRL_SIGN = bitString(Uint8Array.of(0b0000_0110), 1)

const ALGORITHM = sequence(oid(OID.ecdsaWithSha256))

/** A certificate as PEM. */
export const writeCertificate = (request: CertificateRequest): string => {
  const { name, groups = [], publicKey, issuer, serial, notBeforeMs, notAfterMs, use } = request
  const content = sequence(
    numbered(0, integer(Uint8Array.of(2))),
    // The highest bit off, so that its length does not depend on chance.
    integer(Uint8Array.from([(serial[0] ?? 0) & 0x7f, ...serial.subarray(1)])),
    ALGORITHM,
    nameOf(issuer.name),
    sequence(time(notBeforeMs), time(notAfterMs)),
    nameOf(name, groups),
    spki(publicKey),
    numbered(3, sequence(...extensions(use, publicKey, issuer.publicKey))),
  )
  const signature = sign('sha256', content, issuer.privateKey)
  return pem('CERTIFICATE', sequence(content, ALGORITHM, bitString(signature)))
}

const pem = (label: string, bytes: Uint8Array): string =>
  [
    `-----BEGIN ${label}-----`,
    ...(Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []),
    `-----END ${label}-----`,
    '',
  ].join('\n')

const spki = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' })

/** Groups first, as OpenSSL and Go write them: from the largest to the one. */
const nameOf = (name: string, groups: readonly string[] = []): Uint8Array =>
  sequence(
    ...groups.map((group) => set(sequence(oid(OID.organization), utf8(group)))),
    set(sequence(oid(OID.commonName), utf8(name))),
  )

const extension = (id: string, value: Uint8Array, isCritical = false): Uint8Array =>
  sequence(oid(id), ...(isCritical ? [yes] : []), octetString(value))

const extensions = (use: Use, subject: KeyObject, issuer: KeyObject): readonly Uint8Array[] => {
  const subjectId = extension(OID.subjectKeyId, octetString(keyId(subject)))
  if (use.for === 'authority') {
    // It signs nodes and users, and no further authority.
    const constraints = sequence(yes, integer(Uint8Array.of(0)))
    return [
      extension(OID.basicConstraints, constraints, true),
      extension(OID.keyUsage, CERT_AND_CRL_SIGN, true),
      subjectId,
    ]
  }
  const purpose = use.for === 'server' ? OID.serverAuth : OID.clientAuth
  return [
    extension(OID.basicConstraints, sequence(), true),
    extension(OID.keyUsage, DIGITAL_SIGNATURE, true),
    extension(OID.extendedKeyUsage, sequence(oid(purpose))),
    subjectId,
    extension(OID.authorityKeyId, sequence(numberedBytes(0, keyId(issuer)))),
    ...(use.for === 'server' ? [extension(OID.subjectAltName, sequence(...use.names.map(alternativeName)))] : []),
  ]
}

const KEY_ID_BYTES = 20

const keyId = (key: KeyObject): Uint8Array => createHash('sha256').update(spki(key)).digest().subarray(0, KEY_ID_BYTES)

const alternativeName = (name: string): Uint8Array =>
  isIP(name) === 0 ? numberedBytes(2, Buffer.from(name, 'latin1')) : numberedBytes(7, addressBytes(name))

/** Four bytes or sixteen. */
const addressBytes = (address: string): Uint8Array => {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number))
  const whole = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = whole.split('::')
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')]
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0)
  return Uint8Array.from([...front, ...zeros, ...back].flatMap((group) => [group >> 8, group & 0xff]))
}

const groupsOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
