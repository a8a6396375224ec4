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

/** A newcomer knows nobody but the member that admitted it, and has learnt by then who else there is. */
export const NEW_LINK_MS = 5_000

/** Places remembered, those of the largest fleet. All overlays of a process share them: a place is a function of the name. */
const PLACES_MAX = 4_096

export interface OverlayQuestion {
  readonly self: NodeId
  /** All members but the departed, this node among them. */
  readonly members: readonly NodeId[]
  readonly isAway: (node: NodeId) => boolean
}

/** [OVL1] In a large cluster the ring closes over those who are away. */
export function wantedLinks({ self, members, isAway }: OverlayQuestion): Set<NodeId> {
  if (members.length <= FULL_MESH_MAX) return new Set(members.filter((node) => node !== self))
  const present = members.filter((node) => node !== self && !isAway(node))
  return new Set([...ringNeighbours(self, present), ...randomLinks(self, present)])
}

/** In one pass: a thousand members are looked at every second. */
function ringNeighbours(self: NodeId, others: readonly NodeId[]): NodeId[] {
  const own = placeOf(self)
  const after = new Nearest(RING_REACH)
  const before = new Nearest(RING_REACH)
  for (const node of others) {
    const ahead = (placeOf(node) - own + RING) % RING
    after.offer(node, ahead)
    before.offer(node, RING - ahead)
  }
  return [...after.nodes, ...before.nodes]
}

/** By rendezvous: who comes or goes changes only the choice of those that had it, or have it now. */
function randomLinks(self: NodeId, others: readonly NodeId[]): readonly NodeId[] {
  const own = placeOf(self)
  const nearest = new Nearest(RANDOM)
  for (const node of others) nearest.offer(node, mixed(own, placeOf(node)))
  return nearest.nodes
}

/** The few with the lowest values of many. Ties fall to the lower name. */
class Nearest {
  readonly nodes: NodeId[] = []
  readonly #values: number[] = []
  readonly #count: number

  constructor(count: number) {
    this.#count = count
  }

  offer(node: NodeId, value: number): void {
    let at = this.nodes.length
    while (at > 0 && this.#isBefore(node, value, at - 1)) at -= 1
    if (at >= this.#count) return
    this.nodes.splice(at, 0, node)
    this.#values.splice(at, 0, value)
    this.nodes.length = Math.min(this.nodes.length, this.#count)
    this.#values.length = this.nodes.length
  }

  #isBefore(node: NodeId, value: number, at: number): boolean {
    const other = this.#values[at]!
    return value < other || (value === other && node < this.nodes[at]!)
  }
}

/** Places are numbers below this. */
const RING = 2 ** 48

const places = new Map<NodeId, number>()

/** On the ring. */
export function placeOf(node: NodeId): number {
  const known = places.get(node)
  if (known !== undefined) return known
  if (places.size >= PLACES_MAX) places.clear()
  const place = weight('ring', node)
  places.set(node, place)
  return place
}

/** Of two places a third number, which looks like chance: a hash for each pair would take a fleet's every second. */
function mixed(own: number, other: number): number {
  let mix = Math.imul((own >>> 0) ^ Math.imul(other >>> 0, 0x9e3779b1), 0x85ebca6b)
  mix = Math.imul(mix ^ (mix >>> 15) ^ (other / 2 ** 32), 0xc2b2ae35)
  return (mix ^ (mix >>> 13)) >>> 0
}

/** [OVL2] Links to close: more than `LINKS_MAX`, and neither side wants them. */
export function excessLinks({
  links,
  isNew,
  ...question
}: OverlayQuestion & {
  readonly links: readonly NodeId[]
  /** Whether it has stood for less than `NEW_LINK_MS`. */
  readonly isNew: (node: NodeId) => boolean
}): NodeId[] {
  const { self } = question
  if (links.length <= LINKS_MAX) return []
  const wanted = wantedLinks(question)
  const unwanted = links.filter(
    (node) => !wanted.has(node) && !isNew(node) && !wantedLinks({ ...question, self: node }).has(self),
  )
  return topFor(`excess/${self}`, unwanted, links.length - LINKS_MAX)
}
