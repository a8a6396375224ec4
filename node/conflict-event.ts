/**
 * What people read of two edits that could not both stand (P6).
 *
 * @module
 */
import type { Conflict, NodeId } from '../crdt/index.ts'
import type { NewEvent } from './store/event-log.ts'

const WHY = { field: 'both set it', deleted: 'one deleted it', invalid: 'the two together were not valid' } as const

export function conflictEvent(conflict: Conflict, nameOf: (node: NodeId) => string): NewEvent {
  return { type: 'Warning', reason: 'Conflict', about: conflict.key, message: says(conflict, nameOf), source: 'store' }
}

function says({ path, winner, loser, cause }: Conflict, nameOf: (node: NodeId) => string): string {
  const [there, here] = [nameOf(winner.author), nameOf(loser.author)]
  if (cause === 'namespace')
    return `deleted with its namespace: that was deleted on ${there} while this was written on ${here}; where it is wanted, create both again`
  const where = path === '' ? 'the object' : path
  return `${where}: the edit made on ${here} gave way to the one on ${there} (${WHY[cause]} at the same time)`
}
