/**
 * Uids of derived objects: a hash in the shape of a UUID, so that every node gives the same object the same one.
 *
 * @module
 */
import { createHash } from 'node:crypto'

export function derivedUid(...of: readonly string[]): string {
  const hex = createHash('sha256')
    .update(`shoal/derived/1\0${of.join('\0')}`)
    .digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
