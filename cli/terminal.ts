/**
 * A session with a container at this command's own input and output, until it ends.
 *
 * @module
 */
import { finished } from 'node:stream/promises'
import type { ExecSession } from '../node/index.ts'
import type { Output } from './session.ts'

/** As a shell tells of a command that Ctrl-C ended. */
const INTERRUPTED = 130

export interface TerminalOptions {
  readonly stdin: boolean
  readonly tty: boolean
}

/** The exit code of the command. Rejects where it has none; the terminal is as it was before in any case. */
export async function atTerminal(
  session: ExecSession,
  { stdin, stdout, stderr }: Output,
  options: TerminalOptions,
): Promise<number> {
  const undo: (() => void)[] = []
  try {
    if (options.tty) undo.push(rawMode(stdin), following(session, stdout))
    const interrupted = interruption(session, undo)
    if (options.stdin && stdin !== undefined) stdin.pipe(session.stdin)
    else session.stdin.end()
    session.stdin.on('error', () => {}) // it has ended without reading all
    session.stdout.pipe(stdout, { end: false })
    session.stderr.pipe(stderr, { end: false })
    const exit = Promise.all([session.exit, finished(session.stdout), finished(session.stderr)])
    return await Promise.race([exit.then(([code]) => code), interrupted])
  } finally {
    for (const each of undo) each()
    if (options.stdin) stdin?.unpipe().destroy()
  }
}

/** [CLI91] Keys reach the command as they are pressed, Ctrl-C too. */
function rawMode(stdin: Output['stdin']): () => void {
  stdin?.setRawMode?.(true)
  const restore = (): void => void stdin?.setRawMode?.(false)
  process.once('exit', restore)
  return () => {
    restore()
    process.off('exit', restore)
  }
}

function following(session: ExecSession, stdout: Output['stdout']): () => void {
  const tell = (): void => {
    const { columns, rows } = stdout
    if (columns !== undefined && rows !== undefined) void session.resize({ columns, rows }).catch(() => {})
  }
  tell()
  stdout.on('resize', tell)
  return () => void stdout.off('resize', tell)
}

/** [CLI92] Who is told to end leaves the session, which ends the command. */
function interruption(session: ExecSession, undo: (() => void)[]): Promise<number> {
  return new Promise((resolve) => {
    const signals = { SIGINT: INTERRUPTED, SIGTERM: 143, SIGHUP: 129 } as const
    for (const [signal, code] of Object.entries(signals)) {
      const leave = (): void => {
        session.close()
        resolve(code)
      }
      process.once(signal, leave)
      undo.push(() => process.off(signal, leave))
    }
  })
}
