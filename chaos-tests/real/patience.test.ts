import { expect, test } from 'vitest'
import { readTicks, slowdown } from './patience.ts'

test('what the host took is read from the first line of /proc/stat', () => {
  const stat = 'cpu  100 10 50 9000 7 3 2 400 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n'
  expect(readTicks(stat)).toEqual({ used: 165, stolen: 400 })
})

test('work takes longer by what was stolen beside it, and a moment says nothing', () => {
  const before = { used: 1_000, stolen: 100 }
  expect(slowdown(before, { used: 1_100, stolen: 500 })).toBe(5)
  expect(slowdown(before, { used: 2_000, stolen: 100 })).toBe(1)
  expect(slowdown(before, { used: 1_010, stolen: 150 })).toBe(1)
})
