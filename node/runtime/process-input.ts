/**
 * The input of a process that others may write to while it runs: a named pipe beside its other files. A process of the shim's
 * holds it open; without that one it ends with whoever writes last.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { constants, existsSync, openSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import { MARK } from './process-table.ts'

/** Of a run that is about to start, made if it is not there. Both are to be closed. */
export function openInput(base: string): { readonly reads: number; readonly holds: number } {
  const file = `${base}.in`
  if (!existsSync(file)) execFileSync('mkfifo', ['-m', '600', file])
  const holds = openSync(file, constants.O_RDWR)
  return { holds, reads: openSync(file, constants.O_RDONLY) }
}

/** To write to it; undefined where the process has no input, or has ended. */
export function writeInput(base: string): Writable | undefined {
  try {
    const fd = openSync(`${base}.in`, constants.O_WRONLY | constants.O_NONBLOCK)
    return new Socket({ fd, readable: false, writable: true }).on('error', () => {})
  } catch {
    return undefined
  }
}

/** The input ends once nobody writes to it. */
export function releaseInput(base: string): void {
  try {
    const pid = Number(readFileSync(`${base}.hold`, 'utf8'))
    const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${base}`)
    if (pid > 0 && isOurs) process.kill(pid, 'SIGTERM')
  } catch {
    // it was let go before
  }
}
