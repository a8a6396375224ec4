/**
 * What people read of two edits that could not both stand (P6).
 *
 * @module
 */
import type { Conflict, NodeId } from '../crdt/index.ts'
import type { NewEvent } from './store/event-log.ts'

const WHY = {
  namespace: 'one deleted the namespace',
  field: 'both set it',
  deleted: 'one deleted it',
  invalid: 'the two together were not valid',
} as const

export function conflictEvent(
  { key, path, winner, loser, cause }: Conflict,
  nameOf: (node: NodeId) => string,
): NewEvent {
  const where = path === '' ? 'the object' : path
  const message = `${where}: the edit made on ${nameOf(loser.author)} gave way to the one on ${nameOf(winner.author)} (${WHY[cause]} at the same time)`
  return { type: 'Warning', reason: 'Conflict', about: key, message, source: 'store' }
}
