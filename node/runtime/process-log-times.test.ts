import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LogTimes, moveTimes, noteTime } from './process-log-times.ts'

const LINE = 'line\n'

let directory: string
let log: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-times-'))
  log = join(directory, 'web.log')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Written at this second. */
function write(second: number): void {
  appendFileSync(log, LINE)
  utimesSync(log, second, second)
}

/** In seconds, of each line. */
function timesOf(path = log): number[] {
  const times = new LogTimes(path)
  return Array.from({ length: statSync(path).size / LINE.length }, (_, line) => times.atMs(line * LINE.length) / 1_000)
}

test('[PROC10] a line has the time of the last write before the look after it', () => {
  write(10)
  noteTime(log)
  noteTime(log)
  write(20)
  write(30)
  noteTime(log)
  write(40)
  expect(timesOf()).toEqual([10, 30, 30, 40])
  write(50)
  expect(timesOf()).toEqual([10, 30, 30, 40, 50])
})

test.each([
  [10, 0],
  [11, 1],
  [30, 1],
  [31, 3],
  [40, 3],
  [41, 4],
])('[PROC10] what was written since second %i begins with line %i', (second, line) => {
  for (const at of [10, 20, 30, 40]) {
    write(at)
    if (at !== 20) noteTime(log)
  }
  expect(new LogTimes(log).offsetSince(second * 1_000)).toBe(line * LINE.length)
})

test('[PROC10] what is known of a log stays small: the lines of a long one are told apart less, and none is dated too early', () => {
  for (let second = 1; second <= 1_000; second += 1) {
    write(second)
    noteTime(log, 64)
  }
  expect(statSync(`${log}.times`).size).toBeLessThanOrEqual(64 * 16)
  const times = timesOf()
  expect(times.at(-1)).toBe(1_000)
  for (const [line, time] of times.entries()) {
    expect(time).toBeGreaterThanOrEqual(line + 1)
    expect(time).toBeGreaterThanOrEqual(times[line - 1] ?? 0)
    expect(time).toBeLessThanOrEqual(line + 1 + (4 * 1_000) / 64)
  }
})

test('[PROC10] a log that is moved away takes the times of its lines along; one that began anew has none of the old', () => {
  write(10)
  noteTime(log)
  write(20)
  noteTime(log)
  writeFileSync(`${log}.1`, LINE.repeat(2))
  moveTimes(log, `${log}.1`)
  truncateSync(log)
  write(30)
  expect(timesOf(`${log}.1`)).toEqual([10, 20])
  expect(timesOf()).toEqual([30])
  write(40)
  noteTime(log)
  truncateSync(log)
  write(50)
  expect(timesOf()).toEqual([50])
})

test('[PROC10] of what nobody could look at only its last write is known; what a full disk tore off does no harm', () => {
  write(10)
  write(20)
  expect(timesOf()).toEqual([20, 20])
  appendFileSync(`${log}.times`, 'torn')
  write(30)
  expect(timesOf()).toEqual([20, 20, 30])
  expect(statSync(`${log}.times`).size).toBe(32)
  rmSync(`${log}.times`)
  moveTimes(log, `${log}.1`)
  expect(timesOf()).toEqual([30, 30, 30])
})
