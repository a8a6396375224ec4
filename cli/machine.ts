/**
 * This machine as the defaults of a node see it, and where the sockets of nodes on it would be.
 *
 * @module
 */
import { homedir, hostname } from 'node:os'
import { OPTION_ROWS } from '../node/options.ts'
import type { Machine } from '../node/options.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export function machine(env: Environment): Machine {
  return {
    hostname: hostname(),
    isRoot: process.getuid?.() === 0,
    homeDir: env['HOME'] || homedir(),
    ...(env['XDG_STATE_HOME'] ? { stateDir: env['XDG_STATE_HOME'] } : {}),
    ...(env['XDG_RUNTIME_DIR'] ? { runtimeDir: env['XDG_RUNTIME_DIR'] } : {}),
  }
}

/** Most particular first: said, of this user, of the system. */
export function localSockets(env: Environment): readonly string[] {
  const here = machine(env)
  const fallback = OPTION_ROWS.find(({ key }) => key === 'apiSocket')?.fallback ?? (() => undefined)
  const candidates = [
    env['SHOAL_API_SOCKET'],
    fallback({ ...here, isRoot: false }),
    fallback({ ...here, isRoot: true }),
  ]
  return [...new Set(candidates.filter((each) => each !== undefined && each !== ''))] as string[]
}
