/**
 * A command beside a container's own process: in its environment and directory, in a group of its own (on a terminal: in a
 * session of its own), and gone with it.
 *
 * @module
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { PassThrough, pipeline, Readable, type Writable } from 'node:stream'
import type { Command } from './process-command.ts'
import { assertTerminals, onTerminal, terminalOf, type Terminal } from './process-terminal.ts'
import { RuntimeError, type ExecOptions, type ExecSession } from './runtime.ts'

export interface CommandOrder extends Command {
  readonly uid: string
  readonly env: Readonly<Record<string, string>>
  /** Where it is spawned. */
  readonly cwd: string
  /** The user it is to run as, where that is another; its terminal is his. */
  readonly owner: number | undefined
  readonly options: ExecOptions
  /** Is told what ends it; returns what forgets that. */
  whenGone(end: () => void): () => void
}

export async function startCommand(order: CommandOrder): Promise<ExecSession> {
  const { tty } = order.options
  if (tty) assertTerminals()
  const { program, args, env } = tty ? onTerminal(order, order.env) : order
  const child = spawn(program, args, {
    cwd: order.cwd,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...(tty ? (['pipe'] as const) : [])],
  }) as ChildProcessByStdio<Writable, Readable, Readable>
  const life: Life = { end: () => killGroup(child.pid), forget: order.whenGone(() => life.end()) }
  try {
    await once(child, 'spawn')
    if (!tty) return sessionOf(child, order.options, life)
    const terminal = await terminalOf(child, order.owner)
    life.end = () => {
      terminal.end()
      killGroup(child.pid)
    }
    return sessionOf(child, order.options, life, terminal)
  } catch (error) {
    life.forget()
    life.end()
    if (error instanceof RuntimeError) throw error
    throw new RuntimeError('failed', `${order.program} could not be started: ${(error as Error).message}`)
  }
}

/** What ends it, and what lets go of that. */
interface Life {
  end(): void
  forget(): void
}

function sessionOf(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  options: ExecOptions,
  life: Life,
  terminal?: Terminal,
): ExecSession {
  child.stdin.on('error', () => {}) // it has ended without reading all
  if (!options.stdin) child.stdin.end()
  const exit = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      life.forget()
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
  const [stdout, stderr] = [held(child.stdout), terminal === undefined ? held(child.stderr) : Readable.from([])]
  return {
    stdin: child.stdin,
    stdout,
    stderr,
    exit,
    resize: (size) => terminal?.resize(size) ?? Promise.resolve(),
    close: () => {
      life.end()
      for (const stream of [child.stdin, child.stdout, child.stderr, stdout, stderr]) stream.destroy()
    },
  }
}

/** Node lets go by what a child that ends has said if nobody has begun to read it. */
function held(output: Readable): Readable {
  const kept = new PassThrough()
  pipeline(output, kept, () => {}) // how it ended is told by its exit
  return kept
}

/** It leads a group: with it go those that it started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it has gone
  }
}
