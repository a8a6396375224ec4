/**
 * A count, or a share of another count: `maxSurge: 1`, `maxSurge: 25%`.
 *
 * @module
 */

const PERCENT = /^(\d{1,9})%$/

/** The check of such a field. */
export function intOrPercentCheck(value: number | string): string | undefined {
  if (typeof value === 'string') {
    if (PERCENT.test(value)) return undefined
    return "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
  }
  if (!Number.isInteger(value)) return 'must be a whole number or a percentage'
  return value < 0 ? 'must be greater than or equal to 0' : undefined
}

/** The percentage, where it is one. */
export function percentOf(value: number | string): number | undefined {
  const match = typeof value === 'string' ? PERCENT.exec(value) : null
  return match === null ? undefined : Number(match[1])
}

/** As a count of `total`. Kubernetes rounds surge up and unavailability down. */
export function resolveCount(
  value: number | string,
  { total, round }: { total: number; round: 'up' | 'down' },
): number {
  if (typeof value === 'number') return value
  const exact = ((percentOf(value) ?? 0) * total) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}
