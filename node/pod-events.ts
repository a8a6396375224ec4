/**
 * What is worth telling people about a pod of this node: the differences between two versions of its record, in the words that
 * Kubernetes uses.
 *
 * @module
 */
import { documentKey, type PodFact } from '../crdt/index.ts'
import type { NewEvent } from './store/event-log.ts'

/** `before` undefined: just claimed. `after` undefined: gone. */
export function podEvents(before: PodFact | undefined, after: PodFact | undefined): NewEvent[] {
  if (after === undefined)
    return before === undefined ? [] : [about(before, 'Normal', 'Removed', 'the pod and its containers are gone')]
  if (before === undefined) {
    const { relieves } = after
    const moved = relieves === undefined ? [] : [about(after, 'Normal', 'Rebalanced', relieves.why)]
    return [about(after, 'Normal', 'Scheduled', scheduled(after)), ...moved]
  }
  if (after.stopping && !before.stopping) return [about(after, 'Normal', 'Killing', after.message || 'told to stop')]
  if (after.ready && !before.ready) return [about(after, 'Normal', 'Ready', `ready at ${after.podIP}`)]
  if (after.reason === before.reason || after.reason === '' || ROUTINE.has(after.reason)) return []
  return [about(after, 'Warning', after.reason, after.message || after.reason)]
}

/** Steps of every start: no news. */
const ROUTINE: ReadonlySet<string> = new Set(['ContainerCreating', 'NotReady', 'PodInitializing', 'Adopted', 'Claimed'])

function scheduled({ index, auction }: PodFact): string {
  const bids = auction.filter((line) => 'score' in line).length
  return `slot ${index} was won against ${Math.max(0, bids - 1)} other ${bids === 2 ? 'bid' : 'bids'}`
}

function about({ namespace, name }: PodFact, type: NewEvent['type'], reason: string, message: string): NewEvent {
  return { type, reason, message, about: documentKey({ group: '', kind: 'Pod', namespace, name }), source: 'agent' }
}
