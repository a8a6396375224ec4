/**
 * Paths of this machine that pods are given: only below directories that the node's owner has named, wherever links lead.
 *
 * A path is followed to its end before it is used, and what is used is the end. Between this look and the mount a program that
 * may write there could still put a link in its place: whoever names a directory trusts those who can write in it so far.
 *
 * @module
 */
import { lstatSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { makeDirectories } from '../world/real-directories.ts'
import { printable } from './launch-check.ts'
import { RuntimeError } from './runtime.ts'
import type { HostPathType, HostVolume } from './volume-launch.ts'

/** [VOL5] The path to mount. Makes what its type says is to be made. */
export function resolveHostPath({ name, path, type }: HostVolume, allowed: readonly string[]): string {
  const at = `volume ${name}: hostPath ${printable(path)}`
  const roots = allowed.flatMap((root) => realOf(root) ?? [])
  const isAllowed = (real: string): boolean => roots.some((root) => isWithin(root, real))
  // What does not exist yet would be made where its nearest parent that exists really is.
  const parent = nearestReal(resolve(path))
  if (!isAllowed(parent.real)) {
    const which = allowed.length === 0 ? 'none' : allowed.join(', ')
    const leads =
      realOf(path) === undefined || realOf(path) === path ? '' : ` leads to ${printable(parent.real)}, which`
    throw refused(
      `${at}${leads} is in none of the directories that this node gives to pods (${which}): start the node with --host-path ${printable(path)}`,
    )
  }
  if (parent.rest !== '') make(join(parent.real, parent.rest), { at, type })
  const real = realOf(path)
  if (real === undefined || !isAllowed(real)) throw refused(`${at} changed while it was looked at`)
  assertType(real, { at, type })
  return real
}

/** [VOL6] A part of a volume, made as a directory where it is not there. Never outside, wherever links lead. */
export function resolveInside(base: string, subPath: string): string {
  const root = realOf(base)
  if (root === undefined) throw refused(`${base} is not there any more`)
  const { real, rest } = nearestReal(join(root, subPath))
  if (!isWithin(root, real)) throw refused(`subPath ${printable(subPath)} leads out of its volume`)
  const path = rest === '' ? real : join(real, rest)
  if (rest !== '') {
    const [first = ''] = rest.split(sep)
    makeDirectories(path, 0o777)
    const made = realOf(join(real, first))
    if (made === undefined || !isWithin(root, made))
      throw refused(`subPath ${printable(subPath)} leads out of its volume`)
  }
  return path
}

export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`))
}

export function realOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** The nearest part of a path that exists, followed to its end, and what is missing below it. */
function nearestReal(path: string): { readonly real: string; readonly rest: string } {
  const missing: string[] = []
  for (let at = path; ; at = dirname(at)) {
    const real = realOf(at)
    if (real !== undefined) return { real, rest: missing.join(sep) }
    // A link to nowhere: what is made through it would be made there.
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined) throw refused(`${printable(at)} is a link to nowhere`)
    missing.unshift(basename(at))
  }
}

function make(path: string, { at, type }: { at: string; type: HostPathType | undefined }): void {
  if (type === undefined || type === 'DirectoryOrCreate') makeDirectories(path, 0o755)
  else if (type === 'FileOrCreate' && statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() === true)
    writeFileSync(path, '', { flag: 'a', mode: 0o644 })
  else throw refused(`${at} is not there, and type ${type} makes nothing`)
}

function assertType(path: string, { at, type }: { at: string; type: HostPathType | undefined }): void {
  const found = statSync(path)
  const is: Readonly<Record<HostPathType, boolean>> = {
    BlockDevice: found.isBlockDevice(),
    CharDevice: found.isCharacterDevice(),
    Directory: found.isDirectory(),
    DirectoryOrCreate: found.isDirectory(),
    File: found.isFile(),
    FileOrCreate: found.isFile(),
    Socket: found.isSocket(),
  }
  if (type !== undefined && !is[type]) throw refused(`${at} is there and is no ${type.replace('OrCreate', '')}`)
}

function refused(message: string): RuntimeError {
  return new RuntimeError('failed', message)
}
