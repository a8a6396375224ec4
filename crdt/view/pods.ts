/**
 * Pods as their nodes report them, found by workload, by node and by name.
 *
 * @module
 */
import type { PodFact } from '../facts.ts'
import type { NodeId } from '../identity.ts'
import type { DocumentKey } from '../key.ts'
import { podKey } from './keys.ts'
import type { NodeIndex } from './nodes.ts'
import type { PodRow, ProbeAnswer } from './rows.ts'
import { SortedRows } from './sorted-rows.ts'

interface Reported {
  readonly fact: PodFact
  readonly changedAtMs: number
  readonly version: string
  readonly incarnation: number
}

const NONE: readonly PodRow[] = []

/** A uid is unique to an honest node; the node's id keeps a liar from hiding another's pod. */
const idOf = (uid: string, node: NodeId): string => `${uid}@${node}`

export class PodIndex {
  readonly #nodes: NodeIndex
  readonly #rows = new Map<string, PodRow>()
  readonly #sorted = new SortedRows<PodRow>()
  readonly #byWorkload = new Map<DocumentKey, SortedRows<PodRow>>()
  readonly #byNode = new Map<NodeId, Set<string>>()
  readonly #byKey = new Map<DocumentKey, Set<string>>()
  readonly #probes = new Map<string, ProbeAnswer>()

  constructor(nodes: NodeIndex) {
    this.#nodes = nodes
  }

  get all(): readonly PodRow[] {
    return this.#sorted.all
  }

  of(workload: DocumentKey): readonly PodRow[] {
    return this.#byWorkload.get(workload)?.all ?? NONE
  }

  on(node: NodeId): readonly PodRow[] {
    return [...(this.#byNode.get(node) ?? [])].map((id) => this.#rows.get(id)!)
  }

  /**
   * [VIEW14] Where two pods claim one name, one that is not to stop has it before one that is, then the older claim; ties fall to
   * the lower uid. Of several records of one pod only the best counts.
   */
  named(key: DocumentKey): PodRow | undefined {
    const namesakes = [...(this.#byKey.get(key) ?? [])].map((id) => this.#rows.get(id)!)
    if (namesakes.length < 2) return namesakes[0]
    const pods = new Map<string, PodRow>()
    for (const row of namesakes.toSorted(byWord)) if (!pods.has(row.fact.uid)) pods.set(row.fact.uid, row)
    return [...pods.values()].toSorted(byClaim)[0]
  }

  keys(): Iterable<DocumentKey> {
    return this.#byKey.keys()
  }

  /** Returns the row before and after. */
  report(node: NodeId, uid: string, reported: Reported | undefined): PodRow[] {
    const id = idOf(uid, node)
    const before = this.#rows.get(id)
    const after = reported && this.#rowOf(node, reported)
    if (before !== undefined && (after === undefined || !isInSamePlace(before, after))) this.#take(id, before)
    if (after === undefined) this.#probes.delete(uid)
    else this.#put(id, after)
    return [before, after].filter((row) => row !== undefined)
  }

  /** The verdict on a node, or its name, has changed: its pods' rows say so. */
  rejudge(node: NodeId): readonly PodRow[] {
    return this.on(node).map((row) => this.#replace(row))
  }

  /** Returns the pods concerned. */
  probe(uid: string, answer: ProbeAnswer | undefined): readonly PodRow[] {
    if (this.#probes.get(uid) === answer) return NONE
    const concerned = [...this.#rows.values()].filter(({ fact }) => fact.uid === uid)
    if (answer === undefined || concerned.length === 0) this.#probes.delete(uid)
    else this.#probes.set(uid, answer)
    return concerned.map((row) => this.#replace(row))
  }

  #rowOf(node: NodeId, reported: Reported): PodRow {
    const { fact, changedAtMs, version, incarnation } = reported
    return Object.freeze({
      node,
      fact,
      changedAtMs,
      version,
      incarnation,
      ...this.#nodes.judgement(node),
      probe: this.#probes.get(fact.uid),
    })
  }

  #replace(row: PodRow): PodRow {
    const after = this.#rowOf(row.node, row)
    this.#put(idOf(row.fact.uid, row.node), after)
    return after
  }

  #put(id: string, row: PodRow): void {
    const { fact, node } = row
    this.#rows.set(id, row)
    this.#sorted.set(id, row)
    getOrMake(this.#byWorkload, fact.workload, () => new SortedRows<PodRow>()).set(id, row)
    getOrMake(this.#byNode, node, () => new Set<string>()).add(id)
    getOrMake(this.#byKey, podKey(fact), () => new Set<string>()).add(id)
  }

  #take(id: string, { fact, node }: PodRow): void {
    this.#rows.delete(id)
    this.#sorted.delete(id)
    const siblings = this.#byWorkload.get(fact.workload)
    siblings?.delete(id)
    if (siblings?.all.length === 0) this.#byWorkload.delete(fact.workload)
    removeFrom(this.#byNode, node, id)
    removeFrom(this.#byKey, podKey(fact), id)
  }
}

const isInSamePlace = ({ fact: one }: PodRow, { fact: other }: PodRow): boolean =>
  one.workload === other.workload && one.name === other.name && one.namespace === other.namespace

function removeFrom<Key>(sets: Map<Key, Set<string>>, key: Key, id: string): void {
  const set = sets.get(key)
  set?.delete(id)
  if (set?.size === 0) sets.delete(key)
}

/**
 * Who has the word on one pod: a machine whose disk was replaced joins anew, and adopts what it ran under its former name. Facts
 * decide where verdicts do not, so that nodes that hear the same show the same.
 */
function byWord(left: PodRow, right: PodRow): number {
  const [isLost, isOtherLost] = [left.verdict === 'lost', right.verdict === 'lost']
  if (isLost !== isOtherLost) return isLost ? 1 : -1
  const laterMs = (right.fact.startedAtMs ?? 0) - (left.fact.startedAtMs ?? 0)
  if (laterMs !== 0) return laterMs
  const laterBoot = right.incarnation - left.incarnation
  return laterBoot === 0 ? (left.node < right.node ? -1 : 1) : laterBoot
}

/** One that is not to stop first, then the older claim: a total order. */
export function byClaim(left: PodRow, right: PodRow): number {
  const [one, other] = [left.fact, right.fact]
  if (one.stopping !== other.stopping) return one.stopping ? 1 : -1
  if (one.claimedAtMs !== other.claimedAtMs) return one.claimedAtMs - other.claimedAtMs
  if (one.uid !== other.uid) return one.uid < other.uid ? -1 : 1
  return left.node < right.node ? -1 : 1
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
