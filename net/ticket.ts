/**
 * What a newcomer is handed: where to dial, which cluster to expect there, and a key that a member has delegated to it.
 *
 *     /ip4/10.0.0.7/tcp/7946/p2p/12D3Koo.../ticket/<base64url>
 *
 * The delegation says "whoever signs with this throw-away key may be admitted until then", signed by a member. Any member can
 * check it offline, nothing secret is stored anywhere but in the ticket itself, and the newcomer signs its own name with the
 * key, so what a listener on the wire sees admits nobody else.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { TICKET_ID_BYTES } from './certificate.ts'
import { clusterIdBytes, keyBytes } from './genesis.ts'
import type { ClusterId } from './genesis.ts'
import { KEY_BYTES, SIGNATURE_BYTES, identityFromSeed, nodeOfPublicKey, verify } from './identity.ts'
import type { Identity } from './identity.ts'
import { isBytes, isTimeMs, packPlain, readStatement, signStatement, signedBytes, unpackPlain } from './statement.ts'
import { NetError } from './transport.ts'
import type { PeerId } from './transport.ts'

export interface Ticket {
  /** Where the member that made it can be dialled, with `/p2p/`. */
  readonly address: string
  readonly clusterId: ClusterId
  readonly delegation: Delegation
  /** The throw-away key. */
  readonly bearer: Identity
}

export interface Delegation {
  readonly bytes: Uint8Array
  readonly clusterId: ClusterId
  readonly issuer: PeerId
  readonly bearer: PeerId
  readonly notAfterMs: number
  /** How many nodes one member admits by it. Members count alone, and by the certificates they have heard of. */
  readonly uses: number
  readonly ticketId: string
}

/** Why a ticket is refused. Said in the admitting member's log only; the stranger sees a closed connection. */
export type TicketRefusal = 'truncated' | 'expired' | 'other-cluster' | 'bad-signature' | 'unknown-issuer' | 'used-up'

/** Default life of a ticket: long enough to walk to the other machine. */
export const TICKET_LIFE_MS = 3_600_000
const USES_MAX = 10_000
const SEPARATOR = '/ticket/'
/** A ticket is some 400 characters; what is far longer is not one. */
const TEXT_LENGTH_MAX = 2048

export interface TicketOptions {
  /** A member's address with `/p2p/`. */
  address: string
  clusterId: ClusterId
  issuer: Identity
  nowMs: number
  random: (bytes: number) => Uint8Array
  lifeMs?: number
  uses?: number
}

/** The whole line to hand over. */
export const createTicket = (options: TicketOptions): string => {
  const { address, clusterId, issuer, nowMs, random, lifeMs = TICKET_LIFE_MS, uses = 1 } = options
  const seed = random(KEY_BYTES)
  const fields = [
    1,
    clusterIdBytes(clusterId),
    issuer.publicKey,
    identityFromSeed(seed).publicKey,
    nowMs + lifeMs,
    uses,
  ]
  const delegation = signStatement('delegation', fields, issuer)
  return `${address}${SEPARATOR}${Buffer.from(packPlain([delegation, seed])).toString('base64url')}`
}

/** Whether an address is a ticket rather than a plain multiaddr. */
export const isTicket = (line: string): boolean => line.includes(SEPARATOR)

/** @throws NetError `bad-ticket`, with what is wrong and what to do. */
export const parseTicket = (line: string, nowMs: number): Ticket => {
  const at = line.trim().lastIndexOf(SEPARATOR)
  if (at < 0)
    throw new NetError('bad-ticket', 'This is no ticket: it has no /ticket/ part. `shoal token` on a member makes one')
  const address = line.trim().slice(0, at)
  const text = line.trim().slice(at + SEPARATOR.length)
  const [bytes, seed, ...rest] = unpackPlain(fromText(text)) ?? []
  const delegation = isBytes(bytes) ? parseDelegation(bytes) : undefined
  const bearer = isBytes(seed, KEY_BYTES) ? identityFromSeed(seed) : undefined
  if (delegation === undefined || bearer?.node !== delegation.bearer || rest.length > 0) {
    throw new NetError('bad-ticket', 'The ticket is truncated or changed on its way: copy the whole line again')
  }
  if (delegation.notAfterMs <= nowMs) {
    const since = new Date(delegation.notAfterMs).toISOString()
    throw new NetError('bad-ticket', `The ticket expired at ${since}: make a new one with \`shoal token\` on a member`)
  }
  return { address, clusterId: delegation.clusterId, delegation, bearer }
}

const fromText = (text: string): Uint8Array =>
  text.length <= TEXT_LENGTH_MAX && /^[\w-]+$/.test(text)
    ? Uint8Array.from(Buffer.from(text, 'base64url'))
    : new Uint8Array()

/** The shape only, and that its own issuer signed it. */
export const parseDelegation = (bytes: Uint8Array): Delegation | undefined => {
  const read = readDelegation(bytes)
  return read?.isSigned === true ? read.delegation : undefined
}

const readDelegation = (bytes: Uint8Array): { delegation: Delegation; isSigned: boolean } | undefined => {
  const statement = readStatement('delegation', bytes)
  const [version, cluster, issuer, bearer, notAfterMs, uses, ...rest] = statement?.fields ?? []
  if (version !== 1 || !isBytes(cluster, 32) || !isBytes(issuer, KEY_BYTES) || !isBytes(bearer, KEY_BYTES))
    return undefined
  if (!isTimeMs(notAfterMs) || !isUses(uses) || rest.length > 0) return undefined
  const issuerNode = nodeOfPublicKey(issuer)
  const delegation = {
    bytes,
    clusterId: Buffer.from(cluster).toString('hex'),
    issuer: issuerNode,
    bearer: nodeOfPublicKey(bearer),
    notAfterMs,
    uses,
    ticketId: createHash('sha256')
      .update(bearer)
      .digest('hex')
      .slice(0, TICKET_ID_BYTES * 2),
  }
  return { delegation, isSigned: statement?.signedBy(issuerNode) === true }
}

const isUses = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= USES_MAX

/** The newcomer's signature over its own name, by the ticket's key. */
export const claimTicket = (ticket: Ticket, newcomer: PeerId): Uint8Array =>
  ticket.bearer.sign(signedBytes('bearer', claimBody(ticket.delegation, newcomer)))

const claimBody = (delegation: Delegation, newcomer: PeerId): Uint8Array =>
  packPlain([clusterIdBytes(delegation.clusterId), keyBytes(delegation.issuer), keyBytes(newcomer)])

export interface ClaimCheck {
  delegation: Uint8Array
  claim: Uint8Array
  newcomer: PeerId
  clusterId: ClusterId
  nowMs: number
  isMember(node: PeerId): boolean
  /** Nodes this ticket has admitted, as far as this member knows. */
  admittedBy(ticketId: string): readonly PeerId[]
}

/** What a member does with a presented ticket. Pure: offline, from what the member knows. */
export const checkClaim = (check: ClaimCheck): { delegation: Delegation } | { refusal: TicketRefusal } => {
  const read = readDelegation(check.delegation)
  if (read === undefined || check.claim.length !== SIGNATURE_BYTES) return { refusal: 'truncated' }
  const { delegation } = read
  if (delegation.clusterId !== check.clusterId) return { refusal: 'other-cluster' }
  if (!read.isSigned) return { refusal: 'bad-signature' }
  if (!check.isMember(delegation.issuer)) return { refusal: 'unknown-issuer' }
  if (delegation.notAfterMs <= check.nowMs) return { refusal: 'expired' }
  if (!verify(delegation.bearer, signedBytes('bearer', claimBody(delegation, check.newcomer)), check.claim)) {
    return { refusal: 'bad-signature' }
  }
  // [TICKET5] a node that lost its answer may ask again without using the ticket up
  const others = check.admittedBy(delegation.ticketId).filter((node) => node !== check.newcomer)
  return others.length < delegation.uses ? { delegation } : { refusal: 'used-up' }
}
