/**
 * When the lines of a log were written, though their writers know no time and nobody stands between them and the file. Beside
 * each log lies an index, `FILE.times`: records of how long the log was, and when it was last written to, as the file system
 * tells. A byte was written when the first record says that holds it.
 *
 * [PROC10] Who looks at a log adds a record where it has grown: the agent once a second, and who reads it. So a line has the
 * time of the last write before the look that came after it: never earlier than its own, later by as long as nobody looked.
 *
 * @module
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { statSync, writeSync } from 'node:fs'

/** Two doubles: bytes of the log, milliseconds of its last write. */
const RECORD_BYTES = 16
/**
 * 1 MiB beside at most 10 MiB. Whoever writes in every second has each told apart for 18 hours; in a log that lasts longer some
 * seconds count as one: no more of them than are needed.
 */
const RECORDS_MAX = 65_536

const timesFile = (log: string): string => `${log}.times`

/** Looks at a log. What could not be noted (the disk is full) has the time of the next look that can be. */
export function noteTime(log: string, recordsMax = RECORDS_MAX): void {
  try {
    const { size, mtimeMs } = statSync(log)
    const index = openSync(timesFile(log), constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      note(index, { size, mtimeMs }, recordsMax)
    } finally {
      closeSync(index)
    }
  } catch {
    // full, or gone with its pod
  }
}

/** Where a log is moved, what is known of it goes too. */
export function moveTimes(log: string, to: string): void {
  rmSync(timesFile(to), { force: true })
  try {
    renameSync(timesFile(log), timesFile(to))
  } catch {
    // nobody could note anything
  }
}

/** What is known of one log, to be read from its beginning to its end. */
export class LogTimes {
  readonly #log: string
  /** Pairs: bytes, milliseconds. */
  #records = new Float64Array(0)
  #at = 0

  constructor(log: string) {
    this.#log = log
  }

  /** When the byte at this offset was written, which is there. Offsets are asked for in rising order. */
  atMs(offset: number): number {
    if (!this.#holds(offset)) this.#look()
    return this.#holds(offset) ? this.#records[this.#at + 1]! : lastWrite(this.#log).mtimeMs
  }

  /** Where that begins which was written at this time or later. */
  offsetSince(sinceMs: number): number {
    this.#look()
    let end = 0
    for (let at = 0; at < this.#records.length; at += 2) {
      if (this.#records[at + 1]! >= sinceMs) return end
      end = this.#records[at]!
    }
    const { size, mtimeMs } = lastWrite(this.#log)
    return mtimeMs >= sinceMs ? end : size
  }

  #holds(offset: number): boolean {
    while (this.#at < this.#records.length && this.#records[this.#at]! <= offset) this.#at += 2
    return this.#at < this.#records.length
  }

  #look(): void {
    noteTime(this.#log)
    this.#at = 0
    try {
      const index = openSync(timesFile(this.#log), 'r')
      try {
        this.#records = readRecords(index, 0, countOf(index))
      } finally {
        closeSync(index)
      }
    } catch {
      this.#records = new Float64Array(0)
    }
  }
}

function note(index: number, { size, mtimeMs }: { size: number; mtimeMs: number }, recordsMax: number): void {
  const count = countOf(index)
  const [noted = 0] = count === 0 ? [] : readRecords(index, count - 1, 1)
  if (size === noted) return
  // A log that is shorter than it was began anew.
  const kept = size < noted ? 0 : count < recordsMax ? count : thin(index, count)
  ftruncateSync(index, kept * RECORD_BYTES) // also what a full disk tore off
  if (size > 0) writeSync(index, new Float64Array([size, mtimeMs]), 0, RECORD_BYTES, kept * RECORD_BYTES)
}

/**
 * Takes those together that are closest in time, and keeps the last of each such, so that no line's time becomes earlier.
 * Returns how many are left: three of four at most.
 */
function thin(index: number, count: number): number {
  const records = readRecords(index, 0, count)
  const timeMs = (at: number): number => records[at * 2 + 1]!
  const gapsMs = Float64Array.from({ length: count - 1 }, (_, at) => timeMs(at + 1) - timeMs(at)).sort()
  const medianMs = gapsMs[gapsMs.length >> 1]!
  let [last, sinceMs] = [0, timeMs(0)]
  for (let at = 1; at < count; at += 1) {
    const nowMs = timeMs(at)
    if (nowMs - sinceMs > medianMs) [last, sinceMs] = [last + 1, nowMs]
    records.copyWithin(last * 2, at * 2, at * 2 + 2)
  }
  writeSync(index, records, 0, (last + 1) * RECORD_BYTES, 0)
  return last + 1
}

function countOf(index: number): number {
  return Math.floor(fstatSync(index).size / RECORD_BYTES)
}

function readRecords(index: number, first: number, count: number): Float64Array<ArrayBuffer> {
  const records = new Float64Array(count * 2)
  const bytes = readSync(index, records, 0, count * RECORD_BYTES, first * RECORD_BYTES)
  return records.subarray(0, Math.floor(bytes / RECORD_BYTES) * 2)
}

function lastWrite(log: string): { readonly size: number; readonly mtimeMs: number } {
  return statSync(log, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: Date.now() }
}
