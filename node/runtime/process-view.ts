/**
 * A container's view of the machine: its volumes are bound in a mount namespace of its own, and what runs beside its process
 * has to be put in there.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { isExecutable } from './is-executable.ts'
import type { Command } from './process-command.ts'
import { readIdentity, readLaunch, type RunFiles } from './process-state.ts'
import { isAlive, parseIdentity } from './process-table.ts'
import { RuntimeError } from './runtime.ts'

const NSENTER = '/usr/bin/nsenter'

/** Mounts are made in some ms. */
const MOUNTED_MS_MAX = 2_000
const LOOK_MS = 10

/** A process that sees what the container sees. Rejects where it does not run, or not yet. */
export async function insider(run: RunFiles): Promise<number> {
  const identity = readIdentity(run)
  if ((readLaunch(run).binds ?? []).length === 0) {
    if (identity !== undefined && isAlive(identity)) return identity.pid
    throw notRunning(run)
  }
  for (let leftMs = MOUNTED_MS_MAX; leftMs > 0; leftMs -= LOOK_MS) {
    const inner = parseIdentity(textOf(`${run.base}.inner`))
    if (inner !== undefined && isAlive(inner)) return inner.pid
    if (inner !== undefined || identity === undefined || !isAlive(identity)) throw notRunning(run)
    await pause(LOOK_MS)
  }
  throw new RuntimeError('failed', `the volumes of ${run.container} of pod ${run.uid} are not mounted yet`)
}

/** [PROC34] The command within the container's mounts, in its directory. */
export async function inView(run: RunFiles, command: Command, workingDir: string): Promise<Command & { cwd: string }> {
  if ((readLaunch(run).binds ?? []).length === 0) return { ...command, cwd: workingDir }
  if (!isExecutable(NSENTER))
    throw new RuntimeError(
      'failed',
      `a command cannot be run among the volumes of ${run.container}: ${NSENTER} is missing`,
    )
  const pid = await insider(run)
  const args = [`--mount=/proc/${pid}/ns/mnt`, `--wd=/proc/${pid}/root${workingDir}`, '--', command.program]
  return { program: NSENTER, args: [...args, ...command.args], cwd: '/' }
}

function notRunning({ container, uid }: RunFiles): RuntimeError {
  return new RuntimeError('failed', `${container} of pod ${uid} is not running`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
