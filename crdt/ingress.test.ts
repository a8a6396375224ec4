import { deflateRawSync } from 'node:zlib'
import { encode } from 'cborg'
import { describe, expect, test } from 'vitest'
import type { Change } from './automerge.ts'
import { plainChunk } from './chunk.ts'
import { sealRecord } from './envelope.ts'
import {
  automergeChunk,
  bytesOf,
  chunkOfColumns,
  depthBomb,
  dice,
  forge,
  forgeChunk,
  type Forgery,
  GOOD_TEXTS,
  goodChange,
  operationsOf,
  predecessorBomb,
  reforge,
  runBomb,
  signAnything,
} from './hostile.ts'
import { DEPS_MAX, ENVELOPE_BYTES_MAX, HELD_BYTES_PER_AUTHOR_MAX, HELD_PER_AUTHOR_MAX, RELEASED_MAX } from './limits.ts'
import type { Receipt } from './receipt.ts'
import {
  certificateOf,
  copyAll,
  cpuMsOf,
  deployment,
  identity,
  NOW,
  nonceOf,
  podFact,
  slowdown,
  stateOf,
  testReplica,
  WEB,
} from './testing.ts'

const mallory = identity('d')
const MIB = 1024 * 1024

/** P10, in CPU time of this machine as it is now. */
const HANDLING_MS_MAX = 250 * slowdown()
const GROWTH_BYTES_MAX = 64 * MIB

/** Hands an attack to a replica that holds something, and sees that nothing came of it. */
function attack(bytes: Uint8Array): Receipt {
  const { replica } = testReplica({ name: 'a' })
  replica.put('apps/Deployment/default/mine', deployment({}, 'mine'), { nowMs: NOW, by: 'test', mode: 'create' })
  const before = stateOf(replica)
  const memory = process.memoryUsage.rss()
  let receipt = { verdict: 'known' } as Receipt
  const ms = cpuMsOf(() => (receipt = replica.receive(bytes, NOW)))
  expect(ms, 'ms of CPU').toBeLessThan(HANDLING_MS_MAX)
  expect(process.memoryUsage.rss() - memory, 'bytes of growth').toBeLessThan(GROWTH_BYTES_MAX)
  expect(stateOf(replica)).toEqual(before)
  expect(replica.put(WEB, deployment(), { nowMs: NOW, by: 'test', mode: 'create' })).toBeDefined()
  return receipt
}

function refusedBy(rule: string, bytes: Uint8Array): void {
  expect(attack(bytes)).toMatchObject({ verdict: 'refused', rule })
}

function forged(parts: Omit<Forgery, 'author'>): Uint8Array {
  return forge({ author: mallory, ...parts })
}

function withTexts(texts: Readonly<Record<string, string | undefined>>): Uint8Array {
  return forged({ change: { operations: operationsOf({ ...GOOD_TEXTS, ...texts }) } })
}

test('[GATE1] the forger of these tests makes good changes when it lies about nothing', () => {
  const { replica } = testReplica({ name: 'a' })
  expect(replica.receive(forged({}), NOW)).toMatchObject({ verdict: 'new' })
  expect(replica.get(WEB)?.object).toMatchObject({ spec: { replicas: 3 } })
})

describe('[GATE1] what is no envelope is refused', () => {
  const shapes: [string, Uint8Array][] = [
    ['nothing (B1)', new Uint8Array(0)],
    ['one byte (B1)', Uint8Array.of(0x82)],
    ['4 MiB of noise (B1)', bytesOf(4 * MIB, 1)],
    ['noise of an allowed size (B1)', bytesOf(ENVELOPE_BYTES_MAX, 2)],
    ['one byte over the size (B2)', bytesOf(ENVELOPE_BYTES_MAX + 1, 3)],
    ['a signed envelope of 300 KiB (B2)', forgeChunk(mallory, bytesOf(300 * 1024, 4))],
    ['arrays in arrays, 256 Ki deep', new Uint8Array(ENVELOPE_BYTES_MAX).fill(0x81)],
    ['an array that claims 4 Gi elements', Uint8Array.of(0x9a, 0xff, 0xff, 0xff, 0xff)],
    ['bytes that claim 4 GiB', Uint8Array.of(0x82, 0x5a, 0xff, 0xff, 0xff, 0xff)],
    ['a map', encode({ body: 1 })],
    ['an indefinite array', Uint8Array.of(0x9f, 0x40, 0x40, 0xff)],
    ['a body that is text', encode(['body', new Uint8Array(64)])],
    [
      'a body with a float for its number',
      signAnything(mallory, {
        type: 'change',
        fields: [1, 'change', mallory.node, nonceOf('d', 1), 1.5, new Uint8Array(0), WEB, 0, null, new Uint8Array(9)],
      }),
    ],
    [
      'a body with a number over 2^53 (B8)',
      signAnything(mallory, {
        type: 'change',
        fields: [
          1,
          'change',
          mallory.node,
          nonceOf('d', 1),
          2n ** 60n,
          new Uint8Array(0),
          WEB,
          0,
          null,
          new Uint8Array(9),
        ],
      }),
    ],
    ['a body with a field too few', signAnything(mallory, { type: 'change', fields: [1, 'change', mallory.node] })],
    [
      'a record without an author',
      signAnything(mallory, { type: 'record', fields: [1, 'record', '', 'node', 1, 1, NOW, 0, '{}'] }),
    ],
  ]
  test.each(shapes)('%s', (_, bytes) => refusedBy('GATE1', bytes))
})

describe('[GATE2] an envelope of a later release is held, not blamed on who passes it on (B19)', () => {
  const shapes: [string, unknown[]][] = [
    ['a version', [2, 'change', mallory.node]],
    ['a type', [1, 'lease', mallory.node]],
    ['a type that is no text', [1, 7, mallory.node]],
  ]
  test.each(shapes)('unknown: %s', (_, fields) => {
    expect(attack(signAnything(mallory, { type: 'change', fields }))).toMatchObject({ verdict: 'held' })
  })
})

describe('[GATE3] what its author did not sign for this cluster is refused', () => {
  const honest = forged({})
  const shapes: [string, Uint8Array][] = [
    ['replayed from another cluster (B15)', forge({ author: mallory, clusterId: 'another-cluster' })],
    ['signed by another member in its name (B14)', forge({ author: { ...identity('b'), node: mallory.node } })],
    ['a signature with a flipped bit', honest.with(honest.length - 1, (honest.at(-1) ?? 0) ^ 1)],
    ['no signature', encode([Buffer.from(honest.subarray(4, honest.length - 66)), new Uint8Array(0)])],
  ]
  test.each(shapes.slice(0, 3))('%s', (_, bytes) => refusedBy('GATE3', bytes))
})

test('[GATE4] an author who is no member is unknown, and nobody is blamed', () => {
  expect(attack(forge({ author: identity('stranger') }))).toEqual({
    verdict: 'unknown-author',
    author: 'node-stranger',
  })
})

test('[GATE4] 10,000 invented members leave nothing behind (B21)', () => {
  const { replica } = testReplica({ name: 'a' })
  const memory = process.memoryUsage.rss()
  for (let at = 0; at < 10_000; at++) {
    const author = { ...mallory, node: `invented-${at}` }
    expect(replica.receive(sealRecord(record({ author: author.node }), 'x', author), NOW).verdict).toBe(
      'unknown-author',
    )
  }
  expect(process.memoryUsage.rss() - memory).toBeLessThan(GROWTH_BYTES_MAX)
  expect(replica.digest()).toMatchObject({ members: 0, records: 0 })
})

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

describe('[GATE8] a change is of a document that has a name', () => {
  const keys = [
    'web',
    'apps/Deployment/default',
    'apps//default/web',
    '/Deployment/default/web',
    'a/b/c/d/e',
    `apps/Deployment/default/${'x'.repeat(1100)}`,
  ]
  test.each(keys)('%s', (key) => refusedBy('GATE8', forged({ body: { key } })))
})

describe('[GATE9] a change sets and deletes text at the root, and nothing else', () => {
  const set = { action: 'set', obj: '_root', key: '1:/a', pred: [] }
  const shapes: [string, object][] = [
    ['a uint over 2^53 (0.10, B12)', { ...set, value: 2 ** 53 + 2, datatype: 'uint' }],
    ['an int (B12)', { ...set, value: -1, datatype: 'int' }],
    ['a float (B12)', { ...set, value: 0.5, datatype: 'float64' }],
    ['a boolean', { ...set, value: true }],
    ['null', { ...set, value: null }],
    ['a counter', { ...set, value: 1, datatype: 'counter' }],
    ['a timestamp', { ...set, value: 1, datatype: 'timestamp' }],
    ['a map', { action: 'makeMap', obj: '_root', key: '1:/a', pred: [] }],
    ['text that merges', { action: 'makeText', obj: '_root', key: '1:/a', pred: [] }],
    ['an increment', { action: 'inc', obj: '_root', key: '1:/a', value: 1, pred: [`1@${'cd'.repeat(16)}`] }],
  ]
  test.each(shapes)('%s', (_, op) => refusedBy('GATE9', forgeChunk(mallory, automergeChunk([op]))))
})

describe('[GATE10] the header of a change is within its bounds', () => {
  const shapes: [string, Partial<Change>][] = [
    ['a second change of one writer', { seq: 2 }],
    ['a seq of 2^52 (B8)', { seq: 2 ** 52 }],
    ['an operation number of 2^31 + 1 (B8)', { startOp: 2 ** 31 + 1 }],
    ['a time before 1970', { timeMs: -1 }],
    ['a time in the year 10,900', { timeMs: 2 ** 48 + 1 }],
    ['a message of 257 characters', { message: 'x'.repeat(257) }],
    ['no operation', { operations: [] }],
  ]
  test.each(shapes)('%s', (_, change) => refusedBy('GATE10', forged({ change })))
})

describe('[GATE11] the writer of a change is what its author and content make it', () => {
  test('a writer id of somebody’s choice (0.6)', () =>
    refusedBy('GATE11', forged({ change: { writer: 'ab'.repeat(16) } })))
  test('the change of another document', () => {
    const { replica } = testReplica({ name: 'b' })
    const honest = replica.put(WEB, deployment(), { nowMs: NOW, by: 'b', mode: 'create' })
    const stolen = reforgeAs(honest!.bytes, 'apps/Deployment/default/other')
    refusedBy('GATE11', stolen)
  })
  test('a first link with something before it', () =>
    refusedBy('GATE11', forged({ body: { prev: new Uint8Array(32) } })))
  test('a second link with nothing before it', () => refusedBy('GATE11', forged({ body: { seq: 2 } })))
  test('link number zero', () => refusedBy('GATE11', forged({ body: { seq: 0 } })))
})

describe('[GATE12] a change is about one life, and does one thing to it', () => {
  const shapes: [string, Record<string, string | undefined>][] = [
    ['two lives', { '2:/spec': '{}' }],
    ['an edit of what it deletes', { '1!': `{"at":${NOW}}` }],
    ['a beginning that is dated otherwise', { '1:': `{"at":${NOW - 1}}` }],
  ]
  test.each(shapes)('%s', (_, texts) => refusedBy('GATE12', withTexts(texts)))
})

describe('[GATE13] keys and values are those of the grammar', () => {
  const long = 'x'.repeat(600)
  const shapes: [string, Record<string, string | undefined>][] = [
    ['__proto__ (0.9, B11)', { '1:/__proto__': '1' }],
    ['__proto__ below (0.9, B11)', { '1:/spec/__proto__': '{}', '1:/spec/__proto__/isAdmin': 'true' }],
    ['constructor (B11)', { '1:/constructor': '1' }],
    ['prototype (B11)', { '1:/prototype': '1' }],
    ['toString (B11)', { '1:/toString': '1' }],
    ['an empty name (B11)', { '1:/': '1' }],
    ['NUL in a name (B11)', { '1:/a\0b': '1' }],
    ['a name of 600 characters (B11)', { [`1:/${long}`]: '1' }],
    ['a name of 64 KiB (B11)', { [`1:/${'x'.repeat(65_536)}`]: '1' }],
    ['33 levels (B9)', { [`1:${'/a'.repeat(33)}`]: '1' }],
    ['a broken escape', { '1:/a~2': '1' }],
    ['life zero', { '0:/a': '1' }],
    ['life 1,000,000', { '1000000:/a': '1' }],
    ['life 01', { '01:/a': '1' }],
    ['no life', { '/a': '1' }],
    ['something behind a tombstone', { '1!/a': '1' }],
    ['an end that does not say when', { '1!': '{}' }],
    ['a beginning that is taken back', { '1:': undefined }],
    ['no JSON', { '1:/a': 'x' }],
    ['empty text', { '1:/a': '' }],
    ['a number beyond 2^53 (0.10, B12)', { '1:/spec/replicas': '9007199254740993' }],
    ['a number that is Infinity (B12)', { '1:/spec/replicas': '1e999' }],
    ['minus zero (B12)', { '1:/spec/replicas': '-0' }],
    ['NaN (B12)', { '1:/spec/replicas': 'NaN' }],
    ['JSON that is not canonical', { '1:/a': '[1, 2]' }],
    ['a name twice', { '1:/a': '{"atom":{"x":1,"x":2}}' }],
    ['an object that is no leaf', { '1:/a': '{"x":1}' }],
    ['an order of numbers', { '1:/a': '{"order":[1]}' }],
    ['__proto__ inside a leaf (0.9)', { '1:/a': '{"atom":{"__proto__":{"isAdmin":true}}}' }],
    ['a leaf of 33 levels (B9)', { '1:/a': `${'['.repeat(33)}${']'.repeat(33)}` }],
    ['a leaf of 100,000 levels (B9)', { '1:/a': '['.repeat(100_000) }],
    ['a leaf of over 256 KiB (B10)', { '1:/a': JSON.stringify(noise(260 * 1024)) }],
    ['a status', { '1:/status': '{}' }],
    ['a uid', { '1:/metadata/uid': '"x"' }],
  ]
  test.each(shapes)('%s', (_, texts) => refusedBy('GATE13', withTexts(texts)))

  test('one key twice', () => {
    const twice = [...goodChange().operations, { key: '1:/spec', text: '{}', predecessors: [] }]
    refusedBy('GATE13', forged({ change: { operations: twice } }))
  })

  test('nothing that was refused has touched what objects inherit', () => {
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined()
  })
})

describe('[GATE14] operations are numbered from where what they follow ended', () => {
  test.each([2, 2 ** 30])('from %d', (startOp) => refusedBy('GATE14', forged({ change: { startOp } })))
})

describe('[GATE15] a change replaces exactly what its writer saw', () => {
  const replacing = (predecessors: readonly string[]): Uint8Array => {
    const [first, ...others] = goodChange().operations
    return forged({ change: { operations: [{ ...first!, predecessors }, ...others] } })
  }
  test('an operation that does not exist', () => refusedBy('GATE15', replacing([`1@${'cd'.repeat(16)}`])))
  test('a removal of what is not there', () => refusedBy('GATE15', withTexts({ '1:/spec/paused': undefined })))
  test('an edit that leaves out what it saw', () => {
    const { receipt } = secondChange((head) => ({
      startOp: 5,
      deps: [head],
      operations: operationsOf({ '1:/spec/replicas': '4' }),
    }))
    expect(receipt).toMatchObject({ verdict: 'refused', rule: 'GATE15' })
  })
  test('an edit that also replaces what it cannot have seen', () => {
    const { receipt } = secondChange((head, writer) => ({
      startOp: 5,
      deps: [head],
      operations: [{ key: '1:/spec/replicas', text: '4', predecessors: [`4@${writer}`, `3@${writer}`] }],
    }))
    expect(receipt).toMatchObject({ verdict: 'refused', rule: 'GATE15' })
  })
  test('an honest second change is taken', () => {
    const { receipt } = secondChange((head, writer) => ({
      startOp: 5,
      deps: [head],
      operations: [{ key: '1:/spec/replicas', text: '4', predecessors: [`4@${writer}`] }],
    }))
    expect(receipt).toMatchObject({ verdict: 'new' })
  })
})

describe('[GATE16] lives follow one another', () => {
  test('an edit of what was never created', () => {
    refusedBy('GATE16', forged({ change: { operations: operationsOf({ '1:/spec': '{}' }) } }))
  })
  test('a second life without a first', () => {
    refusedBy('GATE16', forged({ change: { operations: operationsOf({ '2:': `{"at":${NOW}}` }) } }))
  })
  test('the end of what was never created', () => {
    refusedBy('GATE16', forged({ change: { operations: operationsOf({ '1!': `{"at":${NOW}}` }) } }))
  })
  test('a second life while the first goes on', () => {
    const { receipt } = secondChange((head) => ({
      startOp: 5,
      deps: [head],
      timeMs: NOW + 1,
      operations: operationsOf({ '2:': `{"at":${NOW + 1}}` }),
    }))
    expect(receipt).toMatchObject({ verdict: 'refused', rule: 'GATE16' })
  })
})

describe('[GATE17] what a change leaves is a valid object', () => {
  const shapes: [string, Record<string, string | undefined>][] = [
    ['replicas below zero', { '1:/spec/replicas': '-1' }],
    ['replicas as text', { '1:/spec/replicas': '"3"' }],
    ['no apiVersion', { '1:/apiVersion': '{}' }],
    ['the apiVersion of another group', { '1:/apiVersion': '"batch/v1"' }],
  ]
  test.each(shapes)('%s', (_, texts) => refusedBy('GATE17', withTexts(texts)))
  test('a kind that nobody knows (B19)', () => {
    refusedBy('GATE17', forged({ body: { key: 'apps/Sandwich/default/web' } }))
  })
  test.each(['Web', 'wеb', 'w‮eb', 'we b'])('a name that is no name: %s (B13)', (name) => {
    refusedBy('GATE17', forged({ body: { key: `apps/Deployment/default/${name}` } }))
  })
})

test('[GATE20] a validator that throws is no way to stop a node', () => {
  const kinds = { listKeys: () => new Map(), parseFact: () => ({ error: 'no' }), validate: () => { throw new Error('a defect') } } // prettier-ignore
  const { replica } = testReplica({ name: 'a', kinds })
  expect(replica.receive(forged({}), NOW)).toMatchObject({ verdict: 'refused', rule: 'GATE20' })
})

describe('[GATE18] certificates are judged by whoever knows them', () => {
  const member = (certificate: Uint8Array): Uint8Array =>
    encode([encode([1, 'member', certificate]), new Uint8Array(0)])
  test('one that is refused there', () => refusedBy('GATE18', member(certificateOf('NOT A NAME'))))
  test('one of 17 KiB', () => refusedBy('GATE18', member(certificateOf('e'.padEnd(17 * 1024)))))
})

describe('[GATE21] a change from the future waits (B8, B20)', () => {
  test('61 s ahead it is held, and taken when its time has come', () => {
    const { replica } = testReplica({ name: 'a' })
    const early = forged({
      change: { timeMs: NOW + 61_000, operations: operationsOf({ ...GOOD_TEXTS, '1:': `{"at":${NOW + 61_000}}` }) },
    })
    expect(replica.receive(early, NOW)).toMatchObject({ verdict: 'held' })
    expect(replica.get(WEB)).toBeUndefined()
    expect(replica.expire(NOW + 500)).toEqual([])
    expect(replica.expire(NOW + 1000)).toHaveLength(1)
    expect(replica.get(WEB)).toBeDefined()
  })
  test('a day ahead it is held and forgotten', () => {
    const day = 86_400_000
    const { replica } = testReplica({ name: 'a' })
    const early = forged({
      change: { timeMs: NOW + day, operations: operationsOf({ ...GOOD_TEXTS, '1:': `{"at":${NOW + day}}` }) },
    })
    expect(replica.receive(early, NOW)).toMatchObject({ verdict: 'held' })
    replica.expire(NOW + 61_000)
    expect(replica.expire(NOW + day)).toEqual([])
  })
})

describe('[HELD1] a change that follows unknown ones waits for them, outside Automerge, within bounds', () => {
  // The finding was made with 20,000; ten times the bound shows as much in a tenth of the time.
  test('thousands of them (B6)', () => {
    const { replica } = testReplica({ name: 'a' })
    const memory = process.memoryUsage.rss()
    for (let at = 0; at < 10 * HELD_PER_AUTHOR_MAX; at++) {
      const receipt = replica.receive(forged({ change: { deps: [hashText(at)], startOp: 2 } }), NOW)
      expect(receipt.verdict).toBe('held')
    }
    expect(replica.state.held.size).toBeLessThanOrEqual(HELD_PER_AUTHOR_MAX)
    expect(replica.state.held.bytes).toBeLessThanOrEqual(HELD_BYTES_PER_AUTHOR_MAX)
    expect(process.memoryUsage.rss() - memory).toBeLessThan(GROWTH_BYTES_MAX)
    replica.expire(NOW + 61_000)
    expect(replica.state.held.size).toBe(0)
  })
})

test('[HELD2] what was held for a change is taken in with it, a few at a time, the others soon after (P10)', () => {
  const source = testReplica({ name: 'd' })
  const first = source.replica.put(WEB, deployment(), { nowMs: NOW, by: 'd', mode: 'create' })
  const [head = ''] = source.replica.heads().get(WEB) ?? []
  const followers = Array.from({ length: 100 }, (_, at) => {
    const other = testReplica({ name: 'd', incarnation: at + 2 })
    copyAll(source.replica, other.replica)
    return other.replica.put(WEB, deployment({ replicas: at + 10 }), { nowMs: NOW, by: 'd', mode: 'replace' })
  })
  const { replica } = testReplica({ name: 'a' })
  for (const follower of followers) expect(replica.receive(follower!.bytes, NOW)).toMatchObject({ verdict: 'held' })
  const receipt = replica.receive(first!.bytes, NOW)
  const released = receipt.verdict === 'new' ? receipt.released : []
  expect(released).toHaveLength(RELEASED_MAX)
  for (const expected of [16, 16, 16, 16, 16, 4, 0]) expect(replica.expire(NOW)).toHaveLength(expected)
  expect(replica.heads().get(WEB)).toHaveLength(100)
  expect(replica.history(WEB)[0]?.hash).toBe(head)
})

describe('[GATE25] a member that floods one document is held back before it costs too much', () => {
  /** Concurrent creations of one object, each with some fields. */
  function creation(at: number, fields: number): Uint8Array {
    const more = Object.fromEntries(Array.from({ length: fields }, (_, field) => [`1:/x${field}`, `"${at}"`]))
    return forged({ change: { operations: operationsOf({ ...GOOD_TEXTS, ...more, '1:/spec/replicas': String(at) }) } })
  }
  test.each([
    ['by heads', 300, 2],
    ['by operations', 40, 1500],
  ])('%s', (_, count, fields) => {
    const { replica } = testReplica({ name: 'a' })
    let last = { verdict: 'known' } as Receipt
    let slowestMs = 0
    for (let at = 0; at < count; at++) {
      const bytes = creation(at, fields)
      slowestMs = Math.max(
        slowestMs,
        cpuMsOf(() => (last = replica.receive(bytes, NOW))),
      )
    }
    expect(last).toMatchObject({ verdict: 'held' })
    expect(replica.history(WEB).length).toBeLessThan(count)
    expect(slowestMs).toBeLessThan(HANDLING_MS_MAX)
    const mine = deployment({}, 'mine')
    const at = { nowMs: NOW, by: 'a' } as const
    expect(replica.put('apps/Deployment/default/mine', mine, { ...at, mode: 'create' })).toBeDefined()
    // The document itself is writable again at once, or when its history was cut.
    if (fields > 100) expect(replica.compact(WEB, { stable: true, nowMs: NOW })).toBeDefined()
    const heads = replica.heads().get(WEB)?.length ?? 0
    const write = (): unknown => replica.put(WEB, deployment({ replicas: 9 }), { ...at, mode: 'replace' })
    expect(cpuMsOf(write)).toBeLessThan(HANDLING_MS_MAX)
    expect(replica.heads().get(WEB)?.length).toBe(Math.max(1, heads - DEPS_MAX + 1))
  })
})

describe('[EQ1] two changes under one number of a chain are both kept, on every node, with the proof (0.6, B7)', () => {
  const first = forged({})
  const second = forged({ change: { operations: operationsOf({ ...GOOD_TEXTS, '1:/spec/replicas': '7' }) } })
  test('in whichever order they come', () => {
    const a = testReplica({ name: 'a' })
    const b = testReplica({ name: 'b' })
    for (const bytes of [first, second]) expect(a.replica.receive(bytes, NOW)).toMatchObject({ verdict: 'new' })
    for (const bytes of [second, first]) expect(b.replica.receive(bytes, NOW)).toMatchObject({ verdict: 'new' })
    expect(stateOf(a.replica)).toEqual(stateOf(b.replica))
    for (const { told, replica } of [a, b]) {
      expect(told.proofs).toMatchObject([{ author: mallory.node, seq: 1 }])
      expect(replica.equivocations()).toHaveLength(1)
    }
    expect(a.replica.put(WEB, deployment(), { nowMs: NOW, by: 'a', mode: 'replace' })).toBeDefined()
  })
})

test('[GATE22] poison that comes again costs a hash', () => {
  const { replica } = testReplica({ name: 'a' })
  const bomb = forgeChunk(mallory, depthBomb(2000))
  const first = replica.receive(bomb, NOW)
  expect(replica.receive(bomb, NOW)).toBe(first)
})

test('[GATE23] a copy, and an old superseded message, have no effect (B16)', () => {
  const a = testReplica({ name: 'a' })
  const b = testReplica({ name: 'b' })
  a.replica.put(WEB, deployment(), { nowMs: NOW, by: 'a', mode: 'create' })
  const old = a.replica.record('pod/1', podFact('1', 'Pending'), { nowMs: NOW })
  a.replica.record('pod/1', podFact('1', 'Running'), { nowMs: NOW + 1 })
  copyAll(a.replica, b.replica)
  const before = stateOf(b.replica)
  const heard = b.told.objects.length + b.told.records.length
  for (const receipt of [...copyAll(a.replica, b.replica), b.replica.receive(old.bytes, NOW)])
    expect(receipt).toEqual({ verdict: 'known' })
  expect(stateOf(b.replica)).toEqual(before)
  expect(b.told.objects.length + b.told.records.length).toBe(heard)
})

// ---- parts of attacks

function secondChange(build: (head: string, writer: string) => Partial<Change>): { receipt: Receipt } {
  const { replica } = testReplica({ name: 'a' })
  replica.receive(forged({}), NOW)
  const [head = ''] = replica.heads().get(WEB) ?? []
  const writer = replica.state.documents.get(WEB)?.change(head)?.writer ?? ''
  const body = { seq: 2, prev: new Uint8Array(Buffer.from(head, 'hex')) }
  const receipt = replica.receive(forged({ body, change: build(head, writer) }), NOW)
  expect(
    replica.put('apps/Deployment/default/mine', deployment({}, 'mine'), { nowMs: NOW, by: 'a', mode: 'create' }),
  ).toBeDefined()
  return { receipt }
}

function reforgeAs(envelope: Uint8Array, key: string): Uint8Array {
  // The chunk stays as it is: its writer id was made for another document.
  let chunk: Uint8Array = new Uint8Array(0)
  reforge(envelope, mallory, (inner) => (chunk = plainChunk(inner)) && inner)
  return forge({ author: mallory, body: { key, chunk } })
}

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

/** Text that deflates to some three quarters of its length. */
function noise(chars: number): string {
  const roll = dice(1)
  return Array.from({ length: chars }, () => String.fromCharCode(97 + roll(26))).join('')
}

function hashText(at: number): string {
  return at.toString(16).padStart(64, '0')
}

function record(parts: { author: string }): Parameters<typeof sealRecord>[0] {
  return { type: 'record', name: 'node', incarnation: 1, seq: 1, atMs: NOW, ttlMs: 0, text: '{}', ...parts }
}
