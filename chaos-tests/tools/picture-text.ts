/**
 * A run as a picture of letters, for terminals and logs: as many columns as there is room for, each a part of the time.
 *
 * @module
 */
import type { MachineState } from '../cluster.ts'
import type { Fault } from '../fault.ts'
import {
  clockOf,
  describeFault,
  LETTERS,
  groupsIn,
  ticksOf,
  type LaneOfMachine,
  type Recording,
  type Span,
} from './recording.ts'

const LEFT = 14
const COLUMNS_MIN = 20
const TICK_WIDTH = 8

/** Of several states in one column the worst is shown. */
const STATES: readonly { readonly is: MachineState; readonly sign: string; readonly label: string }[] = [
  { is: 'off', sign: '_', label: 'off' },
  { is: 'agent-down', sign: 'x', label: 'agent down' },
  { is: 'stopped', sign: 's', label: 'agent stopped' },
  { is: 'paused', sign: 'z', label: 'paused' },
  { is: 'up', sign: '=', label: 'up' },
]
/** Of several writes in one column the worst is shown. */
const WRITES = [
  { is: 'unknown', sign: '?', label: 'no answer' },
  { is: 'unreached', sign: '-', label: 'nobody listened' },
  { is: 'refused', sign: '!', label: 'refused' },
  { is: 'acked', sign: '.', label: 'acked' },
] as const

/** @param width - of a line, in letters */
export function textOf(recording: Recording, width: number): string {
  const { title, breach, endMs, faults, lanes, healedMs } = recording
  const columns = Math.max(COLUMNS_MIN, width - LEFT - 1)
  const column = (ms: number): number => Math.min(columns - 1, Math.floor((ms / Math.max(1, endMs)) * columns))
  const line = (name: string, signs: string): string => `${name.padEnd(LEFT)}${signs}`.trimEnd()
  const bar = ({ fromMs, toMs, is }: Span<Fault>): string => {
    const length = column(toMs) - column(fromMs) + 1
    return `${' '.repeat(column(fromMs))}${length < 2 ? '|' : `[${'-'.repeat(length - 2)}]`} ${describeFault(is)}`
  }
  const moments = [
    ...(healedMs === undefined ? [] : [line('', `${' '.repeat(column(healedMs))}^ all faults over`)]),
    ...(breach === undefined
      ? []
      : [
          line('', `${' '.repeat(column(breach.atMs))}^`),
          line('', `${breach.rule} broken at ${clockOf(breach.atMs)}`.padStart(column(breach.atMs) + 1)),
        ]),
  ]
  return [
    title,
    ...(breach === undefined ? [] : [breach.what]),
    '',
    line('', axisOf(endMs, column)),
    ...faults.map((fault) => line(fault.is.id, bar(fault))),
    ...lanes.flatMap((lane) => [
      '',
      ...laneOf(lane, faults, columns, column).map(([name, signs]) => line(name, signs)),
    ]),
    ...moments,
    '',
    `states: ${STATES.map(({ sign, label }) => `${sign} ${label}`).join('  ')}   claims: + taken  ~ given up`,
    `writes: ${WRITES.map(({ sign, label }) => `${sign} ${label}`).join('  ')}`,
    '',
  ].join('\n')
}

type Column = (ms: number) => number

function axisOf(endMs: number, column: Column): string {
  let axis = ''
  for (const ms of ticksOf(endMs, Math.max(2, Math.floor(column(endMs) / TICK_WIDTH))))
    axis = `${axis.padEnd(column(ms))}|${clockOf(ms)}`
  return axis
}

function laneOf(
  lane: LaneOfMachine,
  faults: readonly Span<Fault>[],
  columns: number,
  column: Column,
): [string, string][] {
  const rows: [string, string][] = [
    [
      lane.machine,
      drawn(columns, column, lane.states, ({ is }) => STATES.find((state) => state.is === is)!.sign, STATES),
    ],
    ['  pods', drawn(columns, column, lane.pods, ({ is }) => (is === 0 ? ' ' : is > 9 ? '#' : String(is)))],
  ]
  const sides = faults.flatMap(({ fromMs, toMs, is }) => {
    const side = groupsIn(is.what).findIndex((group) => group.includes(lane.machine))
    return side === -1 ? [] : [{ fromMs, toMs, is: LETTERS[side] ?? '?' }]
  })
  if (sides.length > 0) rows.push(['  side', drawn(columns, column, sides, ({ is }) => is)])
  const claims = lane.claims.map(({ atMs, is }) => ({ fromMs: atMs, toMs: atMs, is: is === 'claimed' ? '+' : '~' }))
  if (claims.length > 0) rows.push(['  claims', drawn(columns, column, claims, ({ is }) => is)])
  const writes = lane.writes.map(({ atMs, is }) => ({ fromMs: atMs, toMs: atMs, is }))
  if (writes.length > 0)
    rows.push([
      '  writes',
      drawn(columns, column, writes, ({ is }) => WRITES.find((one) => one.is === is)!.sign, WRITES),
    ])
  return rows
}

/** Later ones over earlier ones, unless what is there is worse: it stands further to the front of `worst`. */
function drawn<T extends Span<unknown>>(
  columns: number,
  column: Column,
  spans: readonly T[],
  signOf: (span: T) => string,
  worst: readonly { readonly sign: string }[] = [],
): string {
  const rank = (sign: string): number => worst.findIndex((one) => one.sign === sign)
  const signs = Array.from({ length: columns }, () => ' ')
  for (const span of spans) {
    const sign = signOf(span)
    for (let at = column(span.fromMs); at <= column(span.toMs); at++) {
      const isWorse = rank(signs[at]!) !== -1 && rank(signs[at]!) < rank(sign)
      if (!isWorse) signs[at] = sign
    }
  }
  return signs.join('')
}
