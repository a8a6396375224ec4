/**
 * How every benchmark speaks: a table for people on stderr, one JSON line per figure on stdout. A figure stands beside its
 * goal and its floor (what no orchestrator could beat), measured in the same run, since these machines are noisy.
 *
 * @module
 */
export interface Figure {
  readonly figure: string
  readonly value: number
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly goal?: number
  readonly floor?: number
}

export function printFigures(title: string, figures: readonly Figure[]): void {
  const rows = figures.map((one) => [
    one.figure,
    `${shorten(one.value)} ${one.unit}`,
    one.goal === undefined ? '' : `${one.better === 'lower' ? '<=' : '>='} ${shorten(one.goal)} ${one.unit}`,
    one.floor === undefined ? '' : `${shorten(one.floor)} ${one.unit}`,
    one.goal === undefined ? '' : isReached(one) ? 'reached' : 'MISSED',
  ])
  process.stderr.write(`\n${title}\n`)
  for (const line of tableLines([['figure', 'value', 'goal', 'floor', ''], ...rows])) process.stderr.write(`${line}\n`)
  for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`)
}

/** The same figures at several sizes, a size a column: how each grows. */
export function growthLines(sizes: readonly number[], columns: readonly (readonly Figure[])[]): string[] {
  const names = [...new Map(columns.flat().map(({ figure, unit }) => [figure, unit]))]
  const rows = names.map(([name, unit]) => [
    name,
    ...columns.map((figures) => {
      const found = figures.find(({ figure }) => figure === name)
      return found === undefined ? '' : `${shorten(found.value)} ${unit}`
    }),
  ])
  return tableLines([['figure', ...sizes.map((size) => `${size} nodes`)], ...rows])
}

function tableLines(table: readonly (readonly string[])[]): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
}

/** The value below which the share `p` (0 to 1) of the samples lies, nearest rank. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? Number.NaN
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5)

function isReached({ value, goal, better }: Figure): boolean {
  return goal === undefined || (better === 'lower' ? value <= goal : value >= goal)
}

function shorten(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  return Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}
