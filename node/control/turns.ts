/**
 * In which order nodes do what any of them could do: all know it, and it differs from one occasion to the next. Pure.
 *
 * @module
 */
import { sha256Hex, type NodeId } from '../../crdt/index.ts'

/** What a write needs to reach all others of a component, with room to spare. */
export const TURN_MS = 2_000

/** Nodes that can hear one another, and how many were admitted. With no more than half of them the other side may do the same. */
export const isMajority = (alive: number, memberCount: number): boolean => alive * 2 > memberCount

/** How many of the living go before this node. */
export function turnOf(
  occasion: readonly string[],
  { self, alive }: { readonly self: NodeId; readonly alive: readonly NodeId[] },
): number {
  const rank = (id: NodeId): string => sha256Hex([...occasion, id].join('\0'))
  const own = rank(self)
  return alive.filter((id) => rank(id) < own).length
}
