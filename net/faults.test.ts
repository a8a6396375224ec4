import { describe, expect, test } from 'vitest'
import { FAULT_MS, FAULTS_MAX, Faults, FORGIVEN_MS, SHUN_MS, SHUN_MS_MAX } from './faults.ts'

/** Blames at one moment until the peer is shunned; for how long. */
const exhaust = (faults: Faults, nowMs: number): number => {
  for (let count = 0; count <= FAULTS_MAX; count += 1) {
    const shunMs = faults.blame('mallory', nowMs)
    if (shunMs !== undefined) return shunMs
  }
  throw new Error('never shunned')
}

describe('the faults of a peer', () => {
  test('[FAULT1] shun it when there are more than its budget, and nobody else', () => {
    const faults = new Faults()
    for (let count = 0; count < FAULTS_MAX; count += 1) expect(faults.blame('mallory', 0)).toBeUndefined()
    expect(faults.isShunned('mallory', 0)).toBe(false)
    expect(faults.blame('mallory', 0)).toBe(SHUN_MS)
    expect(faults.isShunned('mallory', SHUN_MS - 1)).toBe(true)
    expect(faults.isShunned('mallory', SHUN_MS)).toBe(false)
    expect(faults.isShunned('alice', 0)).toBe(false)
  })

  test('[FAULT1] are forgotten, one a second: at that rate nobody is ever shunned', () => {
    const faults = new Faults()
    for (let nowMs = 0; nowMs < 86_400_000; nowMs += FAULT_MS) expect(faults.blame('bob', nowMs)).toBeUndefined()
  })

  test('[FAULT1] of twice that rate are too many within two minutes', () => {
    const faults = new Faults()
    let nowMs = 0
    while (faults.blame('bob', nowMs) === undefined) nowMs += FAULT_MS / 2
    expect(nowMs).toBeLessThanOrEqual(FAULTS_MAX * FAULT_MS)
  })

  test('[FAULT2] shun it twice as long each time, up to ten minutes', () => {
    const faults = new Faults()
    let nowMs = 0
    const times = Array.from({ length: 8 }, () => {
      const shunMs = exhaust(faults, nowMs)
      nowMs += shunMs
      return shunMs
    })
    expect(times).toEqual([1, 2, 4, 8, 16, 32, SHUN_MS_MAX / SHUN_MS, SHUN_MS_MAX / SHUN_MS].map((x) => x * SHUN_MS))
  })

  test('[FAULT2] do not count while it is shunned, and begin anew afterwards', () => {
    const faults = new Faults()
    exhaust(faults, 0)
    for (let count = 0; count < 10 * FAULTS_MAX; count += 1) expect(faults.blame('mallory', 1)).toBeUndefined()
    expect(faults.isShunned('mallory', SHUN_MS)).toBe(false)
    expect(faults.blame('mallory', SHUN_MS)).toBeUndefined()
    expect(exhaust(faults, SHUN_MS)).toBe(2 * SHUN_MS)
  })

  test('[FAULT2] are forgiven after half an hour without', () => {
    const faults = new Faults()
    exhaust(faults, 0)
    exhaust(faults, SHUN_MS)
    expect(exhaust(faults, 3 * SHUN_MS + FORGIVEN_MS)).toBe(SHUN_MS)
  })

  test('[FAULT2] of thousands of peers are not all kept', () => {
    const faults = new Faults()
    exhaust(faults, 0)
    for (let at = 0; at < 5_000; at += 1) faults.blame(`peer ${at}`, 0)
    expect(faults.isShunned('mallory', 0)).toBe(false)
  })
})
