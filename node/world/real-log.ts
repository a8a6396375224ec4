/**
 * Notes as lines on stderr: for people on a terminal, JSON for machines otherwise.
 *
 * @module
 */
import type { Facts, Log } from './world.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface RealLogOptions {
  /** Quieter notes are dropped. */
  readonly level: LogLevel
  readonly isForPeople: boolean
  readonly write: (line: string) => void
  readonly now: () => number
}

/** Longest line: a fact that holds a whole object must not fill the journal. */
const LINE_CHARACTERS_MAX = 8_192

export function realLog(options: Partial<RealLogOptions> = {}): Log {
  const { level = 'info', isForPeople = process.stderr.isTTY, now = () => Date.now() } = options
  const write = options.write ?? ((line) => void process.stderr.write(line))
  const quietest = LOG_LEVELS.indexOf(level)
  return {
    note(noteLevel, what, facts = {}) {
      if (LOG_LEVELS.indexOf(noteLevel) < quietest) return
      const line = isForPeople ? forPeople(now(), noteLevel, what, facts) : asJson(now(), noteLevel, what, facts)
      write(`${line.slice(0, LINE_CHARACTERS_MAX)}\n`)
    },
  }
}

/** `07:31:02.120 warn  route-closed service=default/web port=8080` */
function forPeople(nowMs: number, level: LogLevel, what: string, facts: Facts): string {
  const time = new Date(nowMs).toISOString().slice(11, 23)
  const parts = Object.entries(facts).map(([name, value]) => `${name}=${plain(value)}`)
  return [time, level.padEnd(5), what, ...parts].join(' ')
}

/** Facts stay apart from the line's own fields, so that none can pass for another. */
function asJson(nowMs: number, level: LogLevel, what: string, facts: Facts): string {
  const head = { time: new Date(nowMs).toISOString(), level, what }
  const json = safeJson({ ...head, facts })
  return json.length <= LINE_CHARACTERS_MAX ? json : safeJson({ ...head, facts: 'too long to print' })
}

function plain(value: unknown): string {
  // A newline or an escape sequence in foreign text must not forge lines or move the cursor.
  if (typeof value === 'string') return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value)
  return safeJson(value)
}

/** Never throws: a note about trouble must not be trouble. */
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, printable) ?? String(value)
  } catch {
    return '"cannot be printed"'
  }
}

/** What JSON has no form for, or a useless one. */
function printable(_: string, part: unknown): unknown {
  if (typeof part === 'bigint') return String(part)
  return part instanceof Error ? part.message : part
}
