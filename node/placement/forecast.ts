/**
 * Which node would win each slot of a workload that nobody has written yet: the auction as it would go by what this node
 * knows of the others. A forecast, since only a node itself knows what failed on it and what it has promised. Pure.
 *
 * @module
 */
import { hasEnded, type BidFact, type DocumentKey, type NodeId, type PodSecurityLevel } from '../../crdt/index.ts'
import type { NodeRow, PodRow, PodTemplate, Workload } from '../control/rows.ts'
import { slot, type Slot } from '../control/slot.ts'
import { award } from './award.ts'
import { makeBid } from './bid.ts'
import { bidderSet } from './bidder-set.ts'
import { portTaken } from './host-ports.ts'
import { freeOf, holdersOn, NOTHING, usedOn } from './requests.ts'

export interface ForecastQuestion {
  readonly workload: DocumentKey
  /** Pods of this revision stay where they are; others of the workload will have gone. */
  readonly revision: string
  readonly template: PodTemplate
  /** What its namespace lets its pods do; absent: what it does by default. */
  readonly podSecurity?: PodSecurityLevel
  readonly replicas: number
  readonly nodes: readonly NodeRow[]
  readonly pods: readonly PodRow[]
  readonly workloads: readonly Workload[]
}

export interface ForecastSlot {
  readonly index: number
  /** Undefined: none would take it. */
  readonly node: NodeId | undefined
  readonly is: 'kept' | 'won' | 'open'
}

export interface Forecast {
  /** In order of their numbers. */
  readonly slots: readonly ForecastSlot[]
  /** Nodes that would take none, or no more, and why. */
  readonly declines: readonly { readonly node: NodeId; readonly why: string }[]
}

export function forecast(question: ForecastQuestion): Forecast {
  const { workload, revision, replicas, pods } = question
  const ofWorkload = pods.filter(({ fact }) => fact.workload === workload && !fact.stopping && !hasEnded(fact))
  const kept = new Map(
    ofWorkload
      .filter(({ fact }) => fact.revision === revision && fact.index < replicas)
      .map((row) => [row.fact.index, row]),
  )
  const staying = [...pods.filter(({ fact }) => fact.workload !== workload), ...kept.values()]
  const open = Array.from({ length: replicas }, (_, index) => slot(workload, revision, index)).filter(
    ({ index }) => !kept.has(index),
  )
  const bids = open.length === 0 ? new Map<NodeId, BidFact>() : bidsOf(question, staying, open)
  const won = new Map(award({ open, bids }).map((each) => [each.slot.index, each.winner]))
  const slots = Array.from({ length: replicas }, (_, index): ForecastSlot => {
    const node = kept.get(index)?.node
    if (node !== undefined) return { index, node, is: 'kept' }
    return { index, node: won.get(index), is: won.has(index) ? 'won' : 'open' }
  })
  const declines = [...bids].flatMap(([node, { decline }]) => (decline === undefined ? [] : [{ node, why: decline }]))
  return { slots, declines }
}

/** As many are asked as an auction would ask, until all slots are offered a place. */
function bidsOf(
  question: ForecastQuestion,
  staying: readonly PodRow[],
  open: readonly Slot[],
): ReadonlyMap<NodeId, BidFact> {
  const { workload, revision, template, podSecurity, nodes } = question
  const workloads = new Map(question.workloads.map((each) => [each.key, each]))
  const bidOf = (self: NodeRow): BidFact =>
    makeBid({
      workload,
      revision,
      template,
      podSecurity,
      auction: 'forecast',
      openCount: open.length,
      self,
      free: freeOf(self.fact, usedOn(self.id, staying, workloads)),
      promised: NOTHING,
      siblings: staying.filter(({ node, fact }) => node === self.id && fact.workload === workload).length,
      failures: 0,
      portTaken: portTaken(template, () => holdersOn(self.id, staying, workloads)),
      refusal: undefined,
    })
  const holders = new Set(staying.filter(({ fact }) => fact.workload === workload).map(({ node }) => node))
  for (let attempt = 0; ; attempt += 1) {
    const set = bidderSet({
      group: `${workload}/${revision}`,
      template,
      nodes,
      holders,
      openCount: open.length,
      attempt,
    })
    const members = new Set(set.members)
    // Where nobody else can be asked, those that cannot take part say why.
    const asked = set.isEveryone ? nodes : nodes.filter(({ id }) => members.has(id))
    const bids = new Map(asked.map((node) => [node.id, bidOf(node)]))
    const offered = [...bids.values()].reduce((sum, { curve }) => sum + curve.length, 0)
    if (set.isEveryone || offered >= open.length) return bids
  }
}
