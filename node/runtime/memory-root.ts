/**
 * A directory that is kept in memory, for what must not lie on a disk. Every Linux has one that anybody may write in,
 * `/dev/shm`; a directory of our own in it, closed to others, needs no rights to mount anything.
 *
 * @module
 */
import { lstatSync, mkdirSync, statfsSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { RuntimeError } from './runtime.ts'

const PLACE = '/dev/shm'
/** `statfs` type of tmpfs and ramfs (linux/magic.h). */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6]

/** One for each state directory of this machine: the same after a restart of the agent. */
export function memoryRootOf(directory: string, place = PLACE): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16)
  return join(place, `shoal-${name}`)
}

/** [VOL4] Makes it, or says why there is none. Whoever may write in the place could have made it first, for us to fill. */
export function openMemoryRoot(root: string): void {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const found = lstatSync(root)
  const isOurs = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
  if (!isOurs)
    throw new RuntimeError('failed', `${root} is not this node's own directory: remove it, nothing of Shoal is in it`)
  if (IN_MEMORY.includes(statfsSync(root).type)) return
  throw new RuntimeError('failed', `${root} is on a disk, and secrets are written to memory only: mount a tmpfs there`)
}
