/**
 * The first words between two nodes, inside the encrypted channel and before anything else: sans-IO.
 *
 *     member:    hello, its chain of certificates  ->  hello, the other's chain      both admitted
 *     newcomer:  join, delegation, claim           ->  genesis, chain, certificate, neighbours   a member from now on
 *     anybody else gets no byte of answer, only a closed connection
 *
 * The channel has proved who holds which key; the certificate says what the key's owner is. Since the chain travels along, a
 * node is believed also by members that have not heard of it yet.
 *
 * @module
 */
import { issueCertificate } from './certificate.ts'
import type { Certificate } from './certificate.ts'
import { parseGenesis } from './genesis.ts'
import type { Genesis } from './genesis.ts'
import { KEY_BYTES } from './identity.ts'
import type { Identity } from './identity.ts'
import { Members } from './members.ts'
import { isBytes, packPlain, unpackPlain } from './statement.ts'
import { checkClaim, claimTicket } from './ticket.ts'
import type { Ticket, TicketRefusal } from './ticket.ts'
import { peerOf } from './dial.ts'
import { NetError } from './transport.ts'
import type { Neighbour, PeerId } from './transport.ts'

/** Largest join request: a delegation and a claim are some 300 bytes. */
export const JOIN_BYTES_MAX = 1024

/** Longest chain shown: with a tree of admissions it is the logarithm of the fleet, with a line of them the limit. */
export const CHAIN_MAX = 24

/** Largest first word and answer: a genesis and `CHAIN_MAX` certificates of some 210 bytes. */
export const HELLO_BYTES_MAX = 8192

/** [JOIN8] Neighbours a newcomer is told of: enough that not all of them are lost with the member that admitted it. */
export const NEIGHBOURS_MAX = 6
/** Of each, as many addresses: the local network's, the public one, IPv4 and IPv6. */
const ADDRESSES_MAX = 4

/** Join requests refused per remote address and minute before it is not listened to: a person retries by hand, a guesser does not. */
export const REFUSALS_PER_MINUTE_MAX = 5
const MINUTE_MS = 60_000
/** Remote addresses remembered for that limit; the oldest gives way. */
const REMOTES_MAX = 1024

export type HelloRefusal = 'malformed' | 'not-a-member' | 'wrong-subject'
export type JoinRefusal = TicketRefusal | 'too-large' | 'too-often' | 'chain-too-long'

/** What the listening side does with a first frame. */
export type Answer =
  | { verdict: 'admitted'; reply: Uint8Array; fresh: readonly Certificate[] }
  | { verdict: 'refused'; reason: HelloRefusal | JoinRefusal }

export interface FirstFrame {
  frame: Uint8Array
  /** As the encrypted channel proved it. */
  peer: PeerId
  /** IP address, for the limit. */
  remote: string
  nowMs: number
  /** Whom a newcomer is to be told of, the most important first. */
  neighboursFor?: ((newcomer: PeerId) => readonly Neighbour[]) | undefined
}

export const helloFrame = (members: Members, self: PeerId): Uint8Array =>
  packPlain(['hello', members.chainOf(self).map((certificate) => certificate.bytes)])

export const joinFrame = (ticket: Ticket, newcomer: PeerId): Uint8Array =>
  packPlain(['join', ticket.delegation.bytes, claimTicket(ticket, newcomer)])

/** Checks the chain the other side showed. What it proves of third parties is kept too: it is signed all the same. */
export const readHello = (
  frame: Uint8Array,
  peer: PeerId,
  members: Members,
): { fresh: readonly Certificate[] } | { refusal: HelloRefusal } => {
  const [word, chain, ...rest] = frame.length <= HELLO_BYTES_MAX ? (unpackPlain(frame) ?? []) : []
  if (word !== 'hello' || rest.length > 0 || !isChain(chain)) return { refusal: 'malformed' }
  const fresh: Certificate[] = []
  let last: PeerId | undefined
  for (const bytes of chain) {
    // root first, so each issuer is known when its turn comes; strangers' certificates are not held
    const admission = members.admitNow(bytes)
    if (admission.verdict === 'refused' || admission.verdict === 'held') return { refusal: 'not-a-member' }
    const certificate = members.certificateOf(admission.subject)
    if (admission.verdict === 'new' && certificate !== undefined) fresh.push(certificate)
    last = admission.subject
  }
  if (last === undefined) return { refusal: 'not-a-member' }
  return last === peer ? { fresh } : { refusal: 'wrong-subject' }
}

const isChain = (value: unknown): value is Uint8Array[] =>
  Array.isArray(value) && value.length <= CHAIN_MAX && value.every((link) => isBytes(link))

/** The member's side of the door. */
export class Door {
  readonly #identity: Identity
  readonly #members: Members
  readonly #dataKey: Uint8Array
  readonly #refusalsMs = new Map<string, number[]>()

  /** `dataKey`: what members share and nobody else has, handed to newcomers. */
  constructor(options: { identity: Identity; members: Members; dataKey?: Uint8Array | undefined }) {
    this.#identity = options.identity
    this.#dataKey = options.dataKey ?? new Uint8Array()
    this.#members = options.members
  }

  answer(first: FirstFrame): Answer {
    const [word, delegation, claim, ...rest] = unpackPlain(first.frame) ?? []
    if (word !== 'join') return this.#answerHello(first)
    if (!this.#mayAsk(first.remote, first.nowMs)) return { verdict: 'refused', reason: 'too-often' }
    const answer = this.#judgeJoin(first, delegation, claim, rest.length)
    if (answer.verdict === 'refused') this.#noteRefusal(first.remote, first.nowMs)
    return answer
  }

  #judgeJoin(first: FirstFrame, delegation: unknown, claim: unknown, extra: number): Answer {
    if (first.frame.length > JOIN_BYTES_MAX) return { verdict: 'refused', reason: 'too-large' }
    if (!isBytes(delegation) || !isBytes(claim) || extra > 0) return { verdict: 'refused', reason: 'truncated' }
    return this.#answerJoin(first, delegation, claim)
  }

  #answerHello({ frame, peer }: FirstFrame): Answer {
    const read = readHello(frame, peer, this.#members)
    if ('refusal' in read) return { verdict: 'refused', reason: read.refusal }
    return { verdict: 'admitted', reply: helloFrame(this.#members, this.#identity.node), fresh: read.fresh }
  }

  #answerJoin({ peer, nowMs, neighboursFor }: FirstFrame, delegation: Uint8Array, claim: Uint8Array): Answer {
    const members = this.#members
    const checked = checkClaim({
      delegation,
      claim,
      newcomer: peer,
      clusterId: members.clusterId,
      nowMs,
      isMember: (node) => members.isMember(node),
      admittedBy: (ticketId) => members.admittedBy(ticketId),
    })
    if ('refusal' in checked) return { verdict: 'refused', reason: checked.refusal }
    const chain = members.chainOf(this.#identity.node)
    // the newcomer's own chain is one longer, and must still fit into its hello
    if (chain.length >= CHAIN_MAX) return { verdict: 'refused', reason: 'chain-too-long' }
    const fresh = this.#certify(peer, checked.delegation.ticketId, nowMs)
    const neighbours = neighboursFor?.(peer) ?? []
    return {
      verdict: 'admitted',
      reply: joinedFrame({ members, newcomer: peer, dataKey: this.#dataKey, neighbours }),
      fresh,
    }
  }

  /** A node that is a member already, and has only lost its papers, gets the ones it had. */
  #certify(subject: PeerId, ticketId: string, nowMs: number): readonly Certificate[] {
    if (this.#members.isMember(subject)) return []
    const { clusterId } = this.#members
    const certificate = issueCertificate({ subject, issuer: this.#identity, clusterId, nowMs, ticketId })
    this.#members.admit(certificate.bytes)
    return [certificate]
  }

  /** [JOIN4] Only refusals count: a rack of machines behind one address may join at once, each with a good ticket. */
  #mayAsk(remote: string, nowMs: number): boolean {
    return this.#recentRefusals(remote, nowMs).length < REFUSALS_PER_MINUTE_MAX
  }

  #noteRefusal(remote: string, nowMs: number): void {
    const recent = this.#recentRefusals(remote, nowMs)
    this.#refusalsMs.delete(remote)
    this.#refusalsMs.set(remote, [...recent, nowMs])
    const [oldest] = this.#refusalsMs.keys()
    if (this.#refusalsMs.size > REMOTES_MAX && oldest !== undefined) this.#refusalsMs.delete(oldest)
  }

  #recentRefusals(remote: string, nowMs: number): number[] {
    return (this.#refusalsMs.get(remote) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS)
  }
}

interface Welcome {
  readonly members: Members
  readonly newcomer: PeerId
  readonly dataKey: Uint8Array
  readonly neighbours: readonly Neighbour[]
}

/**
 * [JOIN7] The key travels inside the encrypted channel, to whoever has proved to hold a good ticket. [JOIN8] Behind it come
 * neighbours, each with its certificates, as many as there is room for.
 */
function joinedFrame({ members, newcomer, dataKey, neighbours }: Welcome): Uint8Array {
  const chain = members.chainOf(newcomer)
  const withNeighbours = (named: readonly Neighbour[]): Uint8Array => {
    const papers = new Set(named.flatMap(({ node }) => members.chainOf(node)))
    for (const certificate of chain) papers.delete(certificate)
    return packPlain([
      'joined',
      members.genesis.bytes,
      chain.map(({ bytes }) => bytes),
      dataKey,
      [...papers].map(({ bytes }) => bytes),
      named.flatMap(({ addresses }) => addresses.slice(0, ADDRESSES_MAX)),
    ])
  }
  let frame = withNeighbours([])
  for (let count = 1; count <= Math.min(neighbours.length, NEIGHBOURS_MAX); count++) {
    const longer = withNeighbours(neighbours.slice(0, count))
    if (longer.length > HELLO_BYTES_MAX) break
    frame = longer
  }
  return frame
}

const isPapers = (value: unknown): value is Uint8Array[] =>
  Array.isArray(value) && value.length <= NEIGHBOURS_MAX * CHAIN_MAX && value.every((each) => isBytes(each))

const isAddresses = (value: unknown): value is string[] =>
  Array.isArray(value) &&
  value.length <= NEIGHBOURS_MAX * ADDRESSES_MAX &&
  value.every((each) => typeof each === 'string')

/** By peer. What is no address of one is left out: a node can do without. */
export function neighboursIn(addresses: readonly string[]): Neighbour[] {
  const known = new Map<PeerId, string[]>()
  for (const address of addresses) {
    const node = readPeer(address)
    if (node !== undefined) known.set(node, [...(known.get(node) ?? []), address])
  }
  return [...known].map(([node, own]) => ({ node, addresses: own }))
}

function readPeer(address: string): PeerId | undefined {
  try {
    return peerOf([address])
  } catch {
    return undefined
  }
}

const isDataKey = (value: unknown): value is Uint8Array => isBytes(value, 0) || isBytes(value, KEY_BYTES)

/** All a newcomer needs to be a member: to be kept beside its key. */
export interface Joined {
  readonly genesis: Genesis
  /** From a root key's down to its own, then those of its neighbours. */
  readonly certificates: readonly Certificate[]
  /** Other members, and where they can be dialled. */
  readonly neighbours: readonly Neighbour[]
  readonly certificate: Certificate
  /** What members share; undefined where the member that answered has none. */
  readonly dataKey: Uint8Array | undefined
}

/** @throws NetError when the answer does not make `self` a member of the ticket's cluster. */
export const readJoined = (frame: Uint8Array, ticket: Ticket, self: PeerId): Joined => {
  const [word, genesisBytes, chain, dataKey, papers, addresses, ...rest] = unpackPlain(frame) ?? []
  const isSound = isDataKey(dataKey) && isPapers(papers) && isAddresses(addresses)
  if (word !== 'joined' || !isBytes(genesisBytes) || !isChain(chain) || !isSound || rest.length > 0) {
    throw new NetError('protocol', `${ticket.address} answered the join with something else: is it a Shoal node?`)
  }
  const genesis = parseGenesis(genesisBytes)
  // [JOIN6] the ticket pins the cluster: a member of another one cannot lure the newcomer there
  if (genesis?.clusterId !== ticket.clusterId) {
    throw new NetError(
      'other-cluster',
      `${ticket.address} belongs to another cluster than the ticket: ask for a new ticket`,
    )
  }
  const members = new Members({ genesis })
  for (const bytes of chain) members.admitNow(bytes)
  const certificate = members.certificateOf(self)
  if (certificate === undefined) {
    throw new NetError('protocol', `${ticket.address} sent no certificate for this node that its genesis covers`)
  }
  for (const bytes of papers) members.admitNow(bytes)
  const certificates = [...new Set([...members.chainOf(self), ...members.list()])]
  const neighbours = neighboursIn(addresses).filter(({ node }) => node !== self && members.isMember(node))
  return { genesis, certificates, certificate, dataKey: dataKey.length === 0 ? undefined : dataKey, neighbours }
}
