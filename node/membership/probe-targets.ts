/**
 * Which pods of a node whose agent is gone are to be asked whether they still serve, and where.
 *
 * Only nodes that share a network stack with the pod's node can tell: elsewhere the same address is another pod's, or
 * nobody's. Who cannot tell says nothing, and waits the agent's grace out.
 *
 * @module
 */
import { hasEnded, type NodeId, type PodFact } from '../../crdt/index.ts'
import { templateOf } from '../control/claims.ts'
import type { PodRow, PodTemplate, Probe, Workload } from '../control/rows.ts'

export type ProbeTarget =
  | { readonly uid: string; readonly host: string; readonly port: number }
  /** Known without asking. */
  | { readonly uid: string; readonly answer: Probe }

export interface ProbeQuestion {
  readonly node: NodeId
  readonly pods: readonly PodRow[]
  readonly workloads: readonly Workload[]
  /** Whether addresses there mean the same as here. */
  readonly sharesNetwork: (node: NodeId) => boolean
}

export function probeTargets({ node, pods, workloads, sharesNetwork }: ProbeQuestion): ProbeTarget[] {
  const rows = pods.filter((row) => row.node === node && !row.fact.stopping && !hasEnded(row.fact))
  return rows.flatMap(({ fact }): ProbeTarget[] => {
    const { uid, podIP: host, phase } = fact
    // [ASK1] It was not started yet, and without its agent it never will be.
    if (phase === 'Pending' && host === '') return [{ uid, answer: 'refused' }]
    if (sharesNetwork(node) && hasSuccessor(fact, pods, sharesNetwork)) return [{ uid, answer: 'refused' }]
    const workload = workloads.find(({ key }) => key === fact.workload)
    const template = workload === undefined ? undefined : templateOf(workload, fact.revision)
    const port = template === undefined ? undefined : firstPort(template)
    return sharesNetwork(node) && host !== '' && port !== undefined ? [{ uid, host, port }] : [] // [ASK2]
  })
}

/** [ASK5] Whose address a later pod was given is gone; who answers there is that one. */
function hasSuccessor(
  { podIP, claimedAtMs }: PodFact,
  pods: readonly PodRow[],
  sharesNetwork: ProbeQuestion['sharesNetwork'],
): boolean {
  return (
    podIP !== '' &&
    pods.some(
      ({ fact, node }) =>
        fact.podIP === podIP && fact.claimedAtMs > claimedAtMs && !hasEnded(fact) && sharesNetwork(node),
    )
  )
}

function firstPort({ spec }: PodTemplate): number | undefined {
  const ports = spec.containers.flatMap(({ ports = [] }) => ports)
  return ports.find(({ protocol = 'TCP' }) => protocol === 'TCP')?.containerPort
}
