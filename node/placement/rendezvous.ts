/**
 * Rendezvous hashing: who comes first for a key, known to everyone who knows the candidates. A node that comes or goes
 * moves only what it wins or held itself.
 *
 * @module
 */
import { sha256 } from '../../crdt/index.ts'

/** 48 bits of SHA-256, exact in a number. Nobody can choose a name that wins a given key for less than that many tries. */
export function weight(key: string, candidate: string): number {
  return sha256(`${key}\0${candidate}`).readUIntBE(0, 6)
}

/** The first `count` for this key. Ties of the hash fall to the lower name. */
export function topFor(key: string, candidates: readonly string[], count: number): string[] {
  return candidates
    .map((candidate) => ({ candidate, weight: weight(key, candidate) }))
    .sort((a, b) => b.weight - a.weight || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}
