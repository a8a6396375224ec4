/**
 * A plan in words: what would be made, changed and taken away, and where replicas would run.
 *
 * @module
 */
import type { Difference } from '../differences.ts'
import { qualifiedKind } from '../kinds.ts'
import type { Change, Forecast } from '../planning.ts'
import type { Palette } from './colour.ts'
import { safe } from './safe.ts'

const SIGNS = { new: '+', changed: '~', pruned: '-', unchanged: ' ' } as const
const COLOURS = { new: 'green', changed: 'yellow', pruned: 'red', unchanged: 'dim' } as const

/** Unchanged lines around a change in a text of several lines are left out; so are lines past these. */
const TEXT_LINES_MAX = 40

export function changeText({ item, is, fields }: Change, palette: Palette): string {
  const name = `${SIGNS[is]} ${qualifiedKind(item.kind)}/${item.name}${item.namespace === '' ? '' : ` in ${item.namespace}`}`
  const word = is === 'new' ? 'would be created' : is === 'pruned' ? 'would be deleted' : is
  return `${palette[COLOURS[is]](safe(name))}  ${palette.dim(word)}\n${fields.map((one) => fieldText(one, palette)).join('')}`
}

function fieldText({ path, before, after }: Difference, { red, green, dim }: Palette): string {
  const at = `    ${safe(path)}:`
  if (isLong(before) || isLong(after)) {
    const { gone, come } = changedLines(textOf(before), textOf(after))
    const lines = [
      ...gone.map((line) => red(`      - ${safe(line)}`)),
      ...come.map((line) => green(`      + ${safe(line)}`)),
    ]
    const more = lines.length - TEXT_LINES_MAX
    const shown = more > 0 ? [...lines.slice(0, TEXT_LINES_MAX), dim(`      and ${more} lines more`)] : lines
    return `${at}\n${shown.map((line) => `${line}\n`).join('')}`
  }
  if (before === undefined) return `${at} ${green(valueText(after))}\n`
  if (after === undefined) return `${at} ${red(valueText(before))} ${dim('would go')}\n`
  return `${at} ${red(valueText(before))} ${dim('->')} ${green(valueText(after))}\n`
}

const valueText = (value: unknown): string => safe(typeof value === 'string' ? value : JSON.stringify(value))
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
const isLong = (value: unknown): boolean => typeof value === 'string' && value.trimEnd().includes('\n')

/** The lines between what both begin and end with. */
function changedLines(before: string, after: string): { gone: readonly string[]; come: readonly string[] } {
  const [one, other] = [before, after].map((text) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))) as [string[], string[]] // prettier-ignore
  let start = 0
  while (start < Math.min(one.length, other.length) && one[start] === other[start]) start += 1
  let end = 0
  const most = Math.min(one.length, other.length) - start
  while (end < most && one.at(-1 - end) === other.at(-1 - end)) end += 1
  return { gone: one.slice(start, one.length - end), come: other.slice(start, other.length - end) }
}

/** [CLI123] `amber takes 0 and 3 (2 there already)`. */
export function forecastText({ slots, declines }: Forecast, { green, yellow, dim }: Palette): string {
  const byNode = new Map<string, typeof slots>()
  for (const each of slots) byNode.set(each.node ?? '', [...(byNode.get(each.node ?? '') ?? []), each])
  const lines = [...byNode]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([node, held]) => {
      const fresh = held.filter(({ is }) => is !== 'kept').length
      const stay = held.length - fresh
      const count = [fresh > 0 && `+${fresh}`, stay > 0 && `${stay} there already`].filter((text) => text !== false)
      return node === ''
        ? yellow(`    nobody would take ${held.length} of ${slots.length}`)
        : `    ${safe(node)}: ${fresh > 0 ? green(count.join(', ')) : dim(count.join(', '))}`
    })
  const open = slots.some(({ is }) => is === 'open')
  const reasons = open ? declines.map(({ node, why }) => dim(`      ${safe(node)} ${safe(why)}`)) : []
  return [...lines, ...reasons].map((line) => `${line}\n`).join('')
}
