/**
 * Durations as people write them: `90s`, `5m`, `1h30m`, `500ms`.
 *
 * @module
 */
import { CommandFailure } from './failure.ts'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `option` names what is wrong: `--timeout`. A bare number is seconds. */
export function durationMs(option: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
  if (text === '' || parts.map(([whole]) => whole).join('') !== text) {
    throw new CommandFailure(`${option} "${text}": must be a duration, as 90s, 5m or 1h30m`)
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit as string] as number), 0)
}
