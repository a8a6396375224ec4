/**
 * The commands that are tested, as the table in `docs/kubectl.md`: `node --import tsx scripts/kubectl-table.ts` writes it anew.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BEGIN, END, SECTIONS } from '../chaos-tests/scenarios/kubectl-commands.ts'
import type { Row } from '../chaos-tests/scenarios/kubectl/row.ts'

export const DOCUMENT = join(import.meta.dirname, '../docs/kubectl.md')
const MARK = '<!-- The rest is made by scripts/kubectl-table.ts -->'

export const ROWS: readonly Row[] = [BEGIN, ...SECTIONS, END].flatMap(({ rows }) => rows)

/** What stands in the document before the table, and the table. */
export function documentWithTable(document: string): string {
  const at = document.indexOf(MARK)
  if (at < 0) throw new Error(`${DOCUMENT} has no line ${MARK}: put it where the table begins`)
  return `${document.slice(0, at)}${MARK}\n\n${table()}\n`
}

/** As many spaces and dashes as one likes: the formatter lines columns up. */
export function normal(markdown: string): string {
  return markdown.replace(/-{3,}/g, '---').replace(/ +/g, ' ')
}

function table(): string {
  return SECTIONS.map(({ title, rows }) => {
    const lines = rows.map((row) => `| ${code(row.command)} | ${releases(row)} | ${outcome(row)} |`)
    return [
      `### ${title[0]!.toUpperCase()}${title.slice(1)}`,
      '',
      '| kubectl | from | what comes of it |',
      '|---|---|---|',
      ...lines,
    ].join('\n')
  }).join('\n\n')
}

function code(command: string): string {
  const shown = command
    .replace(/ (-n|--namespaces) \$N(?=$| )/g, '')
    .replaceAll('$NODE', 'NODE')
    .replaceAll('$N', 'NAMESPACE')
  return `\`${shown.replaceAll('|', '\\|')}\``
}

function releases({ from, to }: Row): string {
  if (to !== undefined) return `to 1.${to}`
  return from === undefined ? '' : `1.${from}`
}

function outcome({ unsupported, code = 0, goesOn }: Row): string {
  if (unsupported !== undefined) return `**not supported**: ${unsupported}`
  if (goesOn === true) return 'works, and goes on'
  return code === 0 ? 'works' : 'is told what is wrong'
}

if (process.argv[1] === import.meta.filename) writeFileSync(DOCUMENT, documentWithTable(readFileSync(DOCUMENT, 'utf8')))
