/**
 * One member vouches for another: "issuer says that subject belongs to this cluster". Whoever holds the chain up to a root key
 * can check it offline, so a node is believed also by those that have not heard of it.
 *
 * A certificate has no end: a machine without a battery behind its clock boots in 1970, and must still know its peers. What ends
 * a membership is a revocation, which comes with the roles beyond `node`.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { clusterIdBytes, keyBytes } from './genesis.ts'
import type { ClusterId } from './genesis.ts'
import { KEY_BYTES, nodeOfPublicKey } from './identity.ts'
import type { Identity } from './identity.ts'
import { isBytes, isTimeMs, readStatement, signStatement } from './statement.ts'
import type { PeerId } from './transport.ts'

/** What a member may do. `node`: everything, in this slice. A reader keeps roles it does not know. */
export type Role = 'node'

export interface Certificate {
  readonly bytes: Uint8Array
  readonly subject: PeerId
  readonly issuer: PeerId
  readonly clusterId: ClusterId
  readonly roles: readonly string[]
  readonly issuedMs: number
  /** The ticket it was admitted by (hex), so that uses can be counted and a leaked ticket's guests be found. */
  readonly ticketId?: string
}

export const TICKET_ID_BYTES = 16
const ROLES_MAX = 8
const ROLE = /^[a-z][-a-z]{0,31}$/

export interface CertificateOptions {
  subject: PeerId
  issuer: Identity
  clusterId: ClusterId
  nowMs: number
  roles?: readonly Role[]
  ticketId?: string
}

export const issueCertificate = (options: CertificateOptions): Certificate => {
  const { subject, issuer, clusterId, nowMs, roles = ['node'], ticketId = '' } = options
  const fields = [
    1,
    clusterIdBytes(clusterId),
    keyBytes(subject),
    issuer.publicKey,
    roles,
    nowMs,
    Uint8Array.from(Buffer.from(ticketId, 'hex')),
  ]
  const certificate = parseCertificate(signStatement('certificate', fields, issuer))
  if (certificate === undefined) throw new Error(`A certificate for ${subject} does not parse: a bug, please report it`)
  return certificate
}

/** Undefined for anything but a certificate that its issuer signed. Whether the issuer may is the trust store's question. */
export const parseCertificate = (bytes: Uint8Array): Certificate | undefined => {
  const statement = readStatement('certificate', bytes)
  const [version, cluster, subject, issuer, roles, issuedMs, ticket, ...rest] = statement?.fields ?? []
  if (version !== 1 || !isBytes(cluster, 32) || !isBytes(subject, KEY_BYTES) || !isBytes(issuer, KEY_BYTES))
    return undefined
  if (!isRoleList(roles) || !isTimeMs(issuedMs) || !isBytes(ticket) || rest.length > 0) return undefined
  if (ticket.length !== 0 && ticket.length !== TICKET_ID_BYTES) return undefined
  const issuerNode = nodeOfPublicKey(issuer)
  if (statement?.signedBy(issuerNode) !== true) return undefined
  return {
    bytes: Uint8Array.from(bytes),
    subject: nodeOfPublicKey(subject),
    issuer: issuerNode,
    clusterId: Buffer.from(cluster).toString('hex'),
    roles,
    issuedMs,
    ...(ticket.length > 0 && { ticketId: Buffer.from(ticket).toString('hex') }),
  }
}

const isRoleList = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= ROLES_MAX &&
  value.every((role) => typeof role === 'string' && ROLE.test(role))

/** Of two certificates for one subject, which stands: the older, then the lower hash. The same on every node. */
export const stands = (left: Certificate, right: Certificate): Certificate => {
  if (left.issuedMs !== right.issuedMs) return left.issuedMs < right.issuedMs ? left : right
  return hash(left) <= hash(right) ? left : right
}

const hash = (certificate: Certificate): string => createHash('sha256').update(certificate.bytes).digest('hex')
