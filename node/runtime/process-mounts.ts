/**
 * Volumes of processes: each container gets a mount namespace of its own, in which its volumes are bound to their paths. The
 * rest of the machine sees nothing of it but the empty directories on which they are mounted, and those go with the last pod
 * that needs them.
 *
 * @module
 */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isExecutable } from './is-executable.ts'
import { RuntimeError, type ContainerLaunch, type PodLaunch } from './runtime.ts'
import type { Bind } from './volumes.ts'

const SHELL = '/bin/sh'
const PROGRAMS = { unshare: '/usr/bin/unshare', mount: '/usr/bin/mount' }

/**
 * `$1` is where to run, `$2` the file in which it says who it is when all is mounted, then three words a bind, then `--` and
 * the command. What cannot be mounted ends it with 126.
 */
const SCRIPT = `
shoal_cwd=$1
shoal_inner=$2
shift 2
while [ "$1" != -- ]; do
  ${PROGRAMS.mount} --bind -- "$1" "$2" || exit 126
  if [ "$3" = ro ]; then ${PROGRAMS.mount} -o remount,bind,ro -- "$2" || exit 126; fi
  shift 3
done
shift
read -r shoal_boot </proc/sys/kernel/random/boot_id
read -r shoal_stat </proc/$$/stat
echo "$shoal_boot $shoal_stat" >"$shoal_inner" || exit 126
cd "$shoal_cwd" || exit 126
exec "$@"
`

/** [PROC13] The command that runs another one with these binds. Nothing of the user's is parsed by the shell. */
export function withBinds(
  binds: readonly Bind[],
  { workingDir, innerFile }: { workingDir: string; innerFile: string },
  command: readonly string[],
): readonly string[] {
  if (binds.length === 0) return command
  const words = binds
    .toSorted((a, b) => a.target.length - b.target.length) // what lies within another is mounted after it
    .flatMap(({ source, target, readOnly }) => [source, target, readOnly ? 'ro' : 'rw'])
  // Mounts of the machine that come later are seen where a volume asks for them; none of ours is seen outside.
  const propagation = binds.some(isOpen) ? 'slave' : 'private'
  const space = [PROGRAMS.unshare, '--mount', '--propagation', propagation, '--']
  return [...space, SHELL, '-c', SCRIPT, 'sh', workingDir, innerFile, ...words, '--', ...command]
}

function isOpen({ propagation }: Bind): boolean {
  return propagation !== undefined
}

/** [PROC13] Why a pod with mounts cannot run as processes here. */
export function assertMountable({ volumes = [], containers }: PodLaunch): void {
  const mounting = containers.find(({ mounts = [] }) => mounts.length > 0)
  if (mounting === undefined) return
  const nfs = volumes.find(({ kind }) => kind === 'nfs')
  if (nfs !== undefined) throw refused(`volume ${nfs.name}: the process runtime mounts no nfs`)
  const missing = Object.values(PROGRAMS).find((program) => !isExecutable(program))
  if (process.getuid?.() === 0 && missing === undefined) return
  const why = missing === undefined ? 'which needs root' : `which needs ${missing}`
  throw refused(
    `container ${mounting.name} mounts volumes: a process gets them in a mount namespace of its own, ${why}`,
  )
}

function refused(message: string): RuntimeError {
  return new RuntimeError('failed', `${message}; run this pod on a node with a container engine`)
}

/** Whether a path of the container lies where a volume is mounted: this machine cannot tell what is there. */
export function isMounted({ mounts = [] }: ContainerLaunch, path: string): boolean {
  return mounts.some((mount) => path === mount.path || path.startsWith(`${mount.path.replace(/\/+$/, '')}/`))
}

/** The directories and files that were made on this machine to mount on, remembered until nobody needs them. */
export class MountPoints {
  readonly #file: string

  constructor(directory: string) {
    this.#file = join(directory, 'mount-points.json')
  }

  make(binds: readonly Bind[]): void {
    for (const { source, target } of binds) {
      const missing = missingParts(target)
      if (missing.length === 0) continue
      this.#write([...this.#read(), ...missing]) // before they are: a crash between leaves none behind
      mkdirSync(dirname(target), { recursive: true })
      if (statSync(source).isDirectory()) mkdirSync(target, { recursive: true })
      else writeFileSync(target, '', { flag: 'a' })
    }
  }

  /** [PROC14] `needed`: where pods that are still there mount. A path is removed only while it is empty and nobody mounts on it. */
  release(needed: readonly string[]): void {
    const made = this.#read()
    if (made.length === 0) return
    const isNeeded = (path: string): boolean => needed.some((one) => one === path || one.startsWith(`${path}/`))
    const kept = made.filter(isNeeded)
    for (const path of made.filter((each) => !isNeeded(each)).toSorted((a, b) => b.length - a.length)) removeEmpty(path)
    this.#write(kept)
  }

  #read(): readonly string[] {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as string[]
    } catch {
      return []
    }
  }

  #write(paths: readonly string[]): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify([...new Set(paths)]), { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }
}

function missingParts(path: string): readonly string[] {
  const missing: string[] = []
  for (let at = path.replace(/\/+$/, ''); at !== '' && at !== '/' && !existsSync(at); at = dirname(at)) missing.push(at)
  return missing
}

/** Somebody else may have put something there since: that stays. */
function removeEmpty(path: string): void {
  try {
    const found = statSync(path)
    if (found.isDirectory()) rmdirSync(path)
    else if (found.isFile() && found.size === 0) unlinkSync(path)
  } catch {
    // gone, or in use
  }
}
