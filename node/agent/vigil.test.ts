import { describe, expect, test } from 'vitest'
import type { ProbeAnswer, ProbeRule } from './probe-rule.ts'
import { answered, beginVigils, type Vigils } from './vigil.ts'

const YES: ProbeAnswer = { ok: true }
const NO: ProbeAnswer = { ok: false, reason: 'refused' }

const rule = (change: Partial<ProbeRule> = {}): ProbeRule => ({
  target: { kind: 'tcp', port: 1 },
  timeoutMs: 1_000,
  initialDelayMs: 0,
  periodMs: 10_000,
  successThreshold: 1,
  failureThreshold: 3,
  ...change,
})

/** Gives the answers, each at the instant it was asked for; returns those instants and what came of it. */
function answerAll(start: Vigils, answers: readonly ProbeAnswer[]): { askedAtMs: number[]; end: Vigils } {
  const askedAtMs: number[] = []
  let end = start
  for (const answer of answers) {
    const kind = end.startup === undefined ? 'liveness' : 'startup'
    const monoMs = end[kind]?.nextProbeMs ?? Number.NaN
    askedAtMs.push(monoMs)
    end = answered(end, kind, { answer, monoMs })
  }
  return { askedAtMs, end }
}

describe('a startup probe', () => {
  const begun = (change: Partial<ProbeRule> = {}): Vigils =>
    beginVigils({ startup: rule(change), liveness: rule({ initialDelayMs: 5_000 }) }, { monoMs: 0, isStarted: false })

  test('[LIV1] is asked more often than its period, and a failure counts once a period', () => {
    const { askedAtMs, end } = answerAll(
      begun({ periodMs: 1_000, failureThreshold: 2 }),
      Array.from({ length: 6 }, () => NO),
    )
    expect(askedAtMs.slice(0, 5)).toEqual([0, 100, 300, 700, 1_000])
    expect(end.verdict).toEqual({ message: 'its startup probe failed 2 times: refused' })
  })

  test('[LIV1] has as many periods as its threshold says, after its initial delay', () => {
    const { askedAtMs, end } = answerAll(begun({ initialDelayMs: 2_000, failureThreshold: 1, graceMs: 7 }), [NO])
    expect(askedAtMs).toEqual([2_000])
    expect(end.verdict).toEqual({ message: 'its startup probe failed: refused', graceMs: 7 })
  })

  test('[LIV3] liveness waits for it, and for its own delay from the start of the run', () => {
    const early = answerAll(begun(), [NO, YES]).end
    expect(early).toMatchObject({ liveness: { nextProbeMs: 5_000 } })
    expect(early).not.toHaveProperty('startup')
    const late = answered(begun(), 'startup', { answer: YES, monoMs: 9_000 })
    expect(late).toMatchObject({ liveness: { nextProbeMs: 9_000 } })
  })

  test('[LIV3] a run that had started under an earlier agent is not asked again', () => {
    const adopted = beginVigils({ startup: rule(), liveness: rule() }, { monoMs: 100, isStarted: true })
    expect(adopted).toMatchObject({ liveness: { nextProbeMs: 100 } })
    expect(adopted).not.toHaveProperty('startup')
  })
})

describe('a liveness probe', () => {
  const begun = beginVigils({ liveness: rule() }, { monoMs: 0, isStarted: false })

  test('[LIV2] is asked once a period and ends the container after so many failures in a row', () => {
    const { askedAtMs, end } = answerAll(begun, [YES, NO, NO, YES, NO, NO])
    expect(askedAtMs).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000])
    expect(end).not.toHaveProperty('verdict')
    expect(answerAll(end, [NO]).end.verdict).toEqual({ message: 'its liveness probe failed 3 times: refused' })
  })

  test('[LIV2] an answer that comes when all is settled changes nothing', () => {
    const { end } = answerAll(begun, [NO, NO, NO])
    expect(answered(end, 'liveness', { answer: NO, monoMs: 1 })).toBe(end)
  })
})
