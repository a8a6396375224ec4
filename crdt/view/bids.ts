/**
 * Bids that are on the table, by workload. They come from neighbour to neighbour, live for seconds, and are dropped by the replica.
 *
 * @module
 */
import type { FactName } from '../facts.ts'
import type { NodeId } from '../identity.ts'
import type { DocumentKey } from '../key.ts'
import type { BidRow } from './rows.ts'
import { SortedRows } from './sorted-rows.ts'

const NONE: readonly BidRow[] = []

export class BidIndex {
  readonly #byWorkload = new Map<DocumentKey, SortedRows<BidRow>>()
  readonly #workloadOf = new Map<string, DocumentKey>()

  of(workload: DocumentKey): readonly BidRow[] {
    return this.#byWorkload.get(workload)?.all ?? NONE
  }

  /** Returns the workloads concerned. */
  set(node: NodeId, name: FactName, row: BidRow | undefined): Set<DocumentKey> {
    const id = `${node}/${name}`
    const concerned = new Set<DocumentKey>()
    const before = this.#workloadOf.get(id)
    if (before !== undefined) {
      concerned.add(before)
      const bids = this.#byWorkload.get(before)
      bids?.delete(id)
      if (bids?.all.length === 0) this.#byWorkload.delete(before)
      this.#workloadOf.delete(id)
    }
    if (row !== undefined) {
      const { workload } = row.fact
      concerned.add(workload)
      this.#workloadOf.set(id, workload)
      const bids = this.#byWorkload.get(workload) ?? new SortedRows<BidRow>()
      this.#byWorkload.set(workload, bids)
      bids.set(id, Object.freeze(row))
    }
    return concerned
  }
}
