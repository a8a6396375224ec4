/**
 * Whom a member names to a newcomer: the newcomer is to find the cluster although the member that admitted it is lost before it
 * has told of the others.
 *
 * @module
 */
import type { NodeId } from '../crdt/index.ts'
import type { Neighbour } from '../net/index.ts'
import type { NodeRow } from './control/rows.ts'
import { topFor } from './placement/rendezvous.ts'

type Named = Pick<NodeRow, 'id' | 'verdict' | 'isSelf'> & { readonly fact: Pick<NodeRow['fact'], 'addresses'> }

/**
 * [JOIN8] Those that answer before those that do not (who is cut off itself names the others all the same), and to each newcomer
 * others first, so that a rack that joins at once does not dial one.
 */
export function neighboursFor(newcomer: NodeId, nodes: readonly Named[]): Neighbour[] {
  const others = nodes.filter(({ id, isSelf, fact }) => !isSelf && id !== newcomer && fact.addresses.length > 0)
  const addresses = new Map(others.map(({ id, fact }) => [id, fact.addresses]))
  const [present, away] = [true, false].map((isAlive) =>
    others.filter(({ verdict }) => (verdict === 'alive') === isAlive).map(({ id }) => id),
  )
  return [present!, away!].flatMap((ids) =>
    topFor(newcomer, ids, ids.length).map((node) => ({ node, addresses: addresses.get(node)! })),
  )
}
