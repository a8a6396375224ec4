/**
 * What stands between the agent and a container's process: a shell of 1 MB that outlives the agent, waits for the program and
 * writes its exit code to a file, where any later agent finds it.
 *
 * It leads a session and process group of its own. Signals go to the group: the shim traps them and waits on, the program
 * and its children get them as if they were alone. When the program has ended, the shim kills what is left of the group and
 * itself, as the end of PID 1 ends a container. Nothing of the user's is ever parsed by the shell: the command comes as
 * positional parameters, its program as an absolute path.
 *
 * @module
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { openInput } from './process-input.ts'
import { withBinds } from './process-mounts.ts'
import { RuntimeError } from './runtime.ts'
import type { Bind } from './volumes.ts'

export const SHELL = '/bin/sh'

/**
 * `$0` is the path of the run's files without their endings, `$1` the exit file, the rest the command. Built-ins only, so it
 * needs no PATH. Closing descriptor 3 tells the agent that the identity is on disk, before the program runs.
 *
 * Where the program has an input, `$0.in` is a named pipe, open as its standard input, and as descriptor 4 for writing: a
 * process that does nothing holds that, so that the input does not end when one who writes leaves.
 */
const SCRIPT = `
trap : HUP INT QUIT ABRT USR1 USR2 ALRM PIPE TERM
shoal_exit=$1
shift
read -r shoal_boot </proc/sys/kernel/random/boot_id
read -r shoal_stat </proc/$$/stat
echo "$shoal_boot $shoal_stat" >"$0.pid" || exit 125
if [ -p "$0.in" ]; then
  /bin/sleep 2147483647 <&4 >/dev/null 2>&1 3>&- 4<&- &
  echo "$!" >"$0.hold"
  exec 4<&-
fi
exec 3>&-
"$@"
shoal_code=$?
echo "$shoal_code" >"$shoal_exit" && kill -KILL 0
exit "$shoal_code"
`

/** Names a shell carries on to what it runs. It drops the others (`discovery.type`), so those go through env(1). */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export interface ShimOrder {
  /** Path of the run's files without their endings: `.pid` and `.log` are added. */
  readonly base: string
  readonly exitFile: string
  /** Absolute path of the program. */
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly workingDir: string
  readonly binds?: readonly Bind[]
  /** For those who attach; else it finds its input at its end. */
  readonly hasInput?: boolean
}

/** Resolves when the shim's identity is on disk and the program is about to run. */
export async function startShim(order: ShimOrder): Promise<ChildProcess> {
  try {
    const child = spawnShim(order)
    await toldIdentity(child)
    child.unref()
    return child
  } catch (error) {
    throw new RuntimeError('failed', `${order.program} could not be started: ${(error as Error).message}`)
  }
}

/** Rejects with what `spawn` could not do: out of memory or processes, arguments too long. */
function toldIdentity(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const pipe = child.stdio[3] as Readable
    child.once('error', reject)
    pipe.on('error', () => {})
    pipe.once('close', () => resolve())
    pipe.resume()
  })
}

function spawnShim({
  base,
  exitFile,
  program,
  args,
  env,
  workingDir,
  binds = [],
  hasInput = false,
}: ShimOrder): ChildProcess {
  const given = shellEnvironment(env, [program, ...args])
  const inner = { workingDir, innerFile: `${base}.inner` }
  const log = openSync(`${base}.log`, 'a', 0o600)
  const input = hasInput ? openInput(base) : undefined
  try {
    return spawn(SHELL, ['-c', SCRIPT, base, exitFile, ...withBinds(binds, inner, given.words)], {
      cwd: binds.length > 0 ? '/' : workingDir, // it may be there only once the volumes are
      env: given.env,
      detached: true,
      stdio: [input?.reads ?? 'ignore', log, log, 'pipe', ...(input === undefined ? [] : [input.holds])],
    })
  } finally {
    closeSync(log)
    for (const open of Object.values(input ?? {})) closeSync(open)
  }
}

/** [PROC3] What a shell is to be given, and to run, so that the command has all of this environment. */
export function shellEnvironment(
  env: Readonly<Record<string, string>>,
  command: readonly string[],
): { readonly env: Record<string, string>; readonly words: readonly string[] } {
  const plain = Object.entries(env).filter(([name]) => SHELL_NAME.test(name))
  const odd = Object.entries(env).filter(([name]) => !SHELL_NAME.test(name))
  const before = odd.length === 0 ? [] : ['/usr/bin/env', '--', ...odd.map(([name, value]) => `${name}=${value}`)]
  return { env: Object.fromEntries(plain), words: [...before, ...command] }
}
