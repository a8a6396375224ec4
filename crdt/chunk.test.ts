import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { mallory, MIB, refusedBy } from './attacks.ts'
import { plainChunk } from './chunk.ts'
import { automergeChunk, bytesOf, chunkOfColumns, depthBomb, forgeChunk, predecessorBomb, runBomb } from './hostile.ts'
import { NOW, testReplica } from './testing.ts'

describe('[GATE5] a change that inflates beyond its cap is refused while it inflates', () => {
  const bomb = (bytes: number): Uint8Array => deflated(new Uint8Array(bytes))
  test('204 KB that hold 200 MiB (0.7, B3)', () => refusedBy('GATE5', forgeChunk(mallory, bomb(200 * MIB))))
  test('just over the cap', () => refusedBy('GATE5', forgeChunk(mallory, bomb(1.5 * MIB + 1))))
  test('a ratio of over 100:1 (B2)', () => refusedBy('GATE5', forgeChunk(mallory, bomb(MIB))))
  test('a stream that is none', () => refusedBy('GATE5', forgeChunk(mallory, chunkOf(2, bytesOf(500, 5)))))
})

describe('[GATE6] a change whose frame or checksum is wrong is refused (0.4, B4)', () => {
  const plain = plainChunk(Uint8Array.of(0))
  const shapes: [string, Uint8Array][] = [
    ['empty', new Uint8Array(0)],
    ['another magic', plain.with(0, 0x84)],
    ['a flipped checksum', plain.with(4, (plain[4] ?? 0) ^ 1)],
    ['a document instead of a change', chunkOf(0, bytesOf(100, 6))],
    ['a bundle instead of a change', chunkOf(3, bytesOf(100, 6))],
    ['a byte behind it', Uint8Array.from([...plain, 0])],
    [
      'a length of 2^63',
      Uint8Array.from([...plain.subarray(0, 9), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ],
  ]
  test.each(shapes)('%s', (_, chunk) => refusedBy('GATE6', forgeChunk(mallory, chunk)))

  test('no single flipped byte of a change gets through, wherever it is', () => {
    const { replica } = testReplica({ name: 'a' })
    const chunk = automergeChunk([{ action: 'set', obj: '_root', key: '1:', value: '{}', pred: [] }])
    for (let at = 0; at < chunk.length; at++) {
      const flipped = forgeChunk(mallory, chunk.with(at, (chunk[at] ?? 0) ^ 0x01))
      expect(replica.receive(flipped, NOW)).toMatchObject({
        verdict: 'refused',
        rule: expect.stringMatching(/GATE[567]/),
      })
    }
  })
})

describe('[GATE7] a change is counted before Automerge unrolls it, and has no columns but those of a flat map', () => {
  const shapes: [string, Uint8Array][] = [
    ['79 bytes that claim five million operations', runBomb(5_000_000)],
    ['2^52 operations', runBomb(2 ** 52)],
    ['4,097 operations', runBomb(4097)],
    ['an operation that replaces a million', predecessorBomb(1_000_000)],
    ['an operation that replaces 2^50', predecessorBomb(2 ** 50)],
    [
      'an operation that replaces 2^40, none of them named',
      chunkOfColumns([
        [0x15, [1, 1, 0x61]],
        [0x34, [1]],
        [0x42, [1, 1]],
        [0x56, [1, 6]],
        [0x70, [1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]],
      ]),
    ],
    ['empty rows without end', chunkOfColumns([[0x42, [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]]])],
    ['5,000 nested maps (0.8, B9)', depthBomb(5000)],
    ['33 nested maps (B9)', depthBomb(33)],
    ['two nested maps', depthBomb(2)],
    [
      'a list',
      automergeChunk([
        { action: 'makeList', obj: '_root', key: '1:/a', pred: [] },
        { action: 'set', obj: `1@${'ab'.repeat(16)}`, elemId: '_head', insert: true, value: 'x', pred: [] },
      ]),
    ],
    [
      'a column that comes twice',
      chunkOfColumns([
        [0x42, [1, 1]],
        [0x42, [1, 1]],
      ]),
    ],
    ['a column with a broken run', chunkOfColumns([[0x42, [0x7f]]])],
    [
      '100,000 keys (B10)',
      automergeChunk(
        Array.from({ length: 20_000 }, (_, at) => ({
          action: 'set',
          obj: '_root',
          key: `1:/k${at}`,
          value: '1',
          pred: [],
        })),
      ),
    ],
    ['65 changes that it follows', forgedDeps(65)],
    [
      'bytes behind the columns',
      withTail(automergeChunk([{ action: 'set', obj: '_root', key: '1:/a', value: '1', pred: [] }])),
    ],
  ]
  test.each(shapes)('%s', (_, chunk) => refusedBy('GATE7', forgeChunk(mallory, chunk)))
})

// ---- parts of attacks

function chunkOf(type: number, body: Uint8Array): Uint8Array {
  const plain = plainChunk(body)
  return plain.with(8, type)
}

function deflated(body: Uint8Array): Uint8Array {
  return chunkOf(2, deflateRawSync(body, { level: 9 }))
}

function forgedDeps(count: number): Uint8Array {
  const body = new Uint8Array(2 + 32 * count).fill(7)
  body[0] = count
  return plainChunk(body)
}

function withTail(chunk: Uint8Array): Uint8Array {
  const body = chunk.subarray(chunk.length > 137 ? 11 : 10)
  return plainChunk(Uint8Array.from([...body, 1, 2, 3]))
}
