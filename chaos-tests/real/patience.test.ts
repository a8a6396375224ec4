import { expect, test } from 'vitest'
import { readTicks, readWaitedUs, slowdown, slowness } from './patience.ts'

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

test('how long somebody waited for a processor is read from the pressure that the kernel tells of', () => {
  const pressure =
    'some avg10=21.96 avg60=24.45 avg300=25.56 total=34081213739\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n'
  expect(readWaitedUs(pressure)).toBe(34_081_213_739)
  expect(readWaitedUs('')).toBeUndefined()
})

test.each([
  { what: 'nobody waited', waitedUs: 0, isSlower: 1 },
  { what: 'somebody waited half of the time', waitedUs: 500_000, isSlower: 2 },
  { what: 'somebody waited all of the time', waitedUs: 1_000_000, isSlower: 3 },
  { what: 'the kernel does not tell', waitedUs: undefined, isSlower: 3 },
])('where $what a machine of load three is $isSlower times as slow', ({ waitedUs, isSlower }) => {
  expect(slowness(waitedUs, 1_000, 3)).toBe(isSlower)
})
