import { describe, expect, test } from 'vitest'
import { type RecordBody, sealRecord } from './envelope.ts'
import { signAnything } from './hostile.ts'
import { RECORD_TOMBSTONES_PER_AUTHOR_MAX, RECORDS_PER_AUTHOR_MAX } from './limits.ts'
import { create } from './sides.ts'
import {
  CLUSTER,
  copyAll,
  identity,
  nodeFact,
  NOW,
  podFact,
  stateOf,
  testReplica,
  type TestReplica,
  WEB,
} from './testing.ts'

const mallory = identity('d')
const DAY_MS = 86_400_000

function body(parts: Partial<RecordBody> = {}): RecordBody {
  const text = JSON.stringify(podFact('1'))
  return {
    type: 'record',
    author: mallory.node,
    name: 'pod/1',
    incarnation: 1,
    seq: 1,
    atMs: NOW,
    ttlMs: 0,
    text,
    ...parts,
  }
}

function sealed(parts: Partial<RecordBody> = {}): Uint8Array {
  return sealRecord(body(parts), CLUSTER, mallory)
}

function phases({ replica }: TestReplica): string[] {
  return [...replica.records()].map(({ value }) => ('phase' in value ? value.phase : ''))
}

test('[REC2] of the versions of a record the last stands, in whatever order they come', () => {
  const a = testReplica({ name: 'a' })
  const versions = [podFact('1', 'Pending'), podFact('1', 'Running'), podFact('1', 'Failed')].map((fact) =>
    a.replica.record('pod/1', fact, { nowMs: NOW }),
  )
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0, 1],
  ]) {
    const b = testReplica({ name: 'b' })
    for (const at of order) b.replica.receive(versions[at]?.bytes ?? new Uint8Array(0), NOW)
    expect(phases(b)).toEqual(['Failed'])
    expect(b.replica.digest()).toEqual(a.replica.digest())
  }
})

test('[REC2] a later start of the node comes after all of an earlier one', () => {
  const b = testReplica({ name: 'b' })
  const before = testReplica({ name: 'a', incarnation: 7 })
  for (let at = 0; at < 5; at++)
    b.replica.receive(before.replica.record('pod/1', podFact('1', 'Running'), { nowMs: NOW }).bytes, NOW)
  const after = testReplica({ name: 'a', incarnation: 8 })
  expect(
    b.replica.receive(after.replica.record('pod/1', podFact('1', 'Failed'), { nowMs: NOW }).bytes, NOW),
  ).toMatchObject({ verdict: 'new' })
  expect(phases(b)).toEqual(['Failed'])
})

test('[REC2] two values under one version are settled alike everywhere', () => {
  const twins = [
    sealed({ text: JSON.stringify(podFact('1', 'Running')) }),
    sealed({ text: JSON.stringify(podFact('1', 'Failed')) }),
  ]
  const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
  for (const bytes of twins) a.replica.receive(bytes, NOW)
  for (const bytes of twins.toReversed()) b.replica.receive(bytes, NOW)
  expect(stateOf(a.replica)).toEqual(stateOf(b.replica))
})

describe('[REC3] a record is its author’s own (P8, B14)', () => {
  test('signed by another it is refused', () => {
    const { replica } = testReplica({ name: 'a' })
    const forged = sealRecord(body({ author: 'node-b', seq: 99 }), CLUSTER, { ...mallory, node: 'node-b' })
    expect(replica.receive(forged, NOW)).toMatchObject({ verdict: 'refused', rule: 'GATE3' })
  })
  test('a field that names another node has no effect: there is none', () => {
    const { replica } = testReplica({ name: 'a' })
    const odd = signAnything(mallory, {
      type: 'record',
      fields: [1, 'record', mallory.node, 'node-b/pod/1', 1, 1, NOW, 0, '{}'],
    })
    expect(replica.receive(odd, NOW)).toMatchObject({ verdict: 'refused', rule: 'REC1' })
  })
  test('in another cluster it is refused (B15)', () => {
    const { replica } = testReplica({ name: 'a' })
    expect(replica.receive(sealRecord(body(), 'another', mallory), NOW)).toMatchObject({
      verdict: 'refused',
      rule: 'GATE3',
    })
  })
})

test('[REC1] a record has one of the names that there are', () => {
  const { replica } = testReplica({ name: 'a' })
  for (const name of ['', 'pod', 'pod/', 'lease/1', 'pod/a b', `pod/${'x'.repeat(129)}`, '__proto__']) {
    if (name === '') continue
    expect(replica.receive(sealed({ name }), NOW)).toMatchObject({ verdict: 'refused', rule: 'REC1' })
  }
})

describe('[REC4] an ephemeral record is told of, gone after its time, and in no digest', () => {
  test('neither synced nor stored', () => {
    const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
    const empty = a.replica.digest().root
    const bid = a.replica.record('bid/x', podFact('1'), { nowMs: NOW, ttlMs: 5000 })
    expect(bid).toMatchObject({ ephemeral: true, durable: false })
    expect(b.replica.receive(bid.bytes, NOW)).toMatchObject({ verdict: 'new' })
    expect([...b.replica.records()]).toHaveLength(1)
    expect(b.replica.digest().root).toBe(empty)
    expect([...b.replica.envelopes()]).toEqual([])
    b.replica.expire(NOW + 4999)
    expect([...b.replica.records()]).toHaveLength(1)
    b.replica.expire(NOW + 5000)
    expect([...b.replica.records()]).toEqual([])
    expect(b.told.records).toEqual([
      ['node-a', 'bid/x', true],
      ['node-a', 'bid/x', false],
    ])
  })
  test('each after its own time, whatever the order they came in and ended in', () => {
    const { replica } = testReplica({ name: 'a' })
    const left = (): string[] => [...replica.records()].map(({ name }) => name).toSorted()
    replica.record('bid/long', podFact('1'), { nowMs: NOW, ttlMs: 9_000 })
    replica.record('bid/short', podFact('1'), { nowMs: NOW, ttlMs: 2_000 })
    replica.expire(NOW + 1_000)
    replica.record('bid/late', podFact('1'), { nowMs: NOW + 1_000, ttlMs: 3_000 })
    expect(left()).toEqual(['bid/late', 'bid/long', 'bid/short'])
    replica.expire(NOW + 2_000)
    expect(left()).toEqual(['bid/late', 'bid/long'])
    replica.expire(NOW + 4_000)
    expect(left()).toEqual(['bid/long'])
    replica.expire(NOW + 9_000)
    expect(left()).toEqual([])
  })
  test('a replay does not bring it back', () => {
    const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
    const bid = a.replica.record('bid/x', podFact('1'), { nowMs: NOW, ttlMs: 5000 })
    b.replica.receive(bid.bytes, NOW)
    for (const minutes of [1, 5, 15, 21, 60, 600]) {
      b.replica.expire(NOW + minutes * 60_000)
      expect(b.replica.receive(bid.bytes, NOW + minutes * 60_000)).toEqual({ verdict: 'known' })
    }
  })
  test('dropping it is as short-lived', () => {
    const a = testReplica({ name: 'a' })
    a.replica.record('bid/x', podFact('1'), { nowMs: NOW, ttlMs: 5000 })
    expect(a.replica.record('bid/x', undefined, { nowMs: NOW })).toMatchObject({ ephemeral: true })
    expect([...a.replica.records()]).toEqual([])
  })
  test('11 minutes are too long', () => {
    const { replica } = testReplica({ name: 'a' })
    expect(replica.receive(sealed({ ttlMs: 11 * 60_000 }), NOW)).toMatchObject({ verdict: 'refused', rule: 'REC4' })
  })
})

describe('[REC5] the value of a record is plain, canonical, and what its name says', () => {
  const texts: [string, string][] = [
    ['no JSON', 'x'],
    ['nested 33 levels', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['nested 60,000 levels', '['.repeat(60_000)],
    ['__proto__ (B11)', '{"__proto__":{"x":1}}'],
    ['a number beyond 2^53 (B12)', '{"x":9007199254740993}'],
    ['a name twice', '{"x":1,"x":2}'],
    ['64 KiB', JSON.stringify({ x: 'x'.repeat(65_536) })],
    ['no fact', '7'],
  ]
  test.each(texts)('%s', (_, text) => {
    const { replica, told } = testReplica({ name: 'a' })
    expect(replica.receive(sealed({ text }), NOW)).toMatchObject({ verdict: 'refused', rule: 'REC5' })
    expect(told.records).toEqual([])
  })
})

describe('[REC6] a dropped record leaves a tombstone for a day', () => {
  test('so that no old copy brings it back', () => {
    const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
    const old = a.replica.record('pod/1', podFact('1'), { nowMs: NOW })
    b.replica.receive(old.bytes, NOW)
    b.replica.receive(a.replica.record('pod/1', undefined, { nowMs: NOW + 1 }).bytes, NOW)
    expect([...b.replica.records()]).toEqual([])
    expect(b.replica.receive(old.bytes, NOW)).toEqual({ verdict: 'known' })
    expect(stateOf(a.replica)).toEqual(stateOf(b.replica))
  })
  test('and nothing after it, here or on a node that had never heard of it', () => {
    const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
    const empty = a.replica.digest().root
    a.replica.record('pod/1', podFact('1'), { nowMs: NOW })
    const tombstone = a.replica.record('pod/1', undefined, { nowMs: NOW })
    a.replica.expire(NOW + DAY_MS)
    expect(a.replica.digest()).toMatchObject({ root: empty, records: 0 })
    expect(b.replica.receive(tombstone.bytes, NOW + DAY_MS)).toEqual({ verdict: 'known' })
    expect(b.replica.digest().root).toBe(empty)
  })
})

test('[REC7] a record from the future waits (B20)', () => {
  const { replica } = testReplica({ name: 'a' })
  expect(replica.receive(sealed({ atMs: NOW + DAY_MS, incarnation: 2 ** 50 }), NOW)).toMatchObject({ verdict: 'held' })
  expect([...replica.records()]).toEqual([])
  expect(replica.receive(sealed({ atMs: NOW + 61_000 }), NOW)).toMatchObject({ verdict: 'held' })
  expect(replica.expire(NOW + 1000)).toHaveLength(1)
})

test('[REC8] an author’s records are bounded, and nobody is blamed for the rest', () => {
  const { replica } = testReplica({ name: 'a' })
  const text = JSON.stringify({})
  let last = replica.receive(sealed({ name: 'pod/x0', text }), NOW)
  for (let at = 1; at <= RECORDS_PER_AUTHOR_MAX; at++) last = replica.receive(sealed({ name: `pod/x${at}`, text }), NOW)
  expect(last).toMatchObject({ verdict: 'held' })
  expect(replica.digest().records).toBe(RECORDS_PER_AUTHOR_MAX)
  expect(replica.receive(sealed({ name: 'pod/x1', seq: 2, text: null }), NOW)).toMatchObject({ verdict: 'new' })
}, 60_000)

describe('[REC12] of very many that ended the newest tombstones are kept', () => {
  /** Pods that come and go at `a`, one after the other; the envelopes of each. */
  const lives = ({ replica }: TestReplica, count: number, firstAt = 0): (readonly [Uint8Array, Uint8Array])[] =>
    Array.from({ length: count }, (_, index) => {
      const name = `pod/${firstAt + index}` as const
      const begun = replica.record(name, podFact(name), { nowMs: NOW })
      return [begun.bytes, replica.record(name, undefined, { nowMs: NOW }).bytes] as const
    })

  test('so that pods may end for ever', () => {
    const a = testReplica({ name: 'a' })
    lives(a, RECORDS_PER_AUTHOR_MAX + 10)
    expect(a.replica.digest().records).toBe(RECORD_TOMBSTONES_PER_AUTHOR_MAX)
    a.replica.expire(NOW + DAY_MS)
    expect(a.replica.digest().records).toBe(0)
  }, 60_000)

  test('the same ones in whatever order they come, and with what the disk kept', () => {
    const a = testReplica({ name: 'a' })
    const tombstones = lives(a, RECORD_TOMBSTONES_PER_AUTHOR_MAX + 100).map(([, ended]) => ended)
    for (const order of [tombstones.toReversed(), [...tombstones.slice(500), ...tombstones.slice(0, 500)]]) {
      const b = testReplica({ name: 'b' })
      for (const bytes of order) b.replica.receive(bytes, NOW)
      expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
    }
    const again = testReplica({ name: 'b' })
    again.replica.replay(tombstones, NOW)
    expect(stateOf(again.replica)).toEqual(stateOf(a.replica))
    expect(again.replica.receive(tombstones[0]!, NOW)).toEqual({ verdict: 'known' })
  }, 60_000)

  test('a record that is still kept somewhere is ended by a tombstone that is older than all that are kept', () => {
    const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
    const [[begun, ended] = []] = lives(a, 1)
    b.replica.receive(begun!, NOW)
    for (const [, later] of lives(a, RECORD_TOMBSTONES_PER_AUTHOR_MAX, 1)) b.replica.receive(later, NOW)
    expect(phases(b)).toEqual(['Running'])
    expect(b.replica.receive(ended!, NOW)).toMatchObject({ verdict: 'new' })
    expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
  }, 60_000)

  test('who was away meanwhile brings nothing back: its author drops it anew', () => {
    const [a, b] = [testReplica({ name: 'a' }), testReplica({ name: 'b' })]
    const old = a.replica.record('pod/old', podFact('old'), { nowMs: NOW })
    b.replica.receive(old.bytes, NOW)
    a.replica.record('pod/old', undefined, { nowMs: NOW })
    const lasting = a.replica.record('pod/new', podFact('new'), { nowMs: NOW })
    lives(a, RECORD_TOMBSTONES_PER_AUTHOR_MAX)
    const toldBefore = a.told.records.length
    const receipt = a.replica.receive(old.bytes, NOW)
    expect(receipt).toMatchObject({ verdict: 'new', released: [{ key: 'node-a/pod/old', durable: true }] })
    expect(a.told.records.slice(toldBefore)).toEqual([['node-a', 'pod/old', false]])
    expect(phases(a)).toEqual(['Running'])
    copyAll(a.replica, b.replica)
    expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
    expect([...b.replica.records()].map(({ name }) => name)).toEqual(['pod/new'])
    // Its own that lasts is older than all tombstones, too.
    expect(a.replica.receive(lasting.bytes, NOW)).toEqual({ verdict: 'known' })
  }, 60_000)
})

test('[REC9] a node whose disk forgot its starts writes after what others remember of it', () => {
  const b = testReplica({ name: 'b' })
  const before = testReplica({ name: 'a', incarnation: 9 })
  b.replica.receive(before.replica.record('node', nodeFact('a'), { nowMs: NOW }).bytes, NOW)
  const after = testReplica({ name: 'a', incarnation: 1 })
  copyAll(b.replica, after.replica)
  const said = after.replica.record('node', { ...nodeFact('a'), version: '2' }, { nowMs: NOW })
  expect(b.replica.receive(said.bytes, NOW)).toMatchObject({ verdict: 'new' })
  expect(stateOf(b.replica)).toEqual(stateOf(after.replica))
})

describe('[REC11] two processes with one key learn of each other', () => {
  const twins = (): [TestReplica, TestReplica, TestReplica] => [
    testReplica({ name: 'a', incarnation: 5 }),
    testReplica({ name: 'a', incarnation: 7 }),
    testReplica({ name: 'b' }),
  ]
  test('by records, whichever started first', () => {
    const [one, two, other] = twins()
    other.replica.receive(one.replica.record('pod/one', podFact('one'), { nowMs: NOW + 1 }).bytes, NOW + 1)
    other.replica.receive(two.replica.record('pod/two', podFact('two'), { nowMs: NOW + 2 }).bytes, NOW + 2)
    for (const { replica } of [one, two]) copyAll(other.replica, replica, NOW + 3)
    expect(one.told.copies).toEqual([{ key: 'node-a/pod/two', atMs: NOW + 2 }])
    expect(two.told.copies).toEqual([{ key: 'node-a/pod/one', atMs: NOW + 1 }])
    expect(other.told.copies).toEqual([])
  })
  test('by changes of documents', () => {
    const [one, two] = twins()
    create(two, {}, NOW + 1)
    copyAll(two.replica, one.replica, NOW + 2)
    expect(one.told.copies).toEqual([{ key: WEB, atMs: NOW + 1 }])
  })
  test('what a node wrote before its start, and its disk forgot, is its own', () => {
    const before = testReplica({ name: 'a', incarnation: 9 })
    create(before, {}, NOW)
    before.replica.record('node', nodeFact('a'), { nowMs: NOW })
    const after = testReplica({ name: 'a', incarnation: 1, startedAtMs: NOW })
    copyAll(before.replica, after.replica, NOW + 1)
    expect(after.told.copies).toEqual([])
  })
  test('and so is what it wrote itself, and what its disk kept', () => {
    const [, self, other] = twins()
    create(self, {}, NOW + 1)
    self.replica.record('node', nodeFact('a'), { nowMs: NOW + 1 })
    copyAll(self.replica, other.replica, NOW + 1)
    copyAll(other.replica, self.replica, NOW + 1)
    const again = testReplica({ name: 'a', incarnation: 8 })
    again.replica.replay(
      [...self.replica.envelopes()].map(({ bytes }) => bytes),
      NOW + 2,
    )
    expect([...self.told.copies, ...again.told.copies]).toEqual([])
  })
})

test('[REC10] certificates are members, told of once', () => {
  const a = testReplica({ name: 'a', members: [] })
  const certificate = new TextEncoder().encode('newcomer')
  const receipt = a.replica.admit(certificate, NOW)
  expect(receipt).toMatchObject({
    verdict: 'new',
    envelope: { type: 'member', author: 'node-newcomer', durable: true },
  })
  expect(a.replica.admit(certificate, NOW)).toEqual({ verdict: 'known' })
  expect([...a.replica.members()]).toEqual([{ node: 'node-newcomer', certificate }])
  expect(a.told.members).toEqual(['node-newcomer'])
  const stranger = testReplica({ name: 'newcomer', members: [] }).replica.record('node', nodeFact('n'), { nowMs: NOW })
  expect(a.replica.receive(stranger.bytes, NOW)).toMatchObject({ verdict: 'new' })
})
