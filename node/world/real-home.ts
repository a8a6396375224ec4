/**
 * Which data directory of which machine this is: what engines are told to whom containers belong. It outlives the node's
 * identity, which goes with the disk, so that whoever comes after it in the same place finds what is its to adopt or to remove.
 *
 * @module
 */
import { readFileSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { sha256Hex } from '../../crdt/index.ts'

/** Two agents never share one: a data directory has one process, and an engine may serve several machines. */
export function homeId(directory: string): string {
  return sha256Hex(`${machineId()} ${realpathSync(directory)}`).slice(0, 16)
}

/** Its name, where the system keeps no number. */
function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim() || hostname()
  } catch {
    return hostname()
  }
}
