/**
 * Kubernetes' time: RFC 3339 in UTC and whole seconds, `2026-11-21T07:26:03Z`. Reckoned here rather than by `Date`, which
 * this layer does without: nobody can read the wall clock by mistake.
 *
 * @module
 */

const DAY_MS = 86_400_000
/** 31 December 9999: the last year of four digits. */
const MS_MAX = 253_402_300_799_000

/** Of ms since 1970; times outside of 1970 to 9999 are moved to the nearest end. */
export function timestamp(ms: number): string {
  const bounded = Math.min(Math.max(Number.isFinite(ms) ? ms : 0, 0), MS_MAX)
  const days = Math.floor(bounded / DAY_MS)
  const seconds = Math.floor((bounded - days * DAY_MS) / 1000)
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(':')
  return `${civilDate(days)}T${clock}Z`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** Howard Hinnant's `civil_from_days`: years are counted from March, so that leap days come last. */
function civilDate(daysSince1970: number): string {
  const shifted = daysSince1970 + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`
}
