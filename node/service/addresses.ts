/**
 * Where each service is found on this machine, without anybody handing out numbers: by the hash of its key and this node's id,
 * so that the answer is the same after a restart and containers may keep it in their environment. Several nodes on one
 * machine get different answers, since the node is part of the hash.
 *
 * Where two hashes meet, the older service keeps the place and the other takes the next of its sequence; a place once taken
 * is kept while the node runs, whatever comes later.
 *
 * @module
 */
import { sha256 } from '../../crdt/index.ts'

/** Places tried for one name; each is free with a probability of over a half for up to 5,000 names. */
const PROBES_MAX = 64

/** Ports for containers and for services below the lowest allowed port: under the nodePorts and the kernel's own choice. */
const PORT_FIRST = 20_000
const PORT_COUNT = 10_000

export interface Settling<Place> {
  /** Who needs a place, oldest first. */
  readonly names: readonly string[]
  readonly previous: ReadonlyMap<string, Place>
  /** Whether something else has this place: found out by trying. */
  isTaken(name: string, place: Place): boolean
  candidate(name: string, attempt: number): Place
}

/** A place for each name, no two the same. A name is left out where all its candidates are taken. */
export function settlePlaces<Place>({
  names,
  previous,
  isTaken,
  candidate,
}: Settling<Place>): ReadonlyMap<string, Place> {
  const settled = new Map<string, Place>()
  const used = new Set<Place>()
  const settle = (name: string, place: Place): boolean => {
    if (used.has(place) || isTaken(name, place)) return false
    settled.set(name, place)
    used.add(place)
    return true
  }
  const wanted = new Set(names)
  for (const [name, place] of previous) if (wanted.has(name)) settle(name, place)
  for (const name of wanted) {
    if (settled.has(name)) continue
    for (let attempt = 0; attempt < PROBES_MAX; attempt++) if (settle(name, candidate(name, attempt))) break
  }
  return settled
}

/** One of 127.128.0.0/10: 4 million addresses of which Linux answers all; never ending in 0 or 255. */
export function loopbackCandidate(node: string, name: string, attempt: number): string {
  const [a, b, c] = hashOf('address', node, name, attempt) as unknown as [number, number, number]
  return `127.${128 + (a % 64)}.${b}.${1 + (c % 254)}`
}

/** One of 20000 to 29999. */
export function portCandidate(node: string, name: string, attempt: number): number {
  return PORT_FIRST + (hashOf('port', node, name, attempt).readUInt32BE() % PORT_COUNT)
}

function hashOf(...parts: readonly (string | number)[]): Buffer {
  return sha256(JSON.stringify(parts))
}
