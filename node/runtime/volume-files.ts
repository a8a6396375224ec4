/**
 * Files that change under a running program, all at once: as kubelet does it.
 *
 *     ..Xy12ab/        what the files hold now
 *     ..data           a link to it, replaced by one rename
 *     app.conf         a link to ..data/app.conf
 *
 * A program that opens `app.conf` sees the old files or the new ones and never half of each.
 *
 * @module
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { chownGroup } from './volume-group.ts'
import type { FileLaunch } from './volume-launch.ts'

const CURRENT = '..data'

/** [VOL2] Whether anything had to be written. Paths were checked with the launch. */
export function writeFiles(
  directory: string,
  { files: wanted, group }: { readonly files: readonly FileLaunch[]; readonly group?: number },
): boolean {
  const files = group === undefined ? wanted : wanted.map(readableByGroup)
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  chmodSync(directory, 0o755)
  if (isWritten(directory, files)) return false
  const fresh = mkdtempSync(`${directory}/..`)
  chmodSync(fresh, 0o755)
  for (const file of files) writeFile(fresh, file)
  if (group !== undefined) giveToGroup(fresh, group)
  const next = join(directory, `${CURRENT}_next`)
  rmSync(next, { force: true })
  symlinkSync(basename(fresh), next)
  renameSync(next, join(directory, CURRENT))
  link(directory, files)
  removeOthers(directory, basename(fresh))
  return true
}

/** [VOL20] As Kubernetes does it: the group may read whatever the mode says. */
function readableByGroup(file: FileLaunch): FileLaunch {
  return { ...file, mode: file.mode | 0o440 }
}

function giveToGroup(directory: string, group: number): void {
  const inside = readdirSync(directory, { recursive: true, withFileTypes: true })
  for (const entry of inside) chownGroup(join(entry.parentPath, entry.name), group)
  chownGroup(directory, group)
}

function writeFile(directory: string, { path, mode, contentBase64 }: FileLaunch): void {
  const file = join(directory, path)
  makeParents(directory, dirname(path))
  writeFileSync(file, Buffer.from(contentBase64, 'base64'), { mode: 0o600 })
  chmodSync(file, mode) // whatever the umask
}

function makeParents(directory: string, parents: string): void {
  let at = directory
  for (const part of parents.split('/').filter((each) => each !== '' && each !== '.')) {
    at = join(at, part)
    if (existsSync(at)) continue
    mkdirSync(at)
    chmodSync(at, 0o755)
  }
}

function isWritten(directory: string, files: readonly FileLaunch[]): boolean {
  const current = join(directory, CURRENT)
  if (!existsSync(current)) return false
  const there = readdirSync(current, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return there.length === files.length && files.every((file) => isSame(join(current, file.path), file))
}

function isSame(path: string, { mode, contentBase64 }: FileLaunch): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || !found.isFile() || (found.mode & 0o777) !== mode) return false
  return readFileSync(path).equals(Buffer.from(contentBase64, 'base64'))
}

/** What containers see: a link for each first part of a path. */
function link(directory: string, files: readonly FileLaunch[]): void {
  const wanted = new Set(files.map(({ path }) => path.split('/').find((part) => part !== '' && part !== '.') ?? ''))
  for (const name of wanted) {
    if (!lstatSync(join(directory, name), { throwIfNoEntry: false }))
      symlinkSync(`${CURRENT}/${name}`, join(directory, name))
  }
  for (const name of readdirSync(directory)) {
    if (!name.startsWith('..') && !wanted.has(name) && isOurs(join(directory, name))) rmSync(join(directory, name))
  }
}

function isOurs(path: string): boolean {
  return lstatSync(path).isSymbolicLink() && readlinkSync(path).startsWith(`${CURRENT}/`)
}

/** Also what a writer that was killed left half done. */
function removeOthers(directory: string, current: string): void {
  for (const name of readdirSync(directory)) {
    if (!name.startsWith('..') || name === CURRENT || name === current) continue
    rmSync(join(directory, name), { recursive: true, force: true })
  }
}
