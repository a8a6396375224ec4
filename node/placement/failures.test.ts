import { describe, expect, test } from 'vitest'
import { aNode, aPod, aSight, claimsOf, KEY } from '../control/sample.ts'
import { CLAIMED_REASON, Failures, IGNORE_MS, REFUSED_MS, SILENT_MS } from './failures.ts'

const GROUP = `${KEY}/new`
const nothing = new Set<string>()
const isOpen = new Set([`${GROUP}/0`])
const pod = (fields: Parameters<typeof aPod>[1] = {}) => aPod('liar', { reason: CLAIMED_REASON, ...fields })
const see = (
  failures: Failures,
  pods: ReturnType<typeof aPod>[],
  { nowMs, open = nothing }: { nowMs: number; open?: Set<string> },
) => failures.observe(claimsOf(pods), open, nowMs)

describe('a claim fails', () => {
  test('[FAI1] when it goes without a word and its slot is still wanted', () => {
    const failures = new Failures()
    see(failures, [pod()], { nowMs: 0 })
    see(failures, [], { nowMs: 1, open: isOpen })
    expect(failures.count(GROUP, 1)).toBe(1)
    expect(failures.countAt('liar', GROUP, 1)).toBe(1)
    expect(failures.countAt('another', GROUP, 1)).toBe(0)
  })

  test.each([
    { what: 'served', fields: { ready: true } },
    { what: 'was told to stop', fields: { stopping: true } },
  ])('[FAI1] but not when it $what before', ({ fields }) => {
    const failures = new Failures()
    see(failures, [pod(fields)], { nowMs: 0 })
    see(failures, [], { nowMs: 1, open: isOpen })
    expect(failures.count(GROUP, 1)).toBe(0)
  })

  test('[FAI1] but not when somebody else has its slot', () => {
    const failures = new Failures()
    see(failures, [pod()], { nowMs: 0 })
    see(failures, [], { nowMs: 1 })
    expect(failures.count(GROUP, 1)).toBe(0)
  })

  test('[FAI2] when its pod ends, once', () => {
    const failures = new Failures()
    for (const nowMs of [0, 1, 2]) see(failures, [pod({ phase: 'Failed', reason: 'ImageMissing' })], { nowMs })
    expect(failures.count(GROUP, 2)).toBe(1)
  })

  test('[FAI2] when its node does not touch it for 20 s, and it holds its slot no more', () => {
    const failures = new Failures()
    see(failures, [pod()], { nowMs: 0 })
    see(failures, [pod()], { nowMs: SILENT_MS - 1 })
    expect(failures.idle().size).toBe(0)
    see(failures, [pod()], { nowMs: SILENT_MS })
    expect([...failures.idle()]).toEqual([pod().fact.uid])
  })

  test.each([
    { what: 'pulls an image', pods: [pod({ reason: 'Pulling' })], sight: aSight() },
    { what: 'cannot be reached', pods: [pod()], sight: aSight({ nodes: [aNode('liar', { verdict: 'unreachable' })] }) },
  ])('[FAI2] but not while its node $what', ({ pods, sight }) => {
    const failures = new Failures()
    for (const nowMs of [0, SILENT_MS]) failures.observe(claimsOf(pods, sight), nothing, nowMs)
    expect(failures.idle().size).toBe(0)
  })

  test('[FAI2] but not for the time that its node was away: its word of before is heard first', () => {
    const failures = new Failures()
    const away = aSight({ nodes: [aNode('liar', { verdict: 'lost' })] })
    see(failures, [pod()], { nowMs: 0 })
    for (const nowMs of [1, SILENT_MS]) failures.observe(claimsOf([pod()], away), nothing, nowMs)
    see(failures, [pod()], { nowMs: SILENT_MS + 1 })
    expect([failures.idle().size, failures.count(GROUP, SILENT_MS + 1)]).toEqual([0, 0])
    see(failures, [pod()], { nowMs: SILENT_MS * 2 })
    expect(failures.idle().size).toBe(1)
  })

  test('[FAI6] and holds its slot again once its node has begun', () => {
    const failures = new Failures()
    for (const nowMs of [0, SILENT_MS]) see(failures, [pod()], { nowMs })
    expect(failures.idle().size).toBe(1)
    see(failures, [pod({ phase: 'Running', ready: true })], { nowMs: SILENT_MS + 1 })
    expect([failures.idle().size, failures.count(GROUP, SILENT_MS + 1)]).toEqual([0, 1])
  })
})

describe('a node whose claims keep failing', () => {
  const failTwice = (gapMs: number) => {
    const failures = new Failures()
    for (const atMs of [0, gapMs]) {
      see(failures, [pod({ uid: `u${atMs}` })], { nowMs: atMs })
      see(failures, [], { nowMs: atMs, open: isOpen })
    }
    return failures
  }

  test('[FAI3] is not listened to for ten minutes, for that group', () => {
    const failures = failTwice(30_000)
    expect([...failures.ignored(GROUP, ['liar', 'another'], 30_000)]).toEqual(['liar'])
    expect(failures.ignored(`${KEY}/newer`, ['liar'], 30_000).size).toBe(0)
    expect(failures.ignored(GROUP, ['liar'], 30_000 + IGNORE_MS).size).toBe(0)
  })

  test('[FAI3] only if twice within a minute', () => {
    expect(failTwice(60_001).ignored(GROUP, ['liar'], 60_001).size).toBe(0)
  })

  test('[FAI3] is forgiven: nothing is kept for longer', () => {
    const failures = failTwice(1_000)
    failures.expire(IGNORE_MS * 2)
    expect(failures.count(GROUP, IGNORE_MS * 2)).toBe(0)
  })
})

describe('what the agent here says', () => {
  const report = { group: GROUP, uid: 'u1', reason: 'no such program: wbe', refused: false }

  test('[FAI4] counts against this node, a pod once however often it fails', () => {
    const failures = new Failures()
    for (const nowMs of [0, 1, 2]) failures.report(report, 'self', nowMs)
    failures.report({ ...report, uid: 'u2' }, 'self', 2)
    expect(failures.countAt('self', GROUP, 2)).toBe(2)
    expect([failures.countAt('other', GROUP, 2), failures.countAt('self', `${KEY}/newer`, 2)]).toEqual([0, 0])
    expect(failures.countAt('self', GROUP, IGNORE_MS + 3)).toBe(0)
  })

  test('[FAI4] is one failure with that of the claim it gave up, and makes no auction wait', () => {
    const failures = new Failures()
    see(failures, [pod({ uid: 'u1' })], { nowMs: 0 })
    failures.report({ ...report, refused: true }, 'liar', 1)
    expect(failures.count(GROUP, 1)).toBe(0)
    see(failures, [], { nowMs: 2, open: isOpen })
    expect([failures.countAt('liar', GROUP, 2), failures.count(GROUP, 2)]).toEqual([1, 1])
  })

  test('[FAI5] is a reason to decline where it refused: for a minute, then for two, up to ten', () => {
    const failures = new Failures()
    let nowMs = 0
    for (const pauseMs of [REFUSED_MS, 2 * REFUSED_MS, 4 * REFUSED_MS, 8 * REFUSED_MS, IGNORE_MS, IGNORE_MS]) {
      failures.report({ ...report, uid: `u${nowMs}`, refused: true }, 'self', nowMs)
      failures.expire(nowMs + pauseMs - 1)
      expect(failures.refusal(GROUP, nowMs + pauseMs - 1)).toBe('no such program: wbe')
      nowMs += pauseMs
      failures.expire(nowMs)
      expect(failures.refusal(GROUP, nowMs)).toBeUndefined()
    }
    failures.expire(nowMs + IGNORE_MS + 1)
    failures.report({ ...report, refused: true }, 'self', nowMs)
    expect(failures.refusal(GROUP, nowMs + REFUSED_MS)).toBeUndefined()
  })

  test('[FAI5] is none where the claim stays', () => {
    const failures = new Failures()
    failures.report(report, 'self', 0)
    expect(failures.refusal(GROUP, 1)).toBeUndefined()
  })

  test('[FAI4, FAI5] fills no memory', () => {
    const failures = new Failures()
    for (let index = 0; index < 5_000; index++)
      failures.report({ ...report, group: `g${index}`, uid: `u${index}`, refused: true }, 'self', index)
    expect([failures.refusal('g0', 5_000), failures.countAt('self', 'g0', 5_000)]).toEqual([undefined, 0])
    expect([failures.refusal('g4999', 5_000), failures.countAt('self', 'g4999', 5_000)]).toEqual([report.reason, 1])
  })
})
