/**
 * In which order a connection tries the backends of its route. Round robin over those that are sure; the doubtful after them;
 * those that failed lately at the very end, since trying a bad one beats turning a client away.
 *
 * @module
 */
import { sha256Hex } from '../../crdt/index.ts'
import type { Backend, Route } from './backends.ts'

export interface Choosing {
  readonly route: Pick<Route, 'backends' | 'affinity' | 'preferLocal'>
  /** Grows by one with every connection of the route. */
  readonly turn: number
  isEjected(backend: Backend): boolean
  /** The client's address, where it is known. */
  readonly client?: string | undefined
}

/** Every backend of the route once, best first. */
export function candidates({ route, turn, isEjected, client }: Choosing): readonly Backend[] {
  const groups: [Backend[], Backend[], Backend[], Backend[]] = [[], [], [], []]
  for (const backend of route.backends) {
    // [BAL2] [BAL3] Doubt weighs less than a failure seen.
    const group = (backend.standing === 'sure' ? 0 : 1) + (isEjected(backend) ? 2 : 0)
    groups[group]?.push(backend)
  }
  const sticksTo = route.affinity === 'ClientIP' ? client : undefined
  return groups.flatMap((group) => {
    const ordered = sticksTo === undefined ? rotated(group, turn) : ranked(group, sticksTo)
    return route.preferLocal ? localFirst(ordered) : ordered
  })
}

function rotated(group: readonly Backend[], turn: number): readonly Backend[] {
  if (group.length < 2) return group
  const start = turn % group.length
  return [...group.slice(start), ...group.slice(0, start)]
}

/** [BAL5] By rendezvous hash: a client keeps its backend while others come and go, on every node alike. */
function ranked(group: readonly Backend[], client: string): readonly Backend[] {
  const weights = new Map(group.map(({ id }) => [id, sha256Hex(`${client} ${id}`)]))
  return group.toSorted((a, b) => ((weights.get(a.id) ?? '') < (weights.get(b.id) ?? '') ? -1 : 1))
}

function localFirst(group: readonly Backend[]): readonly Backend[] {
  return [...group.filter(({ isLocal }) => isLocal), ...group.filter(({ isLocal }) => !isLocal)]
}
