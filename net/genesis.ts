/**
 * The birth certificate of a cluster: its name, when, and the keys all trust descends from. A cluster is known by the hash of
 * these bytes, so a node that knows the id cannot be given another cluster's genesis.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { KEY_BYTES, nodeOfPublicKey, publicKeyOf } from './identity.ts'
import type { Identity } from './identity.ts'
import { isBytes, isTimeMs, readStatement, signStatement } from './statement.ts'
import type { PeerId } from './transport.ts'

/** Hex SHA-256 of a genesis. */
export type ClusterId = string

export interface Genesis {
  readonly bytes: Uint8Array
  readonly clusterId: ClusterId
  readonly version: 1
  readonly name: string
  readonly createdMs: number
  /** Whose certificates need no other: in this slice the first node, later keys kept offline. */
  readonly rootKeys: readonly PeerId[]
}

const NONCE_BYTES = 16
/** As a DNS label, so that it can be part of one. */
const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
/** Room for 2 of 3 and some more; a list from the network must end. */
const ROOT_KEYS_MAX = 8

export interface GenesisOptions {
  name: string
  /** Signs, and is the first root key. */
  root: Identity
  nowMs: number
  random: (bytes: number) => Uint8Array
}

/** @throws Error when `name` is not a DNS label. */
export const createGenesis = ({ name, root, nowMs, random }: GenesisOptions): Genesis => {
  if (!NAME.test(name)) {
    throw new Error(`"${name}" cannot name a cluster: lower-case letters, digits and inner dashes, at most 63`)
  }
  const fields = [1, name, nowMs, [root.publicKey], random(NONCE_BYTES)]
  const genesis = parseGenesis(signStatement('genesis', fields, root))
  if (genesis === undefined) throw new Error('A genesis just made does not parse: a bug, please report it')
  return genesis
}

/** Undefined for anything that is not a genesis signed by its first root key. */
export const parseGenesis = (bytes: Uint8Array): Genesis | undefined => {
  const statement = readStatement('genesis', bytes)
  const [version, name, createdMs, keys, nonce, ...rest] = statement?.fields ?? []
  if (version !== 1 || typeof name !== 'string' || !NAME.test(name) || !isTimeMs(createdMs)) return undefined
  if (!isBytes(nonce, NONCE_BYTES) || rest.length > 0 || !isKeyList(keys)) return undefined
  const rootKeys = keys.map(nodeOfPublicKey)
  const [first] = rootKeys
  if (first === undefined || statement?.signedBy(first) !== true) return undefined
  return { bytes, clusterId: clusterIdOf(bytes), version, name, createdMs, rootKeys }
}

const isKeyList = (value: unknown): value is Uint8Array[] =>
  Array.isArray(value) && value.length <= ROOT_KEYS_MAX && value.every((key) => isBytes(key, KEY_BYTES))

const clusterIdOf = (genesis: Uint8Array): ClusterId => createHash('sha256').update(genesis).digest('hex')

/** The 32 bytes of a cluster id, as other statements carry it. */
export const clusterIdBytes = (clusterId: ClusterId): Uint8Array => Uint8Array.from(Buffer.from(clusterId, 'hex'))

/** @throws Error when `node` is no name of an Ed25519 key. */
export const keyBytes = (node: PeerId): Uint8Array => {
  const key = publicKeyOf(node)
  if (key === undefined) throw new Error(`"${node}" is not the peer id of an Ed25519 key (12D3Koo...)`)
  return key
}
