import { randomBytes } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityFromSeed, libp2pKeyOf, nodeOfPublicKey, publicKeyOf, verify } from './identity.ts'
import { newIdentity } from './rig.ts'

describe('a node key', () => {
  test('[ID1] a name is the peer id libp2p derives from the same key, and leads back to the public key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const identity = identityFromSeed(seed)
        expect(identity.node).toMatch(/^12D3Koo/)
        expect(peerIdFromPrivateKey(libp2pKeyOf(identity) as never).toString()).toBe(identity.node)
        expect(nodeOfPublicKey(identity.publicKey)).toBe(identity.node)
        expect(publicKeyOf(identity.node)).toEqual(identity.publicKey)
      }),
      { numRuns: 20 },
    )
  })

  test('[ID1] the seed is all there is: the same one gives the same node', () => {
    const identity = newIdentity()
    expect(identityFromSeed(identity.seed)).toMatchObject({ node: identity.node, publicKey: identity.publicKey })
  })

  test.each([0, 31, 33, 64])('[ID2] a seed of %i bytes is refused with what to do', (length) => {
    expect(() => identityFromSeed(randomBytes(length))).toThrow(/32 bytes.*restore it/)
  })

  test('[ID3] what a node signed verifies under its name, and nothing else does', () => {
    const [one, other] = [newIdentity(), newIdentity()]
    const bytes = randomBytes(100)
    const signature = one.sign(bytes)
    expect(verify(one.node, bytes, signature)).toBe(true)
    expect(verify(other.node, bytes, signature)).toBe(false)
    expect(verify(one.node, randomBytes(100), signature)).toBe(false)
    const flipped = Uint8Array.from(signature)
    flipped[5] = (flipped[5] ?? 0) ^ 1
    expect(verify(one.node, bytes, flipped)).toBe(false)
  })

  test('[ID3] verifying never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 70 }), (name, signature) => {
        expect(verify(name, new Uint8Array(3), signature)).toBe(false)
      }),
    )
    expect(verify(newIdentity().node, new Uint8Array(), new Uint8Array(64))).toBe(false)
  })

  test('[ID4] a secp256k1 peer id names no node', async () => {
    const peer = peerIdFromPrivateKey(await generateKeyPair('secp256k1')).toString()
    expect(publicKeyOf(peer)).toBeUndefined()
    expect(verify(peer, new Uint8Array(), new Uint8Array(64))).toBe(false)
  })

  test.each(['', 'x', '12D3Koo', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'])(
    '[ID4] "%s" names no node',
    (name) => {
      expect(publicKeyOf(name)).toBeUndefined()
    },
  )

  test('[ID4] a second spelling of a name names no node', () => {
    const spelled = `z${newIdentity().node}`
    expect(publicKeyOf(spelled)).toBeUndefined()
  })
})
