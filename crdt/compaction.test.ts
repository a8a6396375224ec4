import { describe, expect, test } from 'vitest'
import { toHex } from './envelope.ts'
import { forge, operationsOf } from './hostile.ts'
import type { KubeObject } from './object.ts'
import { copyAll, deployment, identity, NOW, stateOf, testReplica, type TestReplica, WEB } from './testing.ts'

const LONG = 200

function edit({ replica }: TestReplica, spec: object, nowMs = NOW): void {
  const before = replica.get(WEB)?.object as KubeObject
  replica.put(
    WEB,
    { ...before, spec: { ...(before['spec'] as object), ...spec } },
    { nowMs, by: 'test', mode: 'replace' },
  )
}

/** Replicas that hold one document with a long history. */
function longLived(...names: string[]): TestReplica[] {
  const [first, ...others] = names.map((name) => testReplica({ name })) as [TestReplica, ...TestReplica[]]
  first.replica.put(WEB, deployment(), { nowMs: NOW, by: 'test', mode: 'create' })
  for (let at = 1; at < LONG; at++) edit(first, { replicas: at })
  for (const { replica } of others) copyAll(first.replica, replica)
  return [first, ...others]
}

function compact({ replica }: TestReplica): Uint8Array {
  const envelope = replica.compact(WEB, { stable: true, nowMs: NOW })
  if (envelope === undefined) throw new Error('There was nothing to cut.')
  return envelope.bytes
}

function heal(...sides: TestReplica[]): unknown {
  for (let round = 0; round < 3; round++) {
    for (const source of sides)
      for (const target of sides) if (source !== target) copyAll(source.replica, target.replica)
  }
  const [first, ...others] = sides as [TestReplica, ...TestReplica[]]
  for (const other of others) expect(stateOf(other.replica)).toEqual(stateOf(first.replica))
  return first.replica.get(WEB)?.object['spec']
}

describe('[CUT4] a cut shortens the history and changes nothing that is read', () => {
  test('but the heads', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    const before = a.replica.get(WEB)
    const weight = [...a.replica.envelopes()].reduce((sum, { bytes }) => sum + bytes.length, 0)
    compact(a)
    const { heads, ...read } = a.replica.get(WEB) ?? { heads: [] }
    expect(before).toMatchObject(read)
    expect(heads).toHaveLength(1)
    const envelopes = [...a.replica.envelopes()]
    expect(envelopes).toHaveLength(1)
    expect(envelopes[0]?.bytes.length).toBeLessThan(weight / 50)
    heal(a, b)
    edit(b, { replicas: 7 })
    expect(heal(a, b)).toMatchObject({ replicas: 7 })
    expect(BigInt(b.replica.get(WEB)?.object.metadata.resourceVersion ?? 0)).toBeGreaterThan(
      BigInt(before?.object.metadata.resourceVersion ?? 0),
    )
    expect(b.replica.get(WEB)?.object.metadata.generation).toBe(LONG + 1)
  })
  test('of a deleted object, too', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    a.replica.remove(WEB, { nowMs: NOW, by: 'test' })
    compact(a)
    expect(heal(a, b)).toBeUndefined()
    b.replica.put(WEB, deployment(), { nowMs: NOW, by: 'test', mode: 'create' })
    expect(heal(a, b)).toMatchObject({ replicas: 3 })
    expect(a.replica.get(WEB)?.life).toBe(2)
  })
  test('and a newcomer starts from it', () => {
    const [a] = longLived('a') as [TestReplica]
    compact(a)
    edit(a, { replicas: 5 })
    const newcomer = testReplica({ name: 'b' })
    copyAll(a.replica, newcomer.replica)
    expect(stateOf(newcomer.replica)).toEqual(stateOf(a.replica))
  })
})

test('[CUT5] whoever cuts at the same heads makes the same change', () => {
  const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
  compact(a)
  compact(b)
  expect(a.replica.digest().root).toBe(b.replica.digest().root)
  for (const receipt of copyAll(a.replica, b.replica)) expect(receipt).toEqual({ verdict: 'known' })
})

test('[CUT6] a short history is not cut', () => {
  const [a] = longLived('a') as [TestReplica]
  const short = testReplica({ name: 'b' })
  short.replica.put(WEB, deployment(), { nowMs: NOW, by: 'test', mode: 'create' })
  expect(short.replica.compact(WEB, { stable: true, nowMs: NOW })).toBeUndefined()
  expect([...short.replica.compactable()]).toEqual([])
  expect([...a.replica.compactable()]).toEqual([WEB])
  compact(a)
  expect([...a.replica.compactable()]).toEqual([])
})

describe('[CUT7] what was written on the old epoch meanwhile is written again on the new one, by its holder', () => {
  test('field by field', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(b, { paused: true })
    compact(a)
    edit(a, { replicas: 5 })
    expect(heal(a, b)).toMatchObject({ replicas: 5, paused: true })
    expect(b.replica.history(WEB).map(({ author }) => author)).toContain('node-b')
  })
  test('comes out of receive, to be made durable and published', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(b, { paused: true })
    const receipt = b.replica.receive(compact(a), NOW)
    expect(receipt).toMatchObject({ verdict: 'new', released: [{ author: 'node-b', type: 'change' }] })
  })
  test('as one of two concurrent edits, where somebody edited the same on the new one', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(b, { replicas: 555, paused: true })
    compact(a)
    edit(a, { replicas: 5 })
    expect(heal(a, b)).toMatchObject({ paused: true })
    expect(b.told.conflicts).toMatchObject([{ cause: 'field', path: '/spec/replicas' }])
  })
  test('unless it cannot be told from what is merely old: then its writer is told (P6)', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(b, { paused: true })
    edit(a, { replicas: 5 })
    compact(a)
    expect(heal(a, b)).not.toHaveProperty('paused')
    expect(b.told.conflicts).toMatchObject([{ path: '', winner: { author: 'node-a' }, loser: { author: 'node-b' } }])
  })
  test('and nobody is told where a node had merely been away', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(a, { replicas: 5 })
    compact(a)
    expect(heal(a, b)).toMatchObject({ replicas: 5 })
    expect(b.told.conflicts).toEqual([])
  })
  test('a deletion stays final (P9)', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    b.replica.remove(WEB, { nowMs: NOW, by: 'test' })
    compact(a)
    edit(a, { paused: true })
    expect(heal(a, b)).toBeUndefined()
  })
  test('a deletion and a new creation, too', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    b.replica.remove(WEB, { nowMs: NOW, by: 'test' })
    b.replica.put(WEB, deployment({ replicas: 8 }), { nowMs: NOW, by: 'test', mode: 'create' })
    compact(a)
    expect(heal(a, b)).toMatchObject({ replicas: 8 })
    expect(a.replica.get(WEB)?.life).toBe(2)
  })
  test('by each of several holders alike', () => {
    const [a, b, c] = longLived('a', 'b', 'c') as [TestReplica, TestReplica, TestReplica]
    edit(b, { paused: true })
    copyAll(b.replica, c.replica)
    compact(a)
    expect(heal(a, b, c)).toMatchObject({ paused: true })
    expect(a.replica.conflicts(WEB)).toEqual([])
  })
  test('a change of the old epoch that comes after the cut is held, and nobody is blamed', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(b, { paused: true })
    const late = [...b.replica.envelopes()].at(-1)
    compact(a)
    expect(a.replica.receive(late?.bytes ?? new Uint8Array(0), NOW)).toMatchObject({ verdict: 'held' })
  })
})

test('[CUT8] two cuts that begin one epoch are settled alike everywhere', () => {
  const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
  edit(b, { paused: true })
  compact(a)
  compact(b)
  expect(heal(a, b)).toMatchObject({ paused: true })
})

describe('a cut that lies is refused', () => {
  const mallory = identity('d')
  function forgedCut(a: TestReplica, texts: Record<string, string | undefined>, parts: object = {}): unknown {
    const heads = a.replica.heads().get(WEB) ?? []
    const body = { nonce: new Uint8Array(16), seq: 0, epoch: 1, cut: { heads, generation: LONG }, ...parts }
    const operations = operationsOf({ '1:': `{"at":${NOW}}`, '1:/apiVersion': '"apps/v1"', ...texts })
    const before = stateOf(a.replica)
    const receipt = a.replica.receive(
      forge({ author: mallory, body, change: { message: '', timeMs: NOW + LONG - 1, operations } }),
      NOW,
    )
    if (receipt.verdict !== 'new') expect(stateOf(a.replica)).toEqual(before)
    return receipt
  }
  test('[CUT3] where its history is known, in what it says', () => {
    const [a] = longLived('a') as [TestReplica]
    expect(forgedCut(a, { '1:/spec': '{}', '1:/spec/replicas': '0' })).toMatchObject({
      verdict: 'refused',
      rule: 'CUT3',
    })
  })
  test('[CUT2] in coming too early', () => {
    const a = testReplica({ name: 'a' })
    a.replica.put(WEB, deployment(), { nowMs: NOW, by: 'a', mode: 'create' })
    expect(forgedCut(a, {})).toMatchObject({ verdict: 'refused', rule: 'CUT2' })
  })
  test.each([
    ['two lives', { '2:': `{"at":${NOW}}` }, {}],
    ['fields of what is dead', { '1!': `{"at":${NOW}}`, '1:/spec': '{}' }, {}],
    ['a removal', { '1:/spec': undefined }, {}],
    ['epoch 0', {}, { epoch: 0 }],
    ['epoch 2^40', {}, { epoch: 2 ** 40 }],
  ])('[CUT1] in its form: %s', (_, texts, parts) => {
    const [a] = [testReplica({ name: 'a' })]
    expect(forgedCut(a, texts, parts)).toMatchObject({ verdict: 'refused', rule: 'CUT1' })
  })
  test('[CUT1] in having a place in a chain', () => {
    const [a] = [testReplica({ name: 'a' })]
    expect(forgedCut(a, {}, { seq: 1 })).toMatchObject({ verdict: 'refused', rule: 'GATE11' })
  })
  test('[CUT1] an object that is not valid', () => {
    const [a] = [testReplica({ name: 'a' })]
    expect(forgedCut(a, { '1:/spec': '{}', '1:/spec/replicas': '-1' })).toMatchObject({
      verdict: 'refused',
      rule: 'GATE17',
    })
  })
  test('[CUT9] where its history is not known it is believed, and its signer is on record', () => {
    const a = testReplica({ name: 'a' })
    expect(forgedCut(a, {}, { cut: { heads: [toHex(new Uint8Array(32).fill(7))], generation: 1 } })).toMatchObject({
      verdict: 'new',
    })
    expect(a.replica.history(WEB)).toMatchObject([{ author: mallory.node }])
  })
})
