/**
 * What a node's data directory says about who it is: its key, its cluster, its own chain of certificates, and how often it was
 * started. Everything else is in the log.
 *
 *     identity   32 bytes, the seed of its Ed25519 key
 *     genesis    the signed genesis of its cluster
 *     papers     its certificates, from below a root key down to its own, and those of the members named below
 *     data-key   32 bytes that all members share: what Secrets are sealed under, and what the API's authority follows from
 *     introducer addresses of the member that admitted it and of others it named, one a line: where to dial before any other
 *                address is known
 *     boots      how often it was started
 *
 * @module
 */
import { DATA_KEY_BYTES } from './secrets.ts'
import {
  apiAuthority,
  createGenesis,
  createIdentity,
  identityFromSeed,
  issueCertificate,
  join,
  neighboursIn,
  Members,
  parseGenesis,
  parseTicket,
  type Authority,
  type Certificate,
  type Genesis,
  type Identity,
  type Neighbour,
} from '../net/index.ts'
import type { Clock, Dice, Disk } from './world/world.ts'

const IDENTITY = 'identity'
const GENESIS = 'genesis'
const PAPERS = 'papers'
const INTRODUCER = 'introducer'
const BOOTS = 'boots'
const DATA_KEY = 'data-key'

/** 2024-01-01, where incarnations begin to count seconds. */
const EPOCH_MS = 1_704_067_200_000

export interface Home {
  readonly identity: Identity
  readonly members: Members
  /** The member that admitted this node, and those it named. None for the node that created the cluster. */
  readonly introducers: readonly Neighbour[]
  readonly incarnation: number
  /** Undefined in a cluster that was made before there was one. */
  readonly dataKey: Uint8Array | undefined
  /** Whether the cluster was created or joined just now. */
  readonly isNew: boolean
}

/** What makes certificates for TLS; undefined in a cluster that was made before there was a data key. */
export function authorityOf(
  { dataKey, members }: Pick<Home, 'dataKey' | 'members'>,
  { dice }: Pick<HomeWorld, 'dice'>,
): Authority | undefined {
  if (dataKey === undefined) return undefined
  return apiAuthority({ dataKey, clusterId: members.clusterId, random: (length) => dice.bytes(length) })
}

export type Begin =
  | { readonly how: 'create'; readonly clusterName: string }
  | { readonly how: 'join'; readonly ticket: string }

interface HomeWorld {
  readonly disk: Disk
  readonly clock: Clock
  readonly dice: Dice
  /** How a newcomer is admitted. Absent: over libp2p. */
  readonly join?: typeof join
}

export class HomeRefused extends Error {
  readonly code: 'other-cluster' | 'damaged'

  constructor(code: HomeRefused['code'], message: string) {
    super(message)
    this.name = 'HomeRefused'
    this.code = code
  }
}

/** Reads who this node is, or makes it so. Rejects with `HomeRefused`, or a `NetError` where joining failed. */
export async function openHome(world: HomeWorld, begin: Begin): Promise<Home> {
  const identity = await openIdentity(world)
  const genesis = await readGenesis(world.disk)
  const members =
    genesis === undefined ? await enterCluster(world, identity, begin) : await readPapers(world.disk, genesis, begin)
  const introducers = Buffer.from((await world.disk.read(INTRODUCER)) ?? new Uint8Array()).toString('latin1')
  return {
    identity,
    members,
    introducers: neighboursIn(introducers.split('\n')),
    incarnation: await nextIncarnation(world),
    dataKey: await readDataKey(world.disk),
    isNew: genesis === undefined,
  }
}

async function openIdentity({ disk, dice }: HomeWorld): Promise<Identity> {
  const seed = await disk.read(IDENTITY)
  if (seed === undefined) {
    const fresh = createIdentity((length) => dice.bytes(length))
    await disk.replace(IDENTITY, fresh.seed)
    return fresh
  }
  try {
    return identityFromSeed(seed)
  } catch (error) {
    throw new HomeRefused(
      'damaged',
      `the data directory's file ${IDENTITY} cannot be read: ${(error as Error).message}`,
    )
  }
}

async function readGenesis(disk: Disk): Promise<Genesis | undefined> {
  const bytes = await disk.read(GENESIS)
  if (bytes === undefined) return undefined
  const genesis = parseGenesis(bytes)
  if (genesis !== undefined) return genesis
  throw new HomeRefused(
    'damaged',
    `the data directory's file ${GENESIS} is damaged: copy it from another member of the cluster (it is the same on all)`,
  )
}

async function enterCluster(world: HomeWorld, identity: Identity, begin: Begin): Promise<Members> {
  const nowMs = world.clock.now()
  if (begin.how === 'join') {
    const joined = await (world.join ?? join)({ identity, ticket: begin.ticket, nowMs })
    const addresses = joined.neighbours.flatMap((neighbour) => neighbour.addresses)
    const introducers = [parseTicket(begin.ticket, nowMs).address, ...addresses]
    await world.disk.replace(INTRODUCER, Buffer.from(`${introducers.join('\n')}\n`))
    if (joined.dataKey !== undefined) await world.disk.replace(DATA_KEY, joined.dataKey)
    await writePapers(world.disk, joined.certificates, joined.genesis)
    return membersOf(joined.genesis, joined.certificates)
  }
  const random = (length: number): Uint8Array => world.dice.bytes(length)
  const genesis = createGenesis({ name: begin.clusterName, root: identity, nowMs, random })
  const certificate = issueCertificate({
    subject: identity.node,
    issuer: identity,
    clusterId: genesis.clusterId,
    nowMs,
  })
  await world.disk.replace(DATA_KEY, random(DATA_KEY_BYTES))
  await writePapers(world.disk, [certificate], genesis)
  return membersOf(genesis, [certificate])
}

async function readDataKey(disk: Disk): Promise<Uint8Array | undefined> {
  const key = await disk.read(DATA_KEY)
  if (key === undefined || key.length === DATA_KEY_BYTES) return key
  throw new HomeRefused(
    'damaged',
    `the data directory's file ${DATA_KEY} is damaged: copy it from another member of the cluster (it is the same on all)`,
  )
}

/** The genesis last: a directory without it is one that has not entered yet. */
async function writePapers(disk: Disk, certificates: readonly Certificate[], genesis: Genesis): Promise<void> {
  const lines = certificates.map((one) => Buffer.from(one.bytes).toString('base64'))
  await disk.replace(PAPERS, Buffer.from(`${lines.join('\n')}\n`))
  await disk.replace(GENESIS, genesis.bytes)
}

async function readPapers(disk: Disk, genesis: Genesis, begin: Begin): Promise<Members> {
  if (begin.how === 'join') assertSameCluster(genesis, begin.ticket)
  const text = Buffer.from((await disk.read(PAPERS)) ?? new Uint8Array()).toString('latin1')
  const members = new Members({ genesis })
  for (const line of text.split('\n')) if (line !== '') members.admit(Buffer.from(line, 'base64'))
  return members
}

/** A member that starts again with the ticket it joined by (as its unit file says) needs it no more: its end does not matter. */
function assertSameCluster(genesis: Genesis, ticket: string): void {
  const wanted = parseTicket(ticket, 0).clusterId
  if (wanted === genesis.clusterId) return
  throw new HomeRefused(
    'other-cluster',
    `this data directory belongs to cluster "${genesis.name}" (${genesis.clusterId.slice(0, 12)}), the ticket to cluster ` +
      `${wanted.slice(0, 12)}: choose another --data-dir, or remove this one if its cluster is gone`,
  )
}

function membersOf(genesis: Genesis, certificates: readonly Certificate[]): Members {
  const members = new Members({ genesis })
  for (const certificate of certificates) members.admit(certificate.bytes)
  return members
}

/**
 * Grows with every start. Seconds are its floor, so that a node that lost the file (but not its key) is not taken for an older
 * self by peers that remember its records.
 */
async function nextIncarnation({ disk, clock }: HomeWorld): Promise<number> {
  const before = Number(Buffer.from((await disk.read(BOOTS)) ?? new Uint8Array()).toString('latin1'))
  const floor = Math.max(1, Math.floor((clock.now() - EPOCH_MS) / 1_000))
  const next = Math.max(Number.isSafeInteger(before) ? before + 1 : 1, floor)
  await disk.replace(BOOTS, Buffer.from(`${next}\n`))
  return next
}
