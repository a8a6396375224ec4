/**
 * Nodes that said what they are, with this node's verdicts. Names are made unique here: of those who share one the member
 * admitted first keeps it, others get the end of their id behind it. So every node reads the same names whichever record came
 * first, and a newcomer renames nobody.
 *
 * @module
 */
import type { NodeFact } from '../facts.ts'
import type { NodeId } from '../identity.ts'
import { deepFreeze, type KubeObject } from '../object.ts'
import { drainOf, withWishes, type Verdict } from '../objects/node.ts'
import type { NodeRow } from './rows.ts'
import { SortedRows } from './sorted-rows.ts'

interface Judgement {
  readonly verdict: Verdict
  readonly sinceMs: number
}

/** A node nobody judged yet is taken for alive: what it runs is not started again before the detector has spoken. */
const UNJUDGED: Judgement = { verdict: 'alive', sinceMs: 0 }

export interface Said {
  readonly fact: NodeFact
  readonly changedAtMs: number
  readonly version: string
  readonly incarnation: number
}

export class NodeIndex {
  readonly #self: NodeId
  readonly #admittedMs: (node: NodeId) => number
  readonly #said = new Map<NodeId, Said>()
  readonly #judgements = new Map<NodeId, Judgement>()
  readonly #rows = new Map<NodeId, NodeRow>()
  #names = new Map<NodeId, string>()
  readonly #byName = new Map<string, NodeId>()
  /** What people want of nodes, by name. */
  readonly #wishes = new Map<string, KubeObject>()
  /** Whether anybody has another name than it wishes. */
  #hasRivals = false
  readonly #sorted = new SortedRows<NodeRow>()

  constructor(self: NodeId, admittedMs: (node: NodeId) => number) {
    this.#self = self
    this.#admittedMs = admittedMs
  }

  get all(): readonly NodeRow[] {
    return this.#sorted.all
  }

  get(node: NodeId): NodeRow | undefined {
    return this.#rows.get(node)
  }

  named(name: string): NodeRow | undefined {
    const id = this.#byName.get(name)
    return id === undefined ? undefined : this.#rows.get(id)
  }

  /** Of any node, whether it has said anything or not. */
  judgement(node: NodeId): Judgement {
    return this.#judgements.get(node) ?? UNJUDGED
  }

  /** What people want of the node of this name, whoever that is. */
  wish(name: string, document: KubeObject | undefined): void {
    if (document === undefined) this.#wishes.delete(name)
    else this.#wishes.set(name, document)
    const id = this.#byName.get(name)
    if (id !== undefined) this.#rebuild(id)
  }

  /** Returns false where nothing changes. */
  judge(node: NodeId, judgement: Judgement): boolean {
    const before = this.judgement(node)
    this.#judgements.set(node, judgement)
    if (before.verdict === judgement.verdict && before.sinceMs === judgement.sinceMs) return false
    this.#rebuild(node)
    return true
  }

  /** Returns the nodes whose rows changed, and the names that were or are theirs. */
  say(node: NodeId, said: Said | undefined): { nodes: NodeId[]; names: Set<string> } {
    const name = said?.fact.name
    if (said !== undefined && name !== undefined && this.#isNobodyElses(node, name)) return this.#sayAlone(node, said)
    const before = new Map([...this.#rows].map(([id, { name }]) => [id, name]))
    if (said === undefined) this.#said.delete(node)
    else this.#said.set(node, said)
    this.#nameAll()
    const nodes = [...new Set([node, ...before.keys()])].filter(
      (id) => id === node || before.get(id) !== this.#names.get(id),
    )
    for (const id of nodes) this.#rebuild(id)
    const names = nodes.flatMap((id) => [before.get(id), this.#names.get(id)]).filter((name) => name !== undefined)
    return { nodes, names: new Set(names) }
  }

  /** Everybody has the name it wishes, and nobody else has this one: it changes no other's. */
  #isNobodyElses(node: NodeId, name: string): boolean {
    const own = this.#names.get(node)
    return !this.#hasRivals && (own === undefined ? !this.#byName.has(name) : own === name)
  }

  /** As most do: a fleet that starts would else name all of it for each that speaks. */
  #sayAlone(node: NodeId, said: Said): { nodes: NodeId[]; names: Set<string> } {
    const { name } = said.fact
    this.#said.set(node, said)
    this.#names.set(node, name)
    this.#byName.set(name, node)
    this.#rebuild(node)
    return { nodes: [node], names: new Set([name]) }
  }

  #nameAll(): void {
    const wished = [...this.#said].map(([id, { fact }]) => ({ id, name: fact.name, admittedMs: this.#admittedMs(id) }))
    this.#names = uniqueNames(wished)
    this.#hasRivals = wished.some(({ id, name }) => this.#names.get(id) !== name)
    this.#byName.clear()
    for (const [id, name] of this.#names) this.#byName.set(name, id)
  }

  #rebuild(node: NodeId): void {
    const said = this.#said.get(node)
    const name = this.#names.get(node)
    if (said === undefined || name === undefined) {
      this.#rows.delete(node)
      this.#sorted.delete(node)
      return
    }
    const wish = this.#wishes.get(name)
    const drain = drainOf(wish)
    const row: NodeRow = Object.freeze({
      id: node,
      name,
      ...said,
      fact: wish === undefined ? said.fact : deepFreeze(withWishes(said.fact, wish)),
      ...(drain === undefined ? {} : { drain }),
      ...this.judgement(node),
      isSelf: node === this.#self,
    })
    this.#rows.set(node, row)
    this.#sorted.set(node, row)
  }
}

/** Lengths of the end of an id, until the name is its own. */
const ID_ENDS = [4, 8, 64]

interface Wish {
  readonly id: NodeId
  readonly name: string
  readonly admittedMs: number
}

/** Each name to the first in the order of admission, ties to the lower id. A pure function of the whole set. */
function uniqueNames(wishes: readonly Wish[]): Map<NodeId, string> {
  const names = new Map<string, NodeId>()
  for (const { id, name } of [...wishes].sort((a, b) => a.admittedMs - b.admittedMs || (a.id < b.id ? -1 : 1))) {
    const ends = ID_ENDS.map((length) => `${name}-${id.slice(-length).toLowerCase()}`)
    names.set([name, ...ends].find((each) => !names.has(each)) ?? id, id)
  }
  return new Map([...names].map(([name, id]) => [id, name]))
}
