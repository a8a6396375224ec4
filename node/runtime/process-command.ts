/**
 * From a container's command to what `execve` takes: an absolute path, arguments, an environment. Pure but for looking at
 * files.
 *
 * @module
 */
import { statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { lackOfCommand } from './fit.ts'
import { isExecutable } from './is-executable.ts'
import { printable } from './launch-check.ts'
import { isMounted } from './process-mounts.ts'
import { RuntimeError, type ContainerLaunch, type PodLaunch } from './runtime.ts'

/** What a shell assumes where nothing is set. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

/** [RT5] [PROC7] The program a container names. Rejected before anything is made: no command, no such program, not executable. */
export function resolveCommand(container: ContainerLaunch, workingDir: string, path: string): Command {
  const [name, ...args] = [...(container.command ?? []), ...(container.args ?? [])]
  if (container.command === undefined || name === undefined) {
    throw new RuntimeError('bad-command', lackOfCommand({ name: container.name, image: printable(container.image) }))
  }
  // Of a program that a volume brings nothing can be known before it is mounted.
  const file = resolve(workingDir, name)
  if (name.includes('/') && isMounted(container, file)) return { program: file, args }
  return { program: findProgram(name, { container: container.name, workingDir, path }), args }
}

function findProgram(name: string, at: { container: string; workingDir: string; path: string }): string {
  const places = name.includes('/')
    ? [resolve(at.workingDir, name)]
    : at.path
        .split(delimiter)
        .filter(isAbsolute)
        .map((directory) => join(directory, name))
  const isThere = places.filter(isFile)
  const found = isThere.find(isExecutable)
  if (found !== undefined) return found
  const trouble = isThere.length > 0 ? `${isThere[0]} is not executable` : `there is no such program`
  // Not PATH itself: it is long, and this sentence is read in every table.
  const where = name.includes('/') ? '' : " in the node's PATH"
  throw new RuntimeError(
    'bad-command',
    `container ${at.container} cannot run "${printable(name)}": ${trouble}${where}`,
    isThere.length > 0 ? 126 : 127,
  )
}

/** [PROC3] All a process is given. Of the agent's own environment only PATH. */
export function processEnvironment(
  pod: Pick<PodLaunch, 'hostname'>,
  container: ContainerLaunch,
  podIP: string,
): Record<string, string> {
  const [first] = container.ports
  return {
    PATH: process.env['PATH'] ?? DEFAULT_PATH,
    HOSTNAME: pod.hostname,
    POD_IP: podIP,
    HOST: podIP,
    ...(first && { PORT: String(first.port) }),
    ...container.env,
  }
}

/** A directory of PATH that is shut to this user is passed over, as `execvp` does. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}
