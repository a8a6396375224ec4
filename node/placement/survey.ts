/**
 * The look at the whole view before anything is bid for: which slots are open, and which claims are to be given up.
 *
 * @module
 */
import { hasEnded, type Budget, type DocumentKey, type NodeId } from '../../crdt/index.ts'
import { openSlots, readClaims, releases, templateOf, type Claim, type Release, type Sight } from '../control/claims.ts'
import { groupBy } from '../control/group-by.ts'
import { departures, leaversOf, slotsToMove, type Departure, type Leaver } from '../control/leaving.ts'
import type { NodeRow, PodRow, PodTemplate, Workload } from '../control/rows.ts'
import { outlook, type Finding, type Move } from './rebalance.ts'
import { groupOf, type GroupId, type Slot } from '../control/slot.ts'
import { wantedSlots } from '../control/slots.ts'

export interface Snapshot {
  readonly nodes: readonly NodeRow[]
  readonly pods: readonly PodRow[]
  readonly workloads: readonly Workload[]
  readonly budgets?: readonly Budget[]
}

export interface OpenGroup {
  readonly id: GroupId
  readonly workload: Workload
  readonly revision: string
  readonly template: PodTemplate
  readonly open: readonly Slot[]
  readonly holders: ReadonlySet<NodeId>
  /** Its slot has a pod that serves, and is offered to even out the nodes. */
  readonly move?: Move
}

export interface Survey {
  readonly groups: ReadonlyMap<GroupId, OpenGroup>
  readonly releases: readonly Release[]
  readonly claims: readonly Claim[]
  /** Pods that are to leave their nodes, and what they wait for. */
  readonly departures: readonly Departure[]
  /** Pods whose workload is not there (any more). */
  readonly orphans: readonly PodRow[]
  /** While the snapshot stays as it is, no later look will find anything else. */
  readonly isAtRest: boolean
  /** When it will have been calm for long enough to even out the nodes; ms of the wall clock. */
  readonly calmAtMs?: number
}

/** What a look finds about one workload. */
interface Part extends Finding {
  readonly rows: readonly PodRow[]
  readonly releases: readonly Release[]
  readonly leavers: readonly Leaver[]
  readonly groups: readonly OpenGroup[]
}

/** Looks again and again, and anew only at workloads that have changed or wait for a time to come. */
export class Surveyor {
  readonly #parts = new Map<DocumentKey, Part>()
  #nodes: readonly NodeRow[] = []

  /** `calmMs`: how long all has to be calm before a pod is moved to even out the nodes. Absent: none is. */
  survey({ nodes, pods, workloads, budgets = [] }: Snapshot, sight: Sight, calmMs?: number): Survey {
    const rows = new Map<DocumentKey, PodRow[]>(workloads.map(({ key }) => [key, []]))
    const orphans = pods.filter((row) => rows.get(row.fact.workload)?.push(row) === undefined)
    if (nodes !== this.#nodes) this.#parts.clear()
    this.#nodes = nodes
    for (const key of this.#parts.keys()) if (!rows.has(key)) this.#parts.delete(key)
    const found = workloads.map((workload) => this.#part(workload, rows.get(workload.key)!, sight))
    const { move, calmAtMs } =
      calmMs === undefined ? {} : outlook({ nodes, pods, findings: found, budgets }, { nowMs: sight.nowMs, calmMs })
    const parts = move === undefined ? found : found.map((part) => withMove(part, move, sight))
    const leavers = parts.flatMap((part) => part.leavers)
    const leaving = departures(leavers, {
      budgets,
      workloads,
      claimsOf: ({ key }) => this.#parts.get(key)?.claims ?? [],
    })
    const going = leaving.filter(({ waitsFor }) => waitsFor === undefined).map(({ release }) => release)
    return {
      groups: new Map(parts.flatMap(({ groups }) => groups.map((group) => [group.id, group]))),
      releases: [...parts.flatMap((part) => part.releases), ...going],
      departures: leaving,
      claims: parts.flatMap(({ claims }) => claims),
      orphans,
      isAtRest: orphans.length === 0 && parts.every(({ isAtRest }) => isAtRest),
      ...(calmAtMs === undefined ? {} : { calmAtMs }),
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
  const moving = slotsToMove(workload, { wanted, claims, nowMs: sight.nowMs })
  const openIn = groupBy(openSlots(wanted, claims, moving), groupOf)
  const groups = [...openIn].flatMap(([id, open]): OpenGroup[] => {
    const { revision } = open[0]!
    const template = templateOf(workload, revision)
    return template === undefined ? [] : [{ id, workload, revision, template, open, holders }]
  })
  const unwanted = releases(workload, { wanted, claims, nowMs: sight.nowMs })
  const given = new Set(unwanted.map(({ uid }) => uid))
  const leavers = leaversOf(workload, { claims, moving, nowMs: sight.nowMs }).filter(
    ({ claim }) => !given.has(claim.row.fact.uid),
  )
  const isQuiet = openIn.size === 0 && unwanted.length === 0 && leavers.length === 0
  const isAtRest = isQuiet && claims.every((claim) => isSettled(claim, workload.revision))
  return { workload, rows, claims, releases: unwanted, leavers, groups, isQuiet, isAtRest }
}

/** [REB7] The pod leaves as in a drain, and its slot is offered to those alone with whom it is better off. */
function withMove(part: Part, move: Move, sight: Sight): Part {
  if (part.workload !== move.workload) return part
  const [why = ''] = move.targets.values()
  const moved = surveyWorkload(part.workload, part.rows, { ...sight, moved: { uid: move.uid, why } })
  return { ...moved, groups: moved.groups.map((group) => ({ ...group, move })) }
}

/** [PLC14] It serves on a node that is there, or has run its course: no time that passes makes it count for less. */
const isSettled = ({ live, verdict, isStale, slot, row }: Claim, revision: string): boolean =>
  live && verdict === 'alive' && !isStale && (row.fact.ready || hasEnded(row.fact)) && slot.revision === revision

/** [PLC9] Everything that may turn a decline into an offer: nodes as they are, how many pods each holds, and what namespaces allow. */
export function capacitySignature({ nodes, pods, workloads }: Snapshot): string {
  const held = new Map<NodeId, number>()
  for (const { node } of pods) held.set(node, (held.get(node) ?? 0) + 1)
  const parts = nodes.map(({ id, verdict, fact }) => {
    const { unschedulable, capacity, labels, taints, runtimes } = fact
    return [id, verdict, held.get(id) ?? 0, unschedulable, capacity, labels, taints, runtimes]
  })
  const freed = workloads.flatMap(({ key, podSecurity = 'baseline' }) =>
    podSecurity === 'baseline' ? [] : [[key, podSecurity]],
  )
  return JSON.stringify([parts, freed])
}
