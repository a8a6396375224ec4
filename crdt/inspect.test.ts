import { describe, expect, test } from 'vitest'
import { forged, mallory, refusedBy, withTexts } from './attacks.ts'
import type { Change } from './automerge.ts'
import { plainChunk } from './chunk.ts'
import { automergeChunk, dice, forge, forgeChunk, goodChange, reforge } from './hostile.ts'
import { deployment, NOW, testReplica, WEB } from './testing.ts'

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

// ---- parts of attacks

function reforgeAs(envelope: Uint8Array, key: string): Uint8Array {
  // The chunk stays as it is: its writer id was made for another document.
  let chunk: Uint8Array = new Uint8Array(0)
  reforge(envelope, mallory, (inner) => (chunk = plainChunk(inner)) && inner)
  return forge({ author: mallory, body: { key, chunk } })
}

/** Text that deflates to some three quarters of its length. */
function noise(chars: number): string {
  const roll = dice(1)
  return Array.from({ length: chars }, () => String.fromCharCode(97 + roll(26))).join('')
}
