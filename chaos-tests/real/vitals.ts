/**
 * What agents take while they are under test: resident memory and open files, looked at now and then, and whether they grow.
 *
 * Memory goes up and down by itself, so a slope alone says nothing: it is told with how far it may be off, and breaks its bound
 * where even the least that it can be is above. What a cluster holds on purpose is no growth: each deleted object weighs
 * something until it is forgotten after 30 days, and each ended replica until a thousand others of its node have ended.
 *
 * @module
 */
import { readdirSync } from 'node:fs'
import { residentBytes } from './runs.ts'

export interface Vitals {
  readonly atMs: number
  readonly residentMb: number
  readonly files: number
  /** Objects that its agent holds, deleted ones among them. */
  readonly objects: number
  /** What it holds of nodes and replicas, ended ones among them. */
  readonly records: number
}

/** How something grows. */
export interface Trend {
  readonly perHour: number
  /** The true one is within so much of it, 19 times of 20. */
  readonly give: number
}

/**
 * What is compiled, cached and linked first is paid once: the first minutes of a life say nothing of its hours. By heap snapshots the
 * last of it to be full, under all workloads of a soak, are the changes kept for watches: 4,096, some 10 MB, after 20 minutes.
 */
const WARM_UP_MS = 20 * 60_000
/** One value each: of a garbage collector's ups and downs a minute has several. */
const BLOCK_MS = 60_000
/** From so few values on it is known how far they scatter, and so how far the slope may be off. */
const BLOCKS_MIN = 10
/** A life that is shorter tells nothing of growth. */
export const LIFE_MS_MIN = WARM_UP_MS + BLOCKS_MIN * BLOCK_MS
/** Of the issue: 24 MB a day. */
const MB_PER_HOUR_MAX = 1
/** None is to grow, but links to neighbours are a few more or less. */
const FILES_PER_HOUR_MAX = 4
const HOUR_MS = 3_600_000
/** `npm run bench:weight`: for a deleted Service, and for a replica that ended. */
const OBJECT_MB = 3_500 / 1_048_576
const RECORD_MB = 2_300 / 1_048_576

/** Undefined: it has just ended. */
export function vitalsOf(pid: number, at: Omit<Vitals, 'residentMb' | 'files'>): Vitals | undefined {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).length
    return { ...at, residentMb: residentBytes(pid) / 1_048_576, files }
  } catch {
    return undefined
  }
}

/** Memory beside what it holds on purpose. */
export const spareMb = ({ residentMb, objects, records }: Vitals): number =>
  residentMb - objects * OBJECT_MB - records * RECORD_MB

/** After the warm-up; undefined where the life was too short to tell. In the order of their times. */
export function trendOf(samples: readonly Vitals[], of: (one: Vitals) => number): Trend | undefined {
  const [firstMs, lastMs] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0]
  if (lastMs - firstMs < LIFE_MS_MIN) return undefined
  const beginMs = firstMs + WARM_UP_MS
  const blocks = blocksOf(samples.filter(({ atMs }) => atMs >= beginMs).map((one) => [one.atMs - beginMs, of(one)]))
  // Of a paused run most may be missing.
  return blocks.length < BLOCKS_MIN ? undefined : leastSquares(blocks)
}

/** What grows beyond its bound in this life, in words. */
export function growths(samples: readonly Vitals[]): string[] {
  const [memory, files] = [trendOf(samples, spareMb), trendOf(samples, (one) => one.files)]
  return [
    ...(exceeds(memory, MB_PER_HOUR_MAX)
      ? [`memory beside what is held on purpose grows by ${words(memory)} MB an hour`]
      : []),
    ...(exceeds(files, FILES_PER_HOUR_MAX) ? [`open files grow by ${words(files)} an hour`] : []),
  ]
}

export function words({ perHour, give }: Trend): string {
  return `${perHour.toFixed(1)} ± ${give.toFixed(1)}`
}

function exceeds(trend: Trend | undefined, most: number): trend is Trend {
  return trend !== undefined && trend.perHour - trend.give > most
}

type Point = readonly [atMs: number, value: number]

/** The means of each minute's. */
function blocksOf(points: readonly Point[]): Point[] {
  const blocks = new Map<number, Point[]>()
  for (const point of points) {
    const block = Math.floor(point[0] / BLOCK_MS)
    blocks.set(block, [...(blocks.get(block) ?? []), point])
  }
  return [...blocks.values()].map((block) => [mean(block.map(([atMs]) => atMs)), mean(block.map(([, value]) => value))])
}

function leastSquares(points: readonly Point[]): Trend {
  const [atMean, valueMean] = [mean(points.map(([atMs]) => atMs)), mean(points.map(([, value]) => value))]
  const run = sum(points.map(([atMs]) => (atMs - atMean) ** 2))
  const slope = sum(points.map(([atMs, value]) => (atMs - atMean) * (value - valueMean))) / run
  const rests = points.map(([atMs, value]) => value - valueMean - slope * (atMs - atMean))
  const scatter = sum(rests.map((rest) => rest ** 2)) / (points.length - 2)
  // What is high stays high for a while: neighbours that are alike count for fewer.
  const alike = Math.min(0.9, Math.max(0, likeness(rests)))
  const error = Math.sqrt((scatter / run) * ((1 + alike) / (1 - alike)))
  return { perHour: slope * HOUR_MS, give: 2 * error * HOUR_MS }
}

/** Of neighbours: 1 where each is as the one before, 0 where that says nothing. */
function likeness(rests: readonly number[]): number {
  const squares = sum(rests.map((rest) => rest ** 2))
  return squares === 0 ? 0 : sum(rests.slice(1).map((rest, at) => rest * rests[at]!)) / squares
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]): number => sum(values) / values.length
