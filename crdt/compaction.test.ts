import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { refusedBy } from './attacks.ts'
import { CUT_BOUNDS } from './compaction.ts'
import { bodyOf } from './document.ts'
import { type Chains, toHex } from './envelope.ts'
import { forge, operationsOf, reforge, signAnything } from './hostile.ts'
import { CUT_CHAINS_MAX } from './limits.ts'
import type { KubeObject } from './object.ts'
import {
  copyAll,
  deployment,
  identity,
  NOW,
  stateOf,
  testReplica,
  type TestReplica,
  type TestReplicaOptions,
  WEB,
} from './testing.ts'

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
function longLived(...names: (string | TestReplicaOptions)[]): TestReplica[] {
  const options = names.map((name) => (typeof name === 'string' ? { name } : name))
  const [first, ...others] = options.map(testReplica) as [TestReplica, ...TestReplica[]]
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
  expect([...short.replica.compactable({ stable: true })]).toEqual([])
  expect([...a.replica.compactable({ stable: true })]).toEqual([WEB])
  compact(a)
  expect([...a.replica.compactable({ stable: true })]).toEqual([])
})

test('[CUT6] what an object says that no one change can hold is not cut, and nothing breaks', () => {
  const [a] = longLived('a') as [TestReplica]
  for (let at = 0; at < 24; at++) edit(a, { [`noise${at}`]: randomBytes(12 * 1024).toString('base64') })
  expect([...a.replica.compactable({ stable: true })]).toEqual([WEB])
  expect(a.replica.compact(WEB, { stable: true, nowMs: NOW })).toBeUndefined()
  edit(a, { paused: true })
  expect(a.replica.get(WEB)?.object['spec']).toMatchObject({ paused: true })
})

test('[CUT11] what is full is cut whoever is away, and nothing else', () => {
  const cutBounds = { ...CUT_BOUNDS, anywayFromChanges: LONG + 1 }
  const [a] = longLived({ name: 'a', cutBounds }) as [TestReplica]
  const cut = () => [
    [...a.replica.compactable({ stable: false })],
    a.replica.compact(WEB, { stable: false, nowMs: NOW }),
  ]
  expect(cut()).toEqual([[], undefined])
  edit(a, { paused: true })
  expect(cut()).toEqual([[WEB], expect.objectContaining({ key: WEB })])
  expect(a.replica.history(WEB)).toHaveLength(1)
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
  test('[CUT10] also by one who lacks part of what was cut, as the cut says how far it is in what each wrote', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(b, { paused: true })
    edit(a, { replicas: 5 })
    compact(a)
    edit(a, { minReadySeconds: 3 })
    expect(heal(a, b)).toMatchObject({ paused: true, replicas: 5, minReadySeconds: 3 })
    expect(b.told.conflicts).toEqual([])
  })
  test('[CUT10] and by one who was away for several cuts', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    edit(b, { paused: true })
    for (let epoch = 0; epoch < 3; epoch++) {
      for (let at = 0; at < LONG; at++) edit(a, { replicas: at + 1 })
      compact(a)
    }
    expect(heal(a, b)).toMatchObject({ paused: true, replicas: LONG })
    expect(b.told.conflicts).toEqual([])
  })
  test('[CUT10] but not where a cut cannot name all that wrote: then its writer is told (P6)', () => {
    const cutBounds = { ...CUT_BOUNDS, chainsMax: 1 }
    const [a, b, c] = longLived(...['a', 'b', 'c'].map((name) => ({ name, cutBounds })))
    edit(b!, { paused: true })
    edit(c!, { replicas: 5 })
    copyAll(c!.replica, a!.replica)
    compact(a!)
    expect(heal(a!, b!)).not.toHaveProperty('paused')
    expect(b!.told.conflicts).toMatchObject([{ path: '', winner: { author: 'node-a' }, loser: { author: 'node-b' } }])
  })
  test('[CUT10] nor where it was cut by an earlier release, which names no chains', () => {
    const [a, b, c] = longLived('a', 'b', 'c') as [TestReplica, TestReplica, TestReplica]
    edit(b, { paused: true })
    edit(a, { replicas: 5 })
    copyAll(a.replica, c.replica)
    const honest = compact(c)
    const { heads = [], generation = 0 } = bodyOf({ bytes: honest }).cut ?? {}
    const older = reforge(honest, a.self, (body) => body, { cut: { heads, generation } })
    expect(a.replica.receive(older, NOW)).toMatchObject({ verdict: 'new' })
    expect(heal(a, b)).not.toHaveProperty('paused')
    expect(b.told.conflicts).toMatchObject([{ path: '', winner: { author: 'node-a' }, loser: { author: 'node-b' } }])
  })
  test('[CUT10] and by those who had cut it themselves, what came after their cut', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    compact(b)
    edit(b, { paused: true })
    edit(a, { replicas: 7 }, NOW + 1)
    compact(a)
    expect(heal(a, b)).toMatchObject({ paused: true, replicas: 7 })
    expect([...a.told.conflicts, ...b.told.conflicts]).toEqual([])
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
  const one = new Uint8Array(16).fill(1)
  const some = (count: number) =>
    Array.from({ length: count }, (_, at) => [Buffer.from(at.toString(16).padStart(32, '0'), 'hex'), 1])
  function cutOfChains(...chains: unknown[]): Uint8Array {
    const cut = [[new Uint8Array(32)], LONG, ...chains]
    const place = [new Uint8Array(16), 0, new Uint8Array(0), WEB, 1, cut]
    const fields = [2, 'change', mallory.node, ...place, new Uint8Array(9)]
    return signAnything(mallory, { type: 'change', fields })
  }
  test('[CUT10] chains that are well-formed are not what is refused', () => {
    refusedBy('GATE6', cutOfChains(some(CUT_CHAINS_MAX), 1))
  })
  test.each<[string, ...unknown[]]>([
    ['no list', 'all', 1],
    ['a name too short', [[one.subarray(1), 1]], 1],
    ['a number below zero', [[one, -1]], 1],
    ['a number that is text', [[one, '1']], 1],
    ['one of three parts', [[one, 1, 1]], 1],
    ['one twice', [[one, 1], [one, 2]], 1], // prettier-ignore
    ['more than a cut may name', some(CUT_CHAINS_MAX + 1), 1],
    ['perhaps all', [], 2],
    ['not said whether all', []],
    ['a part too many', [], 1, 1],
  ])('[CUT10] in its chains: %s', (_, ...chains) => refusedBy('GATE1', cutOfChains(...chains)))
  test('[CUT10] in how far it is in a chain, where its history is known', () => {
    const [a, b] = longLived('a', 'b') as [TestReplica, TestReplica]
    const honest = compact(b)
    const { cut } = bodyOf({ bytes: honest })
    const ends = cut?.chains?.ends ?? []
    const claim = (chains: Chains) =>
      a.replica.receive(
        reforge(honest, mallory, (body) => body, { cut: { heads: [], generation: LONG, ...cut, chains } }),
        NOW,
      )
    for (const lie of [ends.map(([chain, seq]) => [chain, seq + 1] as const), []])
      expect(claim({ ends: lie, isAll: true })).toMatchObject({ verdict: 'refused', rule: 'CUT3' })
    expect(claim({ ends, isAll: false })).toMatchObject({ verdict: 'refused', rule: 'CUT3' })
    expect(claim({ ends, isAll: true })).toMatchObject({ verdict: 'new' })
  })
  test('[CUT9] where its history is not known it is believed, and its signer is on record', () => {
    const a = testReplica({ name: 'a' })
    expect(forgedCut(a, {}, { cut: { heads: [toHex(new Uint8Array(32).fill(7))], generation: 1 } })).toMatchObject({
      verdict: 'new',
    })
    expect(a.replica.history(WEB)).toMatchObject([{ author: mallory.node }])
  })
})
