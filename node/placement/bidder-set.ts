/**
 * Who bids for a group of open slots. A herd that bids for every change is what killed fleet's scheduler, so a round has few
 * bidders, and everyone can tell who they are without asking.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import type { NodeRow, PodTemplate } from '../control/rows.ts'
import type { GroupId } from '../control/slot.ts'
import { reasonAgainst } from './eligible.ts'
import { topFor } from './rendezvous.ts'
import { reached } from '../../crdt/index.ts'

/** Bidders of a round for up to as many slots: enough to choose from when some are full or just gone. */
export const BIDDERS = 5

export interface BidderQuestion {
  readonly group: GroupId
  readonly template: PodTemplate
  readonly nodes: readonly NodeRow[]
  /** Nodes that run pods of the workload: image at hand, and their own pods to spread away from. */
  readonly holders: ReadonlySet<NodeId>
  readonly openCount: number
  /** Doubles the set each time the last round left slots open. */
  readonly attempt: number
  /** Nodes whose bids are not counted now (failures.ts). */
  readonly ignored?: ReadonlySet<NodeId>
}

export interface BidderSet {
  /** By name. */
  readonly members: readonly NodeId[]
  /** There is nobody else to ask. */
  readonly isEveryone: boolean
}

/** [BDS1] Never more than `bidderCount`; holders have up to half of the places. */
export function bidderSet({ group, template, nodes, holders, openCount, attempt, ignored }: BidderQuestion): BidderSet {
  const count = bidderCount(openCount, attempt)
  const able = nodes.filter((node) => reasonAgainst(template, node) === undefined).map(({ id }) => id)
  if (attempt > 0 && able.length > bidderCount(openCount, 0)) reached('bidders-widened')
  const trusted = able.filter((node) => ignored?.has(node) !== true)
  // [BDS3] Where all have failed, all are asked again.
  const eligible = trusted.length === 0 ? able : trusted
  if (eligible.length <= count) return { members: eligible.sort(), isEveryone: true }
  const first = topFor(
    group,
    eligible.filter((node) => holders.has(node)),
    Math.floor(count / 2),
  )
  const others = topFor(
    group,
    eligible.filter((node) => !first.includes(node)),
    count - first.length,
  )
  return { members: [...first, ...others].sort(), isEveryone: false }
}

/** [BDS2] One bid covers many slots, so many slots may have as many bidders: still one message a slot at most. */
function bidderCount(openCount: number, attempt: number): number {
  return Math.max(BIDDERS, openCount) * 2 ** Math.min(attempt, 20)
}
