/**
 * Two sorts of `resourceVersion`. An object's own follows from its content and is the same on every node; it guards an
 * edit, but says nothing about what else a node has seen. A list's is a token of the node that gave it: a place in its
 * watch log. A watch resumes from tokens alone, since resuming from an object's version lost changes whenever a client
 * had moved to another node (measured: 2 to 6 of 3,000 objects).
 *
 * Both are decimals below 2^63, which is what clients since Kubernetes 1.35 demand: 43 bits of ms since 2024, 19 bits, and
 * one bit for the sort (1: token). The 19 bits of a token name the node and its start.
 *
 * @module
 */
import { sha256 } from '../../crdt/index.ts'

/** 2024-01-01T00:00:00Z: 43 bits of ms from here last until 2302. */
const EPOCH_MS = 1_704_067_200_000

export class TokenIssuer {
  readonly #issuer: bigint
  #lastMs = 0

  /** `issuer` is to be new at every start of the node: the log that tokens point into is gone with it. */
  constructor(issuer: string) {
    const hash = sha256(issuer).readUInt32BE(0)
    this.#issuer = BigInt(hash >>> 13)
  }

  /** Greater than every token before, also when the clock stands still or goes back. */
  next(nowMs: number): string {
    this.#lastMs = Math.max(this.#lastMs + 1, Math.floor(nowMs - EPOCH_MS), 1)
    return String((BigInt(this.#lastMs) << 20n) | (this.#issuer << 1n) | 1n)
  }
}
