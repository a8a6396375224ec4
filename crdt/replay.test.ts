import { describe, expect, test, vi } from 'vitest'
import { OpenDocument } from './automerge.ts'
import { copyAll, deployment, NOW, podFact, stateOf, testReplica, type TestReplica, WEB } from './testing.ts'
import { create, edit, heal, remove, split } from './sides.ts'

/** A log with a bit of everything: edits at the same time, a deletion, another life, records that were said anew. */
function eventful(): TestReplica {
  const [a, b] = split()
  edit(a, { replicas: 5 })
  edit(b, { replicas: 7 })
  heal(a, b)
  remove(b, NOW + 1)
  create(b, { paused: true }, NOW + 2)
  for (const phase of ['Pending', 'Running'] as const)
    a.replica.record('pod/u1', podFact('u1', phase), { nowMs: NOW + 3 })
  heal(a, b)
  return a
}

/** What a disk has of it: everything that ever came in, also what was said anew since. */
function started(log: readonly Uint8Array[]): TestReplica {
  const after = testReplica({ name: 'a', incarnation: 2 })
  after.replica.replay(log, NOW + 10)
  return after
}

const logOf = ({ replica }: TestReplica): Uint8Array[] => [...replica.envelopes()].map(({ bytes }) => bytes)

describe('[REPLAY1] a log is what it came to when it was written', () => {
  test('in any order, and with copies', () => {
    const before = eventful()
    const log = logOf(before)
    for (const order of [log, log.toReversed(), [...log, ...log]]) {
      const { replica } = started(order)
      expect(stateOf(replica)).toEqual(stateOf(before.replica))
    }
  })

  test('listeners hear of each object and record once, and of no conflict again', () => {
    const before = eventful()
    const older = before.replica.record('pod/u2', podFact('u2', 'Pending'), { nowMs: NOW }).bytes
    before.replica.record('pod/u2', podFact('u2'), { nowMs: NOW })
    expect(before.told.conflicts).not.toEqual([])
    const { told } = started([older, ...logOf(before)])
    expect(told.objects.map(([key]) => key)).toEqual([WEB])
    expect(told.records).toEqual([
      ['node-a', 'pod/u2', true],
      ['node-a', 'pod/u1', true],
    ])
    expect(told.conflicts).toEqual([])
  })

  test('signatures are not checked again, and Automerge builds each document once', () => {
    const log = logOf(eventful())
    const added = vi.spyOn(OpenDocument.prototype, 'add')
    const built = vi.spyOn(OpenDocument, 'of')
    const after = testReplica({ name: 'a', incarnation: 2 })
    const verified = vi.spyOn(after.replica.state.trust, 'verify')
    after.replica.replay(log, NOW + 10)
    expect(verified).not.toHaveBeenCalled()
    expect(added).not.toHaveBeenCalled()
    expect(built).toHaveBeenCalledTimes(1)
    vi.restoreAllMocks()
  })

  test('a cut is taken at its word, and what it had left out is there once', () => {
    const [a, b] = split()
    for (let at = 0; at < 210; at++) edit(a, { replicas: at })
    heal(a, b)
    const envelopes = [...a.replica.envelopes()]
    const late = edit(b, { paused: true }, NOW + 1)
    const cut = a.replica.compact(WEB, { stable: true, nowMs: NOW })
    const receipt = b.replica.receive(cut?.bytes ?? new Uint8Array(), NOW)
    const [again] = receipt.verdict === 'new' ? receipt.released : []
    copyAll(b.replica, a.replica)
    const log = [...envelopes, late, cut, again].map((envelope) => envelope?.bytes ?? new Uint8Array())
    const after = testReplica({ name: 'b', incarnation: 2 })
    expect(after.replica.replay(log, NOW + 10).written).toEqual([])
    expect(stateOf(after.replica)).toEqual(stateOf(b.replica))
    // The power went before the last one was on disk.
    const torn = testReplica({ name: 'b', incarnation: 2 })
    const { written } = torn.replica.replay(log.slice(0, -1), NOW + 10)
    expect(written).toHaveLength(1)
    expect(torn.replica.get(WEB)?.object['spec']).toMatchObject({ replicas: 209, paused: true })
  })

  test('what this node says next comes after all that it said before', () => {
    const before = testReplica({ name: 'a', incarnation: 9 })
    const said = before.replica.record('node', podFact('x'), { nowMs: NOW })
    const after = testReplica({ name: 'a', incarnation: 3 })
    after.replica.replay([said.bytes], NOW)
    after.replica.record('node', podFact('y'), { nowMs: NOW })
    expect([...after.replica.records()].map(({ incarnation, value }) => [incarnation, value])).toEqual([
      [10, podFact('y')],
    ])
  })
})

test('[DOC7] what Automerge will not have leaves the document as it was', () => {
  const [a, b] = split()
  const wanted = deployment({ replicas: 9 })
  const change = b.replica.put(WEB, wanted, { nowMs: NOW + 1, by: 'b', mode: 'replace' })
  const before = stateOf(a.replica)
  const broken = vi.spyOn(OpenDocument.prototype, 'add').mockReturnValueOnce({ error: 'it panicked' })
  expect(a.replica.receive(change?.bytes ?? new Uint8Array(), NOW + 1)).toMatchObject({ rule: 'GATE19' })
  broken.mockRestore()
  expect(stateOf(a.replica)).toEqual(before)
  edit(a, { paused: true }, NOW + 2)
  expect(a.replica.get(WEB)?.object['spec']).toMatchObject({ paused: true })
})
