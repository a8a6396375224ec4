import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ddmin, Enough } from './ddmin.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
const has = (kept: readonly number[], wanted: readonly number[]): boolean => wanted.every((one) => kept.includes(one))

test('[TOOL1] finds exactly the ones it takes, in their order, however many there are', async () => {
  const cases = fc
    .integer({ min: 1, max: 60 })
    .chain((count) =>
      fc.record({ count: fc.constant(count), wanted: fc.subarray(numbers(count), { maxLength: Math.min(5, count) }) }),
    )
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, wanted }) => {
      expect(await ddmin(numbers(count), async (kept) => has(kept, wanted))).toEqual(wanted)
    }),
  )
})

test('[TOOL1] whatever it fails by, none of those left can be left out', async () => {
  const cases = fc.record({
    count: fc.integer({ min: 1, max: 24 }),
    // Not monotone: with more of them it may pass again.
    salt: fc.integer(),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, salt }) => {
      const all = numbers(count)
      const fails = (kept: readonly number[]): boolean =>
        kept.length === all.length ||
        (Math.imul(
          kept.reduce((sum, one) => sum * 31 + one, salt),
          0x9e3779b1,
        ) &
          3) ===
          0
      const left = await ddmin(all, async (kept) => fails(kept))
      expect(fails(left)).toBe(true)
      for (const one of left.length > 1 ? left : []) expect(fails(left.filter((other) => other !== one))).toBe(false)
    }),
  )
})

test('[TOOL1] asks for nothing at first, and for nothing twice', async () => {
  const asked: string[] = []
  await ddmin(numbers(40), async (kept) => {
    asked.push(kept.join())
    return has(kept, [3, 17, 31])
  })
  expect(asked[0]).toBe('')
  expect(new Set(asked).size).toBe(asked.length)
})

test('[TOOL1] two of sixty are found within sixty tries', async () => {
  let tries = 0
  await ddmin(numbers(60), async (kept) => {
    tries += 1
    return has(kept, [7, 44])
  })
  expect(tries).toBeLessThanOrEqual(60)
})

test('[TOOL2] told that it is enough, it gives the smallest that failed so far', async () => {
  let tries = 0
  let smallest = numbers(60)
  const left = await ddmin(numbers(60), async (kept) => {
    if (++tries > 12) throw new Enough()
    if (!has(kept, [7, 44])) return false
    smallest = [...kept]
    return true
  })
  expect(left).toEqual(smallest)
  expect(left.length).toBeLessThan(60)
})

test('[TOOL2] an error of who is asked is an error', async () => {
  await expect(ddmin([1, 2], () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk')
})
