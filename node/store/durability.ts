/**
 * When a write may be answered: once W disks hold it, this node's included, or once waiting longer would not help.
 *
 * A component smaller than W still takes writes; the answer says how many disks have them. Never a promise that is not kept,
 * never a refusal for want of peers (P5, P6).
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import { reached } from '../../crdt/index.ts'

/** Disks that shall hold a write before it is answered: two, where there are two members. */
export const WRITE_DISKS = 2
/** Longest wait for other disks. A neighbour's fsync takes milliseconds; one that stalls does not hold up the user. */
export const ACK_WAIT_MS = 400

export interface Durability {
  /** Disks that hold the write now. */
  readonly disks: number
  /** Disks that were asked for. */
  readonly of: number
}

interface Waiting {
  readonly holders: Set<NodeId>
  readonly deadlineMs: number
  readonly answer: (durability: Durability) => void
}

export class DurabilityLedger {
  readonly #waiting = new Map<string, Waiting>()
  readonly #self: NodeId

  constructor(self: NodeId) {
    this.#self = self
  }

  /** This node's own disk has it. Answers at once where no more can be had. */
  stored(
    hash: string,
    at: { nowMs: number; members: number; neighbours: number },
    answer: (durability: Durability) => void,
  ): void {
    const of = Math.min(WRITE_DISKS, at.members)
    if (of <= 1 || at.neighbours === 0) {
      answer({ disks: 1, of })
      return
    }
    this.#waiting.set(hash, { holders: new Set([this.#self]), deadlineMs: at.nowMs + ACK_WAIT_MS, answer })
  }

  /** A neighbour says that its disk has these. */
  acknowledged(node: NodeId, hashes: readonly string[]): void {
    for (const hash of hashes) {
      const waiting = this.#waiting.get(hash)
      if (waiting === undefined) continue
      waiting.holders.add(node)
      if (waiting.holders.size < WRITE_DISKS) continue
      this.#waiting.delete(hash)
      waiting.answer({ disks: waiting.holders.size, of: WRITE_DISKS })
    }
  }

  /** Answers what has waited long enough. */
  expire(nowMs: number): void {
    for (const [hash, waiting] of this.#waiting) {
      if (waiting.deadlineMs > nowMs) continue
      reached('answered-with-fewer-disks')
      this.#waiting.delete(hash)
      waiting.answer({ disks: waiting.holders.size, of: WRITE_DISKS })
    }
  }
}
