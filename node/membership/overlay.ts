/**
 * With whom to hold links. In a small cluster with everybody. In a larger one with the neighbours on a ring, so that nobody
 * is left out and the monitors of a node know one another, and with some random ones, so that the ring's ends are near. The
 * choice is a function of the members, the same whoever computes it: a node can tell who wants a link with it.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import { topFor, weight } from '../placement/rendezvous.ts'

/** Up to here everybody is linked with everybody. */
export const FULL_MESH_MAX = 12

/** Neighbours on the ring, on each side: with two, the next ones of a node that died are linked already. */
const RING_REACH = 2

/** Random ones chosen by a node; as many choose it. With the ring: 8 to 12 links. */
const RANDOM = 3

/** Links kept beyond those that either side wants: they were opened by others, or a member came back. */
export const LINKS_MAX = 16

export interface OverlayQuestion {
  readonly self: NodeId
  /** All members but the departed, this node among them. */
  readonly members: readonly NodeId[]
  readonly isAway: (node: NodeId) => boolean
}

/** [OVL1] In a large cluster the ring closes over those who are away. */
export function wantedLinks({ self, members, isAway }: OverlayQuestion): Set<NodeId> {
  const others = members.filter((node) => node !== self)
  if (members.length <= FULL_MESH_MAX) return new Set(others)
  const present = others.filter((node) => !isAway(node))
  return new Set([...ringNeighbours(self, present), ...topFor(`overlay/${self}`, present, RANDOM)])
}

function ringNeighbours(self: NodeId, others: readonly NodeId[]): NodeId[] {
  const ring = [self, ...others]
    .map((node) => ({ node, place: weight('ring', node) }))
    .sort((a, b) => a.place - b.place || (a.node < b.node ? -1 : 1))
    .map(({ node }) => node)
  const at = ring.indexOf(self)
  const offsets = Array.from({ length: RING_REACH }, (_, index) => index + 1).flatMap((offset) => [offset, -offset])
  return offsets.map((offset) => ring[(at + offset + ring.length) % ring.length]!).filter((node) => node !== self)
}

/** [OVL2] Links to close: more than `LINKS_MAX`, and neither side wants them. */
export function excessLinks(question: OverlayQuestion & { readonly links: readonly NodeId[] }): NodeId[] {
  const { self, links } = question
  if (links.length <= LINKS_MAX) return []
  const wanted = wantedLinks(question)
  const unwanted = links.filter((node) => !wanted.has(node) && !wantedLinks({ ...question, self: node }).has(self))
  return topFor(`excess/${self}`, unwanted, links.length - LINKS_MAX)
}
