/**
 * A command beside a container's own process: in its environment and directory, in a group of its own, and gone with it.
 *
 * @module
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { PassThrough, pipeline, type Readable, type Writable } from 'node:stream'
import type { Command } from './process-command.ts'
import { RuntimeError, type ExecOptions, type ExecSession } from './runtime.ts'

export interface CommandOrder extends Command {
  readonly uid: string
  readonly env: Readonly<Record<string, string>>
  /** Where it is spawned. */
  readonly cwd: string
  readonly options: ExecOptions
  /** Is told what ends it; returns what forgets that. */
  whenGone(end: () => void): () => void
}

export async function startCommand(order: CommandOrder): Promise<ExecSession> {
  if (order.options.tty) {
    throw new RuntimeError('failed', 'the process runtime has no terminals: run the command without tty')
  }
  const child = spawn(order.program, order.args, {
    cwd: order.cwd,
    env: order.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new RuntimeError('failed', `${order.program} could not be started: ${(error as Error).message}`)
  }
  return sessionOf(child, order)
}

function sessionOf(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  { options, whenGone }: CommandOrder,
): ExecSession {
  const end = (): void => killGroup(child.pid)
  const forget = whenGone(end)
  child.stdin.on('error', () => {}) // it has ended without reading all
  if (!options.stdin) child.stdin.end()
  const exit = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => {
      forget()
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
  const [stdout, stderr] = [held(child.stdout), held(child.stderr)]
  return {
    stdin: child.stdin,
    stdout,
    stderr,
    exit,
    resize: () => Promise.resolve(), // there is no terminal
    close: () => {
      end()
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
