/**
 * Which pods are to leave their nodes, and what each waits for: what `shoal drain` follows. Any node can tell, since all of them
 * compute it.
 *
 * @module
 */
import type { DocumentKey, PendingSlot } from '../../crdt/index.ts'
import { HOLD_MS, seenNodes } from '../control/claims.ts'
import type { PlacementPorts } from './ports.ts'
import { Surveyor } from './survey.ts'

export interface Leaving {
  readonly uid: string
  readonly namespace: string
  readonly pod: string
  readonly node: string
  /** `node amber is drained` */
  readonly why: string
  /** In words; absent: for nothing, it is about to go. */
  readonly waitsFor?: string
}

type LeavingView = PlacementPorts['view'] & { pendingOf(workload: DocumentKey): readonly PendingSlot[] }

export function leavings(view: LeavingView, nowMs: number): Leaving[] {
  const nodes = view.nodes()
  const byId = seenNodes(nodes, nowMs)
  const pods = new Map(view.pods().map(({ fact }) => [fact.uid, fact]))
  const snapshot = { nodes, pods: view.pods(), workloads: view.workloads(), budgets: view.budgets() }
  const { departures } = new Surveyor().survey(snapshot, { nowMs, nodes: byId, holdMs: () => HOLD_MS })
  return departures.flatMap(({ release: { uid, node, reason }, waitsFor }) => {
    const fact = pods.get(uid)
    if (fact === undefined) return []
    const [pending] = view
      .pendingOf(fact.workload)
      .filter(({ revision, index }) => revision === fact.revision && index === fact.index)
    const waits = waitsFor !== undefined && pending !== undefined ? `${waitsFor}: ${pending.message}` : waitsFor
    const { namespace, name: pod } = fact
    return [
      {
        uid,
        namespace,
        pod,
        node: byId.get(node)?.name ?? node,
        why: reason,
        ...(waits === undefined ? {} : { waitsFor: waits }),
      },
    ]
  })
}
