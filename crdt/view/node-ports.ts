/**
 * Who holds which node port. Two Services may ask for one on two sides of a split: the one created first keeps it, ties
 * fall to the lower uid, so that every node opens the same ports for the same Services.
 *
 * @module
 */
import type { DocumentKey } from '../key.ts'

export interface Claimant {
  readonly key: DocumentKey
  /** RFC 3339, which sorts by time. */
  readonly createdAt: string
  readonly uid: string
}

export class NodePorts {
  readonly #claimants = new Map<number, Claimant[]>()
  readonly #portsOf = new Map<DocumentKey, readonly number[]>()

  /** Returns the Services whose ports may read differently. */
  claim(claimant: Claimant, ports: readonly number[]): Set<DocumentKey> {
    const concerned = this.release(claimant.key)
    this.#portsOf.set(claimant.key, ports)
    for (const port of new Set(ports)) {
      const all = [...(this.#claimants.get(port) ?? []), claimant].toSorted(byAge)
      this.#claimants.set(port, all)
      for (const { key } of all) concerned.add(key)
    }
    return concerned
  }

  release(key: DocumentKey): Set<DocumentKey> {
    const concerned = new Set<DocumentKey>()
    for (const port of this.#portsOf.get(key) ?? []) {
      const rest = (this.#claimants.get(port) ?? []).filter((each) => each.key !== key)
      if (rest.length === 0) this.#claimants.delete(port)
      else this.#claimants.set(port, rest)
      for (const each of rest) concerned.add(each.key)
    }
    this.#portsOf.delete(key)
    return concerned
  }

  holder(port: number): DocumentKey | undefined {
    return this.#claimants.get(port)?.[0]?.key
  }

  /** Ports that any other Service asks for. */
  takenBy(others: { except?: DocumentKey | undefined }): Set<number> {
    const taken = new Set<number>()
    for (const [port, claimants] of this.#claimants) {
      if (claimants.some(({ key }) => key !== others.except)) taken.add(port)
    }
    return taken
  }
}

function byAge(left: Claimant, right: Claimant): number {
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? -1 : 1
  return left.uid < right.uid ? -1 : 1
}
