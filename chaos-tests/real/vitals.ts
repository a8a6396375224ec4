/**
 * What agents take while they are under test: resident memory and open files, looked at now and then, and how their memory
 * grows.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import { residentBytes } from './runs.ts'

export interface Vitals {
  readonly atMs: number
  readonly residentMb: number
  readonly files: number
}

/** Undefined: it has just ended. */
export function vitalsOf(pid: number, atMs: number): Vitals | undefined {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).length
    return { atMs, residentMb: residentBytes(pid) / 1_048_576, files }
  } catch {
    return undefined
  }
}

/** By least squares; undefined where it was looked at for too short a time to tell. */
export function slopeMbPerMinute(samples: readonly Vitals[], leastMs: number): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.atMs - first.atMs < leastMs) return undefined
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [atMean, mbMean] = [mean(samples.map(({ atMs }) => atMs)), mean(samples.map(({ residentMb }) => residentMb))]
  const rise = samples.reduce((sum, { atMs, residentMb }) => sum + (atMs - atMean) * (residentMb - mbMean), 0)
  const run = samples.reduce((sum, { atMs }) => sum + (atMs - atMean) ** 2, 0)
  return (rise / run) * 60_000
}
