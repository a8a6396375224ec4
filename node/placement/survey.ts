/**
 * The look at the whole view before anything is bid for: which slots are open, and which claims are to be given up.
 *
 * @module
 */
import type { NodeId } from '../../crdt/index.ts'
import { openSlots, readClaims, releases, templateOf, type Claim, type Release, type Sight } from '../control/claims.ts'
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
}

export function survey({ pods, workloads }: Snapshot, sight: Sight): Survey {
  const rows = new Map<string, PodRow[]>(workloads.map(({ key }) => [key, []]))
  const orphans = pods.filter((row) => rows.get(row.fact.workload)?.push(row) === undefined)
  const parts = workloads.map((workload) =>
    surveyWorkload(workload, readClaims(rows.get(workload.key) ?? [], sight), sight.nowMs),
  )
  return {
    groups: new Map(parts.flatMap(({ groups }) => groups.map((group) => [group.id, group]))),
    releases: parts.flatMap((part) => part.releases),
    claims: parts.flatMap(({ claims }) => claims),
    orphans,
  }
}

function surveyWorkload(workload: Workload, claims: readonly Claim[], nowMs: number) {
  const wanted = wantedSlots(workload, claims, nowMs)
  const holders = new Set(claims.filter(({ live }) => live).map(({ row }) => row.node))
  const groups = groupBy(openSlots(wanted, claims), groupOf)
  return {
    claims,
    releases: releases(workload, { wanted, claims, nowMs }),
    groups: [...groups].flatMap(([id, open]): OpenGroup[] => {
      const { revision } = open[0]!
      const template = templateOf(workload, revision)
      return template === undefined ? [] : [{ id, workload, revision, template, open, holders }]
    }),
  }
}

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
