import { expect, test } from 'vitest'
import { Ejections } from './ejection.ts'

test('[EJECT1] a backend that failed is passed over for one second', () => {
  const ejections = new Ejections()
  expect(ejections.isEjected('pod', 0)).toBe(false)
  ejections.failed('pod', 5_000)
  expect([5_000, 5_999, 6_000].map((nowMs) => ejections.isEjected('pod', nowMs))).toEqual([true, true, false])
})

test('[EJECT2] each further failure doubles the time, up to thirty seconds', () => {
  const ejections = new Ejections()
  let nowMs = 0
  const spans: number[] = []
  for (let failure = 0; failure < 8; failure++) {
    ejections.failed('pod', nowMs)
    const fromMs = nowMs
    while (ejections.isEjected('pod', nowMs)) nowMs += 500
    spans.push(nowMs - fromMs)
  }
  expect(spans).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

test('[EJECT3] failures within one ejection count as one', () => {
  const ejections = new Ejections()
  for (let connection = 0; connection < 200; connection++) ejections.failed('pod', connection)
  expect(ejections.isEjected('pod', 1_000)).toBe(false)
})

test('[EJECT4] one success and the backend is as good as new', () => {
  const ejections = new Ejections()
  ejections.failed('pod', 0)
  ejections.failed('pod', 1_000)
  ejections.succeeded('pod')
  expect(ejections.isEjected('pod', 1_001)).toBe(false)
  ejections.failed('pod', 2_000)
  expect(ejections.isEjected('pod', 3_000)).toBe(false)
})

test('[EJECT5] a failure long ago does not lengthen a new one', () => {
  const ejections = new Ejections()
  ejections.failed('pod', 0)
  ejections.failed('pod', 301_000)
  expect(ejections.isEjected('pod', 302_000)).toBe(false)
})

test('[EJECT6] nothing is remembered of backends that are no more', () => {
  const ejections = new Ejections()
  for (let pod = 0; pod < 1_000; pod++) ejections.failed(`pod-${pod}`, 0)
  ejections.keepOnly(new Set(['pod-7', 'pod-new']))
  expect(ejections.size).toBe(1)
  expect(ejections.isEjected('pod-7', 1)).toBe(true)
})
