/**
 * A node's key and name. The key is Ed25519, kept as its 32-byte seed; the name is the libp2p peer id that inlines the public
 * key (`12D3Koo...`), so whoever knows a name can check a signature. No other key type is a member: an RSA or ECDSA peer id
 * names a hash, and a forger chooses what hashes to it.
 *
 * `node:crypto` does the work (sign 25 us, verify 69 us; the JavaScript curve libp2p carries takes 13 times that).
 *
 * @module
 */
import './node20.ts'
import { createPrivateKey, createPublicKey, sign as signBytes, verify as verifyBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { privateKeyFromRaw, publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import type { PeerId } from './transport.ts'

/** Length of a seed and of a public key. */
export const KEY_BYTES = 32

/** Ed25519, always. */
export const SIGNATURE_BYTES = 64

/** Names resolved to key objects and kept. More than the members of a fleet (4,096): a flood of names only costs time. */
const KEYS_KEPT_MAX = 8192

/** What `createPrivateKey` wants before the seed: PKCS #8 of an Ed25519 key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
/** What `createPublicKey` wants before the key: SPKI of an Ed25519 key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

export interface Identity {
  readonly node: PeerId
  readonly publicKey: Uint8Array
  /** 32 bytes: all there is to keep, in a file of mode 0600. */
  readonly seed: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

/** @throws Error when `seed` is not 32 bytes. */
export const identityFromSeed = (seed: Uint8Array): Identity => {
  if (seed.length !== KEY_BYTES) {
    throw new Error(`A node key is ${KEY_BYTES} bytes, this one has ${seed.length}: restore it or start a new node`)
  }
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
  return {
    node: nodeOfPublicKey(publicKey),
    publicKey: Uint8Array.from(publicKey),
    seed: Uint8Array.from(seed),
    sign: (bytes) => Uint8Array.from(signBytes(null, bytes, key)),
  }
}

export const createIdentity = (random: (bytes: number) => Uint8Array): Identity => identityFromSeed(random(KEY_BYTES))

/** The same key as libp2p wants it, for noise. */
export const libp2pKeyOf = (identity: Identity): PrivateKey =>
  privateKeyFromRaw(Buffer.concat([identity.seed, identity.publicKey]))

/** @throws Error when `publicKey` is not 32 bytes. */
export const nodeOfPublicKey = (publicKey: Uint8Array): PeerId => {
  const key = publicKeyFromRaw(Uint8Array.from(publicKey))
  if (key.type !== 'Ed25519') throw new Error(`A node's public key is Ed25519 of ${KEY_BYTES} bytes, not ${key.type}`)
  return peerIdFromPublicKey(key).toString()
}

/** The 32 bytes inlined in a name; undefined when it is no name of an Ed25519 key in its one spelling. */
export const publicKeyOf = (node: PeerId): Uint8Array | undefined => {
  try {
    const id = peerIdFromString(node)
    return id.type === 'Ed25519' && id.toString() === node ? id.publicKey.raw : undefined
  } catch {
    return undefined
  }
}

const keys = new Map<PeerId, KeyObject>()

/** Whether the key inlined in `node` made `signature` over `bytes`. Never throws. */
export const verify = (node: PeerId, bytes: Uint8Array, signature: Uint8Array): boolean => {
  if (signature.length !== SIGNATURE_BYTES) return false
  const key = keys.get(node) ?? resolve(node)
  return key !== undefined && verifyBytes(null, bytes, key, signature)
}

const resolve = (node: PeerId): KeyObject | undefined => {
  const raw = publicKeyOf(node)
  if (raw === undefined) return undefined
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
  if (keys.size >= KEYS_KEPT_MAX) keys.clear()
  keys.set(node, key)
  return key
}
