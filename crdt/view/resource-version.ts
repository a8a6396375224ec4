/**
 * Resource versions of what is put together from several sources: status and derived objects.
 *
 * As for documents: `(ms since 2024) << 20 | 19 bits of a hash over all versions that took part << 1`, decimal. The time is
 * that of the latest source, so versions grow with time; the hash tells apart what was written within one millisecond.
 *
 * @module
 */

/** 1 January 2024, UTC. */
const EPOCH_MS = 1_704_067_200_000

/** Sources in any order: their hashes are added up. */
export class VersionSum {
  #latestMs = EPOCH_MS
  #sum = 0

  add(version: string, atMs: number): this {
    this.#latestMs = Math.max(this.#latestMs, atMs)
    this.#sum = (this.#sum + hash32(version)) >>> 0
    return this
  }

  toString(): string {
    const mixed = (this.#sum ^ (this.#sum >>> 15)) & 0x7ffff
    return String((BigInt(Math.trunc(this.#latestMs) - EPOCH_MS) << 20n) | (BigInt(mixed) << 1n))
  }
}

/** FNV-1a. Nobody gains by making two of them equal: an observer of both would miss one step of a status. */
function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
