/**
 * The look at the whole view before anything is bid for: which slots are open, and which claims are to be given up.
 *
 * @module
 */
import type { DocumentKey, NodeId } from '../../crdt/index.ts'
import {
  hasEnded,
  openSlots,
  readClaims,
  releases,
  templateOf,
  type Claim,
  type Release,
  type Sight,
} from '../control/claims.ts'
import { groupBy } from '../control/group-by.ts'
import type { NodeRow, PodRow, PodTemplate, Workload } from '../control/rows.ts'
import { groupOf, type GroupId, type Slot } from '../control/slot.ts'
import { wantedSlots } from '../control/slots.ts'

export interface Snapshot {
  readonly nodes: readonly NodeRow[]
  readonly pods: readonly PodRow[]
  readonly workloads: readonly Workload[]
}

export interface OpenGroup {
  readonly id: GroupId
  readonly workload: Workload
  readonly revision: string
  readonly template: PodTemplate
  readonly open: readonly Slot[]
  readonly holders: ReadonlySet<NodeId>
}

export interface Survey {
  readonly groups: ReadonlyMap<GroupId, OpenGroup>
  readonly releases: readonly Release[]
  readonly claims: readonly Claim[]
  /** Pods whose workload is not there (any more). */
  readonly orphans: readonly PodRow[]
  /** While the snapshot stays as it is, no later look will find anything else. */
  readonly isAtRest: boolean
}

/** What a look finds about one workload. */
interface Part {
  readonly workload: Workload
  readonly rows: readonly PodRow[]
  readonly claims: readonly Claim[]
  readonly releases: readonly Release[]
  readonly groups: readonly OpenGroup[]
  readonly isAtRest: boolean
}

/** Looks again and again, and anew only at workloads that have changed or wait for a time to come. */
export class Surveyor {
  readonly #parts = new Map<DocumentKey, Part>()
  #nodes: readonly NodeRow[] = []

  survey({ nodes, pods, workloads }: Snapshot, sight: Sight): Survey {
    const rows = new Map<DocumentKey, PodRow[]>(workloads.map(({ key }) => [key, []]))
    const orphans = pods.filter((row) => rows.get(row.fact.workload)?.push(row) === undefined)
    if (nodes !== this.#nodes) this.#parts.clear()
    this.#nodes = nodes
    for (const key of this.#parts.keys()) if (!rows.has(key)) this.#parts.delete(key)
    const parts = workloads.map((workload) => this.#part(workload, rows.get(workload.key)!, sight))
    return {
      groups: new Map(parts.flatMap(({ groups }) => groups.map((group) => [group.id, group]))),
      releases: parts.flatMap((part) => part.releases),
      claims: parts.flatMap(({ claims }) => claims),
      orphans,
      isAtRest: orphans.length === 0 && parts.every(({ isAtRest }) => isAtRest),
    }
  }

  #part(workload: Workload, rows: readonly PodRow[], sight: Sight): Part {
    const known = this.#parts.get(workload.key)
    if (known?.isAtRest === true && known.workload === workload && isSame(known.rows, rows)) return known
    const part = surveyWorkload(workload, rows, sight)
    this.#parts.set(workload.key, part)
    return part
  }
}

/** Rows are never changed, only replaced. */
const isSame = (some: readonly PodRow[], others: readonly PodRow[]): boolean =>
  some.length === others.length && some.every((row, index) => row === others[index])

function surveyWorkload(workload: Workload, rows: readonly PodRow[], sight: Sight): Part {
  const claims = readClaims(rows, sight, workload)
  const wanted = wantedSlots(workload, claims, sight.nowMs)
  const holders = new Set(claims.filter(({ live }) => live).map(({ row }) => row.node))
  const openIn = groupBy(openSlots(wanted, claims), groupOf)
  const groups = [...openIn].flatMap(([id, open]): OpenGroup[] => {
    const { revision } = open[0]!
    const template = templateOf(workload, revision)
    return template === undefined ? [] : [{ id, workload, revision, template, open, holders }]
  })
  const unwanted = releases(workload, { wanted, claims, nowMs: sight.nowMs })
  const isAtRest =
    openIn.size === 0 && unwanted.length === 0 && claims.every((claim) => isSettled(claim, workload.revision))
  return { workload, rows, claims, releases: unwanted, groups, isAtRest }
}

/** [PLC14] It serves on a node that is there, or has run its course: no time that passes makes it count for less. */
const isSettled = ({ live, verdict, isStale, slot, row }: Claim, revision: string): boolean =>
  live && verdict === 'alive' && !isStale && (row.fact.ready || hasEnded(row.fact)) && slot.revision === revision

/** [PLC9] Everything that may turn a decline into an offer: nodes as they are, and how many pods each holds. */
export function capacitySignature({ nodes, pods }: Snapshot): string {
  const held = new Map<NodeId, number>()
  for (const { node } of pods) held.set(node, (held.get(node) ?? 0) + 1)
  const parts = nodes.map(({ id, verdict, fact }) => {
    const { unschedulable, capacity, labels, taints, runtimes } = fact
    return [id, verdict, held.get(id) ?? 0, unschedulable, capacity, labels, taints, runtimes]
  })
  return JSON.stringify(parts)
}
