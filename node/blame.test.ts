import { describe, expect, test } from 'vitest'
import { Blame, isFault } from './blame.ts'
import { LineLimit } from './line-limit.ts'

describe('blame', () => {
  test.each([
    { rule: 'GATE1', isSameRelease: false, isBlamed: true },
    { rule: 'GATE3', isSameRelease: false, isBlamed: true },
    { rule: 'frame', isSameRelease: false, isBlamed: true },
    { rule: 'REC1', isSameRelease: false, isBlamed: false },
    { rule: 'GATE17', isSameRelease: false, isBlamed: false },
    { rule: 'SYNC2', isSameRelease: false, isBlamed: false },
    { rule: 'verdict', isSameRelease: false, isBlamed: false },
    { rule: 'REC1', isSameRelease: true, isBlamed: true },
    { rule: 'GATE17', isSameRelease: true, isBlamed: true },
    { rule: 'verdict', isSameRelease: true, isBlamed: true },
    { rule: 'GATE20', isSameRelease: true, isBlamed: false },
    { rule: 'CUT3', isSameRelease: true, isBlamed: false },
  ])('[FAULT4] $rule by a peer of this release ($isSameRelease): its fault: $isBlamed', (case_) => {
    expect(isFault(case_.rule, case_)).toBe(case_.isBlamed)
  })

  test('[FAULT4] a newer release that is not understood all day long keeps its link', () => {
    const blame = new Blame()
    for (let nowMs = 0; nowMs < 600_000; nowMs += 10) {
      expect(blame.judge({ peer: 'newer', rule: 'REC5', isSameRelease: false }, nowMs).shunMs).toBeUndefined()
    }
    expect(blame.mayLink('newer', 600_000)).toBe(true)
  })

  test('[FAULT1] a flood of forgeries costs the link', () => {
    const blame = new Blame()
    const shuns = Array.from({ length: 200 }, () =>
      blame.judge({ peer: 'mallory', rule: 'GATE3', isSameRelease: false }, 0),
    ).filter(({ shunMs }) => shunMs !== undefined)
    expect(shuns).toHaveLength(1)
    expect(blame.mayLink('mallory', 0)).toBe(false)
    expect(blame.mayLink('bob', 0)).toBe(true)
  })

  test('[FAULT5] is a line for a peer and a rule a minute', () => {
    const blame = new Blame()
    const linesAt = (nowMs: number, rule: string) =>
      Array.from({ length: 50 }, () => blame.judge({ peer: 'mallory', rule, isSameRelease: true }, nowMs).line).filter(
        (line) => line !== undefined,
      )
    expect(linesAt(0, 'GATE1')).toEqual([{ leftOut: 0 }])
    expect(linesAt(59_999, 'GATE3')).toEqual([{ leftOut: 49 }])
    expect(linesAt(60_000, 'GATE1')).toEqual([{ leftOut: 49 }])
  })
})

describe('lines about strangers', () => {
  test('[ADMIT8] are ten for a reason and thirty in all a minute; the next one says how many were left out', () => {
    const lines = new LineLimit({ perKey: 10, total: 30 })
    const written = (key: string, nowMs: number) =>
      Array.from({ length: 1_000 }, () => lines.take(key, nowMs)).filter((line) => line !== undefined).length
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => written(key, 0))).toEqual([10, 10, 10, 0, 0])
    expect(written('e', 59_999)).toBe(0)
    expect(lines.take('a', 60_000)).toEqual({ leftOut: 990 + 3_000 })
  })
})
