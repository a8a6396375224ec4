import { createHash, randomBytes } from 'node:crypto'
import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGenesis, parseGenesis } from './genesis.ts'
import { newIdentity } from './rig.ts'
import { packPlain, readStatement, signStatement, unpackPlain } from './statement.ts'

const root = newIdentity()
const genesis = createGenesis({ name: 'home', root, nowMs: 1_700_000_000_000, random: randomBytes })

describe('a genesis', () => {
  test('[GEN1] the cluster id is the SHA-256 of its bytes, which parse to what was written', () => {
    const read = parseGenesis(genesis.bytes)
    expect(read).toMatchObject({ name: 'home', createdMs: 1_700_000_000_000, rootKeys: [root.node], version: 1 })
    expect(read?.clusterId).toBe(createHash('sha256').update(genesis.bytes).digest('hex'))
  })

  test('[GEN1] the same name at the same time is still another cluster', () => {
    const twin = createGenesis({ name: 'home', root, nowMs: 1_700_000_000_000, random: randomBytes })
    expect(twin.clusterId).not.toBe(genesis.clusterId)
  })

  test('[GEN2] no byte of it can be changed, added or lost', () => {
    for (let index = 0; index < genesis.bytes.length; index++) {
      const changed = Uint8Array.from(genesis.bytes)
      changed[index] = (changed[index] ?? 0) ^ 0x01
      expect(parseGenesis(changed), `byte ${index}`).toBeUndefined()
      expect(parseGenesis(genesis.bytes.subarray(0, index)), `cut at ${index}`).toBeUndefined()
    }
    expect(parseGenesis(Buffer.concat([genesis.bytes, Buffer.alloc(1)]))).toBeUndefined()
  })

  test.each(['', 'Home', 'a b', '-a', 'a-', 'x'.repeat(64)])('[GEN3] "%s" cannot name a cluster', (name) => {
    expect(() => createGenesis({ name, root, nowMs: 1, random: randomBytes })).toThrow(/cannot name a cluster/)
  })

  test('[GEN2] anything else is not a genesis, and harms nobody', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => parseGenesis(bytes) === undefined))
  })
})

describe('a statement', () => {
  test('[NET1] the same values in another spelling are refused', () => {
    const list = [1, 'a']
    expect(unpackPlain(packPlain(list))).toEqual(list)
    // 1 as a two-byte integer
    expect(unpackPlain(Uint8Array.from([0x82, 0x18, 0x01, 0x61, 0x61]))).toBeUndefined()
    // 1 as a float of eight bytes
    expect(unpackPlain(Uint8Array.from([0x82, 0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x61, 0x61]))).toBeUndefined()
    // an indefinite list
    expect(unpackPlain(Uint8Array.from([0x9f, 0x01, 0x61, 0x61, 0xff]))).toBeUndefined()
    expect(unpackPlain(encode({ a: 1 }))).toBeUndefined()
  })

  test('[NET2] a signature for one purpose says nothing for another', () => {
    const signed = signStatement('certificate', [1], root)
    expect(readStatement('certificate', signed)?.signedBy(root.node)).toBe(true)
    expect(readStatement('delegation', signed)?.signedBy(root.node)).toBe(false)
  })

  test('[NET3] what is longer than any statement is not decoded', () => {
    expect(readStatement('certificate', signStatement('certificate', ['x'.repeat(3000)], root))).toBeUndefined()
  })
})
