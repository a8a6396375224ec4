/**
 * The way back from a time as Kubernetes writes it to ms since 1970, without `Date`.
 *
 * @module
 */

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z$/

/** 0 for what is no time. */
export function timestampMs(text: string): number {
  const match = PATTERN.exec(text)
  if (match === null) return 0
  const [year, month, day, hours, minutes, seconds] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return (((daysSince1970(year, month, day) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

/** Howard Hinnant's `days_from_civil`: years are counted from March, so that leap days come last. */
function daysSince1970(civilYear: number, month: number, day: number): number {
  const year = month <= 2 ? civilYear - 1 : civilYear
  const era = Math.floor(year / 400)
  const yearOfEra = year - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}
