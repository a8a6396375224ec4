/**
 * Seccomp profiles that this node's administrator keeps for pods (`seccompProfile.type: Localhost`), as JSON files.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isWithin, realOf } from './host-path.ts'
import { printable } from './launch-check.ts'
import { RuntimeError } from './runtime.ts'

/** Docker's own is some 13 KB. */
const PROFILE_BYTES_MAX = 256 * 1024

/** [DOCK51] The profile's JSON as an engine takes it. Throws a `RuntimeError` that says what is missing where. */
export function readProfile(directory: string, name: string): string {
  const refused = (why: string): RuntimeError =>
    new RuntimeError(
      'failed',
      `seccomp profile ${printable(name)} ${why}; the profiles of this node are files below ${directory}`,
    )
  const path = realOf(join(directory, name))
  if (path === undefined) throw refused('is not there')
  if (!isWithin(realOf(directory) ?? '', path)) throw refused('leads out of its directory')
  const { size } = statSync(path)
  if (size > PROFILE_BYTES_MAX) throw refused(`is larger than ${PROFILE_BYTES_MAX} bytes`)
  try {
    return JSON.stringify(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw refused(`cannot be read (${(error as Error).message})`)
  }
}
