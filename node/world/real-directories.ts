/**
 * Directories of this machine.
 *
 * @module
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes a directory and those above it that are not there; the first of them is the answer, undefined where all are. Throws as
 * `mkdir` does. Node's own recursive one never ends where a file system has no room for new names: /proc says of them that they
 * do not exist, and the directory above does.
 */
export function makeDirectories(path: string, mode: number): string | undefined {
  const missing: string[] = []
  for (let at = resolve(path); !isDirectory(at); at = dirname(at)) missing.unshift(at)
  for (const each of missing) {
    try {
      mkdirSync(each, { mode })
    } catch (error) {
      // Another one was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isDirectory(each)) throw error
    }
  }
  return missing[0]
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
