/**
 * A terminal for a command: script(1) of util-linux makes one, stands at its other end, and ends with the command's exit code.
 * So no native module is needed, and keys, Ctrl-C and job control are the kernel's.
 *
 * Between the two a shell asks before it becomes the command: it says its pid, from which the terminal's device is known, and
 * waits until that is the command's user's.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, readlinkSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { isExecutable } from './is-executable.ts'
import type { Command } from './process-command.ts'
import { shellEnvironment, SHELL } from './process-shim.ts'
import { killSession } from './process-table.ts'
import { RuntimeError, type ExecSession } from './runtime.ts'

const SCRIPT = '/usr/bin/script'
const STTY = '/usr/bin/stty'

/** Where the shell asks. */
const ASKING = 3

/** [PROC31] Of util-linux: busybox has one too, which knows no exit codes. */
export function assertTerminals([script, stty] = [SCRIPT, STTY]): void {
  const isThere = [script, stty].every(isExecutable)
  if (isThere && basename(realpathSync(script)) !== 'busybox') return
  throw new RuntimeError(
    'failed',
    `a terminal takes ${script} (of util-linux) and ${stty} on this node: install them, or run the command without tty`,
  )
}

/** What runs a command on a terminal. Nothing of the user's is parsed by the shell: each word is quoted. */
export function onTerminal(
  command: Command,
  environment: Readonly<Record<string, string>>,
): Command & { readonly env: Readonly<Record<string, string>> } {
  const { env, words } = shellEnvironment({ TERM: 'xterm', ...environment }, [command.program, ...command.args])
  // script(1) runs its command by SHELL, which may be anything for the command's own use.
  const shell = env['SHELL'] === undefined ? 'unset SHELL' : `SHELL=${quoted(env['SHELL'])}`
  const asks = `echo $$ >&${ASKING}; read -r go <&${ASKING} || exit 126; exec ${ASKING}<&-; unset go`
  const line = `${asks}; ${STTY} echo; ${shell}; exec ${words.map(quoted).join(' ')}`
  return { program: SCRIPT, args: ['--quiet', '--return', '--command', line, '/dev/null'], env: { ...env, SHELL } }
}

export interface Terminal extends Pick<ExecSession, 'resize'> {
  /** Ends the command, and all that runs on the terminal. */
  end(): void
}

/** Resolves when the command is about to run. `owner`: whose the terminal is to be; absent: the agent's. */
export async function terminalOf(child: ChildProcess, owner: number | undefined): Promise<Terminal> {
  const asking = child.stdio[ASKING] as Duplex
  asking.on('error', () => {}) // it ended
  const leader = await Promise.race([once(asking, 'data').then(([said]) => Number(said)), once(asking, 'end')])
  if (typeof leader !== 'number') {
    throw new RuntimeError('failed', `there is no terminal to be had: ${(await text(child.stderr!)).trim()}`)
  }
  const device = readlinkSync(`/proc/${leader}/fd/2`) // of the three the one that the shell redirects nowhere
  if (owner !== undefined) chownSync(device, owner, -1)
  asking.end('go\n')
  child.stderr!.resume()
  return {
    resize: (size) => (hasEnded(child) ? Promise.resolve() : setSize(device, size)),
    end: () => {
      if (!hasEnded(child)) void killSession(leader)
    },
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** The kernel tells those who run on it. */
async function setSize(device: string, { columns, rows }: { columns: number; rows: number }): Promise<void> {
  const words = ['-F', device, 'cols', String(columns), 'rows', String(rows)]
  await once(spawn(STTY, words, { stdio: 'ignore' }), 'close').catch(() => {}) // it has ended
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
