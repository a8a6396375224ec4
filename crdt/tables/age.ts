/**
 * How long ago, in the two units that matter: `45s`, `3m20s`, `2h5m`, `3d4h`, `120d`.
 *
 * @module
 */
import { timestampMs } from '../timestamp-ms.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** As kubectl rounds: seconds matter up to ten minutes, minutes up to eight hours, hours up to eight days. */
export function age(elapsedMs: number): string {
  // Clocks of two machines differ; what lies a moment ahead is now.
  const elapsed = Math.max(0, elapsedMs)
  if (elapsed < 2 * MINUTE) return `${Math.floor(elapsed / SECOND)}s`
  if (elapsed < 10 * MINUTE) return two(elapsed, MINUTE, 'm', SECOND, 's')
  if (elapsed < 3 * HOUR) return `${Math.floor(elapsed / MINUTE)}m`
  if (elapsed < 8 * HOUR) return two(elapsed, HOUR, 'h', MINUTE, 'm')
  if (elapsed < 2 * DAY) return `${Math.floor(elapsed / HOUR)}h`
  if (elapsed < 8 * DAY) return two(elapsed, DAY, 'd', HOUR, 'h')
  return `${Math.floor(elapsed / DAY)}d`
}

function two(elapsed: number, unit: number, name: string, part: number, partName: string): string {
  const rest = Math.floor((elapsed % unit) / part)
  return `${Math.floor(elapsed / unit)}${name}${rest === 0 ? '' : `${rest}${partName}`}`
}

/** Of a Kubernetes timestamp; `<unknown>` where there is none, or the epoch, which stands for what was never created. */
export function ageOf(timestamp: string | undefined, nowMs: number): string {
  const atMs = timestampMs(timestamp ?? '')
  return atMs === 0 ? '<unknown>' : age(nowMs - atMs)
}
