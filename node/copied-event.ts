/**
 * What people read where a second process runs with this node's identity.
 *
 * @module
 */
import { timestamp, type Copied, type DocumentKey } from '../crdt/index.ts'
import type { NewEvent } from './store/event-log.ts'

export function copiedEvent(
  { key, atMs }: Copied,
  self: { readonly key: DocumentKey; readonly dataDir: string },
): NewEvent {
  const message = `another process writes as this node (${key}, at ${timestamp(atMs)}): it runs on a copy of ${self.dataDir}. End one of the two and let that machine join anew with a fresh data directory: shoal join TICKET --data-dir DIR`
  return { type: 'Warning', reason: 'IdentityCopied', about: self.key, message, source: 'store' }
}
