/**
 * A run as a picture: time from left to right, a lane for each machine, and above them what was done to the network between
 * them. Nothing is said by colour alone, and it is drawn for light and for dark surroundings.
 *
 * @module
 */
import type { MachineState } from '../cluster.ts'
import type { Fault } from '../fault.ts'
import {
  clockOf,
  describeFault,
  groupsIn,
  inRows,
  LETTERS,
  machinesIn,
  ticksOf,
  type LaneOfMachine,
  type Recording,
  type Span,
} from './recording.ts'

const WIDTH = 1_200
const LEFT = 100
const RIGHT = 28
const ROW = 18
const STATE = 14
const PODS = 26
const WRITES = 16
const GAP = 14
/** Of the text in it, about. */
const LETTER_WIDTH = 6.1
const TICKS_MAX = 16

const STYLE = `
svg{--page:#fff;--ink:#1c2128;--soft:#57606a;--line:#d8dee4;--band:#8250df1a;--fault:#8250df;--fault-fill:#eddeff;
--up:#aceebb;--up-line:#1a7f37;--paused:#fff1b8;--paused-line:#9a6700;--down:#ffd8b5;--down-line:#bc4c00;--off:#57606a;
--pods:#b6dcff;--pods-line:#0969da;--acked:#0969da;--bad:#cf222e;color-scheme:light dark}
@media(prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--soft:#9da7b3;--line:#30363d;--band:#a371f726;
--fault:#bc8cff;--fault-fill:#3c1e70;--up:#12442b;--up-line:#3fb950;--paused:#4b3a08;--paused-line:#d29922;
--down:#5a2d0c;--down-line:#f0883e;--off:#8b949e;--pods:#0c3a6b;--pods-line:#58a6ff;--acked:#58a6ff;--bad:#ff7b72}}
text{font:11px ui-sans-serif,system-ui,sans-serif;fill:var(--ink)}
.page{fill:var(--page)}.soft{fill:var(--soft)}.name{font-weight:600;font-size:13px}.title{font-weight:600;font-size:15px}
.tick{stroke:var(--line)}.band{fill:var(--band)}.fault{fill:var(--fault-fill);stroke:var(--fault)}.side{fill:var(--fault)}
.sideletter{fill:var(--page);font-size:9px;font-weight:700}
.up{fill:var(--up);stroke:var(--up-line)}.paused{fill:url(#stripes);stroke:var(--paused-line)}
.agent-down,.stopped{fill:url(#hatch);stroke:var(--down-line)}.off{fill:var(--off);stroke:var(--off)}
.stripes{fill:var(--paused)}.stripe{stroke:var(--paused-line)}.hatching{fill:var(--down)}.hatch{stroke:var(--down-line)}
.pods{fill:var(--pods);stroke:var(--pods-line)}.claimed{fill:var(--pods-line)}.released{fill:none;stroke:var(--pods-line)}
.acked{fill:var(--acked);stroke:var(--acked)}.refused{stroke:var(--bad);stroke-width:2;fill:none}
.unknown{fill:var(--page);stroke:var(--soft);stroke-width:1.5}.unreached{fill:none;stroke:var(--soft);stroke-width:1.5}
.breach{stroke:var(--bad);stroke-width:2}.wrong{fill:var(--bad);font-weight:600}.healed{stroke:var(--up-line);stroke-dasharray:5 3}
`

const STATES: readonly { readonly is: MachineState; readonly label: string }[] = [
  { is: 'up', label: 'up' },
  { is: 'paused', label: 'paused' },
  { is: 'stopped', label: 'agent stopped, pods run on' },
  { is: 'agent-down', label: 'agent down, pods run on' },
  { is: 'off', label: 'off' },
]

/** Where on the sheet a time is. */
type Place = (ms: number) => number

export function svgOf(recording: Recording): string {
  const { endMs, lanes, faults } = recording
  const x: Place = (ms) => LEFT + (ms / Math.max(1, endMs)) * (WIDTH - LEFT - RIGHT)
  const names = lanes.map(({ machine }) => machine)
  const isOfOne = ({ is }: Span<Fault>): boolean => machinesIn(is.what, names).length === 1
  const [heading, headingEnd] = headingOf(recording)
  const [network, networkEnd] = rowsOf(
    faults.filter((fault) => !isOfOne(fault)),
    x,
    headingEnd + 34,
  )
  const top = networkEnd + (network === '' ? 0 : GAP)
  const drawn: string[] = []
  const podsMax = Math.max(4, ...lanes.flatMap(({ pods }) => pods.map(({ is }) => is)))
  let y = top
  for (const lane of lanes) {
    const own = faults.filter((fault) => isOfOne(fault) && machinesIn(fault.is.what, names)[0] === lane.machine)
    const splits = faults.filter(({ is }) => groupsIn(is.what).some((group) => group.includes(lane.machine)))
    const [picture, end] = laneOf({ lane, own, splits, podsMax }, x, y)
    drawn.push(picture)
    y = end + GAP
  }
  const bands = faults
    .filter(({ is }) => machinesIn(is.what, names).length > 1)
    .map((fault) => rect('band', fault, x, top, y - GAP - top))
  const height = y + 64
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${safe(recording.title)}</title>`,
    `<desc id="desc">${safe(inWords(recording))}</desc>`,
    `<style>${STYLE}</style>`,
    '<defs>',
    pattern('stripes', 'stripe', 'M2 0V8M6 0V8'),
    pattern('hatch', 'hatch', 'M0 8L8 0M-2 2L2 -2M6 10L10 6', 'hatching'),
    '</defs>',
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    heading,
    axisOf(recording, x, headingEnd + 16, y - GAP),
    ...bands,
    network,
    ...drawn,
    momentsOf(recording, x, headingEnd + 22, y - GAP),
    legendOf(y + 12),
    '</svg>\n',
  ].join('\n')
}

/** For who cannot see it. */
function inWords({ lanes, faults, breach, endMs }: Recording): string {
  const broken = faults.map(
    ({ is, fromMs, toMs }) => `${is.kind} ${describeFault(is)} from ${clockOf(fromMs)} to ${clockOf(toMs)}`,
  )
  const end = breach === undefined ? 'All promises were kept.' : `${breach.what}, at ${clockOf(breach.atMs)}.`
  return `${lanes.length} machines over ${clockOf(endMs)}. Faults: ${broken.join('; ') || 'none'}. ${end}`
}

function headingOf({ title, breach }: Recording): [svg: string, endY: number] {
  const lines = breach === undefined ? [] : wrapped(`✖ ${breach.what}`, 180)
  const wrong = lines.map((line, at) => text(LEFT - 84, 48 + at * 16, line, 'wrong'))
  return [[text(LEFT - 84, 28, title, 'title'), ...wrong].join('\n'), 32 + lines.length * 16]
}

function axisOf({ endMs }: Recording, x: Place, y: number, endY: number): string {
  return ticksOf(endMs, TICKS_MAX)
    .map(
      (ms) => `<path class="tick" d="M${at(x(ms))} ${y + 4}V${endY}"/>${text(x(ms), y, clockOf(ms), 'soft', 'middle')}`,
    )
    .join('\n')
}

function momentsOf({ healedMs, breach }: Recording, x: Place, y: number, endY: number): string {
  const moment = (line: string, words: string, style: string, atMs: number): string => {
    const isAtEnd = x(atMs) + widthOf(words) / 2 > WIDTH - RIGHT
    const label = text(isAtEnd ? WIDTH - RIGHT : x(atMs), endY + 18, words, style, isAtEnd ? 'end' : 'middle')
    return `<path class="${line}" d="M${at(x(atMs))} ${y}V${endY + 6}"/>${label}`
  }
  const isBoth = healedMs !== undefined && breach !== undefined
  const isNear = isBoth && x(breach.atMs) - x(healedMs) < 150
  return [
    healedMs === undefined ? '' : moment('healed', isNear ? '' : 'all faults over', 'soft', healedMs),
    breach === undefined ? '' : moment('breach', `✖ ${breach.rule} broken`, 'wrong', breach.atMs),
  ].join('\n')
}

/** Faults as bars, each with its name in it, or beside it where it is too short. */
function rowsOf(faults: readonly Span<Fault>[], x: Place, y: number): [svg: string, endY: number] {
  const named = faults.map((fault) => ({ fault, label: labelAt(fault, x) }))
  const rows = inRows(named, ({ fault, label }) => [
    Math.min(x(fault.fromMs), label.from),
    Math.max(x(fault.toMs), label.from + label.width) + 4,
  ])
  const svg = rows.flatMap((row, index) =>
    row.map(({ fault, label }) => {
      const top = y + index * ROW
      return `${rect('fault', fault, x, top, ROW - 4, 3)}${text(label.from, top + 11, label.words)}`
    }),
  )
  return [svg.join('\n'), y + rows.length * ROW]
}

function labelAt({ fromMs, toMs, is }: Span<Fault>, x: Place): { from: number; width: number; words: string } {
  const words = cut(`${is.id} ${describeFault(is)}`.trim(), 90)
  const width = widthOf(words)
  if (x(toMs) - x(fromMs) > width + 8) return { from: x(fromMs) + 4, width, words }
  const isRoomBehind = x(toMs) + 4 + width < WIDTH - RIGHT
  return { from: isRoomBehind ? x(toMs) + 4 : Math.max(0, x(fromMs) - 4 - width), width, words }
}

function widthOf(words: string): number {
  return words.length * LETTER_WIDTH
}

interface DrawnLane {
  readonly lane: LaneOfMachine
  /** Faults of this machine alone. */
  readonly own: readonly Span<Fault>[]
  readonly splits: readonly Span<Fault>[]
  /** The same for all lanes, so that they can be compared. */
  readonly podsMax: number
}

function laneOf({ lane, own, splits, podsMax }: DrawnLane, x: Place, y: number): [svg: string, endY: number] {
  const [faults, stateY] = rowsOf(own, x, y)
  const podsY = stateY + STATE + 10
  const writesY = podsY + PODS
  const svg = [
    faults,
    text(16, stateY + 11, lane.machine, 'name'),
    text(LEFT - 8, podsY + PODS - 4, 'pods', 'soft', 'end'),
    text(LEFT - 8, writesY + 12, 'writes', 'soft', 'end'),
    ...lane.states.map((span) => `${rect(span.is, span, x, stateY, STATE)}${stateLabel(span, x, stateY)}`),
    ...splits.map((split) => sideOf(split, lane.machine, x, stateY + STATE)),
    podsOf(lane, podsMax, x, podsY),
    ...lane.claims.map(({ atMs, is }) => claim(is, x(atMs), podsY + PODS)),
    ...lane.writes.map(({ atMs, is, label }) => write(is, x(atMs), writesY + 8, label)),
  ]
  return [svg.join('\n'), writesY + WRITES]
}

function stateLabel(span: Span<MachineState>, x: Place, y: number): string {
  const label = span.is === 'agent-down' ? 'agent down' : span.is
  const room = x(span.toMs) - x(span.fromMs)
  if (span.is === 'up' || span.is === 'off' || room < widthOf(label) + 12) return ''
  return text(x(span.fromMs) + 6, y + 11, label)
}

/** On which side of a split it is. */
function sideOf(split: Span<Fault>, machine: string, x: Place, y: number): string {
  const letter = LETTERS[groupsIn(split.is.what).findIndex((group) => group.includes(machine))] ?? '?'
  const tag = `<rect class="side" x="${at(x(split.fromMs))}" y="${y + 1}" width="11" height="10" rx="2"/>`
  return `${rect('side', split, x, y + 1, 3)}${tag}${text(x(split.fromMs) + 5.5, y + 9, letter, 'sideletter', 'middle')}`
}

function podsOf({ pods }: LaneOfMachine, podsMax: number, x: Place, y: number): string {
  const [first] = pods
  if (first === undefined) return ''
  const base = y + PODS
  const level = (count: number): number => base - (count / podsMax) * (PODS - 4)
  const steps = pods.map(({ fromMs, toMs, is }) => `L${at(x(fromMs))} ${at(level(is))}L${at(x(toMs))} ${at(level(is))}`)
  const area = `<path class="pods" d="M${at(x(first.fromMs))} ${base}${steps.join('')}L${at(x(pods.at(-1)!.toMs))} ${base}Z"/>`
  const numbers = pods
    .filter(({ fromMs, toMs, is }) => is > 0 && x(toMs) - x(fromMs) > 14)
    .map(({ fromMs, is }) => text(x(fromMs) + 3, base - 4, String(is)))
  return [area, ...numbers].join('')
}

function claim(is: 'claimed' | 'released', x: number, y: number): string {
  const points = is === 'claimed' ? `M${at(x - 3)} ${y}h6l-3 -6z` : `M${at(x - 3)} ${y - 6}h6l-3 6z`
  return `<path class="${is}" d="${points}"><title>${is}</title></path>`
}

function write(is: LaneOfMachine['writes'][number]['is'], x: number, y: number, label: string): string {
  const shapes = {
    acked: `<circle cx="${at(x)}" cy="${y}" r="3.5"/>`,
    refused: `<path d="M${at(x - 3.5)} ${y - 3.5}l7 7m0 -7l-7 7"/>`,
    unknown: `<circle cx="${at(x)}" cy="${y}" r="3.5"/>`,
    unreached: `<path d="M${at(x)} ${y - 4}l4 4l-4 4l-4 -4z"/>`,
  }
  return `<g class="${is}"><title>${safe(`${label}: ${is}`)}</title>${shapes[is]}</g>`
}

function legendOf(y: number): string {
  const signs: readonly [sign: (x: number) => string, label: string][] = [
    ...STATES.map(({ is, label }): [(x: number) => string, string] => [
      (x) => `<rect class="${is}" x="${at(x)}" y="${y + 12}" width="18" height="10"/>`,
      label,
    ]),
    [(x) => claim('claimed', x + 9, y + 21), 'claim taken'],
    [(x) => claim('released', x + 9, y + 21), 'claim given up'],
    [(x) => write('acked', x + 9, y + 17, ''), 'write acked'],
    [(x) => write('refused', x + 9, y + 17, ''), 'refused'],
    [(x) => write('unknown', x + 9, y + 17, ''), 'no answer'],
    [(x) => write('unreached', x + 9, y + 17, ''), 'nobody listened'],
    [(x) => `<rect class="side" x="${at(x + 3)}" y="${y + 12}" width="11" height="10" rx="2"/>`, 'side of a split'],
  ]
  let x = 16
  const drawn = signs.map(([sign, label]) => {
    const one = `${sign(x)}${text(x + 23, y + 21, label, 'soft')}`
    x += 23 + widthOf(label) + 14
    return one
  })
  return drawn.join('\n')
}

function rect(style: string, { fromMs, toMs }: Span<unknown>, x: Place, y: number, height: number, round = 0): string {
  const width = Math.max(2, x(toMs) - x(fromMs))
  return `<rect class="${style}" x="${at(x(fromMs))}" y="${y}" width="${at(width)}" height="${height}" rx="${round}"/>`
}

function pattern(id: string, line: string, path: string, ground = id): string {
  const size = 'width="8" height="8" patternUnits="userSpaceOnUse"'
  return `<pattern id="${id}" ${size}><rect class="${ground}" width="8" height="8"/><path class="${line}" d="${path}"/></pattern>`
}

function text(x: number, y: number, words: string, style = '', anchor = 'start'): string {
  return `<text x="${at(x)}" y="${at(y)}" class="${style}" text-anchor="${anchor}">${safe(words)}</text>`
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function cut(words: string, most: number): string {
  return words.length <= most ? words : `${words.slice(0, most - 1)}…`
}

function wrapped(words: string, most: number): string[] {
  const lines = ['']
  for (const word of words.split(/\s+/)) {
    const line = `${lines.at(-1)} ${word}`.trim()
    if (line.length <= most || lines.at(-1) === '') lines[lines.length - 1] = cut(line, most)
    else lines.push(cut(word, most))
  }
  return lines.slice(0, 4)
}

function safe(words: string): string {
  return words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
