import { describe, expect, test } from 'vitest'
import { forged, GROWTH_BYTES_MAX } from './attacks.ts'
import { aNodeFact } from './objects/sample.ts'
import { GOOD_TEXTS, operationsOf } from './hostile.ts'
import { HELD_BYTES_PER_AUTHOR_MAX, HELD_PER_AUTHOR_MAX, RELEASED_MAX } from './limits.ts'
import { copyAll, deployment, NOW, testReplica, WEB } from './testing.ts'

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
  test('it is taken where our clock is set on by more than it would be held', () => {
    const early = forged({
      change: { timeMs: NOW + 100_000, operations: operationsOf({ ...GOOD_TEXTS, '1:': `{"at":${NOW + 100_000}}` }) },
    })
    const { replica } = testReplica({ name: 'a' })
    expect(replica.receive(early, NOW)).toMatchObject({ verdict: 'held' })
    expect(replica.expire(NOW + 100_000)).toHaveLength(1)
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

test('[GATE26] what the own disk kept is in force though the clock is a year behind now', () => {
  const before = testReplica({ name: 'a' })
  before.replica.put(WEB, deployment(), { mode: 'create', nowMs: NOW, by: 'test' })
  before.replica.record('node', aNodeFact(), { nowMs: NOW })
  const kept = [...before.replica.envelopes()].map(({ bytes }) => bytes)
  const after = testReplica({ name: 'a' })
  const { receipts } = after.replica.replay(kept.toReversed(), NOW - 365 * 86_400_000)
  const verdicts = receipts.map(({ verdict }) => verdict)
  expect(verdicts).not.toContain('refused')
  expect(after.replica.digest().root).toBe(before.replica.digest().root)
  expect(after.replica.get(WEB)).toBeDefined()
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

// ---- parts of attacks

function hashText(at: number): string {
  return at.toString(16).padStart(64, '0')
}
