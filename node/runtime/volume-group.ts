/**
 * Gives what was made for a pod to its group (`fsGroup`).
 *
 * @module
 */
import { chmodSync, chownSync, statSync } from 'node:fs'
import { RuntimeError } from './runtime.ts'

/** What is made in a directory later is of its group too. */
const SET_GROUP_ID = 0o2000

/** [VOL20] Keeps the owner. Needs root, or to be of that group. */
export function chownGroup(path: string, group: number): void {
  try {
    const { uid, mode } = statSync(path)
    chownSync(path, uid, group)
    chmodSync(path, mode & 0o7777) // a change of the owner takes bits away
  } catch (error) {
    throw new RuntimeError(
      'failed',
      `fsGroup ${group}: ${path} cannot be given to that group; run the node as root (${(error as Error).message})`,
    )
  }
}

export function shareWithGroup(path: string, group: number): void {
  chownGroup(path, group)
  chmodSync(path, 0o777 | SET_GROUP_ID)
}
