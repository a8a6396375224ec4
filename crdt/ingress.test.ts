import { encode } from 'cborg'
import { describe, expect, test } from 'vitest'
import { attack, forged, GROWTH_BYTES_MAX, HANDLING_MS_MAX, mallory, MIB, refusedBy } from './attacks.ts'
import { sealRecord } from './envelope.ts'
import { bytesOf, depthBomb, forge, forgeChunk, GOOD_TEXTS, operationsOf, signAnything } from './hostile.ts'
import { DEPS_MAX, ENVELOPE_BYTES_MAX } from './limits.ts'
import type { Receipt } from './receipt.ts'
import { cpuMsOf } from './measuring.ts'
import {
  certificateOf,
  copyAll,
  deployment,
  identity,
  NOW,
  nonceOf,
  podFact,
  stateOf,
  testReplica,
  WEB,
} from './testing.ts'

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
    ['a version', [3, 'change', mallory.node]],
    ['a version, of what had none so late', [2, 'record', mallory.node]],
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

describe('[GATE18] certificates are judged by whoever knows them', () => {
  const member = (certificate: Uint8Array): Uint8Array =>
    encode([encode([1, 'member', certificate]), new Uint8Array(0)])
  test('one that is refused there', () => refusedBy('GATE18', member(certificateOf('NOT A NAME'))))
  test('one of 17 KiB', () => refusedBy('GATE18', member(certificateOf('e'.padEnd(17 * 1024)))))
})

test('[GATE20] a validator that throws is no way to stop a node', () => {
  const kinds = { listKeys: () => new Map(), parseFact: () => ({ error: 'no' }), validate: () => { throw new Error('a defect') } } // prettier-ignore
  const { replica } = testReplica({ name: 'a', kinds })
  expect(replica.receive(forged({}), NOW)).toMatchObject({ verdict: 'refused', rule: 'GATE20' })
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

test('[GATE28] what is kept keeps nothing else in memory: neither the frame it came in, nor what it was written in', () => {
  const a = testReplica({ name: 'a' })
  const b = testReplica({ name: 'b' })
  a.replica.put(WEB, deployment(), { nowMs: NOW, by: 'a', mode: 'create' })
  a.replica.record('pod/1', podFact('1'), { nowMs: NOW })
  for (const { bytes } of a.replica.envelopes()) {
    // As a socket hands it over; a Buffer's `slice` copies nothing.
    const frame = Buffer.concat([Buffer.alloc(50_000), bytes])
    b.replica.receive(frame.subarray(50_000), NOW)
  }
  for (const { replica } of [a, b])
    for (const { bytes } of replica.envelopes()) expect(bytes.buffer.byteLength).toBe(bytes.length)
  expect(stateOf(b.replica)).toEqual(stateOf(a.replica))
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

// ---- parts of attacks

function record(parts: { author: string }): Parameters<typeof sealRecord>[0] {
  return { type: 'record', name: 'node', incarnation: 1, seq: 1, atMs: NOW, ttlMs: 0, text: '{}', ...parts }
}
