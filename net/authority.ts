/**
 * The authority behind TLS on the API: who speaks Kubernetes' protocol knows no Ed25519 chains of ours, and wants one
 * certificate to trust for all nodes, those included that join next year.
 *
 * Its key is derived from the cluster's data key, which every member has and nobody else: so each node makes its own server
 * certificate and knows a user's, alone, in any component, and nothing new has to be handed over. See decision 23.
 *
 * @module
 */
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { clusterIdBytes } from './genesis.ts'
import type { ClusterId } from './genesis.ts'
import { writeCertificate } from './x509.ts'

export interface Authority {
  /** What clients trust, as PEM. Its signature differs from node to node, its key and its name do not. */
  readonly certificate: string
  /** A fresh key, which is nowhere written, and a certificate for it. */
  serverCertificate(options: { name: string; names: readonly string[]; nowMs: number }): ServerCertificate
  /** Lets whoever has the key of `publicKey` in as `user`. */
  clientCertificate(options: ClientRequest): string
}

export interface ServerCertificate {
  /** Both PEM. */
  readonly key: string
  readonly certificate: string
}

export interface ClientRequest {
  readonly user: string
  readonly groups: readonly string[]
  readonly publicKey: KeyObject
  readonly nowMs: number
  readonly lifeMs: number
}

const CURVE = 'prime256v1'
/** Order of P-256 (FIPS 186-4, D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** 128 bits more than the order: what is left of them says nothing about the key (FIPS 186-4, B.4.1). */
const SEED_BYTES = 48
const PURPOSE = 'shoal api authority v1'
const SERIAL_BYTES = 16

const DAY_MS = 86_400_000
/** Made anew long before (`SERVER_RENEW_MS` of `node/api/http-tls.ts`); what its clock is wrong by must fit in too. */
const SERVER_LIFE_MS = 397 * DAY_MS
/** Clocks differ, and one that is a day off is looked at by others (docs/spec/clock.md). */
const BACKDATED_MS = DAY_MS

/** A machine without a battery behind its clock boots in 1970, and must still make what others take. */
const LONG_AGO_MS = Date.UTC(2020, 0)
/** "No end" (RFC 5280, 4.1.2.5): like the membership it follows from. */
const NO_END_MS = Date.UTC(9999, 11, 31, 23, 59, 59)

export const apiAuthority = (options: {
  dataKey: Uint8Array
  clusterId: ClusterId
  random: (bytes: number) => Uint8Array
}): Authority => {
  const { dataKey, clusterId, random } = options
  const privateKey = derivedKey(dataKey, clusterId)
  const issuer = { name: `shoal ${clusterId.slice(0, 12)}`, privateKey, publicKey: createPublicKey(privateKey) }
  const certificate = writeCertificate({
    name: issuer.name,
    publicKey: issuer.publicKey,
    issuer,
    serial: clusterIdBytes(clusterId).subarray(0, SERIAL_BYTES),
    notBeforeMs: LONG_AGO_MS,
    notAfterMs: NO_END_MS,
    use: { for: 'authority' },
  })
  return {
    certificate,
    serverCertificate: ({ name, names, nowMs }) => {
      const key = generateKeyPairSync('ec', { namedCurve: CURVE })
      return {
        key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
        certificate: writeCertificate({
          name,
          publicKey: key.publicKey,
          issuer,
          serial: random(SERIAL_BYTES),
          notBeforeMs: LONG_AGO_MS,
          notAfterMs: Math.max(nowMs, LONG_AGO_MS) + SERVER_LIFE_MS,
          use: { for: 'server', names },
        }),
      }
    },
    clientCertificate: ({ user, groups, publicKey, nowMs, lifeMs }) =>
      writeCertificate({
        name: user,
        groups,
        publicKey,
        issuer,
        serial: random(SERIAL_BYTES),
        notBeforeMs: nowMs - BACKDATED_MS,
        notAfterMs: nowMs + lifeMs,
        use: { for: 'client' },
      }),
  }
}

/** Undefined for anything but the public half of a P-256 key as PEM. */
export const readPublicKey = (pem: string): KeyObject | undefined => {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----')) return undefined
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVE ? key : undefined
  } catch {
    return undefined
  }
}

const derivedKey = (dataKey: Uint8Array, clusterId: ClusterId): KeyObject => {
  const seed = Buffer.from(hkdfSync('sha256', dataKey, clusterIdBytes(clusterId), PURPOSE, SEED_BYTES))
  const scalar = (BigInt(`0x${seed.toString('hex')}`) % (ORDER - 1n)) + 1n
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
  const ecdh = createECDH(CURVE)
  ecdh.setPrivateKey(d)
  const point = ecdh.getPublicKey()
  const [x, y] = [point.subarray(1, 33), point.subarray(33)]
  const text = (bytes: Buffer): string => bytes.toString('base64url')
  return createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', d: text(d), x: text(x), y: text(y) },
    format: 'jwk',
  })
}
