import { expect, test } from 'vitest'
import { Stream } from '../sim/random.ts'
import { growths, LIFE_MS_MIN, spareMb, trendOf, vitalsOf, type Vitals } from './vitals.ts'

const MINUTE_MS = 60_000

/** A life looked at every five seconds: 100 MB and 30 files, and what comes to them by the hour. */
function life(
  minutes: number,
  { mbPerHour = 0, filesPerHour = 0, objectsPerHour = 0, recordsPerHour = 0, noiseMb = 0, warmUpMb = 0 } = {},
): Vitals[] {
  const chance = new Stream(7, 'vitals')
  return Array.from({ length: minutes * 12 + 1 }, (_, index): Vitals => {
    const hours = index / 720
    const warm = warmUpMb * Math.min(1, index / 48)
    const noise = noiseMb * (chance.unit() - 0.5)
    return {
      atMs: 1_000 + hours * 60 * MINUTE_MS,
      residentMb: 100 + warm + mbPerHour * hours + noise,
      objects: Math.round(objectsPerHour * hours),
      records: Math.round(recordsPerHour * hours),
      files: Math.round(30 + filesPerHour * hours),
    }
  })
}

test('[LAB35] growth is told by the hour, after the warm-up', () => {
  expect(trendOf(life(45, { mbPerHour: 3, warmUpMb: 50 }), spareMb)?.perHour).toBeCloseTo(3)
  expect(trendOf(life(45), spareMb)).toEqual({ perHour: 0, give: 0 })
  const noisy = trendOf(life(75, { mbPerHour: 3, noiseMb: 10 }), spareMb)!
  expect(Math.abs(noisy.perHour - 3)).toBeLessThan(noisy.give)
  expect(noisy.give).toBeGreaterThan(0.2)
})

test('[LAB35] a life that is too short says nothing, whatever it took', () => {
  const minutes = LIFE_MS_MIN / MINUTE_MS
  expect(trendOf([], spareMb)).toBeUndefined()
  expect(growths(life(minutes - 1, { mbPerHour: 600, filesPerHour: 600 }))).toEqual([])
  expect(growths(life(minutes, { mbPerHour: 600, filesPerHour: 600 }))).toHaveLength(2)
})

test('[LAB35] what grows for sure breaks its bound, what merely goes up and down does not', () => {
  expect(growths(life(45, { mbPerHour: 3 }))).toEqual([
    expect.stringMatching(/^memory beside what is held on purpose grows by 3\.0 ± .* MB an hour$/),
  ])
  expect(growths(life(45, { mbPerHour: 0.9 }))).toEqual([])
  // In 25 minutes nobody can tell 3 MB an hour from ups and downs of 60, in ten he can.
  expect(growths(life(45, { mbPerHour: 3, noiseMb: 60 }))).toEqual([])
  expect(growths(life(750, { mbPerHour: 3, noiseMb: 60 }))).toHaveLength(1)
  expect(growths(life(75, { filesPerHour: 20 }))).toEqual([expect.stringMatching(/^open files grow by (19|20)\./)])
  expect(growths(life(75, { filesPerHour: -20, mbPerHour: -20 }))).toEqual([])
})

test('[LAB35] what is held of what is gone is no growth, what comes beside it is', () => {
  // 3.5 kB each, and 2.3.
  expect(growths(life(45, { mbPerHour: 10, objectsPerHour: 3_000 }))).toEqual([])
  expect(growths(life(45, { mbPerHour: 10, objectsPerHour: 2_000 }))).toHaveLength(1)
  expect(growths(life(45, { mbPerHour: 10, recordsPerHour: 4_500 }))).toEqual([])
  expect(growths(life(45, { mbPerHour: 10, recordsPerHour: 3_500 }))).toHaveLength(1)
})

test('[LAB35] a leak that comes in waves is one, and one wave is none', () => {
  const wave = (minutes: number, mbPerHour = 0): Vitals[] =>
    life(minutes, { mbPerHour }).map((one) => ({
      ...one,
      residentMb: one.residentMb + 5 * Math.sin(one.atMs / 120_000),
    }))
  // All of a minute's neighbours are alike: that they go up together proves less than as many that do not.
  expect(growths(wave(32))).toEqual([])
  expect(growths(wave(45))).toEqual([])
  expect(growths(wave(240, 4))).toHaveLength(1)
})

test('[LAB35] a process is read as the kernel has it, and one that is gone is told', () => {
  const at = { atMs: 5, objects: 2, records: 3 }
  expect(vitalsOf(process.pid, at)).toMatchObject(at)
  expect(vitalsOf(process.pid, at)!.residentMb).toBeGreaterThan(10)
  expect(vitalsOf(process.pid, at)!.files).toBeGreaterThan(2)
  expect(vitalsOf(2 ** 22 + 1, at)).toBeUndefined()
})
