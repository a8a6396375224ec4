import { encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AWAY_MAX,
  decodeFrame,
  encodeFrame,
  FRAME_BYTES_MAX,
  INCARNATION_MAX,
  NEIGHBOURS_MAX,
  readHearing,
  type Beat,
  type Frame,
} from './frames.ts'
import { statementSeal } from './seal.ts'

const nodeId = fc.stringMatching(/^[A-Za-z0-9]{1,60}$/)
const count = fc.integer({ min: 0, max: INCARNATION_MAX })
const statement = fc.record({
  node: nodeId,
  incarnation: count,
  said: fc.constantFrom('alive', 'unreachable', 'agent-gone', 'doubted'),
})
const beat = fc.record(
  {
    type: fc.constant('beat'),
    incarnation: count,
    sentMs: count,
    echo: fc.record({ sentMs: count, heldMs: count }),
    doubt: count,
    neighbours: fc.array(nodeId, { maxLength: NEIGHBOURS_MAX }),
    away: fc.array(statement, { maxLength: AWAY_MAX }),
  },
  { requiredKeys: ['type', 'incarnation', 'sentMs'] },
)
const vote = fc.record({
  type: fc.constant('vote'),
  target: nodeId,
  incarnation: count,
  vote: fc.constantFrom('silent', 'refused', 'withdrawn'),
})
const frame = fc.oneof(beat, vote) as fc.Arbitrary<Frame>

describe('frames', () => {
  test('[FRM1] come back as they were sent', () => {
    fc.assert(
      fc.property(frame, (sent) => {
        expect(decodeFrame(encodeFrame(sent))).toEqual(sent)
      }),
    )
  })

  test('[FRM1] of the longest lists stay within the bound', () => {
    const neighbours = Array.from({ length: NEIGHBOURS_MAX }, (_, index) => `12D3Koo${index}`.padEnd(52, 'x'))
    const away = Array.from({ length: AWAY_MAX }, (_, index) => ({
      node: neighbours[index % 32]!,
      incarnation: INCARNATION_MAX,
      said: 'unreachable' as const,
    }))
    const longest: Beat = { type: 'beat', incarnation: INCARNATION_MAX, sentMs: 2 ** 40, neighbours, away }
    expect(encodeFrame(longest).length).toBeLessThan(FRAME_BYTES_MAX)
    expect(decodeFrame(encodeFrame(longest))).toEqual(longest)
  })

  test('[FRM1] with any byte changed are another frame or none', () => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.integer({ min: 1, max: 255 }), (sent, at, flip) => {
        const bytes = encodeFrame(sent)
        bytes[at % bytes.length]! ^= flip
        const read = decodeFrame(bytes)
        if (read !== undefined) expect(decodeFrame(encodeFrame(read))).toEqual(read)
      }),
      { numRuns: 1_000 },
    )
  })

  test('[FRM1] whatever comes, nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void decodeFrame(bytes)),
      { numRuns: 1_000 },
    )
  })

  const beatWith = (changes: Record<number, unknown>) =>
    encode(Object.assign([0, 1, 1, null, null, null, null], changes))
  test.each([
    { what: 'nothing', bytes: new Uint8Array() },
    { what: 'a map', bytes: encode({ a: 1 }) },
    { what: 'an unknown type', bytes: encode([7, 1, 2]) },
    { what: 'a beat that lacks a field', bytes: encode([0, 1, 1]) },
    { what: 'a negative incarnation', bytes: beatWith({ 1: -1 }) },
    { what: 'a fractional incarnation', bytes: beatWith({ 1: 1.5 }) },
    { what: 'an incarnation that could not be raised', bytes: beatWith({ 1: 2 ** 52 }) },
    { what: 'an echo of three', bytes: beatWith({ 3: [1, 2, 3] }) },
    { what: 'too many neighbours', bytes: beatWith({ 5: Array(NEIGHBOURS_MAX + 1).fill('a') }) },
    { what: 'a neighbour that is no id', bytes: beatWith({ 5: ['__proto__ '] }) },
    { what: 'a statement of an unknown kind', bytes: beatWith({ 6: [['a', 1, 9]] }) },
    { what: 'a statement that is none', bytes: beatWith({ 6: [null] }) },
    { what: 'a vote of an unknown kind', bytes: encode([1, 'a', 1, 4]) },
    { what: 'a depth bomb', bytes: new Uint8Array(FRAME_BYTES_MAX).fill(0x81) },
    { what: 'a list that says it has four billion items', bytes: new Uint8Array([0x9a, 0xff, 0xff, 0xff, 0xff]) },
    { what: 'more than the bound', bytes: encode([0, 1, 1, null, null, ['a'.repeat(FRAME_BYTES_MAX)], null]) },
    { what: 'bytes behind its end', bytes: new Uint8Array([...beatWith({}), 0]) },
  ])('[FRM1] $what is no frame', ({ bytes }) => {
    expect(decodeFrame(bytes)).toBeUndefined()
  })
})

describe('statements', () => {
  /** Signs with its name; enough to see what is signed. */
  const signerOf = (node: string) => ({ node, sign: (bytes: Uint8Array) => Buffer.concat([Buffer.from(node), bytes]) })
  const trust = {
    verify: (node: string, bytes: Uint8Array, signature: Uint8Array) =>
      Buffer.concat([Buffer.from(node), bytes]).equals(signature),
    isMember: (node: string) => node !== 'stranger',
  }
  const sealOf = (node: string, clusterId = 'c1') => statementSeal({ signer: signerOf(node), trust, clusterId })
  const said = { node: 'b', incarnation: 3, said: 'alive' } as const
  const reader = sealOf('reader')

  test('[FRM2] say who made them', () => {
    expect(reader.open(sealOf('b').seal(said))).toEqual({ by: 'b', statement: said })
  })

  test('[DET14] of whom a node hears are its own alone, and bounded', () => {
    const hearing = { node: 'b', version: 3, hears: ['a', 'c'] }
    expect(reader.open(sealOf('b').seal(hearing))).toEqual({ by: 'b', statement: hearing })
    expect(reader.open(sealOf('c').seal(hearing))).toBe('bad')
    const many = Array.from({ length: NEIGHBOURS_MAX + 1 }, (_, index) => `n${index}`)
    const cut = reader.open(sealOf('b').seal({ ...hearing, hears: many }))
    expect(cut).toMatchObject({ statement: { hears: many.slice(0, NEIGHBOURS_MAX) } })
    for (const body of [
      ['b', 3, many],
      ['b', -1, ['a']],
      ['b', 3, ['a'], 0],
      ['b', 3, ['no/id']],
    ])
      expect(readHearing(body)).toBeUndefined()
  })

  test("[FRM2] of a stranger are nobody's", () => {
    expect(reader.open(sealOf('stranger').seal(said))).toBe('unknown')
  })

  test("[FRM2] of another cluster, changed, or in another's name are bad", () => {
    expect(reader.open(sealOf('b', 'c2').seal(said))).toBe('bad')
    const bytes = sealOf('b').seal(said)
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes)
      changed[at]! ^= 1
      expect(['bad', 'unknown']).toContain(reader.open(changed))
    }
  })

  test('[FRM2] that are no statements are bad', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(reader.open(bytes)).toBe('bad')
      }),
    )
  })
})
