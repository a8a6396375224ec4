/**
 * Rows under their titles, columns as wide as needed and three blanks apart, as kubectl does.
 *
 * @module
 */
const GAP = '   '

export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows]
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => pad(cell, widths[column] as number))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join('')
}

// oxlint-disable-next-line no-control-regex -- escapes are what is looked for
const ESCAPES = /\u001b\[[0-9;]*m/g

/** Without colours. */
export function width(text: string): number {
  return text.replace(ESCAPES, '').length
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}
